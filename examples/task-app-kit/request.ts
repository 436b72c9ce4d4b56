// The rollout request: the parts of it that a one-step task needs, read from whatever came.

import { fields, firstText } from "./data.ts";
import { POOL_NAMES, type PoolName } from "./dataset.ts";

/** A rollout to run. */
export interface RolloutRequest {
  runId: string;
  seed: number;
  /** The pool asked for in `env.config.pool` (or `split`); undefined means all of them in a row. */
  pool: PoolName | undefined;
  envId: string | undefined;
  policyId: string | undefined;
  inferenceUrl: string;
  model: string | undefined;
  settings: Record<string, unknown>;
  promptTemplate: unknown;
  correlationId: string | undefined;
}

/** The request, or what is wrong with it. */
export type RolloutRequestReading =
  | { kind: "request"; request: RolloutRequest }
  | { kind: "invalid"; detail: string };

/** Read the JSON body of `POST /rollout`. */
export function readRolloutRequest(body: unknown): RolloutRequestReading {
  const root = fields(body);
  const env = fields(root.env);
  const envConfig = fields(env.config);
  const policy = fields(root.policy);
  const config = fields(policy.config);

  const inferenceUrl = firstText(config.inference_url, config.api_base, config.base_url);
  if (inferenceUrl === undefined) return invalid("policy.config.inference_url is missing");
  if (!URL.canParse(inferenceUrl)) return invalid("policy.config.inference_url is not a URL");
  const seed = env.seed ?? envConfig.seed ?? 0;
  if (typeof seed !== "number" || !Number.isInteger(seed)) return invalid("env.seed is not a whole number");
  const wanted = firstText(envConfig.pool, envConfig.split);
  const pool = poolNamed(wanted);
  if (wanted !== undefined && pool === undefined)
    return invalid(`there is no pool ${JSON.stringify(wanted)}`);

  return {
    kind: "request",
    request: {
      runId: firstText(root.run_id) ?? "",
      seed,
      pool,
      envId: firstText(env.env_id, env.env_name),
      policyId: firstText(policy.policy_id, policy.policy_name),
      inferenceUrl,
      model: firstText(config.model),
      settings: samplingSettings(config),
      promptTemplate: config.prompt_template,
      correlationId: correlationIdOf(root, config, inferenceUrl),
    },
  };
}

function poolNamed(name: string | undefined): PoolName | undefined {
  const full = name === "val" ? "validation" : name;
  return POOL_NAMES.find((pool) => pool === full);
}

function samplingSettings(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const maxTokens = config.max_completion_tokens ?? config.max_tokens;
  return {
    ...(config.temperature === undefined ? {} : { temperature: config.temperature }),
    ...(maxTokens === undefined ? {} : { max_completion_tokens: maxTokens }),
  };
}

function correlationIdOf(
  root: Readonly<Record<string, unknown>>,
  config: Readonly<Record<string, unknown>>,
  inferenceUrl: string,
): string | undefined {
  const query = new URL(inferenceUrl).searchParams;
  return firstText(
    config.trace_correlation_id,
    config.trace,
    root.trace_correlation_id,
    query.get("cid"),
    query.get("trace_correlation_id"),
    query.get("trace"),
  );
}

function invalid(detail: string): RolloutRequestReading {
  return { kind: "invalid", detail };
}
