// Where a key stands in a TOML text. Parsers do not tell, so the text is scanned once more, for places only: each key
// and list item leaves a node with its offset. The scan trusts that the text is valid TOML; on other text it still
// ends, and knows what it understood up to there.

import { parse } from "smol-toml";
import type { Position } from "./errors.ts";
import { MAX_CONFIG_DEPTH } from "./limits.ts";
import type { Path } from "./path.ts";

/** The place of a path's key, of its nearest known ancestor, or undefined when not even its first key is known. */
export type Locate = (path: Path) => Position | undefined;

interface Place {
  offset: number;
  kids?: Map<string | number, Place>;
  /** Tables so far, when this is an array of tables (`[[…]]`). */
  tables?: number;
}

interface Key {
  name: string;
  offset: number;
}

/** Index a TOML text by key path. The text is scanned at the first question, in linear time. */
export function locator(toml: string): Locate {
  let index: { root: Place; lines: number[] } | undefined;
  return (path) => {
    index ??= { root: new Scanner(toml).document(), lines: lineStarts(toml) };
    let place = index.root;
    for (const part of path) {
      const next = place.kids?.get(part);
      if (next === undefined) break;
      place = next;
    }
    return place === index.root ? undefined : positionOf(place.offset, index.lines);
  };
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Place {
    const root: Place = { offset: 0 };
    let table = root;
    while (this.#skipBlank()) {
      if (this.#text[this.#at] === "[") table = this.#header(root);
      else this.#entry(table, 0);
      this.#skipLine();
    }
    return root;
  }

  /** `[a.b]` or `[[a.b]]`: the place of the table that it opens. */
  #header(root: Place): Place {
    const offset = this.#at;
    const isArray = this.#text.startsWith("[[", offset);
    this.#at += isArray ? 2 : 1;
    const keys = this.#keys();
    let place = root;
    for (const [i, { name }] of keys.entries()) {
      const next = kid(place, name, offset);
      const isLast = i === keys.length - 1;
      if (isLast && isArray) next.tables = (next.tables ?? 0) + 1;
      place = newestTable(next, offset);
      if (isLast) place.offset = offset;
    }
    return place;
  }

  /** `key = value`, the key bare, quoted or dotted. */
  #entry(table: Place, depth: number): void {
    let place = table;
    for (const { name, offset } of this.#keys()) place = kid(place, name, offset);
    if (this.#text[this.#at] !== "=") return;
    this.#at++;
    this.#skipSpace();
    this.#value(place, depth);
  }

  #value(place: Place, depth: number): void {
    // Deeper text is refused elsewhere; here it only must not overflow the stack.
    if (depth > MAX_CONFIG_DEPTH) this.#at = this.#text.length;
    const char = this.#text[this.#at];
    if (char === "[") this.#list(place, depth + 1);
    else if (char === "{") this.#inlineTable(place, depth + 1);
    else if (char === '"' || char === "'") this.#string();
    else while (this.#at < this.#text.length && !",]}#\n".includes(this.#text.charAt(this.#at))) this.#at++;
  }

  #list(place: Place, depth: number): void {
    this.#at++;
    let index = 0;
    while (this.#skipBlank()) {
      const start = this.#at;
      const char = this.#text[start];
      if (char === "]" || char === ",") this.#at++;
      if (char === "]") return;
      if (char === ",") continue;
      this.#value(kid(place, index++, start), depth);
      if (this.#at === start) return;
    }
  }

  #inlineTable(place: Place, depth: number): void {
    this.#at++;
    while (this.#skipBlank()) {
      const start = this.#at;
      const char = this.#text[start];
      if (char === "}" || char === ",") this.#at++;
      if (char === "}") return;
      if (char === ",") continue;
      this.#entry(place, depth);
      if (this.#at === start) return;
    }
  }

  #keys(): Key[] {
    const keys: Key[] = [];
    for (;;) {
      this.#skipSpace();
      const offset = this.#at;
      const quote = this.#text[offset];
      if (quote === '"' || quote === "'") {
        this.#string();
        keys.push({ name: unquoted(this.#text.slice(offset, this.#at)), offset });
      } else {
        while (isBare(this.#text.charCodeAt(this.#at))) this.#at++;
        if (this.#at === offset) return keys;
        keys.push({ name: this.#text.slice(offset, this.#at), offset });
      }
      this.#skipSpace();
      if (this.#text[this.#at] !== ".") return keys;
      this.#at++;
    }
  }

  /** Move past a string of any of the four kinds. */
  #string(): void {
    const quote = this.#text.charAt(this.#at);
    const isLong = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = isLong ? quote.repeat(3) : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === "\\" ? 2 : 1;
    }
    this.#at += end.length;
    // Up to two quotes may stand before the closing three.
    while (isLong && this.#text[this.#at] === quote) this.#at++;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
  }

  /** Move past white space, line ends and comments; false at the end of the text. */
  #skipBlank(): boolean {
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === "#") this.#skipLine();
      else if (" \t\r\n\uFEFF".includes(char)) this.#at++;
      else return true;
    }
    return false;
  }
}

function kid(place: Place, name: string | number, offset: number): Place {
  place.kids ??= new Map();
  const known = place.kids.get(name);
  if (known !== undefined) return known;
  const fresh: Place = { offset };
  place.kids.set(name, fresh);
  return fresh;
}

/** The table that keys go to: of an array of tables the newest, else the place itself. */
function newestTable(place: Place, offset: number): Place {
  return place.tables === undefined ? place : kid(place, place.tables - 1, offset);
}

function isBare(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39;
  const isLetter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
  return isDigit || isLetter || code === 0x5f || code === 0x2d;
}

function unquoted(key: string): string {
  try {
    return String(parse(`key = ${key}`).key);
  } catch {
    return key;
  }
}

function lineStarts(text: string): number[] {
  const starts = [text.startsWith("\uFEFF") ? 1 : 0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function positionOf(offset: number, lines: readonly number[]): Position {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lines[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
}
