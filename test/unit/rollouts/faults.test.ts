// Each fault of the table against one attempt: what it is taken for, what it may cost, what it leaves behind.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_ROLLOUT_REPLY_BYTES } from "../../../src/config/limits.ts";
import { platformTimer } from "../../../src/rollouts/http.ts";
import { attemptRollout } from "../../../src/rollouts/run.ts";
import { type FaultApp, startFaultApp } from "../../support/fault-app.ts";
import { FAULTS, faultNamed, send } from "../../support/faults.ts";
import { KEY, means, order } from "./fixtures.ts";

/** What may have left for a client beyond the cap, in buffers of both sides. */
const BUFFERS = 8 * 1024 * 1024;
/** Long enough for an answer on this machine, when it is busy. */
const PATIENCE_MS = 10_000;

let app: FaultApp;
beforeAll(async () => {
  app = await startFaultApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** One attempt against the app, and the timers it left. */
async function attempt(more: Parameters<typeof order>[0] = {}) {
  let timers = 0;
  const setTimer = (run: () => void, ms: number) => {
    timers += 1;
    const clear = platformTimer(run, ms);
    return () => {
      timers -= 1;
      clear();
    };
  };
  const given = order({ task_app_url: app.url, timeout_ms: PATIENCE_MS, ...more });
  const outcome = await attemptRollout(given, means({ setTimer }));
  return { outcome, timers };
}

test.each(Object.keys(FAULTS))(
  "%s is taken for what it is, is cut at the cap, and leaves no timer",
  async (name) => {
    const fault = faultNamed(name);
    app.plan = () => fault;
    const before = app.sent();
    const { outcome, timers } = await attempt(fault.slow ? { timeout_ms: 60 } : {});
    const code = fault.code === undefined ? {} : { code: fault.code };
    if (fault.as === "harmless") expect(outcome).toMatchObject({ kind: "answer" });
    else if (fault.as === "final") expect(outcome).toMatchObject({ kind: "failure", ...code });
    else {
      const { congested, wait = null } = fault;
      expect(outcome).toMatchObject({
        kind: "retry",
        ...code,
        congested,
        retry_after_ms: wait,
        platform: false,
      });
    }
    expect(timers).toBe(0);
    expect(app.sent() - before).toBeLessThan(MAX_ROLLOUT_REPLY_BYTES + BUFFERS);
    expect(JSON.stringify(outcome).length).toBeLessThan(20_000);
  },
);

describe("rewards at the edge", () => {
  test.each([
    ["-0", 0],
    ["1.5", 1.5],
    ["-2", -2],
    ["5e-324", 5e-324],
    ['"0.5"', 0.5],
    ["1e12", 1e12],
  ])("%s is a reward", async (written, reward) => {
    app.plan = () => ({
      as: "harmless",
      play: ({ response }) => send(response, 200, `{"metrics": {"outcome_reward": ${written}}}`),
    });
    const { outcome } = await attempt();
    expect(outcome).toMatchObject({ kind: "answer" });
    expect(outcome.kind === "answer" && Object.is(outcome.value.reward, reward)).toBe(true);
  });
});

test("an answer that quotes the key of the task app and the ticket of the rollout, wherever it can, gives neither away", async () => {
  const ticket = `${"ab".repeat(32)}-${"cd".repeat(16)}`;
  const url = `https://cultivar.example/api/interceptor/v1/${ticket}?cid=t`;
  const said = `key ${KEY} and ticket ${ticket} at ${url}`;
  const body = {
    metrics: {
      outcome_reward: 0.5,
      details: { feedback: said, [KEY]: 1, [ticket]: 2, fine: 3 },
      outcome_objectives: { [said]: 4 },
    },
    error: said,
    trajectories: [
      {
        steps: [
          {
            obs: { query: said },
            output: said,
            info: { feedback: said, expected: said, module: said },
            tool_calls: [{ name: said }],
          },
        ],
      },
    ],
    trace: {
      event_history: [{ call_record: { llm_request: { messages: [{ role: "user", content: said }] } } }],
    },
  };
  const bodies = [
    JSON.stringify(body),
    JSON.stringify({ ...body, metrics: {} }),
    said,
    `{"detail": "${said}"}`,
  ];
  for (const status of [200, 500, 422, 302]) {
    for (const text of bodies) {
      app.plan = () => ({
        as: "harmless",
        play: ({ response }) =>
          send(response, status, text, { location: url, "content-type": `text/${KEY}` }),
      });
      const outcome = await attemptRollout(
        order({ task_app_url: app.url }),
        means({ inference: { url, trace_correlation_id: "t" } }),
      );
      const kept = JSON.stringify(outcome);
      for (const secret of [KEY, ticket, ticket.slice(-32), KEY.slice(0, 12)])
        expect(kept).not.toContain(secret);
    }
  }
});
