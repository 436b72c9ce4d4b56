// What is fixed about a job when it is created. Stored with it, so that a later release runs it on as it began. Only the
// task app's key changes, once: it is forgotten when the job ends.

import type { GepaJobConfig } from "../config/job.ts";
import type { GepaSettings } from "../engines/gepa/state.ts";
import type { Algorithm, ConfigWarning, PromptSection } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";
import type { StoredKey } from "./vault.ts";

/** The immutable part of a job. */
export interface JobFacts {
  job_id: string;
  tenant: string;
  algorithm: Algorithm;
  /** The checked config with all defaults, without the task app's key. */
  config: GepaJobConfig;
  /** What the engine works by, derived from the config at creation. */
  settings: GepaSettings;
  /** The baseline prompt, in order. */
  baseline: PromptSection[];
  /** Rollouts of the whole job, search and held-out scores; null for no limit. */
  rollout_budget: number | null;
  max_concurrent: number;
  task_app_url: string;
  /** Sealed, or the name of a secret; blanked when the job ends. */
  task_app_api_key: StoredKey;
  /** Origin under which task apps reach this service. */
  public_origin: string;
  warnings: ConfigWarning[];
  metadata: JsonObject;
  /** Milliseconds since 1970. */
  created_at: number;
}
