// Attempts under a job's limits: each is reserved before it is sent, and settled when it has ended. Owns how much to reserve.
// Does not own: the ledger, attempts.

import type { CostRole } from "../config/job-limits.ts";
import type { ModelChoice } from "../config/models.ts";
import { type AttemptUsage, addCharge, type Charge, chargeOf, NO_CHARGE } from "../inference/attempt.ts";
import type { ProposalAnswer } from "../inference/proposer.ts";
import { type BoundedRequest, worstCase } from "../inference/worst-case.ts";
import type { RolloutAnswer } from "../rollouts/answer.ts";
import type { Attempt, RolloutOrder } from "../rollouts/order.ts";
import { platformFault } from "./dispatcher.ts";
import { SuspendedError } from "./gate.ts";
import type { Claim, Ledger } from "./ledger.ts";

/** While there is plenty, a rollout may spend so many times what the dearest one needed. */
const PLENTY = 2;
/** Before any is known, a rollout is taken to make so many calls of each module. */
const FIRST_CALLS = 4;
/** What is allowed more to a rollout that was refused a call. */
const GROWTH = 1.5;
/** Characters that examples are taken to put into a prompt, before any is known. */
const FIRST_EXAMPLE_CHARS = 4_000;
/** An answer with a status: the provider turned the call down, and charges nothing. */
const TURNED_DOWN = /_\d{3}$/;

/** Sends attempts under limits. */
export class Metering {
  readonly #ledger: Ledger;
  /** What one rollout needs at a time, at most, as far as is known, by the models that it asks. */
  readonly #needs = new Map<string, Charge>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** One attempt at a rollout. @throws CapReachedError, SuspendedError */
  async rollout(
    order: RolloutOrder,
    question: { key: string; held_out: boolean },
    send: (order: RolloutOrder) => Promise<Attempt<RolloutAnswer>>,
  ): Promise<Attempt<RolloutAnswer>> {
    const models = order.modules.map(({ policy }) => policy.model).join(" ");
    const known = this.#needs.get(models);
    const claim = await this.#ledger.reserve({
      role: "policy",
      ...question,
      want: known ? times(known, PLENTY) : times(callsOf(order, FIRST_EXAMPLE_CHARS), FIRST_CALLS),
      least: known ?? callsOf(order, 0),
    });
    const attempt = await this.#sent(claim, () => send({ ...order, allowance: claim.amount }));
    const { metered } = attempt;
    // A lane of an older release counts nothing.
    const charge = metered?.charge ?? claim.amount;
    claim.settle(charge);
    if (metered) this.#learn(models, metered.refused ? times(metered.peak, GROWTH) : metered.peak);
    return metered?.refused ? refusedAttempt(attempt, charge) : charged(attempt, charge);
  }

  /** One attempt at a proposal or a judgement. @throws CapReachedError, SuspendedError */
  async call(
    role: CostRole,
    key: string,
    { request, ...model }: ModelChoice & { request: BoundedRequest },
    send: () => Promise<Attempt<ProposalAnswer>>,
  ): Promise<Attempt<ProposalAnswer>> {
    const worst = worstCase(request, model);
    const claim = await this.#ledger.reserve({
      role,
      key,
      want: worst,
      least: worst,
      held_out: role === "verifier",
    });
    const attempt = await this.#sent(claim, send);
    const charge = chargeOfCall(attempt, worst);
    claim.settle(charge);
    return charged(attempt, charge);
  }

  /** A lane that could not be reached may have spent all that it was given; a call that was not begun has spent nothing. */
  async #sent<T extends { usage: AttemptUsage }>(
    claim: Claim,
    send: () => Promise<Attempt<T>>,
  ): Promise<Attempt<T>> {
    try {
      return await send();
    } catch (error) {
      const wasBegun = !(error instanceof SuspendedError);
      claim.settle(wasBegun ? claim.amount : NO_CHARGE);
      if (!wasBegun) throw error;
      return charged(platformFault(error), claim.amount);
    }
  }

  #learn(models: string, peak: Charge): void {
    // One that made no call tells nothing of those that will.
    if (peak.tokens === 0) return;
    const known = this.#needs.get(models) ?? NO_CHARGE;
    const most = { tokens: Math.max(known.tokens, peak.tokens), usd: Math.max(known.usd, peak.usd) };
    this.#needs.set(models, most);
  }
}

/** The attempt with its charge, where that is not simply what it used. */
function charged<T extends { usage: AttemptUsage }>(attempt: Attempt<T>, charge: Charge): Attempt<T> {
  const used = attempt.kind === "answer" ? attempt.value.usage : (attempt.spent ?? NOTHING);
  const plain = chargeOf(used);
  if (plain.tokens === charge.tokens && plain.usd === charge.usd) return attempt;
  const usage = { ...used, charge };
  return attempt.kind === "answer"
    ? { ...attempt, value: { ...attempt.value, usage } }
    : { ...attempt, spent: usage };
}

/** What the task app made of a refused call says nothing: the rollout is asked again, with more to spend. */
function refusedAttempt(attempt: Attempt<RolloutAnswer>, charge: Charge): Attempt<RolloutAnswer> {
  const spent = attempt.kind === "answer" ? attempt.value.usage : (attempt.spent ?? NOTHING);
  return {
    kind: "retry",
    code: "allowance_too_small",
    message: "the rollout needs more than was set aside for it",
    congested: false,
    retry_after_ms: null,
    platform: true,
    spent: { ...spent, charge },
  };
}

function chargeOfCall(attempt: Attempt<ProposalAnswer>, worst: Charge): Charge {
  if (attempt.kind === "answer") {
    const { usage } = attempt.value;
    const isKnown = usage.prompt_tokens > 0;
    return isKnown ? { tokens: chargeOf(usage).tokens, usd: usage.usd ?? worst.usd } : worst;
  }
  return TURNED_DOWN.test(attempt.code) || attempt.code === "provider_missing" ? NO_CHARGE : worst;
}

/** One call of each module, with so many characters of an example in its prompt. */
function callsOf({ modules }: RolloutOrder, exampleChars: number): Charge {
  const calls = modules.map(({ policy, candidate, demos }) => {
    const messages = [...candidate, ...demos, "x".repeat(exampleChars)];
    return worstCase({ messages, max_completion_tokens: policy.max_completion_tokens }, policy);
  });
  return calls.reduce(addCharge, NO_CHARGE);
}

function times({ tokens, usd }: Charge, factor: number): Charge {
  return { tokens: Math.ceil(tokens * factor), usd: usd * factor };
}

const NOTHING: AttemptUsage = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 };
