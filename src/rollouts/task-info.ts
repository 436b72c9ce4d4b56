// What a task app tells of its examples and of itself: `/task_info` (protocol §3.1), in every shape that task apps answer in.
// Asked before a job is created, and only where the job has a use for it.

import { HEALTH_TIMEOUT_MS, MAX_HEALTH_REPLY_BYTES } from "../config/limits.ts";
import { excerpt } from "../inference/capped.ts";
import { taskAppHeaders } from "./auth.ts";
import { type BoundedReply, connectionWords, type Fetch, requestBounded, type SetTimer } from "./http.ts";
import { parseJson } from "./parse-json.ts";
import { asList, asObject, at, firstOf } from "./read-json.ts";
import { taskAppUrl } from "./task-app-url.ts";
import { textOf } from "./text.ts";

/** Seeds in one question: as an address it stays well below what servers take. */
const SEEDS_PER_QUESTION = 50;
/** Questions at a time, within the six connections that an invocation may have waiting. */
const QUESTIONS_AT_ONCE = 4;
/** Characters kept of an example's text: enough to tell examples apart, and small beside the rest of a job. */
const MAX_EXAMPLE_CHARS = 300;
/** Where an example's own text may be, in its metadata or beside it. */
const TEXT_KEYS = ["query", "question", "input", "text", "prompt", "problem", "instruction", "observation"];

/** Which task app to ask, and how. */
export interface TaskInfoQuestion {
  url: string;
  api_key: string | null;
  fetch: Fetch;
  signal?: AbortSignal;
  setTimer?: SetTimer;
}

/** What was told, or in words why not. */
export type TaskInfoAnswer<T> =
  | { kind: "told"; value: T }
  /** `status` where an answer came that is none. */
  | { kind: "untold"; message: string; status?: number };

/**
 * The texts of examples by seed, for as many of the seeds as the task app tells one. None where all of them read the same:
 * that is then the text of the task, and tells no example from another.
 */
export async function exampleTexts(
  seeds: readonly number[],
  question: TaskInfoQuestion,
): Promise<TaskInfoAnswer<Map<number, string>>> {
  const batches = batchesOf(seeds, SEEDS_PER_QUESTION);
  const texts = new Map<number, string>();
  for (const wave of batchesOf(batches, QUESTIONS_AT_ONCE)) {
    const answers = await Promise.all(wave.map((batch) => ask(batch, question)));
    for (const [index, answer] of answers.entries()) {
      if (answer.kind === "untold") return answer;
      const batch = wave[index] ?? [];
      for (const [seed, info] of infosBySeed(answer.value, batch)) {
        const text = exampleText(info);
        if (text !== "") texts.set(seed, text);
      }
    }
  }
  const tells = new Set(texts.values()).size > 1;
  return { kind: "told", value: tells ? texts : new Map() };
}

/** The task app's own rubric: of the example of this seed, else of the whole task set. Undefined where it has none. */
export async function taskAppRubric(
  seed: number,
  question: TaskInfoQuestion,
): Promise<TaskInfoAnswer<unknown>> {
  const [ofSeed, ofSet] = await Promise.all([ask([seed], question), ask([], question)]);
  if (ofSeed.kind === "untold" && ofSet.kind === "untold") return ofSeed;
  const info = ofSeed.kind === "told" ? infosBySeed(ofSeed.value, [seed]).get(seed) : undefined;
  const set = ofSet.kind === "told" ? ofSet.value : undefined;
  return { kind: "told", value: rubricOf(info) ?? rubricOf(set) ?? rubricOf(at(set, "taskset")) };
}

/** What a task app says of a seed: it tells of it, it refuses it, or it cannot be asked. */
export type SeedVerdict = { kind: "told" } | { kind: "refused"; message: string } | { kind: "unknown" };

/** Asks of each seed by itself whether the task app has it. Meant for a few seeds. */
export async function seedVerdicts(
  seeds: readonly number[],
  question: TaskInfoQuestion,
): Promise<Map<number, SeedVerdict>> {
  const verdicts = new Map<number, SeedVerdict>();
  for (const wave of batchesOf(seeds, QUESTIONS_AT_ONCE)) {
    const answers = await Promise.all(wave.map((seed) => ask([seed], question)));
    for (const [index, seed] of wave.entries()) verdicts.set(seed, verdictOf(answers[index]));
  }
  return verdicts;
}

function verdictOf(answer: TaskInfoAnswer<unknown> | undefined): SeedVerdict {
  if (answer === undefined) return { kind: "unknown" };
  if (answer.kind === "told") return { kind: "told" };
  // An answer such as 404 or 422; one that did not come says nothing about the seed.
  return answer.status !== undefined && answer.status >= 400 && answer.status < 500
    ? { kind: "refused", message: answer.message }
    : { kind: "unknown" };
}

async function ask(
  seeds: readonly number[],
  { url, api_key, fetch, signal, setTimer }: TaskInfoQuestion,
): Promise<TaskInfoAnswer<unknown>> {
  const auth = taskAppHeaders(api_key);
  if (auth.kind === "refused") return { kind: "untold", message: auth.message };
  if (!URL.canParse(url)) return { kind: "untold", message: "task_app_url is not a URL" };
  const target = new URL(taskAppUrl(new URL(url), "/task_info"));
  // Repeated keys, as the protocol has it.
  for (const seed of seeds) target.searchParams.append("seeds", String(seed));
  const reply = await requestBounded(
    target.href,
    { method: "GET", headers: { ...auth.headers, accept: "application/json" } },
    { fetch, timeout_ms: HEALTH_TIMEOUT_MS, max_bytes: MAX_HEALTH_REPLY_BYTES, signal, setTimer },
  );
  return answerOf(reply);
}

function answerOf(reply: BoundedReply): TaskInfoAnswer<unknown> {
  const untold = (says: string, status?: number): TaskInfoAnswer<unknown> => ({
    kind: "untold",
    message: `/task_info ${says}`,
    status,
  });
  switch (reply.kind) {
    case "reply": {
      if (reply.status !== 200) return untold(`answered ${reply.status}`, reply.status);
      const parsed = parseJson(reply.text);
      return parsed.kind === "json" ? { kind: "told", value: parsed.value } : untold("answered no JSON");
    }
    case "too_large":
      return untold(`answered more than ${MAX_HEALTH_REPLY_BYTES} bytes`);
    case "redirect":
      return untold("redirects, which is not followed");
    case "timeout":
      return untold(`did not answer within ${HEALTH_TIMEOUT_MS / 1000} s`);
    case "connection":
      return untold(connectionWords(reply.message));
    case "aborted":
      return untold("was not asked to the end");
  }
}

/** A list in the order of the seeds, an object keyed by them, or one object, which then is about the one seed asked for. */
function infosBySeed(body: unknown, seeds: readonly number[]): Map<number, unknown> {
  const list = asList(body);
  if (list.length > 0) {
    return list.length === seeds.length
      ? new Map(seeds.map((seed, index) => [seed, list[index]]))
      : new Map();
  }
  const keyed = seeds.flatMap((seed): [number, unknown][] => {
    const info = at(body, String(seed));
    return info === undefined ? [] : [[seed, info]];
  });
  if (keyed.length > 0) return new Map(keyed);
  const [only] = seeds;
  return only !== undefined && seeds.length === 1 && asObject(body) ? new Map([[only, body]]) : new Map();
}

function exampleText(info: unknown): string {
  const metadata = at(info, "task_metadata");
  const own = firstOf(metadata, TEXT_KEYS) ?? firstOf(info, TEXT_KEYS);
  const whole = asObject(metadata);
  const text = own === undefined && whole && Object.keys(whole).length > 0 ? whole : own;
  return excerpt(textOf(text).trim(), MAX_EXAMPLE_CHARS).toWellFormed();
}

function rubricOf(info: unknown): unknown {
  return firstOf(info, ["rubric", "rubrics"]);
}

function batchesOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
