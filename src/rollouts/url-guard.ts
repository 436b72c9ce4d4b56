// Which URLs the service may call on a user's behalf. It judges what `new URL()` made of the text, never the text
// itself, so every spelling of an address is judged alike. A name that resolves to an inner address is the network's
// to refuse; a Worker cannot see what a name resolves to.

import { addressReach } from "./address.ts";

/** Longest URL, in characters, as written and as normalised. */
const MAX_URL_CHARS = 2_048;

/** Ports below this belong to system services; of them only 443 serves task apps. */
const FIRST_USER_PORT = 1_024;

const INNER_SUFFIXES = [".local", ".internal", ".localhost", ".home.arpa"];

/** What is allowed. */
export interface OutboundRules {
  /** For development: also http, any port, private and loopback addresses, and names of the local network. */
  allow_local: boolean;
  /**
   * Hosts of this service, as `URL.host` writes them. Calling them is refused: without a port, on every port of the
   * name; with one, and for loopback, on that port.
   */
  own_hosts: readonly string[];
}

/** The URL to call, or why not. The reason ends a sentence that begins with the name of the config field. */
export type OutboundVerdict = { kind: "ok"; url: URL } | { kind: "refused"; reason: string };

/** Decide whether a URL may be called. */
export function checkOutboundUrl(raw: string, rules: OutboundRules): OutboundVerdict {
  if (raw.length > MAX_URL_CHARS) return refused(`is longer than ${MAX_URL_CHARS} characters`);
  if (!URL.canParse(raw)) return refused("is not a URL");
  const url = new URL(raw);
  const reason =
    formFault(url) ??
    ownHostFault(url, rules.own_hosts) ??
    (rules.allow_local ? localFault(url) : publicFault(url));
  return reason === undefined ? { kind: "ok", url } : refused(reason);
}

function refused(reason: string): OutboundVerdict {
  return { kind: "refused", reason };
}

function formFault(url: URL): string | undefined {
  if (url.href.length > MAX_URL_CHARS) return `is longer than ${MAX_URL_CHARS} characters`;
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must be an https URL";
  if (url.username !== "" || url.password !== "") return "must not carry a user name or password";
  if (bareName(url).split(".").includes("")) return "has no valid host name";
  return undefined;
}

function publicFault(url: URL): string | undefined {
  if (url.protocol !== "https:") return "must be an https URL";
  if (url.port !== "" && Number(url.port) < FIRST_USER_PORT) {
    return `must use port 443 or one from ${FIRST_USER_PORT} up`;
  }
  const reach = addressReach(url.hostname);
  if (reach === "public") return undefined;
  if (reach !== undefined) return "must not lead to a loopback, private or reserved address";
  const name = bareName(url);
  if (!name.includes(".") || INNER_SUFFIXES.some((suffix) => name.endsWith(suffix))) {
    return "must name a public host";
  }
  return undefined;
}

function localFault(url: URL): string | undefined {
  return addressReach(url.hostname) === "forbidden" ? "must not lead to a reserved address" : undefined;
}

function ownHostFault(url: URL, ownHosts: readonly string[]): string | undefined {
  return ownHosts.some((own) => isHost(url, own)) ? "must not be an address of this service" : undefined;
}

function isHost(url: URL, own: string): boolean {
  // With this scheme `URL` keeps every port but the default one, which an entry without a port leaves open anyway.
  const parsed = URL.canParse(`https://${own}`) ? new URL(`https://${own}`) : undefined;
  if (parsed === undefined) return false;
  if (isLoopback(parsed)) {
    const ports = parsed.port === "" ? ["443", "80"] : [parsed.port];
    return isLoopback(url) && ports.includes(portOf(url));
  }
  return bareName(url) === bareName(parsed) && (parsed.port === "" || parsed.port === portOf(url));
}

function isLoopback(url: URL): boolean {
  const name = bareName(url);
  return name === "localhost" || name.endsWith(".localhost") || addressReach(url.hostname) === "loopback";
}

function portOf(url: URL): string {
  return url.port || (url.protocol === "https:" ? "443" : "80");
}

/** The host name without the dot that may end it. */
function bareName(url: URL): string {
  return url.hostname.endsWith(".") ? url.hostname.slice(0, -1) : url.hostname;
}
