// Specifications (protocol §1.6, §1.10, §1.11): a file that only the CLI and the SDK can read, sent as `spec_text`.

import { isObject, type JsonObject } from "../wire/json.ts";
import { SPEC_HOLDERS, SPEC_PATH, SPEC_TEXT } from "../wire/spec.ts";
import { flag } from "./fields.ts";
import { type Finding, fault } from "./findings.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import { valueAt } from "./tables.ts";
import { quoted } from "./words.ts";

/** What keeps a job from running: files that are named, and were not sent. */
export function unsentSpecs(section: JsonObject): Finding[] {
  return SPEC_HOLDERS.flatMap((holder) => {
    const table = valueAt(section, holder);
    if (!isObject(table)) return [];
    const { [SPEC_PATH]: path, [SPEC_TEXT]: text } = table;
    if (typeof path !== "string" || path === "" || text !== undefined || isSwitchedOff(holder, table.enabled))
      return [];
    const says =
      `names the file ${quoted(path)}, which the service cannot see: the CLI and the SDK send its text with the config; ` +
      `over HTTP, send it as ${dotted([SECTION, ...holder, SPEC_TEXT])}`;
    return [{ ...fault([...holder, SPEC_PATH], says), found: quoted(path) }];
  });
}

/** A verifier that does not score anything needs nothing. */
function isSwitchedOff(holder: Path, enabled: unknown): boolean {
  return holder.at(-1) === "verifier" && flag().safeParse(enabled).data !== true;
}
