import { describe, expect, test } from "vitest";
import { fromMapping, MIPROConfig, type SimpleMiproOptions } from "../../../src/config/index.ts";

const OPTIONS: SimpleMiproOptions = {
  task_app_url: "https://task.example.com",
  task_app_api_key: "key",
  env_name: "banking77",
  rollout_budget: 100,
  initial_prompt_messages: [{ role: "system", content: "Answer." }, { pattern: "{q}" }],
};
const simple = (options: Partial<SimpleMiproOptions> = {}) => MIPROConfig.simple({ ...OPTIONS, ...options });
const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);

describe("a budget", () => {
  test.each([
    [1, 3, 5, 5, 5, 3, 5],
    [15, 3, 5, 5, 5, 3, 5],
    [30, 3, 10, 6, 5, 3, 10],
    [60, 6, 20, 12, 5, 3, 20],
    [100, 10, 33, 20, 5, 3, 32],
    [150, 10, 50, 30, 5, 3, 32],
    [500, 10, 50, 30, 5, 3, 32],
    [1000, 10, 50, 30, 5, 4, 32],
    [5000, 10, 50, 30, 10, 5, 32],
  ])("of %i has pools of %i, %i and %i, %i iterations of %i, and batches of %i", (budget, ...numbers) => {
    const config = simple({ rollout_budget: budget });
    expect([
      config.bootstrap_train_seeds?.length,
      config.online_pool?.length,
      config.reference_pool?.length,
      config.num_iterations,
      config.num_evaluations_per_iteration,
      config.batch_size,
    ]).toEqual(numbers);
    expect(config.max_concurrent).toBe(10);
  });

  test("is the job's cap", () => {
    expect(simple({ rollout_budget: 60 }).rollout_budget).toBe(60);
  });

  test.each([0, -1, Number.NaN])("of %d is refused", (rollout_budget) => {
    expect(() => simple({ rollout_budget })).toThrow(
      "rollout_budget must be positive for MIPROConfig.simple()",
    );
  });
});

describe("the pools", () => {
  test("begin at 0, 10 and 20, and the reference seeds make room for the online pool", () => {
    expect(simple({ rollout_budget: 30 })).toMatchObject({
      bootstrap_train_seeds: [0, 1, 2],
      online_pool: range(10, 20),
      reference_pool: range(20, 26),
      test_pool: [],
    });
    expect(simple().reference_pool).toEqual(range(43, 63));
  });

  test("are the same in the table of seeds", () => {
    const { seeds, bootstrap_train_seeds, online_pool, test_pool, reference_pool } = simple({
      test_seeds: [7],
    });
    expect(seeds).toEqual({
      bootstrap: bootstrap_train_seeds,
      online: online_pool,
      test: test_pool,
      reference: reference_pool,
    });
  });

  test("that are derived keep clear of those that are given", () => {
    const config = simple({ online_seeds: range(0, 30), test_seeds: [31] });
    const all = [
      config.bootstrap_train_seeds,
      config.online_pool,
      config.test_pool,
      config.reference_pool,
    ].flat();
    expect(new Set(all).size).toBe(all.length);
    expect(config.batch_size).toBe(30);
  });

  test("that are given and overlap are refused when the job is read", () => {
    const job = MIPROConfig.simpleJob({ ...OPTIONS, online_seeds: [10, 11], reference_pool: [10, 99] });
    expect(() => fromMapping(job)).toThrow(
      "prompt_learning.mipro.reference_pool must not overlap the bootstrap, online and test seeds: 1 seed",
    );
  });
});

describe("the prompt", () => {
  test("becomes the messages of one stage, which has a policy", () => {
    expect(simple().modules).toEqual([
      {
        module_id: "default",
        edges: [],
        stages: [
          {
            stage_id: "default_stage_0",
            baseline_instruction: "Answer.",
            baseline_messages: [
              { role: "system", content: "Answer." },
              { role: "user", content: "{q}" },
            ],
            policy: {
              model: "openai/gpt-oss-20b",
              provider: "groq",
              inference_mode: "synth_hosted",
              temperature: 1,
              max_completion_tokens: 512,
            },
          },
        ],
      },
    ]);
  });

  test.each([
    [[{ role: "user", content: "Do it." }], "Do it."],
    [[{ role: "system", content: " " }, { content: "Do it." }], "Do it."],
    [[{ role: "assistant", content: "Yes?" }], "Complete the task."],
    [[{}], "Complete the task."],
  ])("%j gives the instruction %j", (initial_prompt_messages, instruction) => {
    const [module] = simple({ initial_prompt_messages }).modules ?? [];
    expect(module?.stages[0]?.baseline_instruction).toBe(instruction);
  });

  test("must have a message", () => {
    expect(() => simple({ initial_prompt_messages: [] })).toThrow(
      "initial_prompt_messages must contain at least one message",
    );
  });
});

test.each([
  ["fast", { model: "gpt-4o-mini", provider: "openai", temperature: 0.7, max_tokens: 512 }],
  ["balanced", { model: "gpt-4o-mini", provider: "openai", temperature: 0.8, max_tokens: 1024 }],
  ["high_quality", { model: "gpt-4o", provider: "openai", temperature: 0.9, max_tokens: 2048 }],
  ["constructor", { model: "gpt-4o-mini", provider: "openai", temperature: 0.8, max_tokens: 1024 }],
])("the preset %s has its proposer", (meta_preset, meta) => {
  expect(simple({ meta_preset }).meta).toEqual(meta);
});

test("what is given is kept", () => {
  const given = {
    task_app_id: "mine",
    env_config: { pool: "train" },
    num_iterations: 2,
    num_evaluations_per_iteration: 1,
    batch_size: 3,
    max_concurrent: 4,
  };
  expect(simple(given)).toMatchObject(given);
  const meta = { meta_model: "m", meta_provider: "groq", meta_inference_url: "https://m.example" };
  expect(simple(meta).meta).toMatchObject({
    model: "m",
    provider: "groq",
    inference_url: "https://m.example",
  });
  expect(simple().task_app_id).toBe("banking77");
});

test.each([1, 30, 100, 1000, 5000])("the job for a budget of %i can be read", (rollout_budget) => {
  const config = fromMapping(MIPROConfig.simpleJob({ ...OPTIONS, rollout_budget }));
  if (config.algorithm !== "mipro") throw new Error("not MIPRO");
  const { task_app_url, task_app_api_key, task_app_id, ...mipro } = simple({ rollout_budget });
  expect(config.mipro).toEqual(mipro);
  expect(config).toMatchObject({ task_app_url, task_app_api_key, task_app_id });
});
