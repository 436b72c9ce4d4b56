// A MIPRO job over two stages, end to end: whose call it is, whose text, demos and policy it gets, and that both texts improve.

import { beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/wire/json.ts";
import { ended, jobs, posted, results } from "./api.ts";
import {
  chat,
  type ModelCall,
  obedient,
  PROPOSER_MODEL,
  type RolloutCall,
  TASK_APP,
  TASK_APP_KEY,
  World,
} from "./world.ts";

const FIND = "Find what it is about. Say red.";
const LABEL = "Give it a label. Say blue.";
/** What each stage's instruction must hold. */
const WANTED: Record<string, readonly string[]> = { find: ["red", "green"], label: ["blue", "grey"] };

let world: World;
let asked: string[];
beforeEach(() => {
  world = new World().install();
  world.play = twoCalls;
  asked = [];
  world.complete = propose;
});

/** A task app that asks its model twice, each time with a baseline prompt of its own. */
async function twoCalls({ seed, inference_url }: RolloutCall): Promise<Response> {
  const steps: JsonObject[] = [];
  for (const [stage, content] of Object.entries({ find: FIND, label: LABEL })) {
    const answer = await chat(inference_url, {
      model: "whatever",
      messages: [
        { role: "system", content },
        { role: "user", content: `Question ${seed}` },
      ],
    });
    const body = (await answer.json()) as { choices: { message: { content: string } }[] };
    const said = body.choices[0]?.message.content ?? "";
    const lost = (WANTED[stage] ?? []).filter((word) => !said.includes(word));
    steps.push({ reward: 1 - lost.length / 2, info: { module: stage } });
  }
  const reward = steps.reduce((sum, step) => sum + Number(step.reward), 0) / steps.length;
  return Response.json({ metrics: { outcome_reward: reward }, trajectories: [{ steps }] });
}

/** A proposer that keeps the stage's first sentence and tries words of its own. */
async function propose(call: ModelCall): Promise<Response> {
  if (call.model !== PROPOSER_MODEL) return obedient(call);
  const question = call.messages.map(({ content }) => content).join("\n");
  asked.push(question);
  const said = [...question].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) % 9_973, 7);
  const words = ["red", "green", "blue", "grey"].filter((_, i) => (said >> i) % 2 === 1).join(" and ");
  const content = `\`\`\`\nDo this stage well. Say ${words === "" ? "red" : words}. (${said})\n\`\`\``;
  return Response.json({
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 500, completion_tokens: 50, total_tokens: 550 },
  });
}

function twoStages(label: JsonObject = {}): JsonObject {
  return {
    algorithm: "mipro",
    task_app_url: TASK_APP,
    task_app_api_key: TASK_APP_KEY,
    initial_prompt: {
      messages: [{ role: "system", pattern: FIND }],
      metadata: {
        pipeline_modules: [
          { name: "find", instruction_text: FIND },
          { name: "label", instruction_text: LABEL },
        ],
      },
    },
    policy: { model: "gpt-4.1-nano", provider: "openai", temperature: 0.5, max_completion_tokens: 64 },
    mipro: {
      env_name: "toy",
      rollout_budget: 260,
      max_concurrent: 8,
      num_iterations: 4,
      num_evaluations_per_iteration: 3,
      batch_size: 6,
      bootstrap_train_seeds: [0, 1, 2, 3],
      online_pool: { start: 10, end: 22 },
      few_shot_score_threshold: 0.5,
      grounding: { n: 6 },
      modules: [
        {
          module_id: "pipeline",
          stages: [{ stage_id: "find" }, { stage_id: "label", ...label }],
          edges: [["find", "label"]],
        },
      ],
    },
  };
}

async function run(config_body: JsonObject): Promise<string> {
  const answer = await jobs("", posted({ config_body }));
  expect(answer.status, await answer.clone().text()).toBe(201);
  const { job_id } = (await answer.json()) as { job_id: string };
  expect(await ended(job_id)).toMatchObject({ status: "succeeded", error: null });
  return job_id;
}

test("each stage has slots of its own in the trial table, and both texts improve", async () => {
  const found = await results(await run(twoStages()));
  const slots = found.trials?.flatMap(({ parameters }) => Object.keys(parameters)) ?? [];
  expect([...new Set(slots)].toSorted()).toEqual([
    "find.demos",
    "find.instruction",
    "label.demos",
    "label.instruction",
  ]);
  expect(found.best_score).toBeGreaterThan(found.baseline_score ?? 1);
  const sections = found.best_prompt?.sections.filter(({ role }) => role === "system") ?? [];
  expect(sections.map(({ module }) => module)).toEqual(["find", "label"]);
  for (const [i, stage] of ["find", "label"].entries()) {
    for (const word of WANTED[stage] ?? []) expect(sections[i]?.content).toContain(word);
    expect(asked.some((question) => question.includes(stage))).toBe(true);
  }
});

test("each stage runs under its own policy, demos are shown, and the task app gets its settings", async () => {
  const policy = { model: "gpt-4.1-mini", provider: "openai", temperature: 0.9, max_completion_tokens: 32 };
  const job = twoStages({ policy });
  const settings = { max_steps: 2, config: { tone: "dry" } };
  await run({
    ...job,
    policy: { ...(job.policy as JsonObject), ...settings },
    mipro: { ...(job.mipro as JsonObject), policy_config: { tone: "warm", retries: 1 } },
  });
  const calls = world.policyCalls as (JsonObject & (typeof world.policyCalls)[number])[];
  const of = (model: string) => calls.filter((call) => call.model === model);
  expect(of("gpt-4.1-nano").length).toBeGreaterThan(10);
  expect(of("gpt-4.1-mini").length).toBe(of("gpt-4.1-nano").length);
  for (const call of of("gpt-4.1-mini")) {
    expect(call).toMatchObject({ temperature: 0.9, max_completion_tokens: 32 });
  }
  const withDemos = calls.filter(({ messages }) => messages.some(({ role }) => role === "assistant"));
  expect(withDemos.length).toBeGreaterThan(0);
  for (const rollout of world.rollouts) {
    expect(rollout.policy).toMatchObject({ max_steps: 2, tone: "dry", retries: 1, model: "gpt-4.1-nano" });
  }
});
