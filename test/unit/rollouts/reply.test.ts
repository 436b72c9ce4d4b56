import { expect, test } from "vitest";
import { readRolloutReply } from "../../../src/rollouts/reply.ts";

const SECRET = "env-key-0123456789";
const read = (body: unknown) => readText(JSON.stringify(body));
const readText = (text: string, type = "application/json") => readRolloutReply(text, type, [SECRET]);

function reward(body: unknown): number | string {
  const reply = read(body);
  return reply.kind === "answer" ? reply.reward : reply.message;
}

function answer(body: unknown) {
  const reply = read(body);
  if (reply.kind !== "answer") throw new Error(reply.message);
  return reply;
}

test("Rewards are read in the order of the protocol, newest spelling first", () => {
  const everything = {
    metrics: {
      outcome_objectives: { reward: 0.1 } as { reward?: number },
      outcome_reward: 0.2,
      outcome_score: 0.3,
      mean_return: 0.4,
      reward_mean: 0.5,
      reward: 0.6,
      episode_returns: [0.6, 0.8],
      episode_rewards: [0.7, 0.9],
    } as Record<string, unknown>,
    trajectories: [{ steps: [{ reward: 0 }, { reward: 0.9 }] }],
  };
  const found: unknown[] = [];
  for (const key of [...Object.keys(everything.metrics), "end"]) {
    found.push(reward(everything));
    delete everything.metrics[key];
  }
  expect(found).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
});

test.each([
  ["at the top level", { outcome_reward: 0.7 }],
  ["as a bare reward", { reward: 0.7 }],
  ["under reward_info", { reward_info: { outcome_reward: 0.7 } }],
  ["at the top level beside metrics that have none", { metrics: { accuracy: 1 }, reward: 0.7 }],
  ["in the last step that has one", { trajectories: [{ steps: [{ reward: 0.7 }, { reward: null }] }] }],
  [
    "in the last trajectory with steps",
    {
      trajectories: [{ steps: [{ reward: 0 }] }, { steps: [{ reward: 0.7 }] }, { steps: [] }],
    },
  ],
  [
    "after fields that are null or empty",
    {
      metrics: { outcome_objectives: null, outcome_score: null, episode_returns: [], mean_return: 0.7 },
    },
  ],
  ["in a list beside an empty one", { metrics: { episode_returns: [], episode_rewards: [0.6, 0.8] } }],
  ["as a string", { metrics: { mean_return: " 0.7 " } }],
  ["as strings in a list", { metrics: { episode_returns: ["0.6", 0.8] } }],
])("A reward is found %s", (_, body) => {
  expect(reward(body)).toBeCloseTo(0.7, 12);
});

test.each([0, 1, -3, 250, 5e-324, "1e-3", "-2", "+4.5"])("The reward %j is taken as it is", (value) => {
  expect(reward({ metrics: { mean_return: value } })).toBe(Number(value));
});

test("Minus zero becomes zero, which JSON can carry", () => {
  const value = readText('{"reward": -0}');
  expect(value.kind === "answer" && Object.is(value.reward, 0)).toBe(true);
});

test.each([
  ["1e999", "Infinity"],
  ["-1e999", "-Infinity"],
  ["1e308", "1e+308"],
  ["true", "true"],
  ['"high"', "high"],
  ['""', ""],
  ['"Infinity"', "Infinity"],
  ['"NaN"', "NaN"],
  ['"0x10"', "0x10"],
  ["{}", "{}"],
  ["[0.5, null]", "[0.5,null]"],
])("The reward %s is refused, by name and place", (written, shown) => {
  const reply = readText(`{"metrics": {"outcome_reward": ${written}, "mean_return": 0.5}}`);
  expect(reply).toMatchObject({ kind: "malformed" });
  expect(reply.kind === "malformed" && reply.message).toContain(
    `the reward at metrics.outcome_reward is ${shown}, not a finite number`,
  );
});

test.each([
  {},
  { metrics: {} },
  { metrics: null },
  { metrics: [1] },
  { reward: null },
  { trajectories: "x" },
])("An answer without a reward (%j) is malformed, and the message lists where one was looked for", (body) => {
  const message = reward(body);
  for (const key of ["outcome_objectives.reward", "outcome_reward", "outcome_score", "mean_return"]) {
    expect(message).toContain(`metrics.${key}`);
  }
  for (const key of ["reward_mean", "episode_returns", "episode_rewards", "trajectories", "top level"]) {
    expect(message).toContain(key);
  }
});

test.each([
  ["nothing", "", "empty"],
  ["blanks", " \n", "empty"],
  ["HTML", "<html>nope</html>", "not JSON (content type text/html)"],
  ["a truncated object", '{"metrics": {"mean_return": 0.', "not JSON"],
  ["a bare NaN", '{"reward": NaN}', "not JSON"],
  ["a number", "0.5", "not an object"],
  ["a list", "[]", "not an object"],
  ["null", "null", "not an object"],
])("A body that is %s is malformed", (_, text, says) => {
  const reply = readText(text, "text/html");
  expect(reply.kind === "malformed" && reply.message).toContain(says);
});

test("JSON is read whatever content type it claims, and behind a byte-order mark", () => {
  expect(readText('{"reward": 1}', "text/plain")).toMatchObject({ kind: "answer", reward: 1 });
  expect(readText('\uFEFF{"reward": 1}')).toMatchObject({ kind: "answer", reward: 1 });
});

test.each([
  [{ aborted: true }, "aborted"],
  [{ aborted: true, error: "out of memory" }, "out of memory"],
  [{ error: { message: "no such seed" } }, "no such seed"],
  [{ detail: "LLM failed" }, "LLM failed"],
  [{ detail: [{ loc: ["body"], msg: "field required" }] }, "field required"],
])("Without a reward, what the app says went wrong is passed on: %j", (body, says) => {
  const reply = read(body);
  expect(reply.kind === "malformed" && reply.message).toContain(says);
});

test("An error beside a reward is kept with it", () => {
  expect(answer({ reward: 0, error: "tool timed out" }).error).toEqual({
    code: "task_app_error",
    message: "tool timed out",
  });
  expect(answer({ reward: 0, aborted: true }).error?.code).toBe("aborted");
});

test.each([{ error: null }, { error: "" }, { error: false }, { aborted: false }, { detail: "fine" }])(
  "%j beside a reward is no error",
  (extra) => {
    expect(answer({ reward: 1, ...extra }).error).toBeUndefined();
  },
);

test("Further objectives are the finite numbers of outcome_objectives and metrics.details, at most twenty", () => {
  const few = answer({
    metrics: {
      outcome_objectives: { reward: 1, brevity: 0.5, cost: "0.1" },
      details: { latency_ms: 12, correct: true, brevity: 9, nested: { x: 1 }, ["x".repeat(65)]: 1 },
    },
  });
  expect(few.metrics).toEqual({ brevity: 0.5, latency_ms: 12 });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`m${i}`, i]));
  expect(Object.keys(answer({ reward: 1, metrics: { details: many } }).metrics ?? {})).toHaveLength(20);
  expect(answer({ reward: 1 }).metrics).toBeUndefined();
});

test("Feedback is that of the details, else of the metrics, else of every step", () => {
  const body = {
    metrics: { mean_return: 0, details: { feedback: "first" }, feedback: "second" } as Record<
      string,
      unknown
    >,
    trajectories: [{ steps: [{ info: { feedback: "third" } }, { info: { feedback: { tip: "fourth" } } }] }],
  };
  const found = [answer(body).feedback];
  delete body.metrics.details;
  found.push(answer(body).feedback);
  delete body.metrics.feedback;
  found.push(answer(body).feedback);
  expect(found).toEqual(["first", "second", 'third\n{"tip":"fourth"}']);
});

test.each(["expected", "expected_intent", "label", "answer"])(
  "The expected answer is read from a step's info.%s",
  (key) => {
    const body = { reward: 0, trajectories: [{ steps: [{ info: { [key]: "card_arrival" } }] }] };
    expect(answer(body).expected).toBe("card_arrival");
  },
);

test("Of several steps, the last that says what was expected counts", () => {
  const steps = [{ info: { label: "one" } }, { info: { label: "two" } }, { info: {} }];
  expect(answer({ reward: 0, trajectories: [{ steps }] }).expected).toBe("two");
});

test("A trace tells the question and the answer, in the structured shape and in version 3", () => {
  const messages = [
    { role: "system", content: "Classify." },
    {
      role: "user",
      content: [
        { type: "text", text: "Where is" },
        { type: "text", text: "my card?" },
      ],
    },
  ];
  const structured = {
    event_type: "lm_call",
    call_record: { messages, response: { choices: [{ message: { content: "card_arrival" } }] } },
  };
  const version3 = {
    type: "lm_call",
    llm_request: { messages },
    llm_response: {
      message: {
        content: null,
        tool_calls: [{ function: { name: "classify", arguments: '{"intent":"x"}' } }],
      },
    },
  };
  const wanted = { input: "Where is\nmy card?", output: "card_arrival" };
  expect(answer({ reward: 1, trace: { event_history: [version3, structured] } })).toMatchObject(wanted);
  const inTrajectory = { reward: 1, trajectories: [{ steps: [], trace: { event_history: [structured] } }] };
  expect(answer(inTrajectory)).toMatchObject(wanted);
  expect(answer({ reward: 1, trace: { event_history: [version3] } }).output).toBe('classify({"intent":"x"})');
});

test.each([
  ["its output", { output: "card_arrival" }, "card_arrival"],
  [
    "its tool calls",
    { tool_calls: [{ name: "classify", arguments: { intent: "x" } }] },
    'classify({"intent":"x"})',
  ],
  ["its info", { info: { predicted_intent: "x" } }, "x"],
])("Without a trace, a step tells the question by its obs and the answer by %s", (_, step, output) => {
  const body = { reward: 1, trajectories: [{ steps: [{ obs: { query: "Where is my card?" }, ...step }] }] };
  expect(answer(body)).toMatchObject({ input: "Where is my card?", output });
});

test("Long texts keep their beginning and their end", () => {
  const text = `begin${"x".repeat(100_000)}end`;
  const { output, feedback = "" } = answer({
    metrics: { reward: 1, feedback: text },
    trajectories: [{ steps: [{ output: text }] }],
  });
  for (const kept of [output, feedback]) {
    expect(kept.length).toBeLessThan(4_100);
    expect(kept).toMatch(/^begin/);
    expect(kept).toMatch(/end$/);
  }
});

test("No text keeps half a character, cut here or sent so", () => {
  const { output } = answer({ reward: 1, trajectories: [{ steps: [{ output: "😀".repeat(5_001) }] }] });
  expect(output.isWellFormed()).toBe(true);
  const halved = readText('{"reward": 1, "metrics": {"feedback": "half: \\ud83d"}}');
  expect(halved).toMatchObject({ feedback: "half: \uFFFD" });
});

test("The task app's key is taken out of every text", () => {
  const text = `the key is ${SECRET}, ${"pad ".repeat(2_000)}`;
  const reply = read({
    metrics: { reward: 1, feedback: text },
    error: text,
    trajectories: [{ steps: [{ obs: text, output: text, info: { expected: text } }] }],
  });
  expect(JSON.stringify(reply)).not.toContain("0123456789");
  const refused = [read({ reward: text }), read({ error: text }), readText(`oops ${SECRET}`)];
  expect(JSON.stringify(refused)).not.toContain("0123456789");
});

test("A message is one line without control characters", () => {
  const reply = read({ error: "bad\r\n\u0000\u001b[31m  thing" });
  expect(reply).toEqual({ kind: "malformed", message: "no reward; the task app says: bad [31m thing" });
});
