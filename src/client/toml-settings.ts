// The settings of a TOML text that are text: the few that the SDK looks at before it sends the file as it is.
//
// This is no validating parser. It reads every form in which TOML writes a table, a key and a string, skips all other
// values, and on text that is no TOML it still ends, in linear time, with what it understood up to there. Mistakes
// are for the service to name.

import type { Json, JsonObject } from "../wire/json.ts";

/** Inline tables inside each other; configs have two or three. */
const MAX_DEPTH = 32;

/** All text of a TOML document, by table. Lists, and tables of lists (`[[…]]`), are left out. */
export function textSettings(toml: string): JsonObject {
  return new Scanner(toml).document();
}

class Scanner {
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith("\uFEFF") ? 1 : 0;
  }

  document(): JsonObject {
    const root = emptyTable();
    let table = root;
    while (this.#skipBlank()) {
      if (this.#char() === "[") table = this.#header(root);
      else this.#entry(table, 0);
      this.#skipLine();
    }
    return root;
  }

  #char(): string {
    return this.#text.charAt(this.#at);
  }

  /** `[a.b]`: that table; `[[a.b]]`: one that nobody looks at. */
  #header(root: JsonObject): JsonObject {
    const isList = this.#text.startsWith("[[", this.#at);
    this.#at += isList ? 2 : 1;
    const keys = this.#keys();
    return isList ? emptyTable() : tableAt(root, keys);
  }

  #entry(table: JsonObject, depth: number): void {
    const keys = this.#keys();
    if (this.#char() !== "=") return;
    this.#at++;
    this.#skipSpace();
    const last = keys.pop();
    const value = this.#value(depth);
    if (last !== undefined && value !== undefined) tableAt(table, keys)[last] ??= value;
  }

  /** Text or an inline table; undefined for any other value, which is skipped. */
  #value(depth: number): Json | undefined {
    const char = this.#char();
    if (char === '"' || char === "'") return this.#string();
    if (char === "{" && depth < MAX_DEPTH) return this.#inlineTable(depth + 1);
    if (char === "[" || char === "{") this.#skipBrackets();
    else while (this.#at < this.#text.length && !",]}#\n".includes(this.#char())) this.#at++;
    return undefined;
  }

  #inlineTable(depth: number): JsonObject {
    const table = emptyTable();
    this.#at++;
    while (this.#skipBlank()) {
      const start = this.#at;
      const char = this.#char();
      if (char === "}" || char === ",") this.#at++;
      if (char === "}") return table;
      if (char === ",") continue;
      this.#entry(table, depth);
      if (this.#at === start) return table;
    }
    return table;
  }

  #keys(): string[] {
    const keys: string[] = [];
    for (;;) {
      this.#skipSpace();
      const start = this.#at;
      const char = this.#char();
      if (char === '"' || char === "'") keys.push(this.#string());
      else {
        while (/[\w-]/.test(this.#char())) this.#at++;
        if (this.#at === start) return keys;
        keys.push(this.#text.slice(start, this.#at));
      }
      this.#skipSpace();
      if (this.#char() !== ".") return keys;
      this.#at++;
    }
  }

  /** The text of a string of any of the four kinds. */
  #string(): string {
    const quote = this.#char();
    const isLong = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = isLong ? quote.repeat(3) : quote;
    this.#at += end.length;
    const start = this.#at;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#char() === "\\" ? 2 : 1;
    }
    let to = this.#at;
    this.#at += end.length;
    // Up to two quotes may stand before the closing three.
    for (; isLong && this.#char() === quote; to++) this.#at++;
    const raw = this.#text.slice(start, to);
    const body = isLong ? raw.replace(/^\r?\n/, "") : raw;
    return quote === '"' ? unescaped(body) : body;
  }

  #skipBrackets(): void {
    let open = 0;
    while (this.#skipBlank()) {
      const char = this.#char();
      if (char === '"' || char === "'") {
        this.#string();
        continue;
      }
      this.#at++;
      if (char === "[" || char === "{") open++;
      if ((char === "]" || char === "}") && --open === 0) return;
    }
  }

  #skipSpace(): void {
    while (this.#char() === " " || this.#char() === "\t") this.#at++;
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
  }

  /** Move past white space, line ends and comments; false at the end of the text. */
  #skipBlank(): boolean {
    while (this.#at < this.#text.length) {
      if (this.#char() === "#") this.#skipLine();
      else if (" \t\r\n".includes(this.#char())) this.#at++;
      else return true;
    }
    return false;
  }
}

/** A table without a prototype, so that no key of a file means anything else. */
function emptyTable(): JsonObject {
  const table: JsonObject = Object.create(null);
  return table;
}

/** The table at a path, made where it is missing; one that nobody looks at where something else stands. */
function tableAt(root: JsonObject, keys: readonly string[]): JsonObject {
  let table = root;
  for (const key of keys) {
    const next = table[key] ?? emptyTable();
    if (typeof next !== "object" || Array.isArray(next)) return emptyTable();
    table[key] = next;
    table = next;
  }
  return table;
}

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", t: "\t", n: "\n", f: "\f", r: "\r", e: "\x1B" };
const CODE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** A basic string's body with its escapes resolved; an escape that is none stays as it is. */
function unescaped(body: string): string {
  let text = "";
  let at = 0;
  for (let slash = body.indexOf("\\"); slash >= 0; slash = body.indexOf("\\", at)) {
    text += body.slice(at, slash);
    const [resolved, end] = escapeAt(body, slash);
    text += resolved;
    at = end;
  }
  return text + body.slice(at);
}

/** What an escape stands for, and where it ends. */
function escapeAt(body: string, slash: number): [string, number] {
  const char = body.charAt(slash + 1);
  if (char === '"' || char === "\\") return [char, slash + 2];
  const digits = CODE_DIGITS[char];
  if (digits !== undefined) return codePointAt(body, slash, digits);
  const known = ESCAPES[char];
  if (known !== undefined) return [known, slash + 2];
  let end = slash + 1;
  while (end < body.length && " \t\r\n".includes(body.charAt(end))) end++;
  // A backslash at the end of a line takes the white space after it with it.
  return body.slice(slash + 1, end).includes("\n") ? ["", end] : ["\\", slash + 1];
}

function codePointAt(body: string, slash: number, digits: number): [string, number] {
  const hex = body.slice(slash + 2, slash + 2 + digits);
  const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : -1;
  return code < 0 || code > 0x10ffff ? ["\\", slash + 1] : [String.fromCodePoint(code), slash + 2 + digits];
}
