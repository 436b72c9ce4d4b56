// Whether a task app is fit to be called: asked before a job is created (protocol §3.7).

import { HEALTH_TIMEOUT_MS, MAX_HEALTH_REPLY_BYTES } from "../config/limits.ts";
import { taskAppHeaders } from "./auth.ts";
import {
  type BoundedReply,
  connectionWords,
  type Fetch,
  platformTimer,
  requestBounded,
  type SetTimer,
} from "./http.ts";
import { parseJson } from "./parse-json.ts";
import { at } from "./read-json.ts";
import { detailOf } from "./reply.ts";
import { taskAppUrl } from "./task-app-url.ts";
import { oneLine, textOf } from "./text.ts";

/** The verdict on a task app; a status is null when no answer came. */
export interface TaskAppHealth {
  ok: boolean;
  health_status: number | null;
  task_info_status: number | null;
  /** Such as `/health=200, /task_info=200`, or in words what went wrong. */
  detail: string;
}

/** Which task app to ask, and how. */
export interface HealthQuestion {
  url: string;
  api_key: string | null;
  fetch: Fetch;
  signal?: AbortSignal;
  setTimer?: SetTimer;
}

const TRIES = 2;
const RETRY_DELAY_MS = 500;

/**
 * Ask `/health` and `/task_info`, both at once; each has HEALTH_TIMEOUT_MS, and a second try when the connection fails.
 *
 * `/health` is fine with 200, and with a 401 or 403 that says which key it expects; `/task_info` with 200 only.
 */
export async function checkTaskApp(question: HealthQuestion): Promise<TaskAppHealth> {
  const { url, api_key } = question;
  const auth = taskAppHeaders(api_key);
  if (auth.kind === "refused") return unasked(auth.message);
  if (!URL.canParse(url)) return unasked("task_app_url is not a URL");
  const base = new URL(url);
  const [health, info] = await Promise.all([
    ask(taskAppUrl(base, "/health"), auth.headers, question),
    ask(taskAppUrl(base, "/task_info"), auth.headers, question),
  ]);
  const secrets = api_key === null ? [] : [api_key.trim()];
  return {
    ok: isHealthy(health) && statusOf(info) === 200,
    health_status: statusOf(health),
    task_info_status: statusOf(info),
    detail: `/health=${oneLine(words(health), secrets)}, /task_info=${oneLine(words(info), secrets)}`,
  };
}

function unasked(detail: string): TaskAppHealth {
  return { ok: false, health_status: null, task_info_status: null, detail };
}

async function ask(
  url: string,
  headers: Record<string, string>,
  { fetch, signal, setTimer = platformTimer }: HealthQuestion,
): Promise<BoundedReply> {
  for (let attempt = 1; ; attempt++) {
    const reply = await requestBounded(
      url,
      { method: "GET", headers: { ...headers, accept: "application/json" } },
      { fetch, timeout_ms: HEALTH_TIMEOUT_MS, max_bytes: MAX_HEALTH_REPLY_BYTES, signal, setTimer },
    );
    if (reply.kind !== "connection" || attempt === TRIES) return reply;
    await new Promise<void>((resolve) => {
      setTimer(resolve, RETRY_DELAY_MS);
    });
  }
}

function isHealthy(reply: BoundedReply): boolean {
  const status = statusOf(reply);
  if (status === 200) return true;
  return (status === 401 || status === 403) && reply.kind === "reply" && namesItsKey(reply.text);
}

/** Whether a refusal says which key is wanted: the app is up, and only this key is not the one. */
function namesItsKey(text: string): boolean {
  const parsed = parseJson(text);
  if (parsed.kind === "invalid") return false;
  if (at(parsed.value, "expected_api_key_prefix") !== undefined) return true;
  const detail = textOf(at(parsed.value, "detail")).toLowerCase();
  return detail.includes("expected prefix") || detail.includes("expected_api_key_prefix");
}

function statusOf(reply: BoundedReply): number | null {
  return "status" in reply ? reply.status : null;
}

function words(reply: BoundedReply): string {
  switch (reply.kind) {
    case "reply":
      return `${reply.status}${remark(reply)}`;
    case "too_large":
      return String(reply.status);
    case "redirect":
      return `${reply.status} (redirects are not followed)`;
    case "timeout":
      return `timed out after ${HEALTH_TIMEOUT_MS / 1000} s`;
    case "connection":
      return connectionWords(reply.message);
    case "aborted":
      return "not asked to the end";
  }
}

function remark({ status, text }: BoundedReply & { kind: "reply" }): string {
  if (status === 200) return "";
  const parsed = parseJson(text);
  const says = parsed.kind === "json" ? detailOf(parsed.value) : "";
  const meaning = MEANINGS[status] ?? "";
  const words = [meaning, says].filter((part) => part !== "").join(": ");
  return words === "" ? "" : ` (${words})`;
}

const MEANINGS: Readonly<Record<number, string>> = {
  401: "the task app wants another task_app_api_key",
  403: "the task app wants another task_app_api_key",
  404: "the task app has no such route",
};
