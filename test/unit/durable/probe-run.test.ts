// A measurement keeps so many calls in flight for so long, and tells what came back.

import { expect, test } from "vitest";
import type { AskedLane } from "../../../src/durable/lane-api.ts";
import { type Measurement, measure } from "../../../src/durable/probe-run.ts";
import { Slots } from "../../../src/durable/slots.ts";
import type { Attempt, RolloutOrder } from "../../../src/rollouts/order.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const HOLD_MS = 100;
const CALM = { congested: false, retry_after_ms: null, platform: true };
const REFUSED = { kind: "retry" as const, code: "connection", message: "refused", ...CALM };

function answer(reward: number): Attempt<never> {
  const usage = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 0, usd: 0 };
  return { kind: "answer", value: { reward, usage } } as Attempt<never>;
}

/** An echo behind lanes of so many places each. */
class Echo {
  inFlight = 0;
  calls = 0;
  /** What the n-th call comes to in the place of an answer. */
  fault: (n: number) => Attempt<never> | undefined = () => undefined;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  lane(places: number): AskedLane {
    const slots = new Slots(places);
    return {
      rollout: () => slots.run(() => this.#held()),
      propose: () => Promise.reject(new Error("nobody is proposed to")),
      stop: async () => {},
    };
  }

  async #held(): Promise<Attempt<never>> {
    this.calls += 1;
    const fault = this.fault(this.calls);
    if (fault) return fault;
    this.inFlight += 1;
    const now = this.inFlight;
    await new Promise<void>((resolve) => this.#clock.timer(HOLD_MS, resolve));
    this.inFlight -= 1;
    return answer(now);
  }
}

async function measured(clock: FakeClock, lanes: AskedLane[], more: Partial<Measurement>) {
  const found = measure({
    lanes,
    concurrency: 12,
    during_ms: 250,
    order: (n) => ({ seed: n }) as RolloutOrder,
    now: () => clock.now(),
    ...more,
  });
  await clock.runAll();
  return found;
}

test("twelve calls over two lanes are twelve in flight, three times one after the other", async () => {
  const clock = new FakeClock();
  const echo = new Echo(clock);
  const found = await measured(clock, [echo.lane(6), echo.lane(6)], {});
  expect(found).toEqual({
    ...{ peak: 12, calls: 36, per_second: 120, p50_ms: HOLD_MS, p95_ms: HOLD_MS },
    ...{ errors: 0, messages: [] },
  });
});

test("twelve calls through one lane are six in flight, and wait for each other", async () => {
  const clock = new FakeClock();
  const echo = new Echo(clock);
  const found = await measured(clock, [echo.lane(6)], {});
  expect(found).toMatchObject({ peak: 6, p95_ms: 2 * HOLD_MS, errors: 0 });
  expect(echo.inFlight).toBe(0);
});

test("a place whose call fails is not used again, and what went wrong is counted", async () => {
  const clock = new FakeClock();
  const echo = new Echo(clock);
  echo.fault = (n) => (n > 9 ? REFUSED : undefined);
  const found = await measured(clock, [echo.lane(6), echo.lane(6)], {});
  expect(found).toMatchObject({ calls: 9, errors: 12, messages: [{ message: "refused", count: 12 }] });
  expect(echo.calls).toBe(9 + 12);
});

test("a task app that is no echo is told apart", async () => {
  const clock = new FakeClock();
  const echo = new Echo(clock);
  echo.fault = () => answer(0.5);
  const found = await measured(clock, [echo.lane(6)], { concurrency: 2 });
  expect(found).toMatchObject({ peak: 0, calls: 0, per_second: 0, p50_ms: null, errors: 2 });
  expect(found.messages[0]?.message).toContain("this is no echo");
});

test("a lane that cannot be reached is an error", async () => {
  const clock = new FakeClock();
  const echo = new Echo(clock);
  const lane = { ...echo.lane(6), rollout: () => Promise.reject(new Error("reset")) };
  const found = await measured(clock, [lane], { concurrency: 3 });
  expect(found.messages).toEqual([{ message: "the lane could not be reached: reset", count: 3 }]);
});
