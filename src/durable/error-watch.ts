// Watches whether rollouts fail one after the other, or too many of them: then it is the task app that is down, and not the
// candidates that are bad. Owns the counts. Does not own: what happens then.

import type { ErrorLimits } from "../config/job-limits.ts";

/** How a question ended. `of` tells apart candidates, or proposals. */
export type QuestionEnd =
  | { failed: false }
  | { failed: true; of: string; error: { code: string; message: string } };

/** What was seen when it was too much. */
export interface Trouble {
  what: "rollouts" | "proposals" | "judgements";
  consecutive_errors: number;
  /** Of the latest `of` rollouts. */
  failed: number;
  of: number;
  last_error: { code: string; message: string };
  /** What the task app's `/health` and `/task_info` answered, when they were asked. */
  health?: string;
}

/** The latest rollouts that the rate is taken of. */
const WINDOW = 50;
/** Fewest rollouts that a rate is taken of. */
const LEAST_FOR_RATE = 20;
/** Failures, in a row or at too high a rate, that are worth asking the task app whether it is well before their step is taken over. */
const SUSPICIOUS = 3;

/** Failures that a candidate alone can cause, and a task app that is down does not. */
const OF_THE_CANDIDATE: readonly string[] = ["prompt_mismatch", "reply_too_large"];

/** Counts failures of one kind of question. */
export class ErrorWatch {
  readonly #what: Trouble["what"];
  readonly #rules: ErrorLimits;
  #proven: boolean;
  #latest: boolean[] = [];
  #run = 0;
  /** Failures of the step under way in earlier slices, as long as nothing has succeeded since. */
  #earlier = 0;
  /** Of the step under way. */
  #step = { ended: 0, failed: 0 };
  #subjects = new Set<string>();
  #lastError = { code: "", message: "" };

  /** `proven`: whether a question of the kind ever succeeded. Before one has, failures are the job's own, and no outage. */
  constructor(what: Trouble["what"], rules: ErrorLimits, proven: boolean) {
    this.#what = what;
    this.#rules = rules;
    this.#proven = proven;
  }

  /** A slice begins. The step under way runs again, and so much of it is answered already; that pauses nothing by itself. */
  recall(ends: readonly QuestionEnd[]): void {
    this.#step = { ended: 0, failed: 0 };
    for (const end of ends) this.#tally(end);
    this.#earlier = this.#step.failed;
  }

  /** Takes the end of a question into account; answers with what was seen once that is too much. */
  note(end: QuestionEnd): Trouble | undefined {
    this.#latest = [...this.#latest.slice(1 - WINDOW), end.failed];
    const counts = this.#tally(end);
    if (!end.failed) {
      this.#proven = true;
      this.#run = 0;
      this.#earlier = 0;
      this.#subjects.clear();
      return undefined;
    }
    if (!counts) return undefined;
    this.#run += 1;
    this.#subjects.add(end.of);
    return this.#proven && (this.#tooManyInARow() || this.#tooOften()) ? this.seen() : undefined;
  }

  /** A step is done. Whether so much of it failed that it may be an outage: all, several at its end, or more than the rate allows. */
  isSuspicious(): boolean {
    const { ended, failed } = this.#step;
    const { consecutive, rate } = this.#rules;
    this.#step = { ended: 0, failed: 0 };
    if (!this.#proven || failed === 0 || (consecutive === null && rate === null)) return false;
    const isTooOften = rate !== null && failed >= SUSPICIOUS && failed > rate * ended;
    return failed === ended || this.#inARow >= SUSPICIOUS || isTooOften;
  }

  /** What has been seen. */
  seen(): Trouble {
    return {
      what: this.#what,
      consecutive_errors: this.#inARow,
      failed: this.#failed(),
      of: this.#latest.length,
      last_error: this.#lastError,
    };
  }

  get #inARow(): number {
    return Math.max(this.#run, this.#earlier);
  }

  /** Counts an end for its step; whether it is a failure that may be the other side's. */
  #tally(end: QuestionEnd): boolean {
    this.#step.ended += 1;
    if (!end.failed || OF_THE_CANDIDATE.includes(end.error.code)) return false;
    this.#step.failed += 1;
    this.#lastError = end.error;
    return true;
  }

  /** One candidate may be such that every rollout of it fails; that two in a row are is not likely. */
  #tooManyInARow(): boolean {
    const { consecutive } = this.#rules;
    return consecutive !== null && this.#run >= consecutive && this.#subjects.size > 1;
  }

  #tooOften(): boolean {
    const { rate } = this.#rules;
    return (
      rate !== null && this.#latest.length >= LEAST_FOR_RATE && this.#failed() > rate * this.#latest.length
    );
  }

  #failed(): number {
    return this.#latest.filter((failed) => failed).length;
  }
}
