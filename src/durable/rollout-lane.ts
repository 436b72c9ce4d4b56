// RolloutLane: an object that is a lane and nothing else. As an invocation of its own it has six connections of its own.

import type { ProposalAnswer } from "../inference/proposer.ts";
import type { RolloutAnswer } from "../rollouts/answer.ts";
import type { Attempt, RolloutOrder } from "../rollouts/order.ts";
import type { Env } from "./env.ts";
import type { LaneApi, ProposalOrder } from "./lane-api.ts";
import { LaneHost } from "./lane-host.ts";

/** Six slots for rollouts and proposals. */
export class RolloutLane extends LaneHost implements LaneApi {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env, "lane");
  }

  rollout(order: RolloutOrder): Promise<Attempt<RolloutAnswer>> {
    return this.lane.rollout(order);
  }

  propose(order: ProposalOrder): Promise<Attempt<ProposalAnswer>> {
    return this.lane.propose(order);
  }

  stop(): Promise<void> {
    return this.lane.stop();
  }
}
