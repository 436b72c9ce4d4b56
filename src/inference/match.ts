// Recognises a rendered prompt: matches text against a template with `{placeholders}` and reads off their values.

import { parseTemplate } from "../config/template.ts";
import { Needle } from "./find.ts";

/** A placeholder and the fixed text after it, empty before another placeholder or at the end. */
interface Hole {
  name: string;
  after: Needle;
}

/** A template as the matcher walks it: fixed text, then placeholders each with the text that follows. */
interface Shape {
  lead: string;
  holes: Hole[];
  repeated: boolean;
}

/** A placement that can be undone: the value of `hole` begins at `start` and ends at `stop`. */
interface Choice {
  hole: number;
  start: number;
  stop: number;
}

const FUEL_PER_CHAR = 16;

/**
 * Match a rendered text against a template and capture its values; undefined when it does not match.
 *
 * Fixed text is anchored at both ends and found leftmost between them, which finds a match whenever there is one
 * as long as no placeholder repeats. A repeated placeholder must have the same value everywhere; when the
 * leftmost reading breaks that, others are tried within a number of steps linear in the lengths, so a match may be missed
 * in contrived texts. Of placeholders next to each other all but the last capture nothing, unless a repeat forces otherwise.
 *
 * Line endings count as equal, and so does white space around the whole message.
 */
export function matchTemplate(template: string, text: string): Record<string, string> | undefined {
  const pattern = unixLines(template);
  const whole = unixLines(text);
  const trimmed = whole.trim();
  const tight = shapeOf(pattern.trim());
  const found = matchShape(tight, trimmed) ?? matchShape(shapeOf(pattern), whole);
  if (found !== undefined) return found;
  // An empty value at an edge: the application stripped the space that stood between it and the fixed text.
  const padded = leadingEdge(tight) + trimmed + trailingEdge(tight);
  return padded === trimmed ? undefined : matchShape(tight, padded);
}

/** Characters of fixed text in a template, white space not counted: how much a match says. */
export function fixedLength(template: string): number {
  let length = 0;
  for (const part of parseTemplate(template)) {
    if (part.kind === "placeholder") continue;
    for (const character of part.text) if (character.trim() !== "") length++;
  }
  return length;
}

function unixLines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function shapeOf(template: string): Shape {
  let lead = "";
  const holes: Hole[] = [];
  for (const part of parseTemplate(template)) {
    const last = holes.at(-1);
    if (part.kind === "placeholder") holes.push({ name: part.name, after: new Needle("") });
    else if (last === undefined) lead = part.text;
    else last.after = new Needle(part.text);
  }
  const repeated = new Set(holes.map((hole) => hole.name)).size < holes.length;
  return { lead, holes, repeated };
}

function leadingEdge({ lead, holes }: Shape): string {
  const text = lead === "" ? (holes[0]?.after.text ?? "") : "";
  return text.slice(0, text.length - text.trimStart().length);
}

function trailingEdge({ lead, holes }: Shape): string {
  if (holes.length === 0 || holes.at(-1)?.after.text !== "") return "";
  const text = holes.at(-2)?.after.text ?? lead;
  return text.slice(text.trimEnd().length);
}

function matchShape(shape: Shape, text: string): Record<string, string> | undefined {
  const { lead, holes } = shape;
  const last = holes.at(-1);
  if (last === undefined) return text === lead ? {} : undefined;
  const tail = last.after.text;
  const end = text.length - tail.length;
  if (end < lead.length || !text.startsWith(lead) || !text.endsWith(tail)) return undefined;
  return fillHoles(shape, text, end);
}

/** Place the values from left to right, each as short as can be; go back only when a repeated placeholder asks for it. */
function fillHoles(shape: Shape, text: string, end: number): Record<string, string> | undefined {
  const { holes, repeated } = shape;
  const values = new Map<string, string>();
  const choices: Choice[] = [];
  let fuel = FUEL_PER_CHAR * (text.length + holes.length + 64);
  let at = 0;
  let start = shape.lead.length;
  let from = start;
  while (fuel > 0) {
    const hole = holes[at];
    if (hole === undefined) return Object.fromEntries(values);
    const isLast = at === holes.length - 1;
    const known = values.get(hole.name);
    const stop =
      known === undefined
        ? isLast
          ? end
          : hole.after.indexIn(text, from, end)
        : endOfKnown(text, { start, known, after: hole.after.text, end, isLast });
    fuel -=
      1 + (known === undefined ? (stop < 0 ? end : stop) - from : known.length) + hole.after.text.length;
    if (stop >= 0) {
      if (known === undefined) values.set(hole.name, text.slice(start, stop));
      if (known === undefined && !isLast) choices.push({ hole: at, start, stop });
      start = stop + hole.after.text.length;
      from = start;
      at++;
      continue;
    }
    const back = repeated ? choices.pop() : undefined;
    if (back === undefined) return undefined;
    values.delete(holes[back.hole]?.name ?? "");
    at = back.hole;
    start = back.start;
    from = back.stop + 1;
  }
  return undefined;
}

interface KnownPlace {
  start: number;
  known: string;
  /** Fixed text that must follow; for the last placeholder it is the tail, which begins at `end` and is checked already. */
  after: string;
  end: number;
  isLast: boolean;
}

/** Where a value that is known already ends when it begins at `start`; -1 when it does not stand there. */
function endOfKnown(text: string, { start, known, after, end, isLast }: KnownPlace): number {
  const stop = start + known.length;
  if (!text.startsWith(known, start)) return -1;
  if (isLast) return stop === end ? stop : -1;
  return stop + after.length <= end && text.startsWith(after, stop) ? stop : -1;
}
