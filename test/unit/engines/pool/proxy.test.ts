import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  beginProxy,
  foldProxy,
  netGainUsd,
  type ProxyMode,
  type ProxyOutcome,
  type ProxyPlan,
  type ProxySettings,
  type ProxyState,
  type ProxySwitch,
  planProxy,
  predicted,
} from "../../../../src/engines/pool/proxy.ts";
import { lineOf, NO_PAIRS, withPair } from "../../../../src/engines/pool/regression.ts";
import { type Random, randomFrom, seedRandom } from "../../../../src/engines/random.ts";

const DEFAULTS: ProxySettings = {
  n_min_hi: 5,
  r2_thresh: 0.5,
  r2_stop: 0.2,
  sigma_max: 1e6,
  sigma_stop: 1e9,
  verify_every: 0,
  proxy_patience_usd: -100,
};
const HI_USD = 0.01;
const LO_USD = 0.001;

type World = (random: Random, at: number) => { hi: number; lo: number };

/** What a stream of evaluations came to. */
interface Run {
  state: ProxyState;
  switches: [number, ProxyMode, ProxySwitch][];
  plans: ProxyPlan[];
}

/** Evaluations one after another, in batches, against a world of pairs. */
function run(world: World, settings: ProxySettings, batches: number, size = 10, seed = 1): Run {
  const random = randomFrom(seedRandom(seed));
  let state = beginProxy();
  const switches: Run["switches"] = [];
  const plans: ProxyPlan[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const plan = planProxy(state, size, settings);
    const outcomes = plan.map((ask, i): ProxyOutcome => {
      const truth = world(random, batch * size + i);
      const hi = { reward: truth.hi, usage: { usd: HI_USD }, failed: false };
      const lo = { reward: truth.lo, usage: { usd: LO_USD }, failed: false };
      return ask === "both" ? { hi, lo } : ask === "lo" ? { lo } : { hi };
    });
    plans.push(...plan);
    const folded = foldProxy(state, outcomes, settings);
    state = folded.state;
    if (folded.switched) switches.push([(batch + 1) * size, state.mode, folded.switched]);
  }
  return { state, switches, plans };
}

const correlated: World = (random) => {
  const hi = random.uniform();
  return { hi, lo: 0.5 * hi + 0.2 + 0.05 * (random.uniform() - 0.5) };
};
const uncorrelated: World = (random) => ({ hi: random.uniform(), lo: random.uniform() });
/** As alike as can be at first, then LO falls apart. */
const drifting: World = (random, at) => (at < 100 ? correlated(random, at) : uncorrelated(random, at));
const recovering: World = (random, at) => (at < 60 ? uncorrelated(random, at) : correlated(random, at));

describe("the switch", () => {
  test("of a correlated stream goes to LO alone, and stays", () => {
    const { switches, plans } = run(correlated, DEFAULTS, 20);
    expect(switches).toEqual([[10, "lo", "calibrated"]]);
    expect(plans.filter((plan) => plan === "both")).toHaveLength(10);
  });

  test("of an uncorrelated stream goes to HI alone, and never to LO", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { switches, state } = run(uncorrelated, DEFAULTS, 40, 10, seed);
      expect(switches.map(([, mode]) => mode)).not.toContain("lo");
      expect(switches.at(-1)?.slice(1)).toEqual(["hi", "r2_stop"]);
      expect(state.mode).toBe("hi");
    }
  });

  test("to HI alone waits for n_min_hi pairs too, where those are more than twenty", () => {
    const { switches } = run(uncorrelated, { ...DEFAULTS, r2_thresh: 1, n_min_hi: 70 }, 20);
    expect(switches).toEqual([[70, "hi", "r2_stop"]]);
  });

  test("is not made while HI gives the same reward to everything, which leaves nothing to predict", () => {
    const flat: World = (random, at) =>
      at < 60 ? { hi: 0, lo: 0.2 + 0.05 * (random.uniform() - 0.5) } : correlated(random, at);
    const { switches } = run(flat, DEFAULTS, 40);
    expect(switches.map(([, mode]) => mode)).toEqual(["lo"]);
    expect(switches[0]?.[0]).toBeGreaterThan(60);
  });

  test("of a drifting stream goes to LO, and back to HI when the pairs of verify_every fall apart", () => {
    const { switches } = run(drifting, { ...DEFAULTS, verify_every: 4 }, 150);
    expect(switches.slice(0, 2).map(([, mode, why]) => [mode, why])).toEqual([
      ["lo", "calibrated"],
      ["hi", "r2_stop"],
    ]);
    expect(switches[1]?.[0]).toBeGreaterThan(100);
  });

  test("of a drifting stream is not seen without verify_every", () => {
    expect(run(drifting, DEFAULTS, 150).state.mode).toBe("lo");
  });

  test("comes back to LO with verify_every when LO earns it, and not without", () => {
    const settings = { ...DEFAULTS, verify_every: 1 };
    const { switches } = run(recovering, settings, 100);
    expect(switches.map(([, mode]) => mode)).toEqual(["hi", "lo"]);
    expect(run(recovering, DEFAULTS, 100).switches.map(([, mode]) => mode)).toEqual(["hi"]);
  });

  test("goes to HI when the variance around the line rises over sigma_stop", () => {
    // The slope holds, and R² with it; only the scatter grows.
    const noisier: World = (random, at) => {
      const lo = (at < 100 ? 1 : 10) * random.uniform();
      return { lo, hi: lo + (at < 100 ? 0.1 : 5) * (random.uniform() - 0.5) };
    };
    const { switches } = run(noisier, { ...DEFAULTS, verify_every: 1, sigma_stop: 0.5 }, 60);
    expect(switches.map(([, mode, why]) => [mode, why])).toEqual([
      ["lo", "calibrated"],
      ["hi", "sigma_stop"],
    ]);
  });

  test("to LO waits for n_min_hi pairs, for R² and for the variance", () => {
    expect(run(correlated, { ...DEFAULTS, n_min_hi: 25 }, 5).switches).toEqual([[30, "lo", "calibrated"]]);
    expect(run(correlated, { ...DEFAULTS, r2_thresh: 1 }, 10).switches).toEqual([]);
    expect(run(correlated, { ...DEFAULTS, sigma_max: 0 }, 10).switches).toEqual([]);
  });

  test("is not made on two pairs, through which a line always fits", () => {
    expect(run(uncorrelated, { ...DEFAULTS, n_min_hi: 0 }, 1, 2).switches).toEqual([]);
  });

  test("goes to HI for good when the net gain falls below proxy_patience_usd", () => {
    const settings = { ...DEFAULTS, r2_thresh: 1, r2_stop: 0, proxy_patience_usd: -0.035, verify_every: 1 };
    const { switches, state } = run(correlated, settings, 20);
    expect(switches).toEqual([[40, "hi", "patience"]]);
    expect(state.given_up).toBe(true);
    expect(planProxy(state, 3, settings)).toEqual(["hi", "hi", "hi"]);
  });
});

describe("the plan", () => {
  test("asks both again after verify_every evaluations on LO, across batches", () => {
    const { plans } = run(correlated, { ...DEFAULTS, verify_every: 3 }, 4, 6);
    expect(plans.join(" ")).toBe(
      "both both both both both both lo lo lo both lo lo lo both lo lo lo both lo lo lo both lo lo",
    );
  });

  test("of a mode without verify_every is the mode", () => {
    const { plans } = run(correlated, DEFAULTS, 3, 5);
    expect(new Set(plans.slice(5))).toEqual(new Set(["lo"]));
  });
});

describe("a predicted score", () => {
  test("is what the line through the pairs says, within the rewards seen of HI", () => {
    const pairs: [number, number][] = [
      [0, 0.2],
      [0.5, 0.4],
      [1, 0.6],
    ];
    const outcomes = pairs.map(([lo, hi]) => ({
      lo: { reward: lo, usage: { usd: LO_USD }, failed: false },
      hi: { reward: hi, usage: { usd: HI_USD }, failed: false },
    }));
    const { state } = foldProxy(beginProxy(), outcomes, DEFAULTS);
    expect(predicted(state, 0.25)).toBeCloseTo(0.3, 2);
    expect(predicted(state, 40)).toBe(0.6);
    expect(predicted(state, -40)).toBe(0.2);
  });

  test("learns nothing from a rollout that failed on either model", () => {
    const failed = { reward: 0, usage: { usd: HI_USD }, failed: true };
    const fine = { reward: 1, usage: { usd: LO_USD }, failed: false };
    const { state } = foldProxy(beginProxy(), [{ hi: failed, lo: fine }], DEFAULTS);
    expect(state.pairs.pairs).toBe(0);
    expect(state.range).toBeNull();
    expect(state.ledger.both).toBe(1);
  });
});

describe("the ledger", () => {
  test("counts HI runs avoided at HI's mean price, less all that LO cost", () => {
    const { state } = run(correlated, DEFAULTS, 10);
    expect(state.ledger).toMatchObject({ both: 10, lo_only: 90, hi_only: 0 });
    expect(netGainUsd(state.ledger)).toBeCloseTo(90 * HI_USD - 100 * LO_USD, 9);
  });

  test("takes a proof back at what was entered for it, whatever HI has come to cost since", () => {
    const answer = (usd: number) => ({ reward: 0.5, usage: { usd }, failed: false });
    const outcomes: ProxyOutcome[] = [
      { hi: answer(0.01), lo: answer(0.001) },
      { lo: answer(0.001) },
      { hi: answer(0.05), lo: answer(0.001) },
      { hi: answer(0.01), lo: answer(0.001), proves: true },
    ];
    const { ledger } = foldProxy(beginProxy(), outcomes, DEFAULTS).state;
    expect(ledger).toMatchObject({ both: 3, lo_only: 0, avoided_usd: 0 });
  });

  test("is unknown, and not 0, once a price is unknown", () => {
    const lo = { reward: 1, usage: { usd: null }, failed: false };
    const hi = { reward: 1, usage: { usd: HI_USD }, failed: false };
    const { state } = foldProxy(beginProxy(), [{ hi, lo }], { ...DEFAULTS, proxy_patience_usd: 1 });
    expect(netGainUsd(state.ledger)).toBeNull();
    expect(state.given_up).toBe(false);
  });
});

describe("the regression", () => {
  test("of exact lines is exact, for any line and any points", () => {
    const value = fc.double({ min: -100, max: 100, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3 }), (a, b, xs) => {
        const line = lineOf(xs.reduce((sums, x) => withPair(sums, x, a + b * x), NO_PAIRS));
        fc.pre(new Set(xs).size > 1 && Math.abs(b) > 1e-3);
        expect(line.slope).toBeCloseTo(b, 5);
        expect(line.intercept).toBeCloseTo(a, 4);
        expect(line.r2).toBeCloseTo(1, 5);
        expect(line.variance).toBeCloseTo(0, 4);
      }),
    );
  });

  test("says nothing where one of the two does not vary", () => {
    const flat = [1, 2, 3].reduce((sums, x) => withPair(sums, x, 1), NO_PAIRS);
    expect(lineOf(flat)).toMatchObject({ r2: 0, variance: 0 });
    expect(lineOf([1, 2, 3].reduce((sums, y) => withPair(sums, 1, y), NO_PAIRS)).r2).toBe(0);
    expect(lineOf(NO_PAIRS)).toMatchObject({ r2: 0, variance: Number.POSITIVE_INFINITY });
  });

  test("rests on the last pairs: old ones fade", () => {
    const pairs = Array.from({ length: 3_000 }, (_, at) => [at % 7, at < 500 ? at % 7 : -(at % 7)] as const);
    const line = lineOf(pairs.reduce((sums, [x, y]) => withPair(sums, x, y), NO_PAIRS));
    expect(line.slope).toBeLessThan(-0.9);
  });

  test("has a state that JSON gives back unchanged", () => {
    const { state } = run(drifting, { ...DEFAULTS, verify_every: 3 }, 30);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
