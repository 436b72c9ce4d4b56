// The difference of two texts by their longest common subsequence, by lines or by words.

/** A piece of the difference, in reading order. */
export interface DiffPart {
  kind: "same" | "removed" | "added";
  text: string;
}

/** Largest table of the search, in cells; texts beyond it count as wholly replaced. */
const MAX_CELLS = 4_000_000;

/** The difference by lines; the parts have no line feeds. */
export function diffLines(before: string, after: string): DiffPart[] {
  return diffTokens(linesOf(before), linesOf(after));
}

/** The difference by words, neighbours of a kind joined. */
export function diffWords(before: string, after: string): DiffPart[] {
  const joined: DiffPart[] = [];
  for (const part of diffTokens(wordsOf(before), wordsOf(after))) {
    const last = joined.at(-1);
    if (last?.kind === part.kind) last.text += part.text;
    else joined.push({ ...part });
  }
  return joined;
}

/** The difference of two sequences; within a change what was removed comes first. */
export function diffTokens(before: readonly string[], after: readonly string[]): DiffPart[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  const longest = Math.min(before.length, after.length) - head;
  while (tail < longest && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  return [
    ...partsOf("same", before.slice(0, head)),
    ...changed(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...partsOf("same", before.slice(before.length - tail)),
  ];
}

function changed(before: readonly string[], after: readonly string[]): DiffPart[] {
  if (before.length * after.length > MAX_CELLS) {
    return [...partsOf("removed", before), ...partsOf("added", after)];
  }
  const lengths = commonLengths(before, after);
  const width = after.length + 1;
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
  const parts: DiffPart[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const old = before[row];
    const fresh = after[column];
    if (old !== undefined && old === fresh) {
      parts.push({ kind: "same", text: old });
      row++;
      column++;
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      parts.push({ kind: "removed", text: old });
      row++;
    } else if (fresh !== undefined) {
      parts.push({ kind: "added", text: fresh });
      column++;
    }
  }
  return parts;
}

/** Length of the longest common subsequence of each pair of tails, row by row. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const below = lengths[(row + 1) * width + column] ?? 0;
      const beside = lengths[row * width + column + 1] ?? 0;
      const diagonal = lengths[(row + 1) * width + column + 1] ?? 0;
      lengths[row * width + column] = before[row] === after[column] ? diagonal + 1 : Math.max(below, beside);
    }
  }
  return lengths;
}

function partsOf(kind: DiffPart["kind"], texts: readonly string[]): DiffPart[] {
  return texts.map((text) => ({ kind, text }));
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replaceAll("\r\n", "\n").split("\n");
}

/** Words, runs of white space, and single other characters; joined they are the text again. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let kind = "";
  for (const character of text) {
    const next = kindOf(character);
    if (next === kind && next !== "other") words.push(`${words.pop() ?? ""}${character}`);
    else words.push(character);
    kind = next;
  }
  return words;
}

function kindOf(character: string): "space" | "word" | "other" {
  if (character.trim() === "") return "space";
  const isAscii = character.charCodeAt(0) < 128;
  return !isAscii || /^[A-Za-z0-9_]$/.test(character) ? "word" : "other";
}
