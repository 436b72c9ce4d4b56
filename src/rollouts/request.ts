// The body of `POST /rollout` (protocol §3.3).

import { sectionsWithDemos } from "../config/demos.ts";
import type { JsonObject } from "../wire/json.ts";
import type { ModuleSheet, RolloutOrder } from "./order.ts";

/** Where the task app shall send its model calls. */
export interface InferenceTarget {
  /** Base URL: the task app appends `/chat/completions`, before the query. */
  url: string;
  trace_correlation_id: string;
}

const DEFAULT_POLICY_NAME = "prompt-learning";
const MAX_OPS = 100_000;

/**
 * The request for one rollout.
 *
 * Fields that were renamed over the protocol's life are sent under each of their names, with the same value, so that
 * a task app of any age finds its own.
 */
export function rolloutRequest(order: RolloutOrder, inference: InferenceTarget): JsonObject {
  const policyName = order.policy.policy_name ?? DEFAULT_POLICY_NAME;
  return {
    run_id: order.rollout_id,
    trace_correlation_id: inference.trace_correlation_id,
    env: {
      env_name: order.env_name,
      config: { ...order.env_config, seed: order.seed },
      seed: order.seed,
    },
    policy: { policy_id: policyName, policy_name: policyName, config: policyConfig(order, inference) },
    ops: [],
    record: { trajectories: true, return_trace: true, trace_format: "structured" },
    on_done: "reset",
    safety: { max_ops: MAX_OPS, max_time_s: Math.max(1, Math.ceil(order.timeout_ms / 1000)) },
    mode: "eval",
    synth_base_url: order.public_origin,
  };
}

function policyConfig(order: RolloutOrder, { url, trace_correlation_id }: InferenceTarget): JsonObject {
  const { model, provider, temperature, max_completion_tokens } = order.policy;
  return {
    // What the service decides stands after what the config adds.
    ...order.policy.config,
    model,
    provider,
    inference_url: url,
    api_base: url,
    base_url: url,
    temperature,
    max_completion_tokens,
    max_tokens: max_completion_tokens,
    trace_correlation_id,
    prompt_template: promptTemplate(order.prompt_id, order.modules),
  };
}

/**
 * The candidate's prompt with its demos, for task apps that render it themselves (protocol §3.4). Of a pipeline, `modules` has
 * the prompt of each module, and `sections` those of all, each with its module's name.
 */
function promptTemplate(id: string, modules: readonly ModuleSheet[]): JsonObject {
  const rendered = modules.map((module) => ({ module, sections: templateSections(module) }));
  const isPipeline = modules.some(({ name }) => name !== "");
  const sections = rendered.flatMap((each) => each.sections);
  const parts = rendered.map(({ module, sections }) => ({
    module_id: module.name,
    name: module.name,
    sections,
    policy: { ...module.policy },
    ...(module.allowed_tools === null ? {} : { allowed_tools: module.allowed_tools }),
  }));
  return {
    id,
    prompt_template_id: id,
    name: id,
    prompt_template_name: id,
    sections,
    prompt_sections: sections,
    ...(isPipeline ? { modules: parts } : {}),
    variables: [],
    prompt_variables: [],
    metadata: {},
    prompt_metadata: {},
  };
}

function templateSections({ name: module, candidate, demos }: ModuleSheet): JsonObject[] {
  return sectionsWithDemos(candidate, demos).map(({ role, name, content, order }) => ({
    role,
    name,
    content,
    pattern: content,
    order,
    ...(module === "" ? {} : { module_id: module }),
  }));
}
