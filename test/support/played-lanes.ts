// Lanes that play the task app and the models, and keep the books of what was really spent. What they tell the job goes through
// the real log of calls, as the interceptor's records do.

import type { LaneApi, ProposalOrder } from "../../src/durable/lane-api.ts";
import { Registrations } from "../../src/durable/registrations.ts";
import type { Charge } from "../../src/inference/attempt.ts";
import { priceUsd } from "../../src/inference/prices.ts";
import type { ProposalAnswer } from "../../src/inference/proposer.ts";
import type { CallRecord } from "../../src/inference/record.ts";
import { worstCase } from "../../src/inference/worst-case.ts";
import { type RolloutAnswer, usageOfCalls } from "../../src/rollouts/answer.ts";
import type { Attempt, RolloutOrder } from "../../src/rollouts/order.ts";
import { learnFromFeedback } from "./memory-work.ts";

type Model = Pick<ProposalOrder, "provider" | "model">;

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];

/** The world behind the lanes. A test may change how it behaves. */
export class PlayedWorld {
  /** What the models really cost, whoever heard of it. */
  readonly spent: Charge = { tokens: 0, usd: 0 };
  /** The same by who asked. */
  readonly usd = { policy: 0, proposer: 0, verifier: 0 };
  /** The models that were asked. */
  readonly models = new Set<string>();
  rollouts = 0;
  proposals = 0;
  judgements = 0;
  /** Calls that the allowance of their rollout had no room for. */
  refused = 0;
  /** Model calls of one rollout. */
  calls = (_seed: number) => 1;
  /** Called when a rollout begins. */
  onRollout: () => void | Promise<void> = () => {};
  /** What becomes of the n-th model call, from 1: how much of its worst case it uses, and whether anybody hears of it. */
  call: (n: number) => { share: number; isTold: boolean } = () => ({ share: 0.3, isTold: true });
  /** Said by the judge. */
  verdict = "{}";
  #calls = 0;

  /** The lane of any name. */
  readonly lane: LaneApi = new PlayedLane(this);

  /** Spends on a call; answers with what the provider says of it. */
  use(role: "policy" | "proposer" | "verifier", { provider, model }: Model, worst: Charge) {
    this.#calls += 1;
    this.models.add(model);
    const { share, isTold } = this.call(this.#calls);
    const tokens = Math.max(1, Math.floor(worst.tokens * share));
    const completion_tokens = Math.floor(tokens / 4);
    const usage = { prompt_tokens: tokens - completion_tokens, completion_tokens, cached_tokens: 0 };
    const usd = priceUsd(provider, model, usage);
    this.spent.tokens += tokens;
    this.spent.usd += usd ?? 0;
    this.usd[role] += usd ?? 0;
    return { usage, usd, isTold };
  }
}

class PlayedLane implements LaneApi {
  readonly #world: PlayedWorld;
  readonly #registrations = new Registrations();

  constructor(world: PlayedWorld) {
    this.#world = world;
  }

  async rollout(order: RolloutOrder): Promise<Attempt<RolloutAnswer>> {
    const world = this.#world;
    world.rollouts += 1;
    await world.onRollout();
    const { token, registration } = this.#registrations.add(order);
    for (let n = world.calls(order.seed); n > 0; n--) this.#call(order, token);
    const records = await registration.finished();
    this.#registrations.remove(token);
    const wants = [WORDS[order.seed % 8] ?? "", WORDS[(order.seed * 5 + 3) % 8] ?? ""];
    const text = order.modules.flatMap(({ candidate }) => candidate.map(({ content }) => content)).join("\n");
    const missing = wants.filter((word) => !text.includes(word));
    const value = {
      // Never perfect: there is always something left to search for.
      reward: 0.9 - 0.4 * missing.length,
      trace: { input: `example ${order.seed}`, output: "…", feedback: `missing: ${missing.join(" ")}` },
      usage: usageOfCalls(records),
    };
    return { kind: "answer", value, ...registration.metered() };
  }

  #call(order: RolloutOrder, token: string): void {
    const [module] = order.modules;
    const registered = this.#registrations.begin(token);
    if (module === undefined || registered === null) throw new Error("the rollout is over");
    const log = this.#registrations.log(token);
    const { policy } = module;
    const request = {
      messages: module.candidate,
      max_completion_tokens: policy.max_completion_tokens,
    };
    const worst = worstCase(request, policy);
    if (registered.metered && !log?.reserve(registered.call, worst)) {
      this.#world.refused += 1;
      log?.end(record({ prompt_tokens: 0, completion_tokens: 0 }, 0, true), registered.call);
      return;
    }
    const { usage, usd, isTold } = this.#world.use("policy", policy, worst);
    if (isTold) log?.end(record(usage, usd, true), registered.call);
    else log?.end(record({ prompt_tokens: 0, completion_tokens: 0 }, null, false), registered.call);
  }

  async propose(order: ProposalOrder): Promise<Attempt<ProposalAnswer>> {
    const world = this.#world;
    const role = order.role ?? "proposer";
    if (role === "proposer") world.proposals += 1;
    else world.judgements += 1;
    await Promise.resolve();
    const request = { ...order.extra, messages: order.messages, max_tokens: order.max_tokens };
    const { usage, usd, isTold } = world.use(role, order, worstCase(request, order));
    // No two proposals are the same, so that a search is never at its end.
    const text =
      role === "verifier"
        ? world.verdict
        : learnFromFeedback(order).replace(/\n```$/, ` (${order.replicate})\n\`\`\``);
    if (!isTold) {
      const code = `${role}_timeout`;
      const lost = { message: "no answer", congested: false, retry_after_ms: 1, platform: false };
      return { kind: "retry", code, ...lost };
    }
    return { kind: "answer", value: { text, finish_reason: "stop", usage: { ...usage, llm_calls: 1, usd } } };
  }

  async stop(): Promise<void> {}

  // The interceptor's part is played here itself.
  beginCall = () => Promise.reject(new Error("there is no interceptor"));
  reserveCall = () => Promise.reject(new Error("there is no interceptor"));
  untilOver = () => Promise.reject(new Error("there is no interceptor"));
  endCall = () => Promise.reject(new Error("there is no interceptor"));
}

function record(usage: CallRecord["usage"], usd: number | null, usage_known: boolean): CallRecord {
  return {
    model: "",
    messages: [],
    text: "",
    tool_calls: [],
    finish_reason: null,
    status: 200,
    usage,
    usd,
    usage_known,
    duration_ms: 0,
  };
}
