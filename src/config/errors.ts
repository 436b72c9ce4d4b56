// The error of a config that cannot be used: every mistake of it, each with its place.

import type { ConfigWarning, ProblemItem } from "../wire/job.ts";
import type { Finding } from "./findings.ts";
import { MAX_CONFIG_ISSUES, MAX_CONFIG_WARNINGS } from "./limits.ts";
import { dotted, type Path, pointer } from "./path.ts";

/** One mistake of a config. */
export type ConfigIssue = ProblemItem;

/** 1-based line and column in a TOML text. */
export interface Position {
  line: number;
  column: number;
}

/** A config with mistakes. `message` lists them; `warnings` is what else was noticed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "config_invalid";
  /** The first MAX_CONFIG_ISSUES mistakes; `message` counts the rest. */
  readonly issues: ConfigIssue[];
  readonly warnings: ConfigWarning[];

  constructor(issues: ConfigIssue[], warnings: ConfigWarning[] = []) {
    const kept = issues.slice(0, MAX_CONFIG_ISSUES);
    const rest = issues.length - kept.length;
    const lines = kept.map((issue) => issue.message);
    if (rest > 0) lines.push(`… and ${rest} more`);
    super(lines.length === 1 ? lines[0] : `The config has ${issues.length} errors:\n- ${lines.join("\n- ")}`);
    this.issues = kept;
    this.warnings = warnings;
  }
}

/** A finding as an issue; `path` is the path as the user wrote it. */
export function toIssue(finding: Finding, path: Path, at?: Position): ConfigIssue {
  const { says, found, expected } = finding;
  const name = dotted(path);
  return {
    pointer: pointer(path),
    path: name,
    message: `${name} ${says}${at === undefined ? "" : ` (line ${at.line})`}`,
    ...(found === undefined ? {} : { found }),
    ...(expected === undefined ? {} : { expected }),
    ...(at === undefined ? {} : { line: at.line, column: at.column }),
  };
}

/** A finding as a warning; `path` is the path as the user wrote it. */
export function toWarning(finding: Finding, path: Path, at?: Position): ConfigWarning {
  const name = dotted(path);
  return {
    path: name,
    message: `${name} ${finding.says}`,
    ...(at === undefined ? {} : { line: at.line }),
  };
}

/** At most MAX_CONFIG_WARNINGS warnings; when there are more, the last one counts them. */
export function capWarnings(warnings: ConfigWarning[]): ConfigWarning[] {
  if (warnings.length <= MAX_CONFIG_WARNINGS) return warnings;
  const kept = warnings.slice(0, MAX_CONFIG_WARNINGS - 1);
  const rest = warnings.length - kept.length;
  return [
    ...kept,
    { path: "prompt_learning", message: `prompt_learning has ${rest} more warnings like these` },
  ];
}

/** How many mistakes there are, and the first of them. */
export function mistakesInWords(issues: readonly ConfigIssue[]): string {
  const count = issues.length === 1 ? "One setting is" : `${issues.length} settings are`;
  return `${count} wrong: ${issues[0]?.message ?? ""}`;
}
