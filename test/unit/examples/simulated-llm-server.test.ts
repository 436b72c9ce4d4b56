import { afterAll, beforeAll, expect, test } from "vitest";
import { type SimulatedLlm, startSimulatedLlm } from "../../../examples/simulated-llm/server.ts";

const MESSAGES = [
  {
    role: "system",
    content: "Answer with only the label.\nLabels: refund_status, login_problem\n- Zebra: login_problem.",
  },
  { role: "user", content: "Ticket: the zebra is here" },
];
const REFLECTION = [
  {
    role: "user",
    content:
      "Improve the instruction.\n```\nSort it.\n```\n## Example 1\n### Input\nzebra\n### Output\nx\n### Expected\ny\n### Reward\n0",
  },
];

let llm: SimulatedLlm;
beforeAll(async () => {
  llm = await startSimulatedLlm({ port: 0 });
});
afterAll(() => llm.close());

async function post(body: unknown) {
  const response = await fetch(`${llm.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

async function complete(body: unknown) {
  return JSON.parse((await post(body)).text);
}

test("a completion has the shape of OpenAI's", async () => {
  const answer = await complete({ model: "gpt-4.1-nano", messages: MESSAGES });
  expect(answer).toMatchObject({
    object: "chat.completion",
    model: "gpt-4.1-nano",
    choices: [{ index: 0, message: { role: "assistant", content: "login_problem" }, finish_reason: "stop" }],
  });
  expect(answer.id).toMatch(/^chatcmpl-/);
  expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + answer.usage.completion_tokens);
  expect(answer.usage.completion_tokens).toBe(Math.ceil("login_problem".length / 4));
});

test("the same body has the same bytes for an answer", async () => {
  const body = { model: "gpt-4.1-nano", messages: MESSAGES, seed: 4 };
  expect((await post(body)).text).toBe((await post(body)).text);
});

test("a stream carries the same text in pieces, usage at the end when asked for, and [DONE]", async () => {
  const body = { model: "m", messages: REFLECTION };
  const whole = await complete(body);
  const { text } = await post({ ...body, stream: true, stream_options: { include_usage: true } });
  const events = text
    .trim()
    .split("\n\n")
    .map((event) => event.slice("data: ".length));
  expect(events.pop()).toBe("[DONE]");
  const chunks = events.map((event) => JSON.parse(event));
  const usage = chunks.pop();
  expect(usage).toMatchObject({ choices: [], usage: whole.usage, object: "chat.completion.chunk" });
  expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? "").join("")).toBe(
    whole.choices[0].message.content,
  );
  expect(chunks.at(-1).choices[0].finish_reason).toBe("stop");
  expect(chunks.length).toBeGreaterThan(3);
});

test("a stream without include_usage has none", async () => {
  expect((await post({ model: "m", messages: MESSAGES, stream: true })).text).not.toContain("usage");
});

test("a forced tool call puts the answer into the first text argument", async () => {
  const tool = {
    type: "function",
    function: {
      name: "classify",
      parameters: { type: "object", properties: { sure: { type: "boolean" }, intent: { type: "string" } } },
    },
  };
  const forced = { type: "function", function: { name: "classify" } };
  const answer = await complete({ model: "m", messages: MESSAGES, tools: [tool], tool_choice: forced });
  const [choice] = answer.choices;
  expect(choice.finish_reason).toBe("tool_calls");
  expect(choice.message.content).toBeNull();
  expect(choice.message.tool_calls[0].function).toEqual({
    name: "classify",
    arguments: '{"intent":"login_problem"}',
  });
  const free = await complete({ model: "m", messages: MESSAGES, tools: [tool], tool_choice: "auto" });
  expect(free.choices[0].message.content).toBe("login_problem");
});

test("content in parts is read like plain text", async () => {
  const parts = MESSAGES.map(({ role, content }) => ({ role, content: [{ type: "text", text: content }] }));
  const answer = await complete({ model: "m", messages: parts });
  expect(answer.choices[0].message.content).toBe("login_problem");
});

test("each role's calls are counted, and how many were in flight at once", async () => {
  const slow = await startSimulatedLlm({ port: 0, latencyMs: 20 });
  const ask = (messages: unknown) =>
    fetch(`${slow.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "m", messages }),
    });
  await Promise.all([ask(MESSAGES), ask(MESSAGES), ask(REFLECTION)]);
  expect(await (await fetch(`${slow.url}/stats`)).json()).toEqual({
    policy_calls: 2,
    proposer_calls: 1,
    in_flight: 0,
    peak_in_flight: 3,
  });
  await slow.close();
});

test("it says that it is healthy and a simulation, and lists models", async () => {
  expect(await (await fetch(`${llm.url}/health`)).json()).toEqual({ healthy: true, simulated: true });
  expect(await (await fetch(`${llm.url}/v1/models`)).json()).toMatchObject({ object: "list" });
});

test.each([["no JSON"], [JSON.stringify({ model: "m" })], [JSON.stringify({ messages: [] })]])(
  "%s is answered with OpenAI's error shape",
  async (body) => {
    const response = await fetch(`${llm.url}/v1/chat/completions`, { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: "invalid_request_error" } });
  },
);
