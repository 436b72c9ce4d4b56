// The journal: every answer of the world, under a key that names its question by content. An answer is written before
// the engine sees it, and never changes; failures of a step that was given up may be withdrawn.

import type { CostRole } from "../config/job-limits.ts";
import type {
  Candidate,
  Demo,
  Evaluation,
  Proposal,
  ProposalRequest,
  Purpose,
  Seed,
  Usage,
} from "../engines/engine.ts";
import { addUsage } from "../inference/attempt.ts";
import { digestOf } from "./digest.ts";
import type { QuestionEnd } from "./error-watch.ts";
import { numberOf, type Sql, textOf } from "./sql.ts";
import type { RolloutQuestion } from "./work.ts";

const PURPOSES: readonly Purpose[] = ["pareto", "feedback", "validation", "test"];

/** What the journal has added up. */
export interface JournalTotals {
  rollouts: number;
  policy: Usage;
  proposer: Usage;
  verifier: Usage;
}

/** What keys of judgements begin with, in the journal of calls. */
const JUDGEMENT = "verifier/";

/** The journal of one job. */
export class Journal {
  readonly #sql: Sql;
  #running: JournalTotals | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The evaluations known under these keys. */
  evaluations(keys: readonly string[]): Map<string, Evaluation> {
    const rows = this.#sql.query(
      "SELECT key, answer FROM rollout WHERE key IN (SELECT value FROM json_each(?))",
      JSON.stringify(keys),
    );
    return new Map(rows.map((row) => [textOf(row, "key"), JSON.parse(textOf(row, "answer"))]));
  }

  /** Writes an evaluation down and gives back the one that holds: the first. It may be one of a slice that broke off. */
  recordEvaluation(key: string, step: number, evaluation: Evaluation): Evaluation {
    if (!this.#insert("rollout", key, step, evaluation)) {
      return this.evaluations([key]).get(key) ?? evaluation;
    }
    if (this.#running) {
      const { rollouts, policy } = this.#running;
      this.#running = {
        ...this.#running,
        rollouts: rollouts + 1,
        policy: addUsage(policy, evaluation.usage),
      };
    }
    return evaluation;
  }

  /** The proposal known under a key. */
  proposal(key: string): Proposal | undefined {
    const row = this.#sql.query("SELECT answer FROM call WHERE key = ?", key)[0];
    return row && JSON.parse(textOf(row, "answer"));
  }

  /** Writes a proposal down and gives back the one that holds: the first. */
  recordProposal(key: string, step: number, proposal: Proposal): Proposal {
    if (!this.#insert("call", key, step, proposal)) return this.proposal(key) ?? proposal;
    if (this.#running) {
      this.#running = { ...this.#running, proposer: addUsage(this.#running.proposer, proposal.usage) };
    }
    return proposal;
  }

  /** How the rollouts of a step ended, as far as they are answered. In which order is not known. */
  endsOf(step: number): QuestionEnd[] {
    const rows = this.#sql.query(
      `SELECT key, answer ->> '$.error.code' AS code, answer ->> '$.error.message' AS message
       FROM rollout WHERE step = ? ORDER BY key`,
      step,
    );
    return rows.map((row) => {
      if (row.code === null) return { failed: false };
      const error = { code: textOf(row, "code"), message: textOf(row, "message") };
      return { failed: true, of: textOf(row, "key"), error };
    });
  }

  /** Whether any rollout was answered, and not by a failure. */
  hasSuccess(): boolean {
    return this.#sql.query("SELECT 1 FROM rollout WHERE answer ->> '$.error' IS NULL LIMIT 1").length > 0;
  }

  /** A rollout of a candidate that was answered, and not by a failure; null when there is none. */
  answeredRollout(digest: string): Pick<RolloutQuestion, "key" | "seed" | "purpose" | "replicate"> | null {
    for (const purpose of PURPOSES) {
      const from = `${purpose}/${digest}/`;
      // Everything that begins so; a LIKE pattern may have 50 bytes on the platform.
      const rows = this.#sql.query(
        "SELECT key FROM rollout WHERE key >= ? AND key < ? AND answer ->> '$.error' IS NULL ORDER BY key LIMIT 1",
        from,
        `${from}\u{10ffff}`,
      );
      const key = rows[0] && textOf(rows[0], "key");
      if (key === undefined) continue;
      const [seed = 0, replicate = 0] = key.slice(from.length).split("/").map(Number);
      return { key, seed, purpose, replicate };
    }
    return null;
  }

  /**
   * Takes back the failures of a step that was given up because the other side was down: they say nothing about the candidates.
   * Answers with what they had spent.
   */
  withdrawFailures(step: number): { role: CostRole; usage: Usage }[] {
    const failed = (table: string) =>
      this.#sql.query(
        `DELETE FROM ${table} WHERE step = ? AND answer ->> '$.error' IS NOT NULL RETURNING key, answer ->> '$.usage' AS usage`,
        step,
      );
    const spent = ["rollout", "call"].flatMap((table) =>
      failed(table).map((row) => ({
        role: roleOf(table, textOf(row, "key")),
        usage: JSON.parse(textOf(row, "usage")),
      })),
    );
    this.#running = undefined;
    return spent;
  }

  /** Writes a judge's answer down and gives back the one that holds: the first. It is read by `proposal`, like all calls. */
  recordJudgement(key: string, step: number, answer: Proposal): Proposal {
    if (!this.#insert("call", key, step, answer)) return this.proposal(key) ?? answer;
    if (this.#running) {
      this.#running = { ...this.#running, verifier: addUsage(this.#running.verifier, answer.usage) };
    }
    return answer;
  }

  /** Rollouts answered before a step, and since it began: its own, if it runs again. */
  rolloutsAround(step: number): { before: number; since: number } {
    const row =
      this.#sql.query("SELECT count(*) AS n, coalesce(sum(step < ?), 0) AS before FROM rollout", step)[0] ??
      {};
    const before = numberOf(row, "before");
    return { before, since: numberOf(row, "n") - before };
  }

  /** Drops what rollouts showed and judges remarked; rewards and usage stay. */
  dropTraces(): void {
    this.#sql.execute(
      "UPDATE rollout SET answer = json_remove(answer, '$.trace') WHERE answer ->> '$.trace' IS NOT NULL",
    );
    this.#sql.execute(
      `UPDATE call SET answer = json_set(answer, '$.text', '') WHERE key GLOB '${JUDGEMENT}*' AND answer ->> '$.text' <> ''`,
    );
  }

  /** The rows are gone. */
  forget(): void {
    this.#running = undefined;
  }

  /** Rollouts that each step paid for, in the order of the steps. */
  rolloutsByStep(): { step: number; rollouts: number }[] {
    const rows = this.#sql.query("SELECT step, count(*) AS n FROM rollout GROUP BY step ORDER BY step");
    return rows.map((row) => ({ step: numberOf(row, "step"), rollouts: numberOf(row, "n") }));
  }

  /** What was spent so far without reading the journal again: for progress, where the last digit of a sum does not matter. */
  runningTotals(): JournalTotals {
    this.#running ??= this.totals();
    return this.#running;
  }

  /** Everything spent so far, summed in the order of the keys, so that it is the same after a crash. */
  totals(): JournalTotals {
    const rollouts = this.#usageOf("rollout", "1");
    const proposer = this.#usageOf("call", `key NOT GLOB '${JUDGEMENT}*'`).usage;
    const verifier = this.#usageOf("call", `key GLOB '${JUDGEMENT}*'`).usage;
    return { rollouts: rollouts.rows, policy: rollouts.usage, proposer, verifier };
  }

  /** Whether the answer was written: false when there is one under this key. */
  #insert(table: "rollout" | "call", key: string, step: number, answer: Evaluation | Proposal): boolean {
    const running = this.#running;
    // If the write fails nobody knows whether it was done: then the sums must be read anew.
    this.#running = undefined;
    const rows = this.#sql.query(
      `INSERT INTO ${table} (key, step, answer) VALUES (?, ?, ?) ON CONFLICT DO NOTHING RETURNING step`,
      key,
      step,
      JSON.stringify(answer),
    );
    this.#running = running;
    return rows.length > 0;
  }

  #usageOf(table: "rollout" | "call", which: string): { rows: number; usage: Usage } {
    const row =
      this.#sql.query(`
        SELECT count(*) AS n,
          coalesce(sum(answer ->> '$.usage.prompt_tokens'), 0) AS prompt_tokens,
          coalesce(sum(answer ->> '$.usage.completion_tokens'), 0) AS completion_tokens,
          coalesce(sum(answer ->> '$.usage.llm_calls'), 0) AS llm_calls,
          coalesce(sum(answer ->> '$.usage.usd'), 0.0) AS usd,
          coalesce(sum(answer ->> '$.usage.usd' IS NULL), 0) AS unknown
        FROM (SELECT answer FROM ${table} WHERE ${which} ORDER BY key)`)[0] ?? {};
    return {
      rows: numberOf(row, "n"),
      usage: {
        prompt_tokens: numberOf(row, "prompt_tokens"),
        completion_tokens: numberOf(row, "completion_tokens"),
        llm_calls: numberOf(row, "llm_calls"),
        usd: numberOf(row, "unknown") > 0 ? null : numberOf(row, "usd"),
      },
    };
  }
}

function roleOf(table: string, key: string): CostRole {
  if (table === "rollout") return "policy";
  return key.startsWith(JUDGEMENT) ? "verifier" : "proposer";
}

/** Key of a rollout: its purpose, the candidate's digest, the seed, the replicate and the model. */
export function evaluationKey(
  purpose: Purpose,
  digest: string,
  seed: Seed,
  replicate: number,
  model: string,
): string {
  return `${purpose}/${digest}/${seed}/${replicate}/${model}`;
}

/** Key of a proposal: the question's digest, its replicate and the model. */
export async function proposalKey(request: ProposalRequest, model: string): Promise<string> {
  return `${await digestOf(JSON.stringify(request.messages))}/${request.replicate}/${model}`;
}

/** Key of a judgement: the question's digest and the model. The same words about the same rollout are judged once. */
export async function judgementKey(messages: ProposalRequest["messages"], model: string): Promise<string> {
  return `${JUDGEMENT}${await digestOf(JSON.stringify(messages))}/${model}`;
}

/**
 * Digest of what a candidate shows: its texts, the same for the same texts by the same names whatever their order, and its
 * demos, where it has any, in theirs.
 */
export function candidateDigest({ texts, demos = {} }: Candidate): Promise<string> {
  const names = Object.keys(texts).sort();
  const shownTexts = names.map((name) => [name, texts[name]]);
  const modules = Object.keys(demos)
    .filter((module) => (demos[module] ?? []).length > 0)
    .sort();
  if (modules.length === 0) return digestOf(JSON.stringify(shownTexts));
  const shownDemos = modules.map((module) => [module, (demos[module] ?? []).map(shownDemo)]);
  return digestOf(JSON.stringify([shownTexts, shownDemos]));
}

/** What of a demo reaches the model. */
function shownDemo({ values, input, output }: Demo): unknown[] {
  const names = Object.keys(values).sort();
  return [names.map((name) => [name, values[name]]), input, output];
}
