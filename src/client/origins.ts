// Where values of a dry run come from, as far as the SDK knows better than the service: what it fills in itself reaches the
// service among the overrides.

import { SPEC_TEXT } from "../wire/spec.ts";
import type { ValidationReport, ValueOrigin } from "../wire/validate.ts";
import type { SpecFile } from "./spec-files.ts";

/** The older name of a verifier's table, which reports never use. */
const OLDER_NAME = /(^|\.)judge$/;

/** The report, with an honest origin for what came of these files, and for keys that these variables filled in. */
export function withOwnOrigins(
  report: ValidationReport,
  files: readonly SpecFile[],
  filledIn: Readonly<Record<string, readonly string[]>>,
): ValidationReport {
  const own = new Map<string, ValueOrigin>();
  for (const [key, variables] of Object.entries(filledIn)) {
    if (variables.length > 0) own.set(key, { from: "environment", variables: [...variables] });
  }
  for (const { holder } of files) {
    own.set(`${holder.replace(OLDER_NAME, "$1verifier")}.${SPEC_TEXT}`, { from: "spec_file" });
  }
  const origins = Object.entries(report.origins).map(([path, origin]): [string, ValueOrigin] => [
    path,
    origin.from === "override" ? (own.get(path) ?? origin) : origin,
  ]);
  return { ...report, origins: Object.fromEntries(origins) };
}
