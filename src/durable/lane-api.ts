// A lane as the job and the interceptor see it: what it is asked and what it answers is plain data.

import type { Charge } from "../inference/attempt.ts";
import type { ProposalAnswer } from "../inference/proposer.ts";
import type { ProviderName } from "../inference/providers.ts";
import type { CallRecord } from "../inference/record.ts";
import type { RolloutAnswer } from "../rollouts/answer.ts";
import type { Attempt, RolloutOrder } from "../rollouts/order.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Registration } from "./registrations.ts";

/** A question to the proposer model, or to the judge, as a lane is asked it. */
export interface ProposalOrder {
  messages: { role: "system" | "user"; content: string }[];
  replicate: number;
  provider: ProviderName;
  model: string;
  max_tokens?: number;
  temperature?: number;
  /** The proposer when absent. */
  role?: "proposer" | "verifier";
  /** Further fields of the request. */
  extra?: JsonObject;
  /** Default: PROPOSAL_TIMEOUT_MS. */
  timeout_ms?: number;
}

/** A lane as a job asks it; `Lane` says what the methods do. A SuspendedError says that the call was not begun. */
export interface AskedLane {
  rollout(order: RolloutOrder): Promise<Attempt<RolloutAnswer>>;
  propose(order: ProposalOrder): Promise<Attempt<ProposalAnswer>>;
  stop(): Promise<void>;
}

/** A lane as the interceptor asks it. */
export interface InterceptedLane {
  beginCall(token: string): Promise<Registration | null>;
  reserveCall(token: string, call: number, worst: Charge): Promise<boolean>;
  untilOver(token: string): Promise<void>;
  endCall(token: string, record: CallRecord, call: number): Promise<void>;
}

/** A whole lane. */
export interface LaneApi extends AskedLane, InterceptedLane {}
