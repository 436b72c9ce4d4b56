// What the operator configures: variables and secrets.

import type { ProviderEnv } from "../inference/providers.ts";

/** Variables and secrets of the deployment; all optional, each checked where it is needed. */
export interface Settings extends ProviderEnv {
  /** Keys that callers must show, comma-separated; `tenant:key` puts a key's jobs in a tenant of their own. */
  API_KEYS?: string;
  /** `true` on a developer's machine only: allows `http:` and private addresses, and the API key `dev`. */
  DEVELOPMENT?: string;
  /** Origin under which task apps reach this service; default: the origin of the submitting request. */
  PUBLIC_URL?: string;
  /** Key sent to task apps whose job names none. */
  ENVIRONMENT_API_KEY?: string;
  /** Names of secrets that configs may use, beside `ENVIRONMENT_API_KEY` and `TASK_APP_*`; comma-separated, `*` at the end for any rest. */
  EXTRA_SECRETS?: string;
  /** What keys of task apps are encrypted by: random text of at least 16 characters. */
  DATA_KEY?: string;
  /** The `DATA_KEY` before this one, for as long as jobs from its time run. */
  DATA_KEY_PREVIOUS?: string;
  /** Models beside the list of `config/model-list.ts`, such as `openai:my-model,groq:*`. */
  EXTRA_MODELS?: string;
  /** Who makes the calls of jobs: `lanes` (default) or `inline`; see `execution-mode.ts`. */
  EXECUTION_MODE?: string;
  /** Days after a job's end at which what its rollouts showed is dropped, 30 by default, 0 for its end itself; `never` to keep it with the job. */
  TRACE_DAYS?: string;
}

/** Whether this is a developer's machine. */
export function isDevelopment(env: Settings): boolean {
  return env.DEVELOPMENT === "true";
}
