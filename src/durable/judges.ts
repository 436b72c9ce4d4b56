// How a job's judge is asked: through lanes of its own, one attempt after another until an answer can be read as scores.

import type { Proposal } from "../engines/engine.ts";
import { addUsage } from "../inference/attempt.ts";
import type { ProposalAnswer } from "../inference/proposer.ts";
import type { Attempt } from "../rollouts/order.ts";
import { answerFault, MALFORMED } from "../rollouts/verifier/judge.ts";
import type { Settled } from "./dispatcher.ts";
import type { JobVerifier } from "./judging.ts";
import type { AskedLane, ProposalOrder } from "./lane-api.ts";
import type { Judge } from "./work.ts";

/** The lanes of a judge. */
export interface JudgeLanes {
  /** Sends until there is an answer. @throws SuspendedError where none is to be given */
  run(
    key: string,
    attempt: (lane: AskedLane) => Promise<Attempt<ProposalAnswer>>,
  ): Promise<Settled<ProposalAnswer>>;
  /** One attempt. */
  send(lane: AskedLane, order: ProposalOrder, key: string): Promise<Attempt<ProposalAnswer>>;
}

/** The judge of a job, asked through these lanes. */
export function judgeOf(verifier: JobVerifier, lanes: JudgeLanes): Judge {
  const { provider, model, options, timeout_ms } = verifier.sheet;
  const order = { role: "verifier", replicate: 0, provider, model, extra: options, timeout_ms } as const;
  return {
    verifier,
    judgement: async (question, episode, key) => {
      const settled = await lanes.run(key, async (lane) => {
        const attempt = await lanes.send(lane, { ...order, messages: question.messages }, key);
        return usable(attempt, (text) => answerFault(question, episode, text));
      });
      return proposalOf(settled);
    },
  };
}

/** What the attempts at a question came to, as it is journaled. */
export function proposalOf(settled: Settled<ProposalAnswer>): Proposal {
  const { wasted } = settled;
  if (settled.kind === "answer") {
    return { text: settled.value.text, usage: addUsage(settled.value.usage, wasted) };
  }
  const { code, message } = settled;
  return { text: "", error: { code, message }, usage: wasted };
}

/** An attempt whose answer cannot be used is one to make again; what it cost is not lost sight of. */
function usable(
  attempt: Attempt<ProposalAnswer>,
  faultOf: (text: string) => string | undefined,
): Attempt<ProposalAnswer> {
  if (attempt.kind !== "answer") return attempt;
  const message = faultOf(attempt.value.text);
  if (message === undefined) return attempt;
  const again = { congested: false, retry_after_ms: null, platform: false };
  return { kind: "retry", code: MALFORMED, message, ...again, spent: attempt.value.usage };
}
