// Which recordings a folder holds, told by their content.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ParityCase, ParityKind } from "./kinds.ts";

/** A file as the replay sees it: of a kind, with its cases, or of none. */
export interface Recording {
  path: string;
  kind?: ParityKind;
  cases: ParityCase[];
  /** Why there are no cases. */
  skipped?: string;
}

/** All recordings under the paths, in the order of their names. Files of no known kind are among them, as skipped. */
export function recordingsIn(paths: readonly string[], kinds: readonly ParityKind[]): Recording[] {
  return paths.flatMap(jsonFiles).map((path) => recordingAt(path, kinds));
}

function recordingAt(path: string, kinds: readonly ParityKind[]): Recording {
  let file: unknown;
  try {
    file = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    return { path, cases: [], skipped: `it is no JSON: ${error instanceof Error ? error.message : error}` };
  }
  const kind = kinds.find((one) => one.recognises(file));
  if (!kind) return { path, cases: [], skipped: "its content is of no known kind" };
  return { path, kind, cases: kind.cases(file, path) };
}

function jsonFiles(path: string): string[] {
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => {
      const inside = join(path, name);
      return statSync(inside).isDirectory() || name.endsWith(".json") ? jsonFiles(inside) : [];
    });
}
