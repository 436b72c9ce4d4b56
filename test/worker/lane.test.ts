// RolloutLane by itself: six places, registrations that live as long as their rollouts, and a stop that stops.

import { env } from "cloudflare:workers";
import { beforeEach, expect, test, vi } from "vitest";
import { laneObject } from "../../src/durable/rpc.ts";
import type { RolloutOrder } from "../../src/rollouts/order.ts";
import { BASELINE, eventually, ORIGIN } from "./api.ts";
import { chat, PROPOSER_MODEL, scored, TASK_APP, TASK_APP_KEY, throughInterceptor, World } from "./world.ts";

let world: World;
beforeEach(() => {
  world = new World().install();
});

const POLICY = {
  provider: "openai" as const,
  model: "gpt-4.1-nano",
  temperature: 0,
  max_completion_tokens: 64,
};

function order(seed: number, change: Partial<RolloutOrder> = {}): RolloutOrder {
  const sections = [
    { role: "system", name: "system", content: BASELINE, order: 0 },
    { role: "user", name: "user", content: "Question {number}", order: 1 },
  ];
  return {
    job_id: "pl_0000000000000000",
    rollout_id: `rollout-${seed}`,
    seed,
    task_app_url: TASK_APP,
    task_app_api_key: TASK_APP_KEY,
    env_name: "toy",
    env_config: {},
    policy: { ...POLICY, policy_name: null },
    prompt_id: "prompt",
    modules: [
      {
        name: "",
        baseline: sections,
        candidate: sections.map((section) => ({
          ...section,
          content: section.content.replace("red", "green"),
        })),
        demos: [],
        policy: POLICY,
        allowed_tools: null,
      },
    ],
    timeout_ms: 10_000,
    public_origin: ORIGIN,
    ...change,
  };
}

test("of twenty rollouts asked of a lane at once, six are in flight and the others follow", async () => {
  const release = world.hold();
  const lane = laneObject(env, "six");
  const answers = Promise.all(Array.from({ length: 20 }, (_, seed) => lane.rollout(order(seed))));
  await eventually(() => expect(world.inFlight).toBe(6));
  // A call to the same lane comes back, so it had every chance to let in a seventh.
  await lane.beginCall("0");
  expect(world.rollouts.length).toBe(6);
  release();
  expect((await answers).map(({ kind }) => kind)).toEqual(Array(20).fill("answer"));
  expect(world.peak).toBe(6);
});

test("a rollout's answer has its reward, what the model was asked and said, the feedback and the cost", async () => {
  world.play = throughInterceptor(BASELINE);
  expect(await laneObject(env, "answer").rollout(order(1))).toEqual({
    kind: "answer",
    value: {
      reward: 0.5,
      trace: {
        input: "Question 1",
        output: "green",
        feedback: "missing: blue",
        calls: [{ module: "", values: { number: "1" }, input: "Question 1", output: "green" }],
      },
      usage: { prompt_tokens: 100, completion_tokens: 10, llm_calls: 1, usd: expect.closeTo(1.4e-5, 12) },
    },
  });
});

test("a candidate's demos reach the model as messages before the question, and are no part of what was asked", async () => {
  world.play = throughInterceptor(BASELINE);
  const [plain] = order(1).modules;
  const demos = [{ values: { number: "7" }, input: "Question 7", output: "grey red" }];
  const modules = plain === undefined ? [] : [{ ...plain, demos }];
  const answer = await laneObject(env, "demos").rollout(order(1, { modules }));
  expect(world.policyCalls.at(-1)?.messages.slice(1)).toEqual([
    { role: "user", content: "Question 7" },
    { role: "assistant", content: "grey red" },
    { role: "user", content: "Question 1" },
  ]);
  expect(answer).toMatchObject({
    value: { trace: { input: "Question 1", calls: [{ input: "Question 1" }] } },
  });
});

test("each rollout has a ticket of its own, and a call is counted for the rollout whose ticket it shows", async () => {
  const lane = laneObject(env, "tickets");
  const urls = new Map<number, string>();
  const both = Promise.withResolvers<void>();
  world.play = async ({ seed, inference_url }) => {
    urls.set(seed, inference_url);
    if (urls.size === 2) both.resolve();
    await both.promise;
    const messages = [{ role: "system", content: BASELINE }];
    for (let i = 0; i <= seed; i++) await chat(inference_url, { messages });
    return scored(seed, "green");
  };
  const answers = await Promise.all([lane.rollout(order(0)), lane.rollout(order(1))]);
  expect(answers.map((answer) => answer.kind === "answer" && answer.value.usage.llm_calls)).toEqual([1, 2]);
  const [first, second] = [...urls.values()].map((url) => new URL(url).pathname.split("/").at(-1) ?? "");
  expect(first?.slice(0, 64)).toBe(second?.slice(0, 64));
  expect(first?.slice(65)).not.toBe(second?.slice(65));
});

test("an inference URL works while its rollout runs and is gone with it, however it ended", async () => {
  const lane = laneObject(env, "gone");
  const asked = { messages: [{ role: "system", content: BASELINE }] };
  const urls: string[] = [];
  const endings = [
    () => scored(1, "green"),
    () => Response.json({}, { status: 404 }),
    () => Response.json({}, { status: 503 }),
    () => {
      throw new Error("the connection broke");
    },
  ];
  for (const [seed, ending] of endings.entries()) {
    world.play = async ({ inference_url }) => {
      urls.push(inference_url);
      expect((await chat(inference_url, asked)).status).toBe(200);
      return ending();
    };
    await lane.rollout(order(seed));
  }
  expect(world.policyCalls.length).toBe(4);
  for (const url of urls) expect((await chat(url, asked)).status).toBe(410);
  expect(world.policyCalls.length).toBe(4);
});

test("a lane that is stopped breaks off what is in flight, and works on for what comes after", async () => {
  const release = world.hold();
  const lane = laneObject(env, "stop");
  const waiting = Promise.all([lane.rollout(order(0)), lane.rollout(order(1))]);
  await eventually(() => expect(world.inFlight).toBe(2));
  await lane.stop();
  for (const answer of await waiting) expect(answer).toMatchObject({ kind: "retry", code: "aborted" });
  release();
  expect((await lane.rollout(order(2))).kind).toBe("answer");
});

test("what waits for a place when the lane is stopped reaches nobody", async () => {
  world.hold();
  const lane = laneObject(env, "stop-queue");
  const waiting = Promise.all(Array.from({ length: 10 }, (_, seed) => lane.rollout(order(seed))));
  await eventually(() => expect(world.inFlight).toBe(6));
  await lane.stop();
  for (const answer of await waiting) expect(answer).toMatchObject({ kind: "retry", code: "aborted" });
  expect(world.rollouts.length).toBe(6);
});

test("a proposal is broken off by a stop as well", async () => {
  const release = world.holdModels();
  const lane = laneObject(env, "stop-proposal");
  const question = { messages: [{ role: "user" as const, content: "?" }], replicate: 0, max_tokens: 100 };
  const ask = () => lane.propose({ ...question, provider: "openai", model: PROPOSER_MODEL });
  const waiting = Promise.all([ask(), ask()]);
  await eventually(() => expect(world.models.length).toBe(2));
  await lane.stop();
  for (const answer of await waiting) expect(answer.kind).toBe("retry");
  release();
  expect((await ask()).kind).toBe("answer");
});

test("a rollout that takes longer than its time is given up, and its place is free again", async () => {
  const release = world.hold();
  const lane = laneObject(env, "timeout");
  const late = Array.from({ length: 6 }, (_, seed) => lane.rollout(order(seed, { timeout_ms: 50 })));
  for (const answer of await Promise.all(late)) {
    expect(answer).toMatchObject({ kind: "retry", code: "timeout", congested: true });
  }
  release();
  expect((await lane.rollout(order(7))).kind).toBe("answer");
});

test("a lane calls no address of the inner network, whatever an order says", async () => {
  const lane = laneObject(env, "inner");
  for (const task_app_url of ["http://127.0.0.1:8000", "https://localhost", `${ORIGIN}/x`]) {
    const answer = await lane.rollout(order(0, { task_app_url }));
    expect(answer).toMatchObject({ kind: "failure", code: "task_app_url_refused" });
  }
  expect(world.checks + world.rollouts.length).toBe(0);
});

test("ten thousand rollouts through one lane leave no timer behind: the platform allows so many at a time", async () => {
  world.record = false;
  const lane = laneObject(env, "many");
  const total = 10_500;
  let next = 0;
  const kinds = new Map<string, number>();
  const worker = async () => {
    for (let seed = next++; seed < total; seed = next++) {
      const { kind } = await lane.rollout(order(seed));
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 6 }, worker));
  expect([...kinds]).toEqual([["answer", total]]);
}, 180_000);

/** Counts the timers that are set from now on, and those of them that are not over. */
function countedTimers() {
  const open = new Set<unknown>();
  let set = 0;
  const [setReal, clearReal] = [globalThis.setTimeout, globalThis.clearTimeout];
  vi.stubGlobal("setTimeout", (run: () => void, ms?: number) => {
    const timer = setReal(() => {
      open.delete(timer);
      run();
    }, ms);
    open.add(timer);
    set += 1;
    return timer;
  });
  vi.stubGlobal("clearTimeout", (timer?: ReturnType<typeof setTimeout>) => {
    open.delete(timer);
    clearReal(timer);
  });
  return { open: () => open.size, set: () => set };
}

test("of a hundred rollouts through a lane, whatever became of them, no timer is left", async () => {
  const lane = laneObject(env, "leaks");
  const endings = [
    throughInterceptor(BASELINE),
    () => Promise.resolve(scored(1, "green")),
    () => Promise.resolve(Response.json({}, { status: 404 })),
    () => Promise.resolve(Response.json({}, { status: 503 })),
    () => Promise.resolve(new Response("no JSON")),
    () => Promise.reject(new Error("the connection broke")),
  ];
  const [spoken] = endings;
  world.record = false;
  world.play = (call) => (endings[call.seed % endings.length] ?? spoken)?.(call) ?? Promise.reject();
  await lane.rollout(order(0));
  const timers = countedTimers();
  const answers = await Promise.all(Array.from({ length: 120 }, (_, seed) => lane.rollout(order(seed))));
  expect(answers.filter(({ kind }) => kind === "answer")).toHaveLength(40);
  const left = timers.open();
  vi.unstubAllGlobals();
  expect(timers.set()).toBeGreaterThanOrEqual(120);
  // The platform lets an object have 10,000; one that is left by every rollout ends the lane.
  expect(left).toBe(0);
});
