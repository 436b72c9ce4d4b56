// A pipeline of two modules, end to end: whose call it is, whose text and policy it gets, and that both texts improve.

import { beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/wire/json.ts";
import { ended, results, submit } from "./api.ts";
import { chat, PROPOSER_MODEL, type RolloutCall, World } from "./world.ts";

const FIND = "Find what it is about. Say red.";
const LABEL = "Give it a label. Say blue.";
/** What each module's instruction must hold. */
const WANTED: Record<string, readonly string[]> = { find: ["red", "green"], label: ["blue", "grey"] };

let world: World;
beforeEach(() => {
  world = new World().install();
});

/** The words that an instruction wants and an answer lacks. */
function missing(module: string, said: string): string[] {
  return (WANTED[module] ?? []).filter((word) => !said.includes(word));
}

/** A task app that asks its model twice, each time with a baseline prompt of its own. */
async function twoCalls({ seed, inference_url }: RolloutCall): Promise<Response> {
  const steps: JsonObject[] = [];
  for (const [module, content] of Object.entries({ find: FIND, label: LABEL })) {
    const answer = await chat(inference_url, {
      model: "whatever",
      temperature: 0.5,
      max_completion_tokens: 64,
      messages: [
        { role: "system", content },
        { role: "user", content: `Question ${seed}` },
      ],
      tools: ["look", "buy"].map((name) => ({ type: "function", function: { name } })),
    });
    const body = (await answer.json()) as { choices: { message: { content: string } }[] };
    const lost = missing(module, body.choices[0]?.message.content ?? "");
    const feedback = lost.length === 0 ? "all there" : `missing: ${lost.join(" ")}`;
    steps.push({ reward: 1 - lost.length / 2, info: { module, feedback } });
  }
  const reward = steps.reduce((sum, step) => sum + Number(step.reward), 0) / steps.length;
  return Response.json({ metrics: { outcome_reward: reward }, trajectories: [{ steps }] });
}

function pipeline(label: JsonObject): JsonObject {
  return {
    "initial_prompt.metadata": {
      pipeline_modules: [
        { name: "find", instruction_text: FIND },
        { name: "label", instruction_text: LABEL },
      ],
    },
    "gepa.modules": [{ module_id: "find" }, { module_id: "label", ...label }],
  };
}

test("a job over two modules improves the text of each, and shows both in its best prompt", async () => {
  world.play = twoCalls;
  const { job_id } = await submit({
    ...pipeline({}),
    "gepa.population.num_generations": 6,
    "gepa.rollout.budget": 400,
  });
  const job = await ended(job_id);
  expect(job).toMatchObject({ status: "succeeded", error: null });
  const { best_prompt, best_score, baseline_score } = await results(job_id);
  expect(best_score).toBeGreaterThan(baseline_score ?? 1);
  expect(best_prompt?.sections.map(({ name, module }) => [name, module])).toEqual([
    ["find", "find"],
    ["label", "label"],
  ]);
  expect(best_prompt?.sections[0]?.content).toContain("green");
  expect(best_prompt?.sections[1]?.content).toContain("grey");
  expect(best_prompt?.full_text).toContain("[system | label]\nGive it a label.");
});

test("each module runs under its own policy and with its own tools, and is reflected on by its own calls", async () => {
  world.play = twoCalls;
  const policy = { model: "gpt-4.1-mini", provider: "openai", temperature: 0.9, max_completion_tokens: 32 };
  await ended((await submit(pipeline({ policy, allowed_tools: ["look"] }))).job_id);
  const calls = world.policyCalls as (JsonObject & (typeof world.policyCalls)[number])[];
  const of = (start: string) => calls.filter(({ messages }) => messages[0]?.content.startsWith(start));
  expect(of("Find").length).toBeGreaterThan(10);
  expect(of("Give").length).toBe(of("Find").length);
  for (const call of of("Find")) {
    expect(call).toMatchObject({ model: "gpt-4.1-nano", temperature: 0.5, max_completion_tokens: 64 });
    expect(call.tools).toHaveLength(2);
  }
  for (const call of of("Give")) {
    expect(call).toMatchObject({ model: "gpt-4.1-mini", temperature: 0.9, max_completion_tokens: 32 });
    expect(call.tools).toEqual([{ type: "function", function: { name: "look" } }]);
  }
  const questions = world.models.filter(({ model }) => model === PROPOSER_MODEL);
  const told = questions.map(({ messages }) => messages.map(({ content }) => content).join("\n"));
  const about = (module: string) =>
    told.filter((text) => text.includes(`[[ ## component ## ]]\n${module}\n`));
  expect(about("find").length).toBeGreaterThan(0);
  for (const text of about("find")) expect(text).not.toContain("missing: grey");
  for (const text of about("label")) expect(text).not.toContain("missing: green");
});
