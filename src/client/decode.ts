// From JSON of unknown shape to wire types: checks what the SDK itself relies on, and no more, so that newer services fit.

import type {
  EventPage,
  JobEvent,
  JobResults,
  JobStatus,
  JobSummary,
  JobView,
  Page,
  Problem,
} from "../wire/job.ts";
import { isObject, type JsonObject } from "../wire/json.ts";
import type { ProbeReport } from "../wire/probe.ts";
import type { ValidationReport } from "../wire/validate.ts";
import type { Verification } from "../wire/verification.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import { normaliseStatus } from "./status.ts";

/** @throws UnexpectedAnswerError when it is no object. */
export function objectOf(value: unknown): JsonObject {
  if (!isObject(value)) throw new UnexpectedAnswerError("The answer is not a JSON object");
  return value as JsonObject;
}

/** A job, its status in the canonical words. @throws UnexpectedAnswerError without a job id. */
export function jobViewOf(value: unknown): JobView {
  const view: unknown = withIdAndStatus(objectOf(value));
  return view as JobView;
}

/** The results of a job. @throws UnexpectedAnswerError when they lack the list of prompts. */
export function jobResultsOf(value: unknown): JobResults {
  const results = objectOf(value);
  if (!Array.isArray(results.top_prompts)) throw new UnexpectedAnswerError("The results lack `top_prompts`");
  const checked: unknown = withIdAndStatus(results);
  return checked as JobResults;
}

/** What an audit found. @throws UnexpectedAnswerError when it lacks the checks. */
export function verificationOf(value: unknown): Verification {
  const found = objectOf(value);
  if (typeof found.holds !== "boolean" || !Array.isArray(found.checks)) {
    throw new UnexpectedAnswerError("The answer lacks `holds` or `checks`");
  }
  const checked: unknown = withIdAndStatus(found);
  return checked as Verification;
}

/** A page of jobs. @throws UnexpectedAnswerError when it has no list. */
export function jobPageOf(value: unknown): Page<JobSummary> {
  const page = objectOf(value);
  if (!Array.isArray(page.items)) throw new UnexpectedAnswerError("The page of jobs lacks `items`");
  const items: unknown = page.items.map((item) => withIdAndStatus(objectOf(item)));
  const cursor = page.next_cursor;
  return { items: items as JobSummary[], next_cursor: typeof cursor === "string" ? cursor : null };
}

/** A page of events, or a bare list of them (protocol §2.2). @throws UnexpectedAnswerError when there is no list. */
export function eventPageOf(value: unknown): EventPage {
  const list = Array.isArray(value) ? value : objectOf(value).events;
  if (!Array.isArray(list)) throw new UnexpectedAnswerError("The answer holds no list of events");
  const events = list.map(jobEventOf).filter((event) => event !== undefined);
  const next = isObject(value) ? value.next_seq : undefined;
  return { events, next_seq: typeof next === "number" ? next : (events.at(-1)?.seq ?? 0) };
}

/** The outcome of a dry run. @throws UnexpectedAnswerError when it lacks the estimate. */
export function validationReportOf(value: unknown): ValidationReport {
  const report: unknown = objectOf(value);
  if (!isObject(report) || !isObject(report.estimate))
    throw new UnexpectedAnswerError("The answer lacks `estimate`");
  const checked: unknown = { ...report, warnings: Array.isArray(report.warnings) ? report.warnings : [] };
  return checked as ValidationReport;
}

/** What a probe measured. @throws UnexpectedAnswerError when it lacks the peak. */
export function probeReportOf(value: unknown): ProbeReport {
  const report: unknown = objectOf(value);
  if (!isObject(report) || typeof report.peak !== "number" || !Array.isArray(report.messages))
    throw new UnexpectedAnswerError("The answer lacks `peak` or `messages`");
  const checked: unknown = report;
  return checked as ProbeReport;
}

/** An event; undefined when it has no `type` or no `seq`, which are not part of the log (protocol §2.3). */
export function jobEventOf(value: unknown): JobEvent | undefined {
  if (!isObject(value) || typeof value.type !== "string" || typeof value.seq !== "number") return undefined;
  return {
    seq: value.seq,
    type: value.type,
    message: typeof value.message === "string" ? value.message : "",
    data: isObject(value.data) ? objectOf(value.data) : {},
    level: value.level === "warning" || value.level === "error" ? value.level : "info",
    created_at: typeof value.created_at === "string" ? value.created_at : "",
    job_id: typeof value.job_id === "string" ? value.job_id : "",
  };
}

/** A problem document, when the text is one. */
export function problemOf(text: string, status: number): Problem | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(value) || (typeof value.detail !== "string" && typeof value.title !== "string"))
    return undefined;
  const problem = {
    type: "about:blank",
    title: `HTTP ${status}`,
    detail: "",
    code: `http_${status}`,
    ...value,
    errors: Array.isArray(value.errors) ? value.errors : undefined,
    warnings: Array.isArray(value.warnings) ? value.warnings : undefined,
    status,
  };
  return problem;
}

function withIdAndStatus(value: JsonObject): JsonObject & { job_id: string; status: JobStatus } {
  const id = value.job_id ?? value.id;
  if (typeof id !== "string" || id === "") throw new UnexpectedAnswerError("Response missing job ID");
  return { ...value, job_id: id, status: normaliseStatus(value.status ?? value.state) };
}
