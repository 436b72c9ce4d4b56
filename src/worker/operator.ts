// What this deployment's operator has set, as submissions meet it: the secrets that a config may name, the models, and how many
// calls of a job are in flight.

import type { JobConfig } from "../config/job.ts";
import { type ModelRules, parseExtraModels } from "../config/model-list.ts";
import type { ReadOptions } from "../config/read.ts";
import { maxConcurrent, sectionPath } from "../config/section.ts";
import { type ExecutionMode, mostInFlight, readExecutionMode } from "../durable/execution-mode.ts";
import { nameableKey, nameableNames, nameableUrl } from "../durable/secrets.ts";
import type { Settings } from "../durable/settings.ts";
import { ownServers } from "../inference/providers.ts";
import type { ConfigWarning } from "../wire/job.ts";
import { ProblemError } from "./problem.ts";
import type { Submission } from "./submission.ts";

/** How a submission's config is read here. */
export function readOptions(submission: Submission, env: Settings): ReadOptions {
  return {
    variables: {
      url: (name) => nameableUrl(name, env),
      hasKey: (name) => nameableKey(name, env) !== undefined,
      names: nameableNames(env),
    },
    models: modelRules(submission.allowExperimental, env),
  };
}

function modelRules(allow_experimental: boolean, env: Settings): ModelRules {
  const { extra, odd } = parseExtraModels(env.EXTRA_MODELS ?? "");
  if (odd.length > 0) console.warn(JSON.stringify({ event: "extra_models_ignored", entries: odd }));
  return {
    extra,
    own_servers: ownServers(env),
    allow_experimental,
  };
}

/** Who makes the calls of jobs here. @throws ProblemError 503 where the operator's word is none that is known */
export function executionMode(env: Settings): ExecutionMode {
  const reading = readExecutionMode(env.EXECUTION_MODE);
  if (reading.kind === "mode") return reading.mode;
  throw new ProblemError(
    503,
    "odd_setting",
    "Not configured",
    `This deployment is set up wrongly: ${reading.message}.`,
  );
}

/** What a config asks for that this deployment's mode has no room for. */
export function modeWarnings(config: JobConfig, mode: ExecutionMode): ConfigWarning[] {
  const wanted = maxConcurrent(config);
  const most = mostInFlight(mode);
  if (wanted <= most) return [];
  const path = sectionPath(config, config.algorithm === "gepa" ? "rollout.max_concurrent" : "max_concurrent");
  const message = `${path} is ${wanted}, but this deployment keeps at most ${most} rollouts of a job in flight (EXECUTION_MODE is "${mode}")`;
  return [{ path, message }];
}

/** Origin under which this service is reached from outside. */
export function publicOriginOf(env: Settings, requestOrigin: string): string {
  return env.PUBLIC_URL ? new URL(env.PUBLIC_URL).origin : requestOrigin;
}
