// Prompt templates: text with `{placeholders}`. Scanned by hand, in linear time, because the obvious regular expressions are cubic.

/** A run of fixed text, or a placeholder's name. */
export type TemplatePart = { kind: "text"; text: string } | { kind: "placeholder"; name: string };

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_NAME_LENGTH = 64;

/**
 * Split a template into fixed text and placeholders.
 *
 * A placeholder is `{name}` with a name of letters, digits and `_` that starts with no digit. Anything else in
 * braces, such as JSON, is text; so is a doubled `{{name}}`.
 */
export function parseTemplate(template: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let text = "";
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf("{", at);
    if (open < 0) break;
    if (template[open + 1] === "{") {
      text += template.slice(at, open + 2);
      at = open + 2;
      continue;
    }
    const name = nameAt(template, open + 1);
    text += template.slice(at, open);
    if (name === undefined) {
      text += "{";
      at = open + 1;
      continue;
    }
    if (text !== "") parts.push({ kind: "text", text });
    text = "";
    parts.push({ kind: "placeholder", name });
    at = open + name.length + 2;
  }
  text += template.slice(at);
  if (text !== "") parts.push({ kind: "text", text });
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
  const window = template.slice(start, start + MAX_NAME_LENGTH + 1);
  const close = window.indexOf("}");
  const name = close < 0 ? "" : window.slice(0, close);
  return NAME.test(name) ? name : undefined;
}
