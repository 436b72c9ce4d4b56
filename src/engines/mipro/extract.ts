// Instructions out of a proposer's answer: fenced blocks, a JSON object with an `instruction`, or the bare text; without the label
// and the quotes that models like to put around them.

import { extractInstruction } from "../gepa/extraction.ts";

const LABEL_WORDS = /\b(instructions?|prompt|proposal)\b/i;
const MAX_LABEL_CHARS = 60;

/** At most `most` instructions, in their order. */
export function extractInstructions(answer: string, most: number): string[] {
  const said = fromJson(answer) ?? (most === 1 ? [extractInstruction(answer)] : blocks(answer));
  return said
    .flatMap((text) => fromJson(text) ?? [text])
    .map(bare)
    .filter((text) => text !== "")
    .slice(0, most);
}

/** The top-level fenced blocks; without one, the whole answer. */
function blocks(answer: string): string[] {
  const found: string[] = [];
  let open: { fence: string; lines: string[] } | undefined;
  for (const line of answer.split("\n")) {
    const fence = /^\s*(`{3,})/.exec(line)?.[1];
    if (open === undefined) {
      if (fence !== undefined) open = { fence, lines: [] };
    } else if (line.trim() === open.fence) {
      found.push(open.lines.join("\n").trim());
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  if (open !== undefined) found.push(open.lines.join("\n").trim());
  return found.length > 0 ? found : [answer.trim()];
}

/** `{"instruction": …}`, a list of such or of texts, or `{"instructions": […]}`; undefined for what is no JSON of this kind. */
function fromJson(text: string): string[] | undefined {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed)) return undefined;
  const value = parsed(trimmed);
  if (typeof value !== "object" || value === null) return undefined;
  const list = Array.isArray(value) ? value : "instructions" in value ? value.instructions : [value];
  const texts = (Array.isArray(list) ? list : []).flatMap((item: unknown) => {
    if (typeof item === "string") return [item];
    if (typeof item !== "object" || item === null || !("instruction" in item)) return [];
    return typeof item.instruction === "string" ? [item.instruction] : [];
  });
  return texts.length === 0 ? undefined : texts;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without a leading label such as `Proposed instruction:`, and without quotes around the whole. */
function bare(text: string): string {
  let rest = text.trim();
  const colon = rest.indexOf(":");
  const label = rest.slice(0, Math.max(0, colon));
  if (colon > 0 && colon <= MAX_LABEL_CHARS && LABEL_WORDS.test(label) && label.split(/\s+/).length <= 5) {
    rest = rest
      .slice(colon + 1)
      .replace(/^\**/, "")
      .trim();
  }
  const isQuoted =
    rest.length > 1 && rest.startsWith('"') && rest.endsWith('"') && !rest.slice(1, -1).includes('"');
  return isQuoted ? rest.slice(1, -1).trim() : rest;
}
