// From a prompt and an example to the messages for the model.

import { fields, firstText, isFields, list } from "./data.ts";
import type { ChatMessage } from "./task.ts";

type Values = Readonly<Record<string, string>>;

/** Messages with each `{placeholder}` that has a value filled in. Values are not scanned again. */
export function render(prompt: readonly ChatMessage[], values: Values): ChatMessage[] {
  return prompt.map(({ role, content }) => ({ role, content: fill(content, values) }));
}

/**
 * The messages of a `policy.config.prompt_template`: an object with `sections` or `prompt_sections`, sorted by `order`,
 * or a plain text, which stands in for the system messages of the baseline. Undefined where it is neither.
 */
export function templateMessages(
  template: unknown,
  baseline: readonly ChatMessage[],
): ChatMessage[] | undefined {
  if (typeof template === "string") {
    return [
      { role: "system", content: template },
      ...baseline.filter((message) => message.role !== "system"),
    ];
  }
  if (!isFields(template)) return undefined;
  const sections = [...list(template.sections), ...list(template.prompt_sections)].map(fields);
  if (sections.length === 0) return undefined;
  return sections
    .map((section) => ({ section, order: typeof section.order === "number" ? section.order : 0 }))
    .sort((a, b) => a.order - b.order)
    .map(({ section }) => ({
      role: firstText(section.role) ?? "user",
      content: firstText(section.content, section.pattern) ?? "",
    }));
}

function fill(template: string, values: Values): string {
  return template.replace(/\{([A-Za-z_][A-Za-z0-9_]{0,63})\}/g, (written, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? "") : written,
  );
}
