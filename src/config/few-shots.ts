// The examples that a pipeline's module shows from the start (`few_shots`), in the spellings in which they are written.

import { isObject } from "../wire/json.ts";
import type { ShownDemo } from "./demos.ts";

const INPUT_KEYS = ["input", "user", "question", "query", "prompt"];
const OUTPUT_KEYS = ["output", "assistant", "answer", "response", "completion"];

/** Few-shot examples as demos, and the positions of those that have no input or no output. */
export function readFewShots(entries: readonly unknown[]): { demos: ShownDemo[]; unread: number[] } {
  const read = entries.map(readFewShot);
  return {
    demos: read.filter((demo) => demo !== undefined),
    unread: read.flatMap((demo, i) => (demo === undefined ? [i] : [])),
  };
}

function readFewShot(entry: unknown): ShownDemo | undefined {
  if (!isObject(entry)) return undefined;
  const text = (keys: readonly string[]) =>
    keys.map((key) => entry[key]).find((value) => typeof value === "string");
  const values = isObject(entry.values)
    ? Object.entries(entry.values).flatMap(([name, value]) =>
        typeof value === "string" ? [[name, value]] : [],
      )
    : [];
  const [input, output] = [text(INPUT_KEYS), text(OUTPUT_KEYS)];
  if (typeof output !== "string" || (typeof input !== "string" && values.length === 0)) return undefined;
  return { values: Object.fromEntries(values), input: typeof input === "string" ? input : "", output };
}
