// What a lane is asked to do and what it answers. These cross an RPC boundary, so they are plain data.

import type { PromptSection } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";

/** How rollouts of a job call their model. */
export interface PolicySheet {
  provider: "openai" | "groq" | "google";
  model: string;
  temperature: number;
  max_completion_tokens: number;
  policy_name: string | null;
}

/** One rollout to run: a candidate on a seed. */
export interface RolloutOrder {
  job_id: string;
  /** Stable name of the rollout, the same for every attempt and after a crash; sent to the task app as `run_id`. */
  rollout_id: string;
  seed: number;
  task_app_url: string;
  task_app_api_key: string | null;
  env_name: string;
  env_config: JsonObject;
  policy: PolicySheet;
  /** Id of the prompt template, for the task app's own records. */
  prompt_id: string;
  /** The prompt as the task app knows it. */
  baseline: PromptSection[];
  /** The prompt to try. */
  candidate: PromptSection[];
  /** Milliseconds for the attempt. */
  timeout_ms: number;
  /** Origin of this service, for the `inference_url`, such as `https://cultivar.example.workers.dev`. */
  public_origin: string;
}

/**
 * The outcome of one attempt. `retry` asks for another attempt later: `congested` says that the other side is
 * overloaded (429, 503, a time-out), `retry_after_ms` how long it wants to be left alone, `platform` that the
 * fault was not the other side's and must not use up an attempt. `failure` is final.
 */
export type Attempt<T> =
  | { kind: "answer"; value: T }
  | {
      kind: "retry";
      code: string;
      message: string;
      congested: boolean;
      retry_after_ms: number | null;
      platform: boolean;
    }
  | { kind: "failure"; code: string; message: string };
