// Findings: what the parts of the reader have to say about a config, before its place in the file is known.

import type { Path } from "./path.ts";
import { foundWords } from "./words.ts";

/** A mistake or a remark at one place of a config. */
export interface Finding {
  level: "error" | "warning";
  /** From the `[prompt_learning]` table, under the protocol's own names: `["gepa", "rollout", "budget"]`. */
  path: Path;
  /** What follows the path in the message: `must be …, found …`. */
  says: string;
  found?: string;
  expected?: string;
  /** The path counts from the root of the file: a key beside the `[prompt_learning]` table. */
  outside?: true;
}

/** An error: the value at `path` is not what was expected. A missing value is undefined. */
export function mustBe(path: Path, expected: string, value: unknown): Finding {
  const found = foundWords(value, path.at(-1));
  const says =
    value === undefined ? `is missing: it must be ${expected}` : `must be ${expected}, found ${found}`;
  return { level: "error", path, says, found, expected };
}

/** Whether a finding is that an option is not given. */
export function isMissing(finding: Finding): boolean {
  return finding.found === foundWords(undefined, undefined);
}

/** An error in words of its own. */
export function fault(path: Path, says: string): Finding {
  return { level: "error", path, says };
}

/** A warning. */
export function remark(path: Path, says: string): Finding {
  return { level: "warning", path, says };
}
