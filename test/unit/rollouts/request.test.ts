import { expect, test } from "vitest";
import { taskAppHeaders } from "../../../src/rollouts/auth.ts";
import { rolloutRequest } from "../../../src/rollouts/request.ts";
import { taskAppUrl } from "../../../src/rollouts/task-app-url.ts";
import { order } from "./fixtures.ts";

const inference = { url: "https://cultivar.example/i/1?cid=trace_1", trace_correlation_id: "trace_1" };

test("A rollout request names the rollout, the seed and what to record", () => {
  expect(rolloutRequest(order(), inference)).toMatchObject({
    run_id: "pl_0011223344556677-t3-s69",
    trace_correlation_id: "trace_1",
    env: { env_name: "banking77", config: { split: "train", seed: 69 }, seed: 69 },
    ops: [],
    record: { trajectories: true, return_trace: true, trace_format: "structured" },
    on_done: "reset",
    safety: { max_time_s: 10 },
    mode: "eval",
    synth_base_url: "https://cultivar.example",
  });
});

test("The seed of the order wins over one in env_config", () => {
  const body = rolloutRequest(order({ env_config: { seed: 1, split: "test" } }), inference);
  expect(body.env).toMatchObject({ config: { seed: 69, split: "test" } });
});

test("The policy config carries each setting under the names that task apps of any age read", () => {
  expect(rolloutRequest(order(), inference).policy).toMatchObject({
    config: {
      model: "gpt-4.1-nano",
      provider: "openai",
      inference_url: inference.url,
      api_base: inference.url,
      base_url: inference.url,
      temperature: 0.2,
      max_completion_tokens: 128,
      max_tokens: 128,
      trace_correlation_id: "trace_1",
    },
  });
});

test("The config's further settings reach the task app, and lose against the service's own", () => {
  const { policy } = order();
  const config = { max_steps: 7, model: "theirs", context_override: { "AGENTS.md": "x" } };
  expect(rolloutRequest(order({ policy: { ...policy, config } }), inference).policy).toMatchObject({
    config: { max_steps: 7, model: "gpt-4.1-nano", context_override: { "AGENTS.md": "x" } },
  });
});

test("The prompt template carries the candidate, in both spellings", () => {
  const sections = [
    {
      role: "system",
      name: "system",
      content: "Classify with care.",
      pattern: "Classify with care.",
      order: 0,
    },
    { role: "user", name: "user", content: "{query}", pattern: "{query}", order: 1 },
  ];
  expect(rolloutRequest(order(), inference).policy).toMatchObject({
    config: {
      prompt_template: {
        id: "banking77-v1",
        prompt_template_id: "banking77-v1",
        name: "banking77-v1",
        prompt_template_name: "banking77-v1",
        sections,
        prompt_sections: sections,
        variables: [],
        prompt_variables: [],
        metadata: {},
      },
    },
  });
});

test("A named policy is sent by its name", () => {
  const named = order({ policy: { ...order().policy, policy_name: "careful" } });
  expect(rolloutRequest(named, inference).policy).toMatchObject({
    policy_name: "careful",
    policy_id: "careful",
  });
});

test("The request never carries the task app's key in its body", () => {
  expect(JSON.stringify(rolloutRequest(order(), inference))).not.toContain("env-key");
});

test("The key goes out in the three headers that task apps look at", () => {
  expect(taskAppHeaders(" k1 \n")).toEqual({
    kind: "ok",
    headers: { "x-api-key": "k1", "x-api-keys": "k1", authorization: "Bearer k1" },
  });
});

test.each([null, "", "  "])("Without a key (%j) there are no headers", (key) => {
  expect(taskAppHeaders(key)).toEqual({ kind: "ok", headers: {} });
});

test.each(["a\r\nx-admin: 1", "a\u0000", "schlüssel", "a\tb"])(
  "A key that no header can carry (%j) is refused without being repeated",
  (key) => {
    const verdict = taskAppHeaders(key);
    expect(verdict.kind).toBe("refused");
    expect(JSON.stringify(verdict)).not.toContain(key);
  },
);

test.each([
  ["https://app.example", "https://app.example/rollout"],
  ["https://app.example/", "https://app.example/rollout"],
  ["https://app.example/v1/banking//", "https://app.example/v1/banking/rollout"],
  ["https://app.example/v1?tenant=a%20b#part", "https://app.example/v1/rollout?tenant=a%20b"],
])("The endpoint of %s keeps its base path and query", (base, endpoint) => {
  expect(taskAppUrl(new URL(base), "/rollout")).toBe(endpoint);
});
