// The records of a rollout's calls. An agent may make hundreds, each with twenty messages of thousands of characters, while its lane
// has 128 MB for six rollouts: of all of them is kept what they cost and how they ended, and the texts only of those that the
// rollout's answer shows.

import { MAX_TRACE_CALLS } from "../config/limits.ts";
import type { CallRecord } from "../inference/record.ts";

const HALF = Math.ceil(MAX_TRACE_CALLS / 2);

/** The records of one rollout, in the order in which its calls ended. */
export class CallRecords {
  readonly #records: CallRecord[] = [];
  /** Where those are whose texts are kept. */
  #whole: number[] = [];

  /** All of them; those that no answer shows are without texts. */
  get all(): readonly CallRecord[] {
    return this.#records;
  }

  add(record: CallRecord): void {
    this.#records.push(withoutMessages(record));
    const whole = [...this.#whole, this.#records.length - 1];
    const shown = this.#shown(whole);
    for (const at of whole) if (!shown.has(at)) this.#shorten(at);
    this.#whole = whole.filter((at) => shown.has(at));
  }

  /** The first and the last that a trace tells by module, and what stands for the whole rollout: the last that was answered, else the last. */
  #shown(whole: readonly number[]): ReadonlySet<number | undefined> {
    const isAnswered = (at: number) => this.#records[at]?.error === undefined;
    const told = whole.filter((at) => isAnswered(at) && this.#records[at]?.question !== undefined);
    return new Set([...told.slice(0, HALF), ...told.slice(-HALF), whole.findLast(isAnswered), whole.at(-1)]);
  }

  #shorten(at: number): void {
    const record = this.#records[at];
    if (record) this.#records[at] = withoutTexts(record);
  }
}

/** Where it is known what was asked, the messages say nothing more. */
function withoutMessages(record: CallRecord): CallRecord {
  return record.question === undefined ? record : { ...record, messages: [] };
}

/** Whose prompt it was still counts: remarks of the task app go by the number of a module's call. */
function withoutTexts({ question, ...record }: CallRecord): CallRecord {
  return {
    ...record,
    ...(question && { question: { module: question.module, values: {}, input: "" } }),
    messages: [],
    text: "",
    tool_calls: [],
  };
}
