// Text search whose worst case is linear. The engine's own `indexOf` is not: a hostile pattern makes it quadratic.

/** A text to look for, by Knuth, Morris and Pratt. */
export class Needle {
  readonly text: string;
  #borders: Int32Array | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Where the text first occurs at or after `from` so that it ends by `end`; -1 when it does not. */
  indexIn(haystack: string, from: number, end: number): number {
    const { text } = this;
    if (from + text.length > end) return -1;
    if (text === "") return from;
    const borders = this.#table();
    let matched = 0;
    for (let at = from; at < end; at++) {
      const code = haystack.charCodeAt(at);
      while (matched > 0 && text.charCodeAt(matched) !== code) matched = borders[matched - 1] ?? 0;
      if (text.charCodeAt(matched) === code) matched++;
      if (matched === text.length) return at + 1 - matched;
    }
    return -1;
  }

  /** For each prefix, the length of the longest proper prefix that is also its suffix. */
  #table(): Int32Array {
    if (this.#borders !== undefined) return this.#borders;
    const { text } = this;
    const borders = new Int32Array(text.length);
    let length = 0;
    for (let at = 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      while (length > 0 && text.charCodeAt(length) !== code) length = borders[length - 1] ?? 0;
      if (text.charCodeAt(length) === code) length++;
      borders[at] = length;
    }
    this.#borders = borders;
    return borders;
  }
}
