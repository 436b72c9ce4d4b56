// Zod's issues as findings, with the words of words.ts and the value that was found.

import type * as z from "zod";
import type { JsonObject } from "../wire/json.ts";
import { type Finding, fault, mustBe } from "./findings.ts";
import { type Path, pathKey } from "./path.ts";
import { valueAt } from "./tables.ts";
import { counted, expectedWords } from "./words.ts";

const MAX_NAMED_ITEMS = 10;

type Issue = z.core.$ZodIssue;

/** The parsed value, or what is wrong with it. */
export type SchemaVerdict<T> = { kind: "valid"; value: T } | { kind: "invalid"; findings: Finding[] };

/** Check a table against a schema. Findings' paths count from the table. */
export function checkSchema<T>(schema: z.ZodType<T>, table: JsonObject): SchemaVerdict<T> {
  const result = schema.safeParse(table, { error: expectedWords });
  if (result.success) return { kind: "valid", value: result.data };
  const findings = result.error.issues.flatMap((issue) => findingsOf(issue, [], table));
  return { kind: "invalid", findings: shortened(findings) };
}

function findingsOf(issue: Issue, base: Path, table: JsonObject): Finding[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
  const branch = issue.code === "invalid_union" ? meantBranch(issue.errors) : undefined;
  if (branch !== undefined) return branch.flatMap((inner) => findingsOf(inner, path, table));
  return [mustBe(path, issue.message, valueAt(table, path))];
}

/** At most MAX_NAMED_ITEMS mistakes of the items of one list, and the number of the others. */
function shortened(findings: readonly Finding[]): Finding[] {
  const lists = new Map<string, { path: Path; wrong: number }>();
  const kept = findings.filter(({ path }) => {
    if (typeof path.at(-1) !== "number") return true;
    const parent = path.slice(0, -1);
    const list = lists.get(pathKey(parent)) ?? { path: parent, wrong: 0 };
    list.wrong++;
    lists.set(pathKey(parent), list);
    return list.wrong <= MAX_NAMED_ITEMS;
  });
  for (const { path, wrong } of lists.values()) {
    const more = wrong - MAX_NAMED_ITEMS;
    if (more > 0) kept.push(fault(path, `has ${counted(more, "more wrong item")}`));
  }
  return kept;
}

/** The alternative whose kind of value was given, so that its mistake is the one to name; undefined when there is none. */
function meantBranch(branches: readonly Issue[][]): Issue[] | undefined {
  return branches.find((issues) => !issues.some((e) => e.path.length === 0 && e.code === "invalid_type"));
}
