// Where an IP address in a URL leads. Ranges after IANA's special-purpose registries.

/** `loopback` and `private` may be allowed for development; `forbidden` never is. */
export type Reach = "public" | "loopback" | "private" | "forbidden";

/** First address, prefix length, and what it is; an address in none of them is public. */
const V4_RANGES: readonly (readonly [string, number, Reach])[] = [
  ["0.0.0.0", 8, "forbidden"],
  ["10.0.0.0", 8, "private"],
  ["100.64.0.0", 10, "private"],
  ["127.0.0.0", 8, "loopback"],
  ["169.254.0.0", 16, "forbidden"],
  ["172.16.0.0", 12, "private"],
  ["192.0.0.0", 24, "forbidden"],
  ["192.0.2.0", 24, "forbidden"],
  ["192.88.99.0", 24, "forbidden"],
  ["192.168.0.0", 16, "private"],
  ["198.18.0.0", 15, "forbidden"],
  ["198.51.100.0", 24, "forbidden"],
  ["203.0.113.0", 24, "forbidden"],
  ["224.0.0.0", 3, "forbidden"],
];

/** Where a URL's host leads, by its address; undefined when it is a name. Takes `URL.hostname`, already normalised. */
export function addressReach(hostname: string): Reach | undefined {
  if (hostname.startsWith("[")) return v6Reach(v6Groups(hostname.slice(1, -1)));
  const address = v4Number(hostname);
  return address === undefined ? undefined : v4Reach(address);
}

function v4Number(host: string): number | undefined {
  const parts = host.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,3}$/.test(part))) return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

function v4Reach(address: number): Reach {
  const range = V4_RANGES.find(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor((v4Number(first) ?? 0) / size);
  });
  return range === undefined ? "public" : range[2];
}

/** The eight groups of an IPv6 address as `URL` writes it: hexadecimal, at most one `::`. */
function v6Groups(text: string): number[] {
  const [left = [], right = []] = text.split("::").map((side) => (side === "" ? [] : side.split(":")));
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

function v6Reach(groups: readonly number[]): Reach {
  const [g0 = 0, g1 = 0] = groups;
  if (groups.every((group, i) => group === (i === 7 ? 1 : 0))) return "loopback";
  const inner = embeddedV4(groups);
  if (inner !== undefined) {
    // An IPv4 address in disguise is what it hides, and a public one has no need to hide.
    const reach = v4Reach(inner);
    return reach === "public" ? "forbidden" : reach;
  }
  if ((g0 & 0xfe00) === 0xfc00) return "private";
  const unicast = (g0 & 0xe000) === 0x2000;
  const protocolBlock = g0 === 0x2001 && g1 < 0x200;
  const documentation = (g0 === 0x2001 && g1 === 0xdb8) || (g0 === 0x3fff && g1 < 0x1000);
  return unicast && !protocolBlock && !documentation ? "public" : "forbidden";
}

/** The IPv4 address inside a mapped, compatible, NAT64 or 6to4 address. */
function embeddedV4(groups: readonly number[]): number | undefined {
  const [g0 = 0, g1 = 0, g2 = 0, , , g5 = 0, g6 = 0, g7 = 0] = groups;
  if (g0 === 0x2002) return g1 * 0x10000 + g2;
  const zeroUpTo = (end: number, from: number) => groups.slice(from, end).every((group) => group === 0);
  const compatible = zeroUpTo(6, 0);
  const mapped = zeroUpTo(5, 0) && g5 === 0xffff;
  const nat64 = g0 === 0x64 && g1 === 0xff9b && zeroUpTo(6, 2);
  return compatible || mapped || nat64 ? g6 * 0x10000 + g7 : undefined;
}
