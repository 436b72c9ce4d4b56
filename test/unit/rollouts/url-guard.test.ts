import { BlockList } from "node:net";
import { expect, test } from "vitest";
import { checkOutboundUrl } from "../../../src/rollouts/url-guard.ts";

const OWN = ["cultivar.example", "127.0.0.1:8787"];
const strict = (raw: string) => checkOutboundUrl(raw, { allow_local: false, own_hosts: OWN }).kind;
const local = (raw: string) => checkOutboundUrl(raw, { allow_local: true, own_hosts: OWN }).kind;

const LOOPBACK_SPELLINGS = [
  "0x7f000001",
  "0x7f.1",
  "2130706433",
  "0177.0.0.1",
  "017700000001",
  "127.1",
  "127.0.0.1",
  "127.0.0.1.",
  "127.255.255.254",
  "１２７.０.０.１",
  "①②⑦.⓪.⓪.①",
  "localhost",
  "localhost.",
  "LOCALHOST",
  "loc%61lhost",
  "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
  "app.localhost",
  "app.localhost.",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::7f00:1]",
  "[64:ff9b::7f00:1]",
  "[2002:7f00:1::]",
];

const PRIVATE_HOSTS = [
  "10.0.0.1",
  "10.255.255.255",
  "100.64.0.1",
  "100.127.255.255",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.0.1",
  "[fc00::1]",
  "[fdff::1]",
  "[::ffff:10.0.0.1]",
  "taskapp",
  "taskapp.",
  "printer.local",
  "metadata.google.internal",
  "host.docker.internal.",
  "nas.home.arpa",
];

const RESERVED_HOSTS = [
  "0.0.0.0",
  "0",
  "169.254.169.254",
  "0xa9fea9fe",
  "192.0.0.1",
  "192.0.2.1",
  "192.88.99.1",
  "198.18.0.1",
  "198.19.255.255",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "[::]",
  "[::ffff:169.254.169.254]",
  "[::ffff:8.8.8.8]",
  "[::8.8.8.8]",
  "[64:ff9b::8.8.8.8]",
  "[64:ff9b:1::1]",
  "[100::1]",
  "[2001::1]",
  "[2001:1ff::1]",
  "[2001:db8::1]",
  "[2002:808:808::]",
  "[3fff::1]",
  "[4000::1]",
  "[fe80::1]",
  "[fec0::1]",
  "[ff02::1]",
];

const PUBLIC_HOSTS = [
  "app.example.com",
  "app.example.com.",
  "localhost.example.com",
  "internal.example.com",
  "bücher.example",
  "1.1.1.1",
  "11.0.0.1",
  "100.63.255.255",
  "100.128.0.1",
  "126.255.255.255",
  "128.0.0.1",
  "172.15.255.255",
  "172.32.0.1",
  "192.167.255.255",
  "223.255.255.255",
  "[2606:4700::1111]",
  "[2001:200::1]",
];

test.each([...LOOPBACK_SPELLINGS, ...PRIVATE_HOSTS])("%s is refused, and allowed in development", (host) => {
  expect([strict(`https://${host}/`), local(`http://${host}:8100/`)]).toEqual(["refused", "ok"]);
});

test.each(RESERVED_HOSTS)("%s is refused even in development", (host) => {
  expect([strict(`https://${host}/`), local(`http://${host}:8100/`)]).toEqual(["refused", "refused"]);
});

test.each(PUBLIC_HOSTS)("%s is allowed", (host) => {
  expect([strict(`https://${host}/app?x=1`), local(`https://${host}/`)]).toEqual(["ok", "ok"]);
});

test.each([
  "https://example.com@127.0.0.1",
  "https://127.0.0.1#@example.com",
  "https:127.0.0.1",
  "https:\\\\127.0.0.1\\",
  " https://127.0.0.1 ",
  "https://127.0\n.0.1",
  "https://0/@example.com",
])("%j is judged by where it leads, not by how it reads", (raw) => {
  expect(strict(raw)).toBe("refused");
});

test.each([
  "",
  "app.example.com",
  "//app.example.com",
  "ftp://app.example.com",
  "file:///etc/passwd",
  "data:text/plain,hi",
  "builtin:banking77",
  "javascript:alert(1)",
  "https://",
  "https://.example.com",
  "https://example..com",
  "https://localhost..",
  "https://user@app.example.com",
  "https://user:word@app.example.com",
  "https://:word@app.example.com",
  `https://app.example.com/${"a".repeat(2_100)}`,
  `https://app.example.com/${"é".repeat(600)}`,
])("%j is refused in either mode", (raw) => {
  expect([strict(raw), local(raw)]).toEqual(["refused", "refused"]);
});

test("Plain http is refused outside of development", () => {
  expect([strict("http://app.example.com"), local("http://app.example.com")]).toEqual(["refused", "ok"]);
});

test("A port is 443 or one that users may open; development allows any", () => {
  expect(["443", "1024", "8443", "65535"].map((port) => strict(`https://app.example.com:${port}`))).toEqual(
    Array(4).fill("ok"),
  );
  expect(["22", "25", "80", "1023"].map((port) => strict(`https://app.example.com:${port}`))).toEqual(
    Array(4).fill("refused"),
  );
  expect(local("http://127.0.0.1:81")).toBe("ok");
});

test("The service's own addresses are refused in either mode, under each of their names", () => {
  const own = ["https://cultivar.example/x", "https://CULTIVAR.example.", "https://cultivar.example:8443"];
  expect(own.map(strict)).toEqual(Array(3).fill("refused"));
  expect(own.map(local)).toEqual(Array(3).fill("refused"));
  const loopback = [
    "http://localhost:8787",
    "http://127.1:8787",
    "http://[::1]:8787",
    "http://a.localhost:8787",
  ];
  expect(loopback.map(local)).toEqual(Array(4).fill("refused"));
  expect(local("http://localhost:8788")).toBe("ok");
  expect(strict("https://not-cultivar.example")).toBe("ok");
});

test("The reason says what is wrong and does not repeat the URL", () => {
  const verdict = checkOutboundUrl("https://user:secret-word@app.example.com", {
    allow_local: false,
    own_hosts: [],
  });
  expect(verdict).toEqual({ kind: "refused", reason: "must not carry a user name or password" });
});

test("Random IPv4 addresses are judged as an independent range list judges them", () => {
  const list = new BlockList();
  const ranges =
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 " +
    "192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";
  for (const range of ranges.split(" ")) {
    const [net = "", bits] = range.split("/");
    list.addSubnet(net, Number(bits));
  }
  let state = 20_260_101;
  const wrong: string[] = [];
  for (let i = 0; i < 20_000; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const host = [24, 16, 8, 0].map((shift) => (state >>> shift) & 255).join(".");
    if ((strict(`https://${host}/`) === "refused") !== list.check(host)) wrong.push(host);
  }
  expect(wrong).toEqual([]);
});
