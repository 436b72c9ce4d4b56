// What a lane is asked to do and what it answers. These cross an RPC boundary, so they are plain data.

import type { ShownDemo } from "../config/demos.ts";
import type { ModulePolicy } from "../config/modules.ts";
import type { Charge } from "../inference/attempt.ts";
import type { PromptSection } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";

/** How rollouts of a job call their model. */
export interface PolicySheet {
  provider: "openai" | "groq" | "google";
  model: string;
  temperature: number;
  max_completion_tokens: number;
  policy_name: string | null;
  /** Further settings for the task app, as the config gives them. Absent in orders of older releases. */
  config?: JsonObject;
}

/** One module of the prompt in a rollout: how its calls are recognised, and what becomes of them. */
export interface ModuleSheet {
  /** Empty for a prompt without modules. */
  name: string;
  /** The prompt as the task app knows it. */
  baseline: PromptSection[];
  /** The prompt to try. */
  candidate: PromptSection[];
  /** The examples that it shows. */
  demos: ShownDemo[];
  /** How its model is called. */
  policy: ModulePolicy;
  /** Names of the tools that its model may call; null for all that the task app offers. */
  allowed_tools: string[] | null;
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
  /** The modules of the prompt, in their order; one for a prompt without modules. */
  modules: ModuleSheet[];
  /** Milliseconds for the attempt. */
  timeout_ms: number;
  /** What the model calls of the attempt may spend together; no limit when absent. */
  allowance?: Charge;
  /** Origin of this service, for the `inference_url`, such as `https://cultivar.example.workers.dev`. */
  public_origin: string;
}

export type { Attempt } from "../inference/attempt.ts";
