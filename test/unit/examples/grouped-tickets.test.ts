// The example pipeline: what its task app answers, and that its config knows the prompts that the app sends.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { groupedTickets, startGroupedTickets } from "../../../examples/grouped-tickets/task-app.ts";
import { startSimulatedLlm } from "../../../examples/simulated-llm/server.ts";
import { moduleSections, promptModules } from "../../../src/config/modules.ts";
import { readRunnable } from "../../../src/config/read.ts";

const TOML = readFileSync(new URL("../../../examples/grouped-tickets/gepa.toml", import.meta.url), "utf8");

test("the config has the prompts that the task app sends, and nothing to be warned of", () => {
  const { config, warnings } = readRunnable({ toml: TOML });
  expect(warnings).toEqual([]);
  const declared = promptModules(config).map((module) => ({
    module: module.name,
    prompt: moduleSections(module).map(({ role, content }) => ({ role, content })),
  }));
  const sent = (groupedTickets().steps ?? []).map(({ module, prompt }) => ({ module, prompt }));
  expect(declared).toEqual(sent);
});

test("a rollout makes a call for each module and remarks on each", async () => {
  const llm = await startSimulatedLlm({ port: 0 });
  const app = await startGroupedTickets({ port: 0 });
  try {
    const answer = await fetch(`${app.url}/rollout`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        run_id: "one",
        env: { seed: 3 },
        policy: { config: { model: "gpt-4.1-nano", inference_url: `${llm.url}/v1` } },
      }),
    });
    const body = (await answer.json()) as {
      metrics: { outcome_reward: number };
      trajectories: {
        steps: { reward: number; info: { module: string; expected: string; feedback: string } }[];
      }[];
    };
    const steps = body.trajectories[0]?.steps ?? [];
    expect(steps.map(({ info }) => info.module)).toEqual(["group", "label"]);
    for (const { info } of steps) expect(info.expected).not.toBe("");
    expect(body.metrics.outcome_reward).toBe(steps[1]?.reward);
    expect(llm.stats().policy_calls).toBe(2);
  } finally {
    await app.close();
    await llm.close();
  }
});
