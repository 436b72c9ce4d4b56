// The audit of a job: what must hold of its rows, looked at anew. Owns the checks. Does not own: running the search again,
// and the rows, of which it changes none.

import { COST_ROLES, type JobLimits, jobLimits, type Limit, limitsSpending } from "../config/job-limits.ts";
import type { EngineEvent } from "../engines/engine.ts";
import { type JobEvent, type JobResults, type JobStatus, TERMINAL_STATUSES } from "../wire/job.ts";
import type { Verification, VerificationCheck } from "../wire/verification.ts";
import { engineFor } from "./engines.ts";
import { resultEvents, tellsOfSearch } from "./job-events.ts";
import type { JobStore, Snapshot } from "./job-store.ts";
import type { Journal } from "./journal.ts";
import { type ByRole, total } from "./ledger.ts";
import { type Recomputed, recomputed } from "./recompute.ts";
import { stateOf } from "./runner.ts";
import { Spending } from "./spending.ts";
import { StepLimits } from "./step-limits.ts";
import { type JobPicture, jobResults } from "./views.ts";
import { isLostAlarm } from "./wake.ts";

/** Sums of prices in another order differ by so much. */
const ROUNDING = 1e-9;

/** What the last event of a job that ended as this is called. */
const CLOSING: Partial<Record<JobStatus, string>> = {
  succeeded: "complete",
  failed: "failed",
  cancelled: "cancelled",
};

type Finding = Pick<VerificationCheck, "outcome" | "detail">;

/** What is looked at. */
export interface VerificationParts {
  store: JobStore;
  journal: Journal;
  picture: JobPicture;
  /** When the alarm is due, in milliseconds since 1970; null for none. */
  alarm: number | null;
  /** Whether an alarm is being answered. */
  working: boolean;
}

/** Looks at a job. A job that runs on meanwhile is seen as it was at the start. */
export async function verification(parts: VerificationParts): Promise<Verification> {
  const { store, journal, picture } = parts;
  const { facts, standing } = picture;
  const snapshot = store.snapshot<unknown>();
  const log = store.events(0, Number.MAX_SAFE_INTEGER, facts.job_id).events;
  const told = log.filter(({ type }) => tellsOfSearch(type, facts.algorithm)).map(toldEvent);
  const budget = budgetFinding(journal, facts.rollout_budget);
  const spending = spendingFinding(picture, store, snapshot?.step ?? 0);
  const alarm = alarmFinding(parts);
  const limits = new StepLimits(facts, store.sql);
  const { traces_dropped_at: dropped } = facts;
  const again =
    dropped === undefined
      ? await recomputed({ facts, journal, limits, steps: snapshot?.step ?? 0, told })
      : { steps: 0, state: stateOf(engineFor(facts), snapshot?.state), events: told, fault: null };
  const checks: VerificationCheck[] = [
    {
      name: "results",
      ...(dropped === undefined ? resultsFinding(picture, snapshot, again) : droppedFinding(dropped)),
    },
    { name: "events", ...eventsFinding(picture, log, told, again) },
    { name: "budget", ...budget },
    { name: "spending", ...spending },
    { name: "alarm", ...alarm },
    { name: "secrets", ...secretsFinding(picture) },
  ];
  return {
    job_id: facts.job_id,
    status: standing.status,
    holds: checks.every(({ outcome }) => outcome !== "fails"),
    steps: again.steps,
    rollouts: picture.totals.rollouts,
    rollouts_total: facts.rollout_budget,
    events: log.length,
    checks,
  };
}

function resultsFinding(
  picture: JobPicture,
  snapshot: Snapshot<unknown> | undefined,
  again: Recomputed,
): Finding {
  if (again.fault !== null) return fails(again.fault);
  const shown = jobResults(picture);
  const results = jobResults(pictureOfAgain(picture, again));
  const part = differingPart(shown, results);
  if (part !== undefined) return fails(`\`${part}\` of the results is not what the journal gives`);
  const engine = engineFor(picture.facts);
  if (snapshot !== undefined && canonical(snapshot.state) !== canonical(again.state)) {
    return fails(`the state after step ${snapshot.step} is not what the journal gives`);
  }
  const { status, finish_reason } = picture.standing;
  const verdict = engine.verdict(again.state);
  if (status === "succeeded" && verdict !== finish_reason) {
    return fails(`the job ended for "${finish_reason}", and its search ends for "${verdict}"`);
  }
  return holds(`${again.steps} steps give the same ${JSON.stringify(shown).length} characters of results`);
}

function droppedFinding(at: number): Finding {
  return skipped(`what the rollouts showed was dropped on ${new Date(at).toISOString().slice(0, 10)}`);
}

function eventsFinding(
  picture: JobPicture,
  log: readonly JobEvent[],
  told: readonly EngineEvent[],
  again: Recomputed,
): Finding {
  const gap = log.findIndex(({ seq }, index) => seq !== index + 1);
  if (gap >= 0) return fails(`event ${gap + 1} is missing`);
  const other = told.findIndex((event, index) => !same(event, again.events[index]));
  if (other >= 0) return fails(`"${told[other]?.message}" is not what the search tells there`);
  if (again.fault === null && again.events.length > told.length) {
    return fails(`the log lacks "${again.events[told.length]?.message}"`);
  }
  const ending = endFinding(picture, log, again);
  return ending ?? holds(`${log.length} without a gap, ${told.length} of them the search's`);
}

/** What is wrong with the end of the log. */
function endFinding(picture: JobPicture, log: readonly JobEvent[], again: Recomputed): Finding | undefined {
  const { status, error } = picture.standing;
  const { algorithm } = picture.facts;
  const terminal = log.filter(({ type }) =>
    Object.values(CLOSING).some((end) => type === `prompt.learning.${algorithm}.${end}`),
  );
  if (terminal.length !== (hasEnded(status) ? 1 : 0)) {
    return fails(`a job that is ${status} has ${terminal.length} closing events`);
  }
  const [last] = terminal;
  if (last && log.at(-1) !== last) return fails("the log goes on after its closing event");
  if (last && !last.type.endsWith(`.${CLOSING[status]}`))
    return fails(`"${last.message}" closes a job that is ${status}`);
  if (last && wellFormed(last.data.error) !== wellFormed(error))
    return fails(`"${last.message}" is not the job's error`);
  if (status !== "succeeded" || again.fault !== null) return undefined;
  const closing = resultEvents(pictureOfAgain(picture, again));
  const logged = log.slice(-closing.length).map(toldEvent);
  const other = closing.findIndex((event, index) => !same(event, logged[index]));
  return other < 0 ? undefined : fails(`"${logged[other]?.message}" is not what the journal gives`);
}

function budgetFinding(journal: Journal, budget: number | null): Finding {
  let spent = 0;
  for (const { step, rollouts } of journal.rolloutsByStep()) {
    spent += rollouts;
    if (budget !== null && spent > budget) {
      return fails(`${spent} rollouts were paid for by step ${step}, and the budget has ${budget}`);
    }
  }
  return holds(budget === null ? `${spent} rollouts, no limit` : `${spent} of ${budget} rollouts`);
}

/** What calls came to, those without an answer too, step by step against the job's limits on tokens and US dollars. */
function spendingFinding({ facts }: JobPicture, { sql }: JobStore, steps: number): Finding {
  const limits = jobLimits(facts.config);
  if (!limitsSpending(limits)) return skipped("neither tokens nor money are limited");
  const spending = new Spending(sql);
  const less = spending.understated();
  if (less) return fails(`${less.what} counts ${less.counted} tokens, and used ${less.used}`);
  for (const before of [...Array.from({ length: steps }, (_, step) => step + 2), undefined]) {
    const { by_role } = spending.before(before);
    const over = overspent(limits, by_role);
    if (over !== undefined) return fails(before === undefined ? over : `${over}, by step ${before - 1}`);
  }
  const { tokens, usd } = total(spending.before().by_role);
  return holds(`${tokens} tokens and ${usd.toFixed(6)} USD at most, within every limit`);
}

/** The limit that is crossed. */
function overspent(limits: JobLimits, by_role: ByRole): string | undefined {
  const { tokens, usd } = total(by_role);
  const sums: [number, Limit | null | undefined, string][] = [
    [tokens, limits.tokens, "tokens"],
    [usd, limits.usd, "USD"],
    ...COST_ROLES.map((role): [number, Limit | undefined, string] => [
      by_role[role].usd,
      limits.category_usd[role],
      `USD by the ${role} model`,
    ]),
  ];
  const over = sums.find(([sum, limit]) => limit && sum > limit.most * (1 + ROUNDING));
  return over && `${over[0]} ${over[2]} were spent, and the limit is ${over[1]?.most}`;
}

function alarmFinding({ picture, store, alarm, working }: VerificationParts): Finding {
  const { status } = picture.standing;
  const isActive = status === "queued" || status === "running";
  const isTold = announcedStatus(store.announced()) === status;
  if (!isActive && (isTold || !hasEnded(status))) return skipped(`a job that is ${status} needs no alarm`);
  const why = isActive ? `the job is ${status}` : "its list does not know yet that the job has ended";
  if (working) return holds("an alarm is being answered");
  if (alarm === null) return fails(`${why}, and no alarm is set`);
  if (isLostAlarm(alarm, picture.now)) return fails(`${why}, and its alarm is overdue and will not ring`);
  return holds(`it rings in ${Math.max(0, alarm - picture.now)} ms`);
}

/** The status that a job's list knows. A summary of an older release may lack other fields. */
function announcedStatus(summary: string): unknown {
  if (summary === "") return undefined;
  const told: unknown = JSON.parse(summary);
  return typeof told === "object" && told !== null && "status" in told ? told.status : undefined;
}

function secretsFinding({ facts, standing }: JobPicture): Finding {
  const { kind } = facts.task_app_api_key;
  if (!hasEnded(standing.status)) return skipped("the job has not ended");
  return kind === "none" ? holds("none is left") : fails("the task app's key is still there");
}

function pictureOfAgain(picture: JobPicture, { state }: Recomputed): JobPicture {
  return { ...picture, results: engineFor(picture.facts).results(state) };
}

/** The first field in which two results differ, by their bytes. */
function differingPart(one: JobResults, other: JobResults): string | undefined {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  const values = (results: object) => new Map<string, unknown>(Object.entries(results));
  const [ones, others] = [values(one), values(other)];
  return [...names].find((name) => JSON.stringify(ones.get(name)) !== JSON.stringify(others.get(name)));
}

function toldEvent({ type, message, level, data }: JobEvent): EngineEvent {
  return { type, message, level, data };
}

function same(one: EngineEvent, other: EngineEvent | undefined): boolean {
  const text = (event: EngineEvent) => {
    const { type, message, level = "info", data } = event;
    return JSON.stringify([type, message.toWellFormed(), level, data]);
  };
  return other !== undefined && text(one) === text(other);
}

/** JSON with the fields of each object in the order of their names: a state from storage has them in another than one in memory. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== "object" || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Text as storage gives it back; null for none. */
function wellFormed(text: unknown): string | null {
  return typeof text === "string" ? text.toWellFormed() : null;
}

function hasEnded(status: JobStatus): boolean {
  return TERMINAL_STATUSES.includes(status);
}

function holds(detail: string): Finding {
  return { outcome: "holds", detail };
}

function fails(detail: string): Finding {
  return { outcome: "fails", detail };
}

function skipped(detail: string): Finding {
  return { outcome: "skipped", detail };
}
