// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are meant
// Bodies of submissions, as clients in many languages send them.

import type { JsonObject } from "../../../../src/wire/json.ts";
import type { InventedCase } from "./case.ts";

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const PROMPT = {
  id: "banking77_pattern",
  name: "Banking77",
  messages: [
    { role: "system", pattern: "Classify the query with the tool.", order: 0 },
    { role: "user", pattern: "Customer Query: {query}", order: 1 },
  ],
  wildcards: { query: "REQUIRED" },
};
const POLICY = {
  inference_mode: "synth_hosted",
  model: "openai/gpt-oss-20b",
  provider: "groq",
  temperature: 0,
  max_completion_tokens: 128,
};
const SECTION: JsonObject = {
  algorithm: "gepa",
  task_app_url: "https://polyglot.example",
  task_app_api_key: "test-polyglot-key",
  task_app_id: "banking77-polyglot",
  initial_prompt: PROMPT,
  policy: POLICY,
  env_config: { pool: "train" },
};
const EVALUATION = { seeds: range(0, 40), validation_seeds: range(40, 50) };
const GEPA: JsonObject = { env_name: "banking77", rollout: { budget: 400 }, evaluation: EVALUATION };
const POOLS: JsonObject = {
  bootstrap_train_seeds: range(0, 3),
  online_pool: range(3, 9),
  test_pool: [9, 10],
  reference_pool: [11, 12],
};

/** A body with this section. */
const body = (section: JsonObject, more: JsonObject = {}): JsonObject => ({
  algorithm: "gepa",
  config_body: { prompt_learning: { ...SECTION, ...section } },
  overrides: {},
  metadata: {},
  auto_start: true,
  ...more,
});

export const POLYGLOT_CASES: InventedCase[] = [
  { name: "Rust: gepa_job.json", ends: "accepted", source: body({ gepa: GEPA }) },
  {
    name: "Go: the section without its table",
    ends: "accepted",
    source: { algorithm: "gepa", config_body: { ...SECTION, gepa: GEPA } },
  },
  {
    name: "Python: a dump with all its nulls",
    ends: "accepted",
    source: body({
      judge: null,
      proxy_models: null,
      mipro: null,
      termination_config: null,
      policy: { ...POLICY, inference_url: null, policy_name: null },
      gepa: {
        ...GEPA,
        rng_seed: null,
        modules: null,
        metaprompt: null,
        mutation: { rate: 0.3, llm_model: null, llm_provider: null, prompt: null },
        token: null,
        rollout_budget: null,
        adaptive_pool: null,
      },
    }),
  },
  {
    name: "the SDK's builder: seeds copied to every place that somebody reads",
    ends: "accepted",
    source: body({
      train_seeds: range(0, 40),
      evaluation_seeds: range(0, 40),
      gepa: { ...GEPA, train_seeds: range(0, 40) },
    }),
  },
  {
    name: "TypeScript: the task app at the root, the table with a placeholder",
    ends: "accepted",
    source: {
      algorithm: "gepa",
      config_body: {
        task_app_url: "https://tunnel.example",
        task_app_api_key: "sk_env_123",
        prompt_learning: { ...SECTION, task_app_url: "${TASK_APP_URL}", gepa: GEPA },
      },
    },
  },
  {
    name: "Java: whole numbers as floats, numbers as text",
    ends: "accepted",
    source: body({
      policy: { ...POLICY, max_completion_tokens: "128", temperature: "0.0" },
      gepa: {
        ...GEPA,
        rollout: { budget: 400.0, max_concurrent: "20" },
        population: { num_generations: "4" },
      },
    }),
  },
  {
    name: "a body with a wrong algorithm and no section",
    ends: "refused",
    source: { ...body({ algorithm: "genetic" }), algorithm: "genetic" },
  },
  {
    name: "overrides by dotted keys, over another client's labels",
    ends: "accepted",
    source: body(
      { gepa: GEPA },
      {
        overrides: {
          "prompt_learning.policy.model": "llama-3.3-70b-versatile",
          "prompt_learning.gepa.rollout.budget": 200,
          task_url: "https://other.example",
          backend: "http://localhost:8000",
          metadata: { session_id: "s" },
        },
      },
    ),
  },
  {
    name: "MIPRO: a stage without module",
    ends: "accepted",
    source: body(
      {
        algorithm: "mipro",
        mipro: {
          ...POOLS,
          num_iterations: 2,
          batch_size: 3,
          meta_model: "llama-3.3-70b-versatile",
          meta_model_provider: "groq",
          stages: [
            { stage_id: "stage_default", max_instruction_slots: 2, max_demo_slots: 2, policy: POLICY },
          ],
        },
      },
      { algorithm: "mipro" },
    ),
  },
  {
    name: "MIPRO: the task app in its section only",
    ends: "accepted",
    source: {
      algorithm: "mipro",
      config_body: {
        prompt_learning: {
          algorithm: "mipro",
          initial_prompt: PROMPT,
          policy: POLICY,
          mipro: {
            ...POOLS,
            task_app_url: "https://polyglot.example",
            task_app_api_key: "k",
            task_app_id: "b77",
          },
        },
      },
    },
  },
  {
    name: "MIPRO: pools as ranges with null steps",
    ends: "accepted",
    source: body(
      {
        algorithm: "mipro",
        mipro: {
          bootstrap_train_seeds: { start: 0, end: 5, step: null },
          online_pool: { start: 5, end: 15 },
          test_pool: null,
          seeds: { bootstrap: [], online: [], test: [], reference: [] },
        },
      },
      { algorithm: "mipro" },
    ),
  },
  {
    name: "only an address and a key, as in the docs",
    ends: "refused",
    source: {
      algorithm: "gepa",
      config_body: { prompt_learning: { task_app_url: "https://a.example", task_app_api_key: "k" } },
    },
  },
  {
    name: "messages as plain text",
    ends: "refused",
    source: body({ initial_prompt: { messages: ["Classify the query.", "{query}"] }, gepa: GEPA }),
  },
  {
    name: "a table where a list belongs, and text where a table belongs",
    ends: "refused",
    source: body({ policy: "gpt-4o", gepa: { ...GEPA, modules: { a: 1 }, evaluation: { seeds: "0-39" } } }),
  },
  {
    name: "keys that no language should have",
    ends: "refused",
    source: JSON.parse(
      JSON.stringify(body({ gepa: GEPA })).replace(
        '"env_name"',
        '"__proto__":{"polluted":1},"constructor":{},"env_name"',
      ),
    ),
  },
  {
    name: "Elixir: keys in camel case",
    ends: "refused",
    source: {
      algorithm: "gepa",
      config_body: {
        prompt_learning: {
          algorithm: "gepa",
          taskAppUrl: "https://a.example",
          initialPrompt: PROMPT,
          policy: { ...POLICY, maxCompletionTokens: 64 },
          gepa: GEPA,
        },
      },
    },
  },
];
