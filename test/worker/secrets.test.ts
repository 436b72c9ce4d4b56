// No secret comes out of the service: whatever others repeat of what they were sent, it is in no answer, event or log.

import { runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { BASELINE, ended, eventsOf, jobObjectOf, jobs, results, submit, view } from "./api.ts";
import { chat, PROPOSER_MODEL, TASK_APP_KEY, World } from "./world.ts";

const OPERATOR_KEY = "operator-key";
/** What the inference URL of a rollout is good by. */
const TICKET = /[0-9a-f]{64}-[0-9a-f]{32}/;

test("a task app and a provider that repeat every secret they were sent get none of them into answers, events, the journal or the log", async () => {
  const logged: unknown[] = [];
  for (const method of ["log", "info", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => logged.push(words));
  }
  vi.spyOn(Math, "random").mockReturnValue(0);
  const world = new World().install();
  const repeated: string[] = [];
  world.complete = async ({ model, authorization }) => {
    const message = `bad credentials: ${authorization}`;
    repeated.push(message);
    if (model === PROPOSER_MODEL) return Response.json({ error: { message } }, { status: 403 });
    const choices = [{ index: 0, message: { role: "assistant", content: "red" }, finish_reason: "stop" }];
    return Response.json({ choices, usage: { prompt_tokens: 1, completion_tokens: 1 } });
  };
  world.play = async ({ seed, headers, inference_url }) => {
    const told = `I was sent ${JSON.stringify([...headers])} and ${inference_url}`;
    repeated.push(told);
    const messages = [
      { role: "system", content: BASELINE },
      { role: "user", content: `Question ${told}` },
    ];
    await chat(inference_url, { messages });
    if (seed % 4 === 1) return Response.json({ detail: told }, { status: 404 });
    if (seed % 4 === 2) return new Response(told, { status: 502 });
    return Response.json({
      metrics: { outcome_reward: 0.5, details: { feedback: told } },
      error: seed % 4 === 3 ? told : null,
      trajectories: [{ steps: [{ info: { expected: told } }] }],
    });
  };
  const { job_id } = await submit({ "gepa.population.num_generations": 1 });
  await ended(job_id);

  // The positive control: all of it was there to be repeated.
  for (const secret of [TASK_APP_KEY, OPERATOR_KEY]) expect(repeated.join()).toContain(secret);
  expect(repeated.join()).toMatch(TICKET);
  const rows = await runInDurableObject(jobObjectOf(job_id), (_, { storage }) =>
    ["rollout", "call", "event", "snapshot"].flatMap((table) =>
      storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
    ),
  );
  const list = await (await jobs("?limit=200")).json();
  const kept = JSON.stringify([
    await view(job_id),
    await results(job_id),
    await eventsOf(job_id),
    list,
    rows,
  ]);
  expect(kept).toContain("[redacted]");
  for (const text of [kept, JSON.stringify(logged)]) {
    expect(text).not.toContain(TASK_APP_KEY);
    expect(text).not.toContain(OPERATOR_KEY);
    expect(text).not.toMatch(TICKET);
  }
});
