import { afterEach, expect, test } from "vitest";
import { startSupportTickets, supportTickets } from "../../../examples/support-tickets/task-app.ts";
import { exampleAt } from "../../../examples/task-app-kit/dataset.ts";
import { chatCompletionsUrl } from "../../../examples/task-app-kit/model.ts";
import { type Incoming, json, type Reply, serve } from "../../../examples/task-app-kit/serve.ts";
import type { TaskAppOptions } from "../../../examples/task-app-kit/task-app.ts";

const tickets = supportTickets();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function app(options: Partial<TaskAppOptions> = {}) {
  const started = await startSupportTickets({ port: 0, ...options });
  open.push(started);
  return started;
}

/** A model that answers what it is told to, and keeps what it was asked. */
async function model(answer: (incoming: Incoming) => Reply | Promise<Reply>) {
  const received: Incoming[] = [];
  const server = await serve((incoming) => {
    received.push(incoming);
    return answer(incoming);
  }, 0);
  open.push(server);
  return { url: server.url, received };
}

function says(content: string): Reply {
  return json(200, { choices: [{ message: { role: "assistant", content } }] });
}

function rollout(seed: number, inferenceUrl: string, more: { config?: object; env?: object } = {}) {
  return {
    run_id: `run-${seed}`,
    mode: "eval",
    env: { env_name: "support_tickets", seed, config: more.env ?? {} },
    policy: {
      config: { model: "gpt-4.1-nano", inference_url: inferenceUrl, temperature: 0, ...more.config },
    },
  };
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/rollout`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

test("it is healthy without a key, and names itself at the root", async () => {
  const { url } = await app({ apiKey: "secret" });
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ healthy: true, auth: { required: true } });
  expect(await (await fetch(url)).json()).toEqual({ status: "ok", service: "support_tickets" });
  expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
});

test("task_info answers the set, one task, or a list, by the number of seeds", async () => {
  const { url } = await app();
  const info = async (query: string) => (await fetch(`${url}/task_info${query}`)).json();
  expect(await info("")).toMatchObject({ taskset: { id: "support_tickets", size: 192 } });
  const one = await info("?seed=7");
  expect(one).toMatchObject({
    task: { id: "support_tickets" },
    task_metadata: { seed: 7, expected_output: exampleAt(tickets.pools, 7).label },
  });
  const several = await info("?seeds=7&seeds=8");
  expect(several).toHaveLength(2);
  expect(several[0]).toEqual(one);
  expect((await fetch(`${url}/task_info?seeds=x`)).status).toBe(400);
});

test.each([
  ["no key", {}, 401],
  ["a wrong key", { "x-api-key": "secretive" }, 401],
  ["X-API-Key", { "x-api-key": "secret" }, 200],
  ["X-API-Keys", { "x-api-keys": "old, secret" }, 200],
  ["a Bearer token", { authorization: "Bearer secret" }, 200],
])("with a key set, %s is answered as it should be", async (_, headers, status) => {
  const { url } = await app({ apiKey: "secret" });
  expect((await fetch(`${url}/task_info`, { headers })).status).toBe(status);
  const answer = await post(url, {}, headers);
  expect(answer.status).toBe(status === 200 ? 400 : 401);
});

test("a right answer has reward 1, with all that the protocol wants around it", async () => {
  const { url } = await app();
  const example = exampleAt(tickets.pools, 5);
  const llm = await model(() => says(` ${example.label}\n`));
  const { status, body } = await post(url, rollout(5, `${llm.url}/v1?cid=trace_1`));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    run_id: "run-5",
    trace_correlation_id: "trace_1",
    metrics: { mean_return: 1, outcome_reward: 1, episode_returns: [1], details: { correct: true } },
    pipeline_metadata: { trace_correlation_id: "trace_1" },
    trajectories: [
      { trace_correlation_id: "trace_1", inference_url: `${llm.url}/v1?cid=trace_1`, length: 1 },
    ],
    aborted: false,
  });
  expect(body.trajectories[0].steps[0]).toMatchObject({
    reward: 1,
    done: true,
    info: { expected: example.label, predicted: example.label },
  });
});

test("a wrong answer has reward 0 and feedback that names the right one", async () => {
  const { url } = await app();
  const { label } = exampleAt(tickets.pools, 5);
  const llm = await model(() => says("something_else"));
  const { body } = await post(url, rollout(5, llm.url));
  const feedback = `Wrong: expected "${label}", got "something_else".`;
  expect(body.metrics).toMatchObject({ mean_return: 0, details: { correct: false, feedback } });
  expect(body.trajectories[0].steps[0].info.feedback).toBe(feedback);
});

test("the right label in a sentence is wrong, and the feedback says why", async () => {
  const { url } = await app();
  const { label } = exampleAt(tickets.pools, 5);
  const llm = await model(() => says(`It is ${label}.`));
  const { body } = await post(url, rollout(5, llm.url));
  expect(body.metrics.mean_return).toBe(0);
  expect(body.metrics.details.feedback).toContain(`expected "${label}" and nothing else`);
});

test("the path goes before the query of the inference URL, and the key is passed on", async () => {
  const { url } = await app({ apiKey: "secret" });
  const llm = await model(() => says("x"));
  await post(url, rollout(1, `${llm.url}/v1/pl-1?cid=abc`), { "x-api-key": "secret" });
  const [call] = llm.received;
  expect(call?.path).toBe("/v1/pl-1/chat/completions");
  expect(call?.query.get("cid")).toBe("abc");
  expect(call?.headers["x-api-key"]).toBe("secret");
  expect(JSON.parse(call?.body ?? "")).toMatchObject({ model: "gpt-4.1-nano", temperature: 0 });
});

test.each([
  ["http://h/v1", "http://h/v1/chat/completions"],
  ["http://h/v1/", "http://h/v1/chat/completions"],
  ["http://h", "http://h/chat/completions"],
  ["http://h/v1?cid=a%20b&x=1", "http://h/v1/chat/completions?cid=a%20b&x=1"],
  ["http://h/v1/chat/completions?cid=1", "http://h/v1/chat/completions?cid=1"],
])("%s is joined to %s", (base, joined) => {
  expect(chatCompletionsUrl(base)).toBe(joined);
});

test("it sends its own baseline, even when a prompt template comes along", async () => {
  const { url } = await app();
  const llm = await model(() => says("x"));
  const prompt_template = { sections: [{ role: "system", content: "Other", order: 0 }] };
  await post(url, rollout(1, llm.url, { config: { prompt_template } }));
  const { messages } = JSON.parse(llm.received[0]?.body ?? "");
  const labels = tickets.labels.map((label) => `- ${label}`).join("\n");
  expect(messages).toEqual([
    { role: "system", content: `Sort the support ticket into one of these categories:\n${labels}` },
    { role: "user", content: `Ticket: ${exampleAt(tickets.pools, 1).text}` },
  ]);
});

test("told to render inline, it fills the template's sections in their order", async () => {
  const { url } = await app({ prompt: "inline" });
  const llm = await model(() => says("x"));
  const prompt_sections = [
    { role: "user", pattern: "T: {ticket} {unknown}", order: 1 },
    { role: "system", content: "Other", order: 0 },
  ];
  await post(url, rollout(1, llm.url, { config: { prompt_template: { prompt_sections } } }));
  await post(url, rollout(1, llm.url, { config: { prompt_template: "Plain" } }));
  await post(url, rollout(1, llm.url));
  const roles = llm.received.map(({ body }) => JSON.parse(body).messages);
  const { text } = exampleAt(tickets.pools, 1);
  expect(roles[0]).toEqual([
    { role: "system", content: "Other" },
    { role: "user", content: `T: ${text} {unknown}` },
  ]);
  expect(roles[1]).toEqual([
    { role: "system", content: "Plain" },
    { role: "user", content: `Ticket: ${text}` },
  ]);
  expect(roles[2][0].content).toContain("Sort the support ticket");
});

test("env.config.pool names the pool that a seed counts in", async () => {
  const { url } = await app();
  const llm = await model(() => says("x"));
  const { body } = await post(url, rollout(2, llm.url, { env: { pool: "validation" } }));
  expect(body.trajectories[0].steps[0].info.expected).toBe(tickets.pools.validation[2]?.label);
  expect((await post(url, rollout(2, llm.url, { env: { pool: "nowhere" } }))).status).toBe(400);
});

test.each([
  ["no inference URL", { env: { seed: 1 }, policy: { config: {} } }],
  ["an inference URL that is none", { env: { seed: 1 }, policy: { config: { inference_url: "nope" } } }],
  ["a seed that is none", { env: { seed: "x" }, policy: { config: { inference_url: "http://h" } } }],
  ["no object", []],
])("a rollout with %s is refused with 400", async (_, body) => {
  const { url } = await app();
  expect(await post(url, body)).toMatchObject({ status: 400, body: { detail: expect.any(String) } });
});

test.each([
  ["500", () => json(500, { error: "x" }), 502],
  ["429", () => json(429, {}, { "retry-after": "3" }), 429],
  ["503", () => json(503, {}), 503],
  ["no text", () => json(200, { choices: [] }), 502],
  ["a redirect", () => ({ status: 302, headers: { location: "/" }, body: "" }), 502],
])("a model that answers %s is reported as such", async (_, answer, status) => {
  const { url } = await app();
  const llm = await model(answer);
  const got = await post(url, rollout(1, llm.url));
  expect(got).toMatchObject({ status, body: { detail: expect.stringContaining("the model") } });
  expect(got.headers.get("retry-after")).toBe(status === 429 ? "3" : null);
});

test("it counts rollouts, those in flight at once, and different run ids", async () => {
  const { url, stats } = await app();
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const llm = await model(async () => {
    if (llm.received.length === 3) release();
    await gate;
    return says("x");
  });
  await Promise.all([1, 2, 2].map((seed) => post(url, rollout(seed, llm.url))));
  const counted = { rollouts: 3, completed: 3, in_flight: 0, peak_in_flight: 3, distinct_run_ids: 2 };
  expect(stats()).toEqual(counted);
  expect(await (await fetch(`${url}/stats`)).json()).toEqual(counted);
});

test("an unknown path is answered with 404", async () => {
  const { url } = await app();
  expect((await fetch(`${url}/nothing`)).status).toBe(404);
});
