// What is fixed about a job when it is created. Stored with it, so that a later release runs it on as it began. Only two
// things change, once: the task app's key is forgotten when the job ends, and later it is noted that traces were dropped.

import type { GepaJobConfig, MiproJobConfig } from "../config/job.ts";
import type { ModelChoice } from "../config/models.ts";
import { type PromptModule, promptModules } from "../config/modules.ts";
import type { Stored } from "../config/section.ts";
import { DEFAULT_PROPOSER } from "../engines/gepa/reflection.ts";
import { SEARCH_DEFAULTS } from "../engines/gepa/search-settings.ts";
import { DEFAULT_BREEDING, type GepaSettings } from "../engines/gepa/state.ts";
import type { MiproSettings } from "../engines/mipro/settings.ts";
import type { ProxyPlan } from "../engines/pool/proxied.ts";
import type { ConfigWarning } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";
import type { JobVerifier } from "./judging.ts";
import type { StoredKey } from "./vault.ts";

/** The immutable part of a job, by its algorithm. */
export type JobFacts = GepaFacts | MiproFacts;

/** A GEPA job: the checked config with all defaults, and what the engine works by, derived from it at creation. */
interface GepaFacts extends CommonFacts {
  algorithm: "gepa";
  config: Stored<GepaJobConfig>;
  settings: GepaSettings;
}

/** A MIPRO job. */
interface MiproFacts extends CommonFacts {
  algorithm: "mipro";
  config: Stored<MiproJobConfig>;
  settings: MiproSettings;
}

/** What every job has, whatever its algorithm. */
interface CommonFacts {
  job_id: string;
  tenant: string;
  /** The baseline prompt, by module. */
  modules: PromptModule[];
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
  /** What was submitted, as a digest, where it came with an idempotency key. */
  request_digest?: string;
  /** The cheap model that stands in for the policy's in the search; absent for none. */
  proxy?: JobProxy;
  /** Who judges its rollouts beside the task app; absent for nobody. */
  verifier?: JobVerifier;
  /** Milliseconds since 1970. */
  created_at: number;
  /** When what its rollouts showed was dropped; absent while it is there. Milliseconds since 1970. */
  traces_dropped_at?: number;
}

/** The facts as they were stored, with what the release that stored them did not know yet filled in as it behaved then. */
export function readFacts(stored: string): JobFacts {
  const read: JobFacts = JSON.parse(stored);
  const facts = { ...read, modules: read.modules ?? promptModules(read.config) };
  if (facts.algorithm === "mipro") return facts;
  return { ...facts, settings: { ...GEPA_SINCE, ...facts.settings } };
}

/** Settings that came later, each as jobs ran before it. Whoever adds one to the engine adds it here. */
const GEPA_SINCE: Partial<GepaSettings> = {
  strategy: "generational",
  proposer: DEFAULT_PROPOSER,
  breeding: DEFAULT_BREEDING,
  search: SEARCH_DEFAULTS,
};

/** A job's proxy model. */
interface JobProxy {
  /** The model that counts. */
  hi: ModelChoice;
  lo: ModelChoice;
  plan: ProxyPlan;
}
