// Texts as Python's `repr` writes them, which is how some recordings key their answers.

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };
const CODE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The strings of a tuple such as `('a', "b")`. @throws SyntaxError when it is none */
export function stringsOfTuple(text: string): string[] {
  const strings: string[] = [];
  let at = 0;
  while (at < text.length) {
    const quote = text[at] ?? "";
    if (quote !== "'" && quote !== '"') {
      if (!"(), ".includes(quote)) throw new SyntaxError(`no tuple of strings: ${text.slice(0, 60)}`);
      at += 1;
      continue;
    }
    const { value, end } = stringAt(text, at + 1, quote);
    strings.push(value);
    at = end;
  }
  return strings;
}

function stringAt(text: string, start: number, quote: string): { value: string; end: number } {
  const parts: string[] = [];
  let at = start;
  while (text[at] !== quote) {
    if (at >= text.length) throw new SyntaxError("a string has no end");
    if (text[at] !== "\\") {
      parts.push(text[at] ?? "");
      at += 1;
      continue;
    }
    const letter = text[at + 1] ?? "";
    const digits = CODE_DIGITS[letter] ?? 0;
    const code = text.slice(at + 2, at + 2 + digits);
    parts.push(digits > 0 ? String.fromCodePoint(Number.parseInt(code, 16)) : (ESCAPES[letter] ?? letter));
    at += 2 + digits;
  }
  return { value: parts.join(""), end: at + 1 };
}
