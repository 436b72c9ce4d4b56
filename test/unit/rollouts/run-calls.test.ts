import { expect, test } from "vitest";
import { recordQuestion } from "../../../src/inference/record.ts";
import type { RecordedCall } from "../../../src/rollouts/answer.ts";
import { attemptRollout } from "../../../src/rollouts/run.ts";
import { answering, call, KEY, means, order } from "./fixtures.ts";

const REWARD = JSON.stringify({ metrics: { mean_return: 0.75 } });

async function against(status: number, body: string, calls: readonly RecordedCall[] = []) {
  await using server = await answering(status, body);
  return await attemptRollout(order({ task_app_url: server.url }), means({ calls: () => calls }));
}

test("The recorded calls give the trace and the usage", async () => {
  const calls = [
    call(),
    call({
      messages: [
        { role: "user", content: "first" },
        { role: "assistant", content: "…" },
        { role: "user", content: "Where is my card?" },
      ],
      text: "",
      tool_calls: [{ name: "classify", arguments: '{"intent":"x"}' }],
    }),
  ];
  const body = {
    reward: 1,
    trajectories: [{ steps: [{ obs: "told", output: "told", info: { label: "y" } }] }],
  };
  const outcome = await against(200, JSON.stringify(body), calls);
  expect(outcome).toEqual({
    kind: "answer",
    value: {
      reward: 1,
      trace: { input: "Where is my card?", output: 'classify({"intent":"x"})', expected: "y" },
      usage: { prompt_tokens: 20, completion_tokens: 4, llm_calls: 2, usd: 0.002 },
    },
  });
});

test("The calls that came to an answer are told by module, with the values of their prompts and without secrets", async () => {
  const question = (module: string, input: string) => ({
    module,
    values: { text: `${input} ${KEY}` },
    input,
  });
  const calls = [
    call({ question: question("find", "one") }),
    call({ question: question("find", "two"), error: { code: "upstream_500", message: "no" }, status: 500 }),
    call({ question: question("label", "three"), text: KEY }),
    call(),
  ];
  const outcome = await against(200, REWARD, calls);
  expect(outcome).toMatchObject({
    value: {
      trace: {
        calls: [
          { module: "find", values: { text: "one [redacted]" }, input: "one", output: "card_arrival" },
          { module: "label", values: { text: "three [redacted]" }, input: "three", output: "[redacted]" },
        ],
      },
    },
  });
});

test("However many calls there are and however long, what is kept of them stays small", async () => {
  const long = "x".repeat(4_000);
  const calls = Array.from({ length: 300 }, (_, i) =>
    call({
      question: recordQuestion({ module: `m${i}`, values: { a: long, b: long }, input: long }),
      text: long,
    }),
  );
  const outcome = await against(200, REWARD, calls);
  const trace = outcome.kind === "answer" ? outcome.value.trace : undefined;
  expect(trace?.calls?.map(({ module }) => module)).toEqual(
    [0, 1, 2, 3, 4, 5, 294, 295, 296, 297, 298, 299].map((i) => `m${i}`),
  );
  expect(Object.keys(trace?.calls?.[0]?.values ?? {})).toEqual(["a"]);
  expect(JSON.stringify(trace).length).toBeLessThan(100_000);
});

test("One call without a price makes the cost unknown, not smaller", async () => {
  const calls = [call(), call({ usd: null })];
  const outcome = await against(200, REWARD, calls);
  expect(outcome).toMatchObject({ value: { usage: { usd: null, llm_calls: 2 } } });
});

test("Without recorded calls the trace is what the task app tells, and the cost is unknown", async () => {
  const body = { reward: 1, trajectories: [{ steps: [{ obs: { query: "q" }, output: "a" }] }] };
  expect(await against(200, JSON.stringify(body))).toEqual({
    kind: "answer",
    value: {
      reward: 1,
      trace: { input: "q", output: "a" },
      usage: { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: null },
    },
  });
});

test("A prompt that did not match fails the rollout for good, whatever the task app answered", async () => {
  const message = 'expected "Classify. {query}", got "Sort: hello"';
  const calls = [call({ status: 422, error: { code: "prompt_mismatch", message } })];
  const outcomes = [await against(200, REWARD, calls), await against(502, "{}", calls)];
  expect(outcomes).toEqual(Array(2).fill({ kind: "failure", code: "prompt_mismatch", message }));
});

test("A reward does not count when every call to the model failed", async () => {
  const failed = (status: number) => [call({ status, error: { code: "upstream", message: "no luck" } })];
  const outcome = (status: number) => against(200, REWARD, failed(status));
  expect(await outcome(429)).toMatchObject({ kind: "retry", code: "inference_failed", congested: true });
  expect(await outcome(500)).toMatchObject({ kind: "retry", code: "inference_failed" });
  expect(await outcome(200)).toMatchObject({ kind: "retry", code: "inference_failed" });
  expect(await outcome(499)).toMatchObject({ kind: "retry", code: "inference_failed" });
  expect(await outcome(401)).toMatchObject({ kind: "failure", code: "inference_failed" });
});

test("A call that failed and was made again does no harm", async () => {
  const calls = [call({ status: 500, error: { code: "upstream", message: "no luck" } }), call()];
  expect(await against(200, REWARD, calls)).toMatchObject({ kind: "answer" });
});

test("A reward counts when one call succeeded and a later one failed; the trace is that of the one that succeeded", async () => {
  const calls = [call(), call({ text: "", status: 500, error: { code: "upstream", message: "no luck" } })];
  const outcome = await against(200, REWARD, calls);
  expect(outcome).toMatchObject({ kind: "answer", value: { trace: { output: "card_arrival" } } });
});

test("When a task app fails because its model call did, the message says so and congestion is passed on", async () => {
  const calls = [call({ status: 429, error: { code: "upstream_429", message: "rate limit reached" } })];
  const outcome = await against(502, '{"detail": "LLM failed"}', calls);
  expect(outcome).toMatchObject({
    kind: "retry",
    congested: true,
    message: "the task app answered 502: LLM failed; a model call had failed: rate limit reached",
  });
});

test("When every call to the model failed for good, a task app that makes 5xx of it is not asked again", async () => {
  const refused = call({ status: 401, error: { code: "upstream_401", message: "key refused" } });
  const busy = call({ status: 429, error: { code: "upstream_429", message: "rate limit reached" } });
  for (const status of [408, 425, 429, 500, 502, 503]) {
    expect(await against(status, "{}", [refused, refused])).toEqual({
      kind: "failure",
      code: "inference_failed",
      message: `the task app answered ${status}; a model call had failed: key refused`,
    });
  }
  for (const calls of [[], [call(), refused], [busy, refused], [refused, busy]]) {
    expect(await against(502, "{}", calls)).toMatchObject({ kind: "retry", code: "task_app_error" });
  }
});

test("The ticket of the inference URL is in no text that is kept, so that a failure reads alike in every attempt", async () => {
  const quoting = (ticket: string) => {
    const url = `https://cultivar.example/api/interceptor/v1/${ticket}?cid=trace_1`;
    const body = {
      metrics: { mean_return: 0, details: { feedback: `POST ${url} failed` } },
      error: `no answer from ${url}`,
    };
    const means = { url, trace_correlation_id: "trace_1" };
    return { body: JSON.stringify(body), inference: means };
  };
  for (const status of [200, 502]) {
    const outcomes = await Promise.all(
      ["0a1b2c3d-11111111", "0a1b2c3d-22222222"].map(async (ticket) => {
        const { body, inference } = quoting(ticket);
        await using server = await answering(status, body);
        return await attemptRollout(order({ task_app_url: server.url }), means({ inference }));
      }),
    );
    expect(JSON.stringify(outcomes)).toContain("[redacted]?cid=trace_1");
    expect(outcomes[0]).toEqual(outcomes[1]);
  }
});
