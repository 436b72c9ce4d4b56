// A difference of two prompts as lines to print: minus, plus, and the changed words of a changed line set off.

import { type DiffPart, diffLines, diffWords } from "./diff.ts";
import type { Paint } from "./paint.ts";
import { printable } from "./text.ts";

/** Unchanged lines shown around a change. */
const CONTEXT = 3;
/** Two lines count as one line changed when this share of their characters is common; else as two lines. */
const MIN_LIKENESS = 0.3;

/** The difference as printable lines; empty when the texts agree. */
export function diffView(before: string, after: string, paint: Paint): string[] {
  const parts = diffLines(printable(before), printable(after));
  if (parts.every((part) => part.kind === "same")) return [];
  const lines: string[] = [];
  for (let at = 0; at < parts.length; ) {
    const isSame = parts[at]?.kind === "same";
    let end = at;
    while (end < parts.length && (parts[end]?.kind === "same") === isSame) end++;
    const run = parts.slice(at, end);
    lines.push(...(isSame ? contextOf(run, at === 0, end === parts.length, paint) : changeOf(run, paint)));
    at = end;
  }
  return lines;
}

/** Unchanged lines, their middle folded when it is long. */
function contextOf(run: DiffPart[], isFirst: boolean, isLast: boolean, paint: Paint): string[] {
  const shown = run.map((part) => `  ${part.text}`.trimEnd());
  const head = isFirst ? 0 : CONTEXT;
  const tail = isLast ? 0 : CONTEXT;
  const folded = shown.length - head - tail;
  if (folded <= 1) return shown;
  const fold = paint.dim(`  … ${folded} unchanged lines`);
  return [...shown.slice(0, head), fold, ...shown.slice(shown.length - tail)];
}

/** Removed lines, then added ones; the first of each belong together, and so on. */
function changeOf(run: DiffPart[], paint: Paint): string[] {
  const removed = run.flatMap((part) => (part.kind === "removed" ? [part.text] : []));
  const added = run.flatMap((part) => (part.kind === "added" ? [part.text] : []));
  const minus: string[] = [];
  const plus: string[] = [];
  for (let row = 0; row < Math.max(removed.length, added.length); row++) {
    const old = removed[row];
    const fresh = added[row];
    const words = old !== undefined && fresh !== undefined && paint.enabled ? diffWords(old, fresh) : [];
    const isOneLine = likeness(words) >= MIN_LIKENESS;
    if (old !== undefined) minus.push(paint.red(`- ${isOneLine ? marked(words, "removed", paint) : old}`));
    if (fresh !== undefined) plus.push(paint.green(`+ ${isOneLine ? marked(words, "added", paint) : fresh}`));
  }
  return [...minus, ...plus];
}

function marked(words: DiffPart[], side: "removed" | "added", paint: Paint): string {
  return words
    .filter((part) => part.kind === "same" || part.kind === side)
    .map((part) => (part.kind === side ? paint.reverse(part.text) : part.text))
    .join("");
}

/** The share of characters, of both lines, that are common: 0 to 1. */
function likeness(words: DiffPart[]): number {
  let common = 0;
  let all = 0;
  for (const part of words) {
    const weight = part.kind === "same" ? 2 : 1;
    all += weight * part.text.length;
    if (part.kind === "same") common += weight * part.text.length;
  }
  return all === 0 ? 0 : common / all;
}
