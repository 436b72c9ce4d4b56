// Reads a task app's answer to `POST /rollout` (protocol §3.6), whatever its age, language or honesty.

import { redactSecrets } from "../inference/redact.ts";
import type { ModuleRemark } from "./answer.ts";
import { parseJson } from "./parse-json.ts";
import { asObject, at, firstOf } from "./read-json.ts";
import { finiteNumber, metricsOf, readReward, stepsOf } from "./reward.ts";
import { keptText, oneLine, textOf } from "./text.ts";
import { exchangeOfReply } from "./trace.ts";

/** Further objectives kept of one answer. */
const MAX_METRICS = 20;
const MAX_METRIC_NAME_CHARS = 64;
/** Remarks on single calls that are read of one answer. */
const MAX_REMARKS = 24;
const MODULE_KEYS = ["module", "module_id", "stage_id"];
const EXPECTED_KEYS = ["expected", "expected_intent", "expected_answer", "label", "answer", "ground_truth"];

/** A task app's answer, its texts cut and without the secrets; or what is wrong with it, in a sentence. */
export type RolloutReply =
  | {
      kind: "answer";
      reward: number;
      metrics?: Record<string, number>;
      feedback?: string;
      expected?: string;
      /** What the model was asked and what it answered, as the task app tells it; empty when it does not. */
      input: string;
      output: string;
      /** What the task app says of single calls of modules, in their order. */
      remarks: ModuleRemark[];
      /** What the task app says went wrong, though it gave a reward. */
      error?: { code: string; message: string };
    }
  | { kind: "malformed"; message: string };

/**
 * Read the body of an answer with a status of 2xx.
 *
 * Any content type will do if the body is JSON. A missing or unusable reward is malformed, and the message carries
 * what the task app said went wrong, if it said so.
 *
 * @param secrets - what must not stay in any text, such as the task app's key
 */
export function readRolloutReply(
  text: string,
  contentType: string | null,
  secrets: readonly string[],
): RolloutReply {
  const parsed = parseJson(text);
  if (parsed.kind === "invalid") return malformed(notJson(text, contentType, parsed.message), secrets);
  const body = parsed.value;
  if (asObject(body) === undefined) return malformed("the answer is JSON but not an object", secrets);
  const reward = readReward(body);
  const complaint = complaintOf(body);
  if (reward.kind === "bad") return malformed(reward.message, secrets);
  if (reward.kind === "none") {
    const says =
      complaint === undefined ? reward.message : `no reward; the task app says: ${complaint.message}`;
    return malformed(says, secrets);
  }
  const { input, output } = exchangeOfReply(body);
  const error = complaint?.certain
    ? { code: complaint.code, message: oneLine(complaint.message, secrets) }
    : undefined;
  return {
    kind: "answer",
    reward: reward.value,
    ...kept("feedback", feedbackOf(body), secrets),
    ...kept("expected", expectedOf(body), secrets),
    ...metricsField(body, secrets),
    input: keptText(input, secrets),
    output: keptText(output, secrets),
    remarks: remarksOf(body, secrets),
    ...(error === undefined ? {} : { error }),
  };
}

/** What a body says went wrong: its `detail`, `error` or `message`; empty when it says nothing. Not cut. */
export function detailOf(body: unknown): string {
  const detail = firstOf(body, ["detail", "error", "message"]);
  if (detail === undefined || detail === false) return "";
  return textOf(firstOf(detail, ["message", "detail", "msg"]) ?? detail);
}

function malformed(message: string, secrets: readonly string[]): RolloutReply {
  return { kind: "malformed", message: oneLine(message, secrets) };
}

function notJson(text: string, contentType: string | null, message: string): string {
  if (text.trim() === "") return "the answer is empty";
  const type = contentType === null ? "" : ` (content type ${oneLine(contentType, [], 80)})`;
  return `the answer is not JSON${type}: ${message}`;
}

/** `certain` means that the rollout went wrong even if there is a reward; a bare `detail` may be a mere remark. */
function complaintOf(body: unknown): { code: string; message: string; certain: boolean } | undefined {
  const detail = detailOf(body);
  if (at(body, "aborted") === true) {
    const message = detail === "" ? "the task app aborted the rollout" : `aborted: ${detail}`;
    return { code: "aborted", message, certain: true };
  }
  if (detail === "") return undefined;
  const error = at(body, "error");
  const certain = error !== undefined && error !== null && error !== false && error !== "";
  return { code: "task_app_error", message: detail, certain };
}

function feedbackOf(body: unknown): string {
  const metrics = metricsOf(body);
  const ofSteps = stepsOf(body)
    .map((step) => textOf(at(step, "info", "feedback")))
    .filter((text) => text !== "");
  return firstText([
    textOf(at(metrics, "details", "feedback")),
    textOf(at(metrics, "feedback")),
    ofSteps.join("\n"),
    textOf(at(body, "feedback")),
  ]);
}

function expectedOf(body: unknown): string {
  const infos = stepsOf(body).map((step) => at(step, "info"));
  const holders = [...infos.reverse(), at(metricsOf(body), "details")];
  return firstText(holders.map((holder) => textOf(firstOf(holder, EXPECTED_KEYS))));
}

/** Steps that name the module whose call they are about. */
function remarksOf(body: unknown, secrets: readonly string[]): ModuleRemark[] {
  return stepsOf(body)
    .flatMap((step) => {
      const info = at(step, "info");
      const module = firstOf(info, MODULE_KEYS) ?? firstOf(step, MODULE_KEYS);
      if (typeof module !== "string") return [];
      const reward = finiteNumber(at(step, "reward"));
      return [
        {
          module,
          ...kept("expected", textOf(firstOf(info, EXPECTED_KEYS)), secrets),
          ...kept("feedback", textOf(at(info, "feedback")), secrets),
          ...(reward === undefined ? {} : { reward }),
        },
      ];
    })
    .slice(0, MAX_REMARKS);
}

function firstText(texts: readonly string[]): string {
  return texts.find((text) => text.trim() !== "") ?? "";
}

function kept<Name extends string>(name: Name, text: string, secrets: readonly string[]) {
  const field: { [key in Name]?: string } = {};
  if (text !== "") field[name] = keptText(text, secrets);
  return field;
}

function metricsField(body: unknown, secrets: readonly string[]): { metrics?: Record<string, number> } {
  const metrics = metricsOf(body);
  const found = new Map<string, number>();
  for (const group of [at(metrics, "outcome_objectives"), at(metrics, "details")]) {
    for (const [name, value] of Object.entries(asObject(group) ?? {})) {
      const number = typeof value === "number" ? finiteNumber(value) : undefined;
      if (number === undefined || !isMetricName(name, secrets) || found.has(name)) continue;
      if (found.size < MAX_METRICS) found.set(name, number);
    }
  }
  return found.size === 0 ? {} : { metrics: Object.fromEntries(found) };
}

function isMetricName(name: string, secrets: readonly string[]): boolean {
  if (name === "" || name.length > MAX_METRIC_NAME_CHARS || name === "reward" || name === "__proto__")
    return false;
  return redactSecrets(name, secrets) === name;
}
