import { describe, expect, test } from "vitest";
import { Dispatcher } from "../../../src/durable/dispatcher.ts";
import { Gate, type Pass, SuspendedError } from "../../../src/durable/gate.ts";
import type { Attempt } from "../../../src/rollouts/order.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";

const retry = (change: Partial<Extract<Attempt<string>, { kind: "retry" }>> = {}): Attempt<string> => ({
  kind: "retry",
  code: "task_app_error",
  message: "the task app answered 500",
  congested: false,
  retry_after_ms: null,
  platform: false,
  ...change,
});
const answer: Attempt<string> = { kind: "answer", value: "ok" };

describe("the gate", () => {
  test("lets in as many as the limit, then one for each that leaves, in order", async () => {
    const gate = new Gate(2, new FakeClock());
    const entered: number[] = [];
    const passes: Pass[] = [];
    for (const n of [1, 2, 3, 4]) {
      gate.enter().then((pass) => {
        entered.push(n);
        passes.push(pass);
      });
    }
    await settle();
    expect(entered).toEqual([1, 2]);
    passes[0]?.release("good");
    await settle();
    expect(entered).toEqual([1, 2, 3]);
    passes[0]?.release("good");
    await settle();
    expect(entered).toEqual([1, 2, 3]);
  });

  test("halves its window once for attempts that were congested together, and widens it again with good ones", async () => {
    const gate = new Gate(8, new FakeClock());
    const passes = await Promise.all(Array.from({ length: 8 }, () => gate.enter()));
    for (const pass of passes) pass.release("congested");
    expect(gate.window).toBe(4);
    for (let i = 0; i < 60; i++) (await gate.enter()).release("good");
    expect(gate.window).toBe(8);
  });

  test("never closes its window altogether", async () => {
    const gate = new Gate(4, new FakeClock());
    for (let i = 0; i < 10; i++) (await gate.enter()).release("congested");
    expect(gate.window).toBe(1);
  });

  test("lets nobody in until Retry-After has passed", async () => {
    const clock = new FakeClock();
    const gate = new Gate(2, clock);
    (await gate.enter()).release("congested", 5_000);
    let entered = false;
    gate.enter().then(() => {
      entered = true;
    });
    await clock.advance(4_999);
    expect(entered).toBe(false);
    await clock.advance(1);
    expect(entered).toBe(true);
  });

  test.each([
    { waiting: 40, attemptMs: 50, least: 0, most: 1 },
    { waiting: 150, attemptMs: 50, least: 40, most: 60 },
    { waiting: 150, attemptMs: 10_000, least: 110, most: 130 },
    { waiting: 150, attemptMs: 20, least: 0, most: 1 },
  ])(
    "when 30 attempts of $attemptMs ms end together and $waiting wait, starts the next 30 within $least to $most ms",
    async ({ waiting, attemptMs, least, most }) => {
      const clock = new FakeClock();
      const gate = new Gate(30, clock);
      for (let i = 0; i < 200; i++) {
        const pass = await gate.enter();
        await clock.advance(attemptMs);
        pass.release("good");
      }
      const together = await Promise.all(Array.from({ length: 30 }, () => gate.enter()));
      let entered = 0;
      for (let i = 0; i < waiting; i++) gate.enter().then(() => entered++);
      await clock.advance(attemptMs);
      clock.waits.length = 0;
      const started = clock.now();
      for (const pass of together) pass.release("good");
      while (entered < 30) await clock.advance(1);
      expect(clock.now() - started).toBeGreaterThanOrEqual(least);
      expect(clock.now() - started).toBeLessThanOrEqual(most);
      expect(clock.waits.every((ms) => Number.isInteger(ms) && ms >= 1)).toBe(true);
    },
  );

  test("turns away who waits when it closes, and leaves no timer behind", async () => {
    const clock = new FakeClock();
    const gate = new Gate(1, clock);
    const pass = await gate.enter();
    const waiting = [gate.enter(), gate.pause(1_000)].map((promise) =>
      promise.catch((error: unknown) => error),
    );
    gate.close();
    for (const error of await Promise.all(waiting)) expect(error).toBeInstanceOf(SuspendedError);
    await expect(gate.enter()).rejects.toThrow(SuspendedError);
    expect(clock.pending).toBe(0);
    pass.release("good");
  });
});

describe("the dispatcher", () => {
  const build = (limit = 12, clock = new FakeClock()) => {
    const lanes = Array.from({ length: Math.ceil(limit / 6) }, (_, id) => ({ id, now: 0, peak: 0 }));
    const gate = new Gate(limit, clock);
    return { clock, lanes, gate, dispatcher: new Dispatcher(gate, lanes, () => 0.5) };
  };

  test("gives back an answer or a final failure at once", async () => {
    const { dispatcher } = build();
    expect(await dispatcher.run(async () => answer)).toMatchObject(answer);
    const failure = { kind: "failure", code: "task_app_refused", message: "404" } as const;
    expect(await dispatcher.run(async () => failure)).toMatchObject(failure);
  });

  test("tries again with growing waits, and gives up after five attempts with what the last one said", async () => {
    const { dispatcher, clock } = build();
    let attempts = 0;
    const running = dispatcher.run(async () => {
      attempts += 1;
      return retry();
    });
    await clock.runAll();
    expect(await running).toMatchObject({ kind: "failure", code: "task_app_error" });
    expect(attempts).toBe(5);
    expect(clock.waits.length).toBe(4);
    expect([...clock.waits].sort((a, b) => a - b)).toEqual(clock.waits);
  });

  test("waits at least as long as Retry-After says", async () => {
    const { dispatcher, clock } = build();
    const replies = [retry({ retry_after_ms: 30_000, congested: true }), answer];
    const running = dispatcher.run(async () => replies.shift() ?? answer);
    await clock.runAll();
    expect(await running).toMatchObject(answer);
    expect(clock.now()).toBeGreaterThanOrEqual(30_000);
  });

  test("adds up what attempts without an answer have spent, unknown money staying unknown", async () => {
    const { dispatcher, clock } = build();
    const spent = { prompt_tokens: 10, completion_tokens: 2, llm_calls: 1, usd: 0.5 };
    const replies = [retry({ spent }), retry({ spent }), retry(), answer];
    const running = dispatcher.run(async () => replies.shift() ?? answer);
    await clock.runAll();
    expect(await running).toMatchObject({
      wasted: { prompt_tokens: 20, completion_tokens: 4, llm_calls: 2, usd: 1 },
    });
    const final = dispatcher.run(async () => ({
      kind: "failure",
      code: "x",
      message: "y",
      spent: { ...spent, usd: null },
    }));
    expect(await final).toMatchObject({ kind: "failure", wasted: { llm_calls: 1, usd: null } });
  });

  test("does not count faults of the platform as attempts", async () => {
    const { dispatcher, clock } = build();
    const replies = [...Array.from({ length: 8 }, () => retry({ platform: true })), answer];
    const running = dispatcher.run(async () => replies.shift() ?? answer);
    await clock.runAll();
    expect(await running).toMatchObject(answer);
  });

  test("gives the platform minutes to recover before it gives up", async () => {
    const { dispatcher, clock } = build();
    const running = dispatcher.run(async () => retry({ platform: true, message: "the lane was reset" }));
    await clock.runAll();
    expect(await running).toMatchObject({
      kind: "failure",
      message: "the lane was reset (after 20 attempts)",
    });
    expect(clock.now()).toBeGreaterThan(180_000);
  });

  test("says the same of five failed attempts whatever the platform did in between", async () => {
    const failing = Array.from({ length: 5 }, () => retry());
    const disturbed = failing.flatMap((attempt) => [retry({ platform: true }), attempt]);
    for (const replies of [failing, disturbed]) {
      const { dispatcher, clock } = build();
      const running = dispatcher.run(async () => replies.shift() ?? answer);
      await clock.runAll();
      const message = "the task app answered 500 (after 5 attempts)";
      expect(await running).toMatchObject({ kind: "failure", message });
    }
  });

  test("takes a lane that throws for a fault of the platform", async () => {
    const { dispatcher, clock } = build();
    let calls = 0;
    const running = dispatcher.run(async () => {
      calls += 1;
      if (calls === 1) throw new Error("Durable Object reset because its code was updated.");
      return answer;
    });
    await clock.runAll();
    expect(await running).toMatchObject(answer);
  });

  test("never has more than six orders with a lane, nor more in flight than the limit", async () => {
    const { dispatcher, lanes, clock } = build(17);
    let inFlight = 0;
    let peak = 0;
    const work = Array.from({ length: 200 }, (_, n) =>
      dispatcher.run(async (lane) => {
        lane.now += 1;
        inFlight += 1;
        lane.peak = Math.max(lane.peak, lane.now);
        peak = Math.max(peak, inFlight);
        await new Promise<void>((resolve) => clock.timer(1 + (n % 7), resolve));
        lane.now -= 1;
        inFlight -= 1;
        return answer;
      }),
    );
    await clock.runAll();
    await Promise.all(work);
    expect(peak).toBe(17);
    for (const lane of lanes) expect(lane.peak).toBeLessThanOrEqual(6);
  });

  test.each([
    { orders: 6, woken: [0] },
    { orders: 10, woken: [0, 1] },
    { orders: 1_000, woken: Array.from({ length: 167 }, (_, id) => id) },
  ])("wakes no more lanes than $orders orders at a time need", async ({ orders, woken }) => {
    const { dispatcher, clock } = build(1_000);
    const asked = new Set<number>();
    const one = () =>
      dispatcher.run(async (lane) => {
        asked.add(lane.id);
        await new Promise<void>((resolve) => clock.timer(10, resolve));
        return answer;
      });
    for (let round = 0; round < 3; round++) {
      const work = Array.from({ length: orders }, one);
      await clock.advance(1);
      expect(dispatcher.busy.map(({ id }) => id).sort((a, b) => a - b)).toEqual(woken);
      await clock.runAll();
      await Promise.all(work);
    }
    expect([...asked].sort((a, b) => a - b)).toEqual(woken);
    expect(dispatcher.busy).toEqual([]);
  });

  test("asks a lane that cannot be reached last, so that it holds up nobody but those that were with it", async () => {
    const { dispatcher, clock } = build(18);
    const calls = new Map<number, number>();
    const send = async (lane: { id: number }) => {
      calls.set(lane.id, (calls.get(lane.id) ?? 0) + 1);
      if (lane.id === 0) throw new Error("Durable Object is overloaded");
      await new Promise<void>((resolve) => clock.timer(10, resolve));
      return answer;
    };
    const work = Array.from({ length: 12 }, () => dispatcher.run(send));
    await clock.runAll();
    for (let n = 0; n < 12; n++) work.push(dispatcher.run(send));
    await clock.runAll();
    for (const settled of await Promise.all(work)) expect(settled).toMatchObject(answer);
    expect(calls.get(0)).toBeLessThanOrEqual(6);
  });
});
