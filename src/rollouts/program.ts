// What a task app tells of its own program, `/metadata` (protocol §3.1): for the proposer of a job that has no description.
// Asked once, before the job is created. Optional for task apps: one that has no such route simply tells nothing.

import { HEALTH_TIMEOUT_MS, MAX_HEALTH_REPLY_BYTES } from "../config/limits.ts";
import { excerpt } from "../inference/capped.ts";
import { taskAppHeaders } from "./auth.ts";
import { requestBounded } from "./http.ts";
import { parseJson } from "./parse-json.ts";
import { firstOf } from "./read-json.ts";
import { taskAppUrl } from "./task-app-url.ts";
import type { TaskInfoQuestion } from "./task-info.ts";
import { textOf } from "./text.ts";

/** Characters kept: what a proposer reads with profit, and small beside the rest of a job. */
const MAX_PROGRAM_CHARS = 8_000;
const KEYS = ["program_description", "description", "program_code"];

/** The task app's description of its program, else its code; null where it tells neither. Never rejects. */
export async function programDescription({
  url,
  api_key,
  fetch,
  signal,
  setTimer,
}: TaskInfoQuestion): Promise<string | null> {
  const auth = taskAppHeaders(api_key);
  if (auth.kind === "refused" || !URL.canParse(url)) return null;
  const reply = await requestBounded(
    taskAppUrl(new URL(url), "/metadata"),
    { method: "GET", headers: { ...auth.headers, accept: "application/json" } },
    { fetch, timeout_ms: HEALTH_TIMEOUT_MS, max_bytes: MAX_HEALTH_REPLY_BYTES, signal, setTimer },
  );
  if (reply.kind !== "reply" || reply.status !== 200) return null;
  const parsed = parseJson(reply.text);
  const text = parsed.kind === "json" ? textOf(firstOf(parsed.value, KEYS)).trim() : "";
  return text === "" ? null : excerpt(text, MAX_PROGRAM_CHARS).toWellFormed();
}
