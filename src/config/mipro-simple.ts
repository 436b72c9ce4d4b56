// A whole MIPRO job from a budget and a prompt (protocol §1.10): pools and rounds are derived from the budget.

import type { JsonObject } from "../wire/json.ts";

/** A message of the prompt; `pattern` stands for `content`, and `user` for a missing role. */
export interface SimpleMessage {
  role?: string;
  content?: string;
  pattern?: string;
}

/** What `MIPROConfig.simple` is called with. What is left out is derived from `rollout_budget`. */
export interface SimpleMiproOptions {
  task_app_url: string;
  task_app_api_key: string;
  env_name: string;
  /** Rollouts to plan for, above 0; the job takes no more. Below about 130 parts of the search are cut short, with a warning. */
  rollout_budget: number;
  initial_prompt_messages: readonly SimpleMessage[];
  task_app_id?: string;
  bootstrap_seeds?: readonly number[];
  online_seeds?: readonly number[];
  test_seeds?: readonly number[];
  reference_pool?: readonly number[];
  env_config?: JsonObject;
  num_iterations?: number;
  num_evaluations_per_iteration?: number;
  batch_size?: number;
  max_concurrent?: number;
  /** `fast`, `balanced` or `high_quality`; `balanced` for every other word. */
  meta_preset?: string;
  policy_model?: string;
  policy_provider?: string;
  policy_temperature?: number;
  policy_max_completion_tokens?: number;
  policy_name?: string;
  meta_model?: string;
  meta_provider?: string;
  meta_inference_url?: string;
}

const META_PRESETS = {
  fast: { model: "gpt-4o-mini", provider: "openai", temperature: 0.7, max_tokens: 512 },
  balanced: { model: "gpt-4o-mini", provider: "openai", temperature: 0.8, max_tokens: 1024 },
  high_quality: { model: "gpt-4o", provider: "openai", temperature: 0.9, max_tokens: 2048 },
};

/** The `mipro` table of a job. @throws RangeError for a budget or a prompt that is no use. */
export function simpleMiproTable(options: SimpleMiproOptions): JsonObject {
  const budget = options.rollout_budget;
  if (!(budget > 0)) throw new RangeError("rollout_budget must be positive for MIPROConfig.simple()");
  const messages = plainMessages(options.initial_prompt_messages);
  const pools = poolsFor(options);
  const rounds = roundsFor(budget, pools.online.length);
  return {
    task_app_url: options.task_app_url,
    task_app_api_key: options.task_app_api_key,
    task_app_id: options.task_app_id ?? options.env_name,
    env_name: options.env_name,
    ...(options.env_config === undefined ? {} : { env_config: options.env_config }),
    rollout_budget: Math.max(1, Math.floor(budget)),
    num_iterations: options.num_iterations ?? rounds.iterations,
    num_evaluations_per_iteration: options.num_evaluations_per_iteration ?? rounds.evaluations,
    batch_size: options.batch_size ?? Math.max(1, Math.min(pools.online.length, 32)),
    max_concurrent: options.max_concurrent ?? 10,
    meta: metaFor(options),
    modules: [{ module_id: "default", stages: [stageFor(options, messages)] }],
    seeds: pools,
    bootstrap_train_seeds: pools.bootstrap,
    online_pool: pools.online,
    test_pool: pools.test,
    reference_pool: pools.reference,
  };
}

/** A whole job, as a config's mapping. @throws RangeError as `simpleMiproTable` does. */
export function simpleMiproJob(options: SimpleMiproOptions): JsonObject {
  const messages = plainMessages(options.initial_prompt_messages);
  return {
    prompt_learning: {
      algorithm: "mipro",
      task_app_url: options.task_app_url,
      task_app_api_key: options.task_app_api_key,
      task_app_id: options.task_app_id ?? options.env_name,
      initial_prompt: {
        messages: messages.map(({ role, content }, order) => ({ role, pattern: content, order })),
      },
      policy: policyFor(options),
      mipro: simpleMiproTable(options),
    },
  };
}

function plainMessages(messages: readonly SimpleMessage[]): { role: string; content: string }[] {
  if (messages.length === 0)
    throw new RangeError("initial_prompt_messages must contain at least one message");
  return messages.map(({ role, content, pattern }) => ({
    role: role || "user",
    content: content || pattern || "",
  }));
}

function stageFor(options: SimpleMiproOptions, messages: { role: string; content: string }[]): JsonObject {
  const said = (role: string) => messages.find((m) => m.role === role && m.content.trim() !== "")?.content;
  return {
    stage_id: "default_stage_0",
    baseline_instruction: said("system") ?? said("user") ?? "Complete the task.",
    baseline_messages: messages,
    policy: policyFor(options),
  };
}

function policyFor(options: SimpleMiproOptions): JsonObject {
  return {
    model: options.policy_model ?? "openai/gpt-oss-20b",
    provider: options.policy_provider ?? "groq",
    inference_mode: "synth_hosted",
    temperature: options.policy_temperature ?? 1,
    max_completion_tokens: options.policy_max_completion_tokens ?? 512,
    ...(options.policy_name === undefined ? {} : { policy_name: options.policy_name }),
  };
}

function metaFor({
  meta_preset,
  meta_model,
  meta_provider,
  meta_inference_url,
}: SimpleMiproOptions): JsonObject {
  const presets: Record<string, (typeof META_PRESETS)["balanced"]> = META_PRESETS;
  const name = meta_preset ?? "balanced";
  const preset = Object.hasOwn(presets, name)
    ? (presets[name] ?? META_PRESETS.balanced)
    : META_PRESETS.balanced;
  return {
    ...preset,
    model: meta_model ?? preset.model,
    provider: meta_provider ?? preset.provider,
    ...(meta_inference_url === undefined ? {} : { inference_url: meta_inference_url }),
  };
}

/** The four pools; those that are derived take seeds that no other pool has. */
function poolsFor(options: SimpleMiproOptions) {
  const budget = options.rollout_budget;
  const given = [options.bootstrap_seeds, options.online_seeds, options.test_seeds, options.reference_pool];
  const taken = new Set(given.flatMap((seeds) => [...(seeds ?? [])]));
  const derived = (from: number, count: number) => {
    const seeds: number[] = [];
    for (let seed = from; seeds.length < count; seed++) if (!taken.has(seed)) seeds.push(seed);
    for (const seed of seeds) taken.add(seed);
    return seeds;
  };
  const bootstrap = [...(options.bootstrap_seeds ?? derived(0, clamp(over(budget, 10), 3, 10)))];
  const online = [...(options.online_seeds ?? derived(10, clamp(over(budget, 3), 5, 50)))];
  const reference = [...(options.reference_pool ?? derived(20, clamp(over(budget, 5), 5, 30)))];
  return { bootstrap, online, test: [...(options.test_seeds ?? [])], reference };
}

function roundsFor(budget: number, online: number): { iterations: number; evaluations: number } {
  const pool = Math.max(1, online);
  const e = clamp(over(budget, 2 * pool), 3, 10);
  const i = clamp(over(budget, 5 * pool), 5, 20);
  return {
    iterations: clamp(over(budget, pool * e), 5, 20),
    evaluations: clamp(over(budget, pool * i), 3, 10),
  };
}

/** A whole quotient, at least 1. */
function over(budget: number, divisor: number): number {
  return Math.max(1, Math.floor(budget / divisor));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
