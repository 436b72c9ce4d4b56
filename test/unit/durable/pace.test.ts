// The gate before simulated providers with limits of their own: it settles just below them, is hardly ever refused, and finds a
// limit that changes.

import { describe, expect, test } from "vitest";
import { Gate, SuspendedError } from "../../../src/durable/gate.ts";
import { RANDOM } from "../../../src/engines/random.ts";
import { FakeClock } from "../../support/fake-clock.ts";

/** A provider: when it refuses, and how long an answer takes. */
interface Provider {
  /** Whether a call that comes in now is taken. */
  takes(now: number, inFlight: number): boolean;
  latencyMs(draw: number): number;
  retryAfterMs?: number;
}

const REFUSAL_MS = 30;

/** So many calls a second, with a bucket that holds `burst` of them. */
function bucket(perSecond: number, burst: number): Provider["takes"] {
  let tokens = burst;
  let last = 0;
  return (now) => {
    tokens = Math.min(burst, tokens + ((now - last) * perSecond) / 1000);
    last = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

interface Ended {
  at: number;
  good: boolean;
}

/** Endless work through a gate of `limit` places, for so many seconds, tried again as the dispatcher does. */
async function run(provider: Provider, limit: number, seconds: number, seed = 1): Promise<Ended[]> {
  const clock = new FakeClock();
  const gate = new Gate(limit, clock);
  const draw = RANDOM.from(RANDOM.seed(seed));
  const ended: Ended[] = [];
  let taken = 0;
  const attempt = async (): Promise<boolean> => {
    const pass = await gate.enter();
    const isTaken = provider.takes(clock.now(), taken);
    const ms = isTaken ? provider.latencyMs(draw.uniform()) : REFUSAL_MS;
    if (isTaken) taken += 1;
    await new Promise<void>((resolve) => clock.timer(Math.round(ms), resolve));
    if (isTaken) taken -= 1;
    ended.push({ at: clock.now(), good: isTaken });
    pass.release(isTaken ? "good" : "congested", isTaken ? null : provider.retryAfterMs);
    return isTaken;
  };
  const worker = async () => {
    for (let tries = 0; ; ) {
      tries = (await attempt()) ? 0 : tries + 1;
      if (tries > 0) await gate.pause(Math.round(500 * 2 ** Math.min(5, tries - 1) * draw.uniform()));
    }
  };
  const stopped = (error: unknown) => {
    if (!(error instanceof SuspendedError)) throw error;
  };
  for (let n = 0; n < 3 * limit; n++) worker().catch(stopped);
  await clock.advance(1_000 * seconds);
  gate.close();
  return ended;
}

/** Good answers a second, and the share of calls that were refused, between two moments in seconds. */
function measured(ended: readonly Ended[], from: number, to: number) {
  const within = ended.filter(({ at }) => at >= 1_000 * from && at < 1_000 * to);
  const good = within.filter((one) => one.good).length;
  return { perSecond: good / (to - from), refused: 1 - good / within.length };
}

const steady = (ms: number) => (draw: number) => ms * (0.8 + 0.4 * draw);
const heavyTailed = (ms: number) => (draw: number) => -ms * Math.log(1 - 0.999 * draw);

describe("before a provider that takes so many calls a second", () => {
  test.each([
    { perSecond: 50, limit: 100, burst: 3 },
    { perSecond: 50, limit: 1_000, burst: 50 },
    { perSecond: 120, limit: 300, burst: 20 },
    { perSecond: 10, limit: 60, burst: 10 },
    { perSecond: 50, limit: 200, burst: 10, retryAfterMs: 1_000 },
    { perSecond: 20, limit: 100, burst: 5, retryAfterMs: 3_000 },
  ])("settles just below %j", async ({ perSecond, limit, burst, retryAfterMs }) => {
    const takes = bucket(perSecond, burst);
    const seconds = limit > 500 ? 60 : 120;
    const ended = await run({ takes, latencyMs: steady(600), retryAfterMs }, limit, seconds);
    const found = measured(ended, seconds * 0.4, seconds);
    expect(found.perSecond).toBeGreaterThan(0.9 * perSecond);
    expect(found.refused).toBeLessThan(0.02);
  });

  test("settles below it with answers of very different length, too", async () => {
    const found = measured(
      await run({ takes: bucket(40, 10), latencyMs: heavyTailed(800) }, 200, 150),
      60,
      150,
    );
    expect(found.perSecond).toBeGreaterThan(0.9 * 40);
    expect(found.refused).toBeLessThan(0.02);
  });
});

const always = (ms: number) => () => ms;
const LENGTHS = { "of one length": always, "of very different length": heavyTailed };

/** A provider that works on so many calls at a time. */
const places = (most: number | ((now: number) => number)): Provider["takes"] =>
  typeof most === "number" ? (_, inFlight) => inFlight < most : (now, inFlight) => inFlight < most(now);

describe.each(Object.entries(LENGTHS))("before a provider with answers %s", (_, length) => {
  test.each([
    { most: 4, limit: 12 },
    { most: 10, limit: 200 },
    { most: 50, limit: 400 },
    { most: 200, limit: 400 },
    { most: 10, limit: 30, retryAfterMs: 1_000 },
    { most: 50, limit: 200, retryAfterMs: 1_000 },
  ])("that works on so many at a time, keeps it busy: %j", async ({ most, limit, retryAfterMs }) => {
    const takes = places(most);
    const seconds = most > 100 ? 30 : 60;
    const ended = await run({ takes, latencyMs: length(500), retryAfterMs }, limit, seconds);
    const found = measured(ended, seconds / 2, seconds);
    expect(found.perSecond).toBeGreaterThan(0.9 * 2 * most);
    expect(found.refused).toBeLessThan(0.02);
  });
});

test.each([
  { perSecond: 50, limit: 100, burst: 3 },
  { perSecond: 20, limit: 100, burst: 5, retryAfterMs: 3_000 },
])(
  "is not deceived by calls that go out together where it is their rate that is limited: %j",
  async (bounds) => {
    // As many as the burst go out together, come back together, and one more beside them is refused.
    const { perSecond, limit, burst, retryAfterMs } = bounds;
    const ended = await run(
      { takes: bucket(perSecond, burst), latencyMs: always(600), retryAfterMs },
      limit,
      120,
    );
    const found = measured(ended, 48, 120);
    expect(found.perSecond).toBeGreaterThan(0.9 * perSecond);
    expect(found.refused).toBeLessThan(0.02);
  },
);

test.each(Object.entries(LENGTHS))(
  "finds how many at a time are taken when that falls, and when it rises, with answers %s",
  async (_, length) => {
    const takes = places((now) => (now < 40_000 ? 60 : now < 90_000 ? 30 : 120));
    const ended = await run({ takes, latencyMs: length(500) }, 300, 140);
    const found = [measured(ended, 20, 40), measured(ended, 70, 90), measured(ended, 120, 140)];
    for (const [index, most] of [60, 30, 120].entries()) {
      expect(found[index]?.perSecond).toBeGreaterThan(0.9 * 2 * most);
      expect(found[index]?.refused).toBeLessThan(0.02);
    }
  },
);

test.each([
  ["a rate", () => bucket(50, 5)],
  ["calls at a time", () => places(25)],
])(
  "before a limit on %s, is back at it half a minute after a second in which all was refused",
  async (_, limit) => {
    for (const seed of [1, 2, 3]) {
      const taken = limit();
      const takes = (now: number, inFlight: number) =>
        (now < 40_000 || now >= 41_000) && taken(now, inFlight);
      const found = measured(await run({ takes, latencyMs: steady(500) }, 100, 90, seed), 70, 90);
      expect(found.perSecond).toBeGreaterThan(0.9 * 50);
      expect(found.refused).toBeLessThan(0.02);
    }
  },
);

test.each([
  { oneIn: 400, share: 0.9 },
  { oneIn: 100, share: 0.4 },
])(
  "is slowed down little by refusals now and then that load does not explain: %j",
  async ({ oneIn, share }) => {
    const limit = 50;
    for (const seed of [1, 2, 3]) {
      const draw = RANDOM.from(RANDOM.seed(100 + seed));
      const takes = () => draw.uniform() * oneIn > 1;
      const found = measured(await run({ takes, latencyMs: heavyTailed(800) }, limit, 60, seed), 0, 60);
      expect(found.perSecond).toBeGreaterThan((share * limit) / 0.8);
    }
  },
);

test("finds a limit that rises, and one that falls", async () => {
  const [slow, quick] = [bucket(20, 5), bucket(80, 5)];
  const takes = (now: number) => (now < 60_000 || now >= 180_000 ? slow(now, 0) : quick(now, 0));
  const ended = await run({ takes, latencyMs: steady(500) }, 100, 240);
  const found = [measured(ended, 30, 60), measured(ended, 120, 180), measured(ended, 210, 240)];
  for (const [index, perSecond] of [20, 80, 20].entries()) {
    expect(found[index]?.perSecond).toBeGreaterThan(0.9 * perSecond);
    expect(found[index]?.refused).toBeLessThan(0.03);
  }
});

test("is soon back at its pace after an outage", async () => {
  const taken = bucket(50, 5);
  const takes = (now: number) => (now < 60_000 || now >= 80_000) && taken(now, 0);
  const ended = await run({ takes, latencyMs: steady(500) }, 200, 150);
  expect(measured(ended, 110, 150).perSecond).toBeGreaterThan(0.85 * 50);
  // Next to nothing is asked of it meanwhile.
  const meanwhile = ended.filter(({ at }) => at >= 65_000 && at < 80_000);
  expect(meanwhile.length).toBeLessThan(60);
});
