// The lines of an instruction that the proposer writes itself: one rule per label, with the words that speak for it.

/** A line of an instruction: a rule in the proposer's own form, or anything else. */
export type Line = { kind: "rule"; label: string; cues: string[] } | { kind: "text"; text: string };

const OPENING = "- If the message mentions ";
const MIDDLE = ", answer ";

/** The lines of an instruction. */
export function parseLines(instruction: string): Line[] {
  return instruction.split("\n").map(parseLine);
}

/** The instruction of some lines; rules without words are left out. */
export function writeLines(lines: readonly Line[]): string {
  return lines
    .filter((line) => line.kind === "text" || line.cues.length > 0)
    .map((line) => (line.kind === "text" ? line.text : writeRule(line.label, line.cues)))
    .join("\n");
}

function parseLine(text: string): Line {
  const middle = text.lastIndexOf(MIDDLE);
  if (!text.startsWith(OPENING) || middle < 0 || !text.endsWith(".")) return { kind: "text", text };
  const cues = text
    .slice(OPENING.length, middle)
    .split(/, | or /)
    .map((cue) => cue.trim())
    .filter((cue) => cue !== "");
  return { kind: "rule", label: text.slice(middle + MIDDLE.length, -1), cues };
}

function writeRule(label: string, cues: readonly string[]): string {
  const last = cues.at(-1) ?? "";
  const words = cues.length < 2 ? last : `${cues.slice(0, -1).join(", ")} or ${last}`;
  return `${OPENING}${words}${MIDDLE}${label}.`;
}
