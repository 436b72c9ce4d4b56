// A lane: places for calls that wait. Owns: the places, and the registrations that the interceptor looks up while their
// rollouts run. Does not own: retries, the journal, the budget; it keeps nothing on disk and never calls the job back.
// Lives in the memory of an object: one of its own (`RolloutLane`), or the job (`EXECUTION_MODE = "inline"`).
// Talks to: the task app and the proposer's provider; the interceptor asks it for registrations.

import { PROPOSAL_TIMEOUT_MS, SLOTS_PER_LANE } from "../config/limits.ts";
import type { Charge } from "../inference/attempt.ts";
import { type ProposalAnswer, proposeText } from "../inference/proposer.ts";
import { resolveProvider } from "../inference/providers.ts";
import type { CallRecord } from "../inference/record.ts";
import { type RolloutAnswer, usageOfCalls } from "../rollouts/answer.ts";
import type { Attempt, RolloutOrder } from "../rollouts/order.ts";
import { attemptRollout } from "../rollouts/run.ts";
import type { Env } from "./env.ts";
import type { LaneApi, ProposalOrder } from "./lane-api.ts";
import { type CallLog, type Registration, Registrations } from "./registrations.ts";
import { isDevelopment } from "./settings.ts";
import { Slots } from "./slots.ts";

/** Six places for rollouts and proposals, or another number. */
export class Lane implements LaneApi {
  readonly #env: Env;
  readonly #ticketOf: (token: string) => string;
  readonly #slots: Slots;
  readonly #registrations = new Registrations();
  #stop = new AbortController();

  /** `ticketOf` makes the ticket by which the interceptor finds this lane again. */
  constructor(env: Env, ticketOf: (token: string) => string, places = SLOTS_PER_LANE) {
    this.#env = env;
    this.#ticketOf = ticketOf;
    this.#slots = new Slots(places);
  }

  /** One attempt at a rollout. Answers when the task app has, with what the interceptor recorded meanwhile. */
  rollout(order: RolloutOrder): Promise<Attempt<RolloutAnswer>> {
    // Of the moment it is asked, so that a stop also reaches what still waits for a slot.
    const { signal } = this.#stop;
    return this.#slots.run(async () => {
      const { token, registration } = this.#registrations.add(order);
      const breakOff = () => registration.breakOff();
      signal.addEventListener("abort", breakOff, { once: true });
      try {
        return await this.#attempt(order, token, registration, signal);
      } finally {
        signal.removeEventListener("abort", breakOff);
        this.#registrations.remove(token);
      }
    });
  }

  async #attempt(
    order: RolloutOrder,
    token: string,
    registration: CallLog,
    signal: AbortSignal,
  ): Promise<Attempt<RolloutAnswer>> {
    const trace = `trace_${order.rollout_id}`;
    const url = `${order.public_origin}/api/interceptor/v1/${this.#ticketOf(token)}?cid=${encodeURIComponent(trace)}`;
    const attempt = await attemptRollout(order, {
      inference: { url, trace_correlation_id: trace },
      fetch: (input, init) => fetch(input, init),
      signal,
      calls: () => registration.finished(),
      allow_local: isDevelopment(this.#env),
    });
    const spent = attempt.kind === "answer" ? [] : await registration.finished();
    return {
      ...attempt,
      ...(spent.length === 0 ? {} : { spent: usageOfCalls(spent) }),
      ...registration.metered(),
    };
  }

  /** One attempt at a proposal. */
  propose(order: ProposalOrder): Promise<Attempt<ProposalAnswer>> {
    const { signal } = this.#stop;
    return this.#slots.run(async () => {
      const provider = resolveProvider(order.provider, this.#env);
      if (provider.kind === "missing") {
        return { kind: "failure", code: "provider_missing", message: provider.message };
      }
      return proposeText({
        request: { messages: order.messages, replicate: order.replicate },
        provider,
        model: order.model,
        max_tokens: order.max_tokens,
        temperature: order.temperature,
        role: order.role,
        extra: order.extra,
        fetch: (input, init) =>
          fetch(input, {
            ...init,
            signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]),
          }),
        timeout_ms: order.timeout_ms ?? PROPOSAL_TIMEOUT_MS,
      });
    });
  }

  /** For the interceptor, when a call comes in: what the rollout behind a token is about; null when it is over or never was. */
  async beginCall(token: string): Promise<Registration | null> {
    return this.#registrations.begin(token);
  }

  /** For the interceptor, before a call is made that costs so much at worst: whether it may be. */
  async reserveCall(token: string, call: number, worst: Charge): Promise<boolean> {
    return this.#registrations.log(token)?.reserve(call, worst) ?? false;
  }

  /** For the interceptor: resolves when the rollout is over, and its open calls are to be broken off. */
  async untilOver(token: string): Promise<void> {
    await this.#registrations.log(token)?.over;
  }

  /** For the interceptor, when a call is over: what was asked and answered. */
  async endCall(token: string, record: CallRecord, call: number): Promise<void> {
    this.#registrations.log(token)?.end(record, call);
  }

  /** Breaks off everything in flight. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#stop = new AbortController();
  }
}
