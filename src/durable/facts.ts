// What is fixed about a job when it is created. Stored with it, so that a later release runs it on as it began.

import type { PromptLearningConfig } from "../config/job.ts";
import type { GepaSettings } from "../engines/gepa/state.ts";
import type { Algorithm, ConfigWarning, PromptSection } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";

/** The immutable part of a job. */
export interface JobFacts {
  job_id: string;
  tenant: string;
  algorithm: Algorithm;
  /** The checked config with all defaults, without the task app's key. */
  config: PromptLearningConfig;
  /** What the engine works by, derived from the config at creation. */
  settings: GepaSettings;
  /** The baseline prompt, in order. */
  baseline: PromptSection[];
  /** Rollouts of the whole job, search and held-out scores; null for no limit. */
  rollout_budget: number | null;
  max_concurrent: number;
  task_app_url: string;
  task_app_api_key: string | null;
  /** Origin under which task apps reach this service. */
  public_origin: string;
  warnings: ConfigWarning[];
  metadata: JsonObject;
  /** Milliseconds since 1970. */
  created_at: number;
}
