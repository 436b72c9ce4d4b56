// Prompt templates: text with `{placeholders}`. Scanned by hand, in linear time, because the obvious regular expressions are cubic.

/** A run of fixed text, or a placeholder's name. */
export type TemplatePart = { kind: "text"; text: string } | { kind: "placeholder"; name: string };

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const MAX_NAME_LENGTH = 64;

/**
 * Split a template into fixed text and placeholders.
 *
 * A placeholder is `{name}` with a name of letters, digits and `_` that starts with no digit. Anything else in
 * braces, such as JSON, is text; so is a doubled `{{name}}`.
 */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  // Where the text begins that is not a part yet.
  let text = 0;
  const close = (at: number) => {
    if (at > text) parts.push({ kind: "text", text: template.slice(text, at) });
  };
  for (let open = template.indexOf("{"); open >= 0; ) {
    const isDoubled = template.charCodeAt(open + 1) === OPEN_BRACE;
    const name = isDoubled ? undefined : nameAt(template, open + 1);
    let next = open + (isDoubled ? 2 : 1);
    if (name !== undefined) {
      close(open);
      parts.push({ kind: "placeholder", name });
      next = text = open + name.length + 2;
    }
    open = template.indexOf("{", next);
  }
  close(template.length);
  return parts;
}

/** The distinct placeholder names of a template, in order of first appearance. */
export function placeholders(template: string): string[] {
  const names = new Set<string>();
  for (const part of parseTemplate(template)) {
    if (part.kind === "placeholder") names.add(part.name);
  }
  return [...names];
}

/** The template with each placeholder replaced by its value; one without a value stays as written. Values are not scanned again. */
export function fillTemplate(template: string, values: Readonly<Record<string, string>>): string {
  return parseTemplate(template)
    .map((part) => {
      if (part.kind === "text") return part.text;
      return Object.hasOwn(values, part.name) ? (values[part.name] ?? "") : `{${part.name}}`;
    })
    .join("");
}

function nameAt(template: string, start: number): string | undefined {
  let end = start;
  const last = Math.min(template.length, start + MAX_NAME_LENGTH);
  while (end < last && isNameCharacter(template.charCodeAt(end), end > start)) end++;
  return end > start && template.charCodeAt(end) === CLOSE_BRACE ? template.slice(start, end) : undefined;
}

function isNameCharacter(code: number, digitsToo: boolean): boolean {
  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
  return isLetter || (digitsToo && code >= 48 && code <= 57);
}
