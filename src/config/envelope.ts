// A whole submission that was saved as a file: the config in it is what counts.

import { isObject, type JsonObject } from "../wire/json.ts";
import { type Finding, remark } from "./findings.ts";
import { SECTION } from "./path.ts";

/** What a submission holds beside its config, with the meaning that it has only where it is sent. */
const SUBMISSION_ONLY = ["metadata", "auto_start", "allow_experimental"];

/** A config, and what was found around it. */
export interface Unwrapped {
  root: JsonObject;
  /** Laid over the config. */
  overrides: JsonObject;
  notices: Finding[];
}

/** The config of a submission (protocol §2.2: `{algorithm, config_body, overrides, …}`); anything else as it is. */
export function unwrapSubmission(root: JsonObject): Unwrapped {
  const { config_body: body, overrides, algorithm } = root;
  if (!isObject(body) || root[SECTION] !== undefined) return { root, overrides: {}, notices: [] };
  const unused = SUBMISSION_ONLY.filter((key) => root[key] !== undefined && root[key] !== null);
  const rest = unused.length === 0 ? "" : `; ${unused.join(" and ")} of it have no effect in a file`;
  return {
    root: body,
    overrides: {
      ...(typeof algorithm === "string" ? { [`${SECTION}.algorithm`]: algorithm } : {}),
      ...(isObject(overrides) ? overrides : {}),
    },
    notices: [remark([], `is taken from the config_body of a whole submission${rest}`)],
  };
}
