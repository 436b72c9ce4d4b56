// What a job has spent, from its rows, as its limits count it. Calls whose usage is unknown count at their worst case, and so
// does what was under way when an object died. Owns the rows of what belongs to no answer.

import { COST_ROLES, type CostRole, type JobLimits } from "../config/job-limits.ts";
import { type AttemptUsage, addCharge, type Charge, chargeOf, NO_CHARGE } from "../inference/attempt.ts";
import { type ByRole, bothOf, noCharges, total } from "./ledger.ts";
import { numberOf, type Sql, type SqlRow, textOf } from "./sql.ts";

/** What was spent before a step, and what its parts cost. */
export interface SpentBefore {
  by_role: ByRole;
  rollouts: number;
  /** Of one rollout: the dearest, and the mean. */
  dearest: Charge;
  mean: Charge;
  /** The dearest proposal. */
  proposal: Charge;
}

const TOKENS =
  "coalesce(answer ->> '$.usage.charge.tokens', (answer ->> '$.usage.prompt_tokens') + (answer ->> '$.usage.completion_tokens'), 0)";
const USD = "coalesce(answer ->> '$.usage.charge.usd', answer ->> '$.usage.usd', 0.0)";
/** What keys of a model's rollouts end with. */
const IS_OF_MODEL = "substr(key, -length(?2)) = ?2";
/** What keys of judgements begin with. */
const IS_JUDGEMENT = "key GLOB 'verifier/*'";

/** The spending of one job. */
export class Spending {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /**
   * What was spent before a step; with no step given, until now. The same on every replay of the step. The mean is of the rollouts of
   * `model`, where it is given and has any.
   */
  before(step = Number.MAX_SAFE_INTEGER, model?: string): SpentBefore {
    const rollouts = this.#sums("rollout", "1", step);
    const own = model === undefined ? rollouts : this.#sums("rollout", IS_OF_MODEL, step, `/${model}`);
    const { rows, sum } = own.rows === 0 ? rollouts : own;
    const proposals = this.#sums("call", `NOT ${IS_JUDGEMENT}`, step);
    const judgements = this.#sums("call", IS_JUDGEMENT, step);
    const answered = { policy: rollouts.sum, proposer: proposals.sum, verifier: judgements.sum };
    return {
      by_role: bothOf(answered, this.#unanswered(step)),
      rollouts: rollouts.rows,
      dearest: rollouts.most,
      mean: rows === 0 ? NO_CHARGE : shareOf(sum, rows),
      proposal: proposals.most,
    };
  }

  /** Rollouts that were answered. */
  rollouts(): number {
    return numberOf(this.#sql.query("SELECT count(*) AS n FROM rollout")[0] ?? {}, "n");
  }

  /** Writes down what attempts without an answer spent. */
  recordWaste(step: number, role: CostRole, usage: AttemptUsage): void {
    const { tokens, usd } = chargeOf(usage);
    if (tokens === 0 && usd === 0 && usage.llm_calls === 0) return;
    this.#sql.execute(
      "INSERT INTO waste (step, role, tokens, usd, usage) VALUES (?, ?, ?, ?, ?)",
      step,
      role,
      tokens,
      usd,
      JSON.stringify(usage),
    );
  }

  /** Attempts without an answer whose usage is known, role by role. */
  wasted(): { role: CostRole; usage: AttemptUsage }[] {
    const rows = this.#sql.query("SELECT role, usage FROM waste WHERE usage IS NOT NULL ORDER BY id");
    return rows.map((row) => ({ role: roleOf(row), usage: JSON.parse(textOf(row, "usage")) }));
  }

  /** What may be under way and unrecorded now, at most. */
  expose(outstanding: ByRole): void {
    const isNothing = total(outstanding).tokens === 0 && total(outstanding).usd === 0;
    this.#sql.execute("UPDATE job SET exposed = ?", isNothing ? null : JSON.stringify(outstanding));
  }

  /**
   * Counts what was under way when the last slice died as spent: nobody will ever know how much of it was. What is told as exposed may
   * be in rows by now; with them it is no more than the limits, which the ledger never let anybody cross.
   */
  writeOff(step: number, limits: JobLimits): void {
    const row = this.#sql.query("SELECT exposed FROM job WHERE exposed IS NOT NULL")[0];
    if (row === undefined) return;
    const exposed = withinLimits(JSON.parse(textOf(row, "exposed")), limits, this.before().by_role);
    this.#sql.transaction(() => {
      for (const role of COST_ROLES) {
        const { tokens, usd } = exposed[role];
        if (tokens === 0 && usd === 0) continue;
        this.#sql.execute(
          "INSERT INTO waste (step, role, tokens, usd, usage) VALUES (?, ?, ?, ?, NULL)",
          step,
          role,
          tokens,
          usd,
        );
      }
      this.#sql.execute("UPDATE job SET exposed = NULL");
    });
  }

  /** A row that counts fewer tokens than it is known to have used; null where there is none, as it must be. */
  understated(): { what: string; counted: number; used: number } | null {
    const tokens = (column: string) =>
      `(${column} ->> '$.prompt_tokens') + (${column} ->> '$.completion_tokens')`;
    const ofAnswers = (table: string) =>
      `SELECT key AS what, usage ->> '$.charge.tokens' AS counted, ${tokens("usage")} AS used
       FROM (SELECT key, answer ->> '$.usage' AS usage FROM ${table})`;
    const row = this.#sql.query(
      `SELECT * FROM (
         ${ofAnswers("rollout")} UNION ALL ${ofAnswers("call")}
         UNION ALL SELECT 'an attempt without an answer', tokens, ${tokens("usage")} FROM waste
       ) WHERE counted < used LIMIT 1`,
    )[0];
    return row
      ? { what: textOf(row, "what"), counted: numberOf(row, "counted"), used: numberOf(row, "used") }
      : null;
  }

  /** What was written off. */
  writtenOff(): Charge {
    const row =
      this.#sql.query(
        "SELECT coalesce(sum(tokens), 0) AS tokens, coalesce(sum(usd), 0.0) AS usd FROM waste WHERE usage IS NULL",
      )[0] ?? {};
    return { tokens: numberOf(row, "tokens"), usd: numberOf(row, "usd") };
  }

  #sums(
    table: "rollout" | "call",
    which: string,
    step: number,
    ...more: string[]
  ): { rows: number; sum: Charge; most: Charge } {
    const row =
      this.#sql.query(
        `SELECT count(*) AS n, coalesce(sum(tokens), 0) AS tokens, coalesce(sum(usd), 0.0) AS usd,
           coalesce(max(tokens), 0) AS most_tokens, coalesce(max(usd), 0.0) AS most_usd
         FROM (SELECT ${TOKENS} AS tokens, ${USD} AS usd FROM ${table} WHERE step < ?1 AND ${which} ORDER BY key)`,
        step,
        ...more,
      )[0] ?? {};
    return {
      rows: numberOf(row, "n"),
      sum: { tokens: numberOf(row, "tokens"), usd: numberOf(row, "usd") },
      most: { tokens: numberOf(row, "most_tokens"), usd: numberOf(row, "most_usd") },
    };
  }

  #unanswered(step: number): ByRole {
    const rows = this.#sql.query("SELECT role, tokens, usd FROM waste WHERE step < ? ORDER BY id", step);
    const sums = noCharges();
    for (const row of rows) {
      const role = roleOf(row);
      sums[role] = addCharge(sums[role], { tokens: numberOf(row, "tokens"), usd: numberOf(row, "usd") });
    }
    return sums;
  }
}

/** What the limits on tokens and US dollars leave of a step: rollouts, and the limit that they come from. */
export interface Room {
  rollouts: number;
  reason: "tokens" | "cost";
}

/**
 * The rollouts that what is left pays for, at the price of the dearest rollout so far or at the mean; null where nothing limits
 * them, or no price is known yet. `proposals` of the dearest kind are set aside.
 */
export function roomFor(limits: JobLimits, spent: SpentBefore, proposals: number): Room | null {
  const { by_role, dearest, mean, proposal, rollouts } = spent;
  const price = limits.pessimistic ? dearest : mean;
  // Judgements come with rollouts.
  const judging = rollouts === 0 ? NO_CHARGE : shareOf(by_role.verifier, rollouts);
  const each = addCharge(price, judging);
  const used = total(by_role);
  const roomOf = (most: number | undefined, spentSoFar: number, aside: number, cost: number) =>
    most === undefined || cost <= 0 ? null : Math.max(0, Math.floor((most - spentSoFar - aside) / cost));
  const rooms: (Room | null)[] = [
    named("tokens", roomOf(limits.tokens?.most, used.tokens, proposals * proposal.tokens, each.tokens)),
    named("cost", roomOf(limits.usd?.most, used.usd, proposals * proposal.usd, each.usd)),
    named("cost", roomOf(limits.category_usd.policy?.most, by_role.policy.usd, 0, price.usd)),
    named("cost", roomOf(limits.category_usd.verifier?.most, by_role.verifier.usd, 0, judging.usd)),
  ];
  return rooms.reduce(
    (least, room) => (room && (!least || room.rollouts < least.rollouts) ? room : least),
    null,
  );
}

/** As much of what was exposed as can have been spent beside what is in rows. */
function withinLimits(exposed: ByRole, limits: JobLimits, spent: ByRole): ByRole {
  const [all, rows] = [total(exposed), total(spent)];
  const tokens = shareWithin(all.tokens, limits.tokens?.most, rows.tokens);
  const usd = shareWithin(all.usd, limits.usd?.most, rows.usd);
  const kept = noCharges();
  for (const role of COST_ROLES) {
    const own = shareWithin(exposed[role].usd, limits.category_usd[role]?.most, spent[role].usd);
    kept[role] = { tokens: exposed[role].tokens * tokens, usd: exposed[role].usd * Math.min(usd, own) };
  }
  return kept;
}

/** The share of a sum that fits under a limit, from 0 to 1. */
function shareWithin(sum: number, most: number | undefined, spent: number): number {
  if (most === undefined || sum <= 0) return 1;
  return Math.min(1, Math.max(0, most - spent) / sum);
}

function named(reason: Room["reason"], rollouts: number | null): Room | null {
  return rollouts === null ? null : { rollouts, reason };
}

function shareOf({ tokens, usd }: Charge, parts: number): Charge {
  return { tokens: tokens / parts, usd: usd / parts };
}

function roleOf(row: SqlRow): CostRole {
  const role = textOf(row, "role");
  return COST_ROLES.find((known) => known === role) ?? "policy";
}
