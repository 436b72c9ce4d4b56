import { expect, test } from "vitest";
import { errorOf } from "./base-config.ts";

test("a config for task containers is told from others, and how the same job is written here is said", () => {
  const mapping = {
    container: { url: "http://127.0.0.1:8765", command: ["serve"] },
    dataset: { train_seeds: [1, 2, 3] },
    seed_candidate: { system_prompt: "Classify." },
    gepa: { max_generations: 3, max_cost_usd: 0, max_total_rollouts: 40 },
  };
  const error = errorOf({ mapping });
  expect(error.issues).toHaveLength(1);
  expect(error.message.split("\n").slice(1, -1)).toEqual([
    '  container.url = "http://127.0.0.1:8765" → prompt_learning.task_app_url',
    '  seed_candidate.system_prompt = "Classify." → prompt_learning.initial_prompt.messages: { role = "system", pattern = … }',
    "  dataset.train_seeds = [3 items] → prompt_learning.gepa.evaluation.seeds",
    "  gepa.max_generations = 3 → prompt_learning.gepa.population.num_generations",
    "  gepa.max_total_rollouts = 40 → prompt_learning.gepa.rollout.budget",
  ]);
});

test("what a client lays over it does not hide what it is", () => {
  const mapping = { container: { url: "http://127.0.0.1:8765" }, dataset: {}, seed_candidate: {} };
  const overrides = {
    "prompt_learning.task_app_url": "http://a.example",
    "prompt_learning.algorithm": "gepa",
  };
  expect(errorOf({ mapping }, overrides).message).toContain(
    "this is a config for optimizers that start a task container",
  );
});

test("a container alone makes no such config", () => {
  expect(errorOf({ mapping: { container: { url: "x" } } }).message).toContain(
    "a config is a [prompt_learning] table",
  );
});
