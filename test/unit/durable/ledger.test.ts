// The ledger: what is reserved and spent together never crosses a limit, whoever asks for how much and however the calls end.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CostRole, JobLimits } from "../../../src/config/job-limits.ts";
import { SuspendedError } from "../../../src/durable/gate.ts";
import {
  type ByRole,
  CapReachedError,
  type Claim,
  type ClaimRequest,
  Ledger,
  noCharges,
  total,
} from "../../../src/durable/ledger.ts";
import { NO_CHARGE } from "../../../src/inference/attempt.ts";
import { NO_LIMITS } from "../../support/no-limits.ts";

const most = (amount: number) => ({ most: amount, path: ["x"] });
const tokens = (amount: number) => ({ tokens: amount, usd: 0 });

function ledgerOf(limits: Partial<JobLimits>, more: Partial<ConstructorParameters<typeof Ledger>[0]> = {}) {
  const told: ByRole[] = [];
  const reached: CapReachedError[] = [];
  const ledger = new Ledger({
    limits: { ...NO_LIMITS, ...limits },
    spent: noCharges(),
    keptBack: () => NO_CHARGE,
    onExposure: (outstanding) => told.push(outstanding),
    onReached: (error) => reached.push(error),
    ...more,
  });
  return { ledger, told, reached };
}

function asking(want: number, more: Partial<ClaimRequest> = {}): ClaimRequest {
  const amount = tokens(want);
  return { role: "policy", key: "k", want: amount, least: amount, held_out: false, ...more };
}

test("what fits is given at once, as much as is wanted where there is plenty and else the least", async () => {
  const { ledger } = ledgerOf({ tokens: most(100) });
  const first = await ledger.reserve(asking(60, { least: tokens(30) }));
  const second = await ledger.reserve(asking(60, { least: tokens(30) }));
  expect([first.amount.tokens, second.amount.tokens]).toEqual([60, 30]);
  expect(ledger.reserved.tokens).toBe(90);
});

test("what does not fit waits for others to end, and gets what they did not need", async () => {
  const { ledger, reached } = ledgerOf({ tokens: most(100) });
  const first = await ledger.reserve(asking(80));
  const second = ledger.reserve(asking(70));
  first.settle(tokens(20));
  expect((await second).amount.tokens).toBe(70);
  expect(ledger.spent.tokens).toBe(20);
  expect(reached).toEqual([]);
});

test("what does not fit though nothing is under way has reached the limit, and so has all of the search that waits", async () => {
  const { ledger, reached } = ledgerOf({ tokens: most(100) });
  const first = await ledger.reserve(asking(80));
  const others = [ledger.reserve(asking(70)), ledger.reserve(asking(5))];
  first.settle(tokens(50));
  for (const other of others) await expect(other).rejects.toThrow(CapReachedError);
  await expect(ledger.reserve(asking(1))).rejects.toThrow("the limit on tokens is reached");
  expect(reached).toHaveLength(1);
  expect(reached[0]).toMatchObject({ reason: "tokens", held_out: false });
});

test("held-out work may use what is kept back, also after the search has reached the limit", async () => {
  const { ledger } = ledgerOf({ tokens: most(100) }, { keptBack: () => tokens(40) });
  await expect(ledger.reserve(asking(61))).rejects.toThrow(CapReachedError);
  const heldOut = await ledger.reserve(asking(100, { held_out: true }));
  expect(heldOut.amount.tokens).toBe(100);
});

test("only the first settlement counts", async () => {
  const { ledger } = ledgerOf({ tokens: most(100) });
  const claim = await ledger.reserve(asking(50));
  claim.settle(tokens(10));
  claim.settle(tokens(40));
  expect(ledger.spent.tokens).toBe(10);
  expect(ledger.reserved.tokens).toBe(0);
});

test.each(["policy", "proposer", "verifier"] as CostRole[])(
  "a limit in USD on %s binds that role alone, beside the one on all",
  async (role) => {
    const { ledger, reached } = ledgerOf({ usd: most(1), category_usd: { [role]: most(0.1) } });
    const cost = (usd: number) => ({ want: { tokens: 0, usd }, least: { tokens: 0, usd } });
    const other = role === "policy" ? "proposer" : "policy";
    await ledger.reserve({ ...asking(0, { role: other }), ...cost(0.5) });
    const claim = await ledger.reserve({ ...asking(0, { role }), ...cost(0.1) });
    claim.settle({ tokens: 0, usd: 0.1 });
    const closed = ledger.reserve({ ...asking(0, { role }), ...cost(0.01) });
    ledger.close();
    await expect(closed).rejects.toThrow(SuspendedError);
    expect(reached).toEqual([]);
  },
);

test("a ledger that is closed turns everybody away", async () => {
  const { ledger } = ledgerOf({ tokens: most(10) });
  await ledger.reserve(asking(10));
  const waiting = ledger.reserve(asking(10));
  ledger.close();
  await expect(waiting).rejects.toThrow(SuspendedError);
  await expect(ledger.reserve(asking(1))).rejects.not.toThrow(CapReachedError);
});

test("what was spent before counts", async () => {
  const spent = { ...noCharges(), proposer: tokens(95) };
  const { ledger } = ledgerOf({ tokens: most(100) }, { spent });
  await expect(ledger.reserve(asking(6))).rejects.toThrow(CapReachedError);
});

describe("what may be lost in a crash", () => {
  test("is told before it is more than was told, with room, so that not every claim writes", async () => {
    const { ledger, told } = ledgerOf({ tokens: most(10_000) });
    for (let n = 0; n < 100; n++) await ledger.reserve(asking(1, { key: `k${n}` }));
    expect(told.length).toBeLessThan(20);
    expect(total(told.at(-1) ?? noCharges()).tokens).toBeGreaterThanOrEqual(100);
  });

  test("is nothing more once the answers are in rows and the step is done", async () => {
    const { ledger, told } = ledgerOf({ tokens: most(10_000) });
    const claim = await ledger.reserve(asking(10));
    claim.settle(tokens(7));
    ledger.settleDown();
    expect(told.at(-1)?.policy.tokens).toBe(7);
    ledger.recorded("k");
    ledger.settleDown();
    expect(told.at(-1)).toEqual(noCharges());
    const before = told.length;
    ledger.settleDown();
    expect(told).toHaveLength(before);
  });
});

const ROLE = fc.constantFrom<CostRole>("policy", "proposer", "verifier");
const EVENT = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      role: ROLE,
      want: fc.integer({ min: 0, max: 400 }),
      least: fc.double({ min: 0, max: 1, noNaN: true }),
      usd: fc.double({ min: 0, max: 0.4, noNaN: true }),
      held_out: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      which: fc.nat(),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("record" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: "step" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "die" as const }) },
);

interface Limits {
  tokens: number;
  usd: number;
  role: CostRole;
  own: number;
}

/** A job's rows and its ledgers, one life after another. */
class Lives {
  readonly #limits: Limits;
  /** In rows: what ended, and what was written off. */
  readonly recorded = noCharges();
  /** What the world was really paid. */
  readonly paid = noCharges();
  exposed: ByRole = noCharges();
  ledger: Ledger;
  open: { role: CostRole; key: string; claim: Claim }[] = [];
  ended: { role: CostRole; key: string; charge: { tokens: number; usd: number } }[] = [];
  #asked = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.ledger = this.#open();
  }

  #open(): Ledger {
    const { tokens, usd, role, own } = this.#limits;
    return ledgerOf(
      { tokens: most(tokens), usd: most(usd), category_usd: { [role]: most(own) } },
      {
        spent: { ...this.recorded },
        keptBack: () => ({ tokens: tokens / 10, usd: usd / 10 }),
        onExposure: (outstanding) => {
          this.exposed = outstanding;
        },
      },
    ).ledger;
  }

  ask(event: { role: CostRole; want: number; least: number; usd: number; held_out: boolean }): void {
    const want = { tokens: event.want, usd: event.usd };
    const least = { tokens: Math.floor(event.want * event.least), usd: event.usd * event.least };
    this.#asked += 1;
    const key = `k${this.#asked}`;
    const { role, held_out } = event;
    const { ledger } = this;
    ledger.reserve({ role, key, want, least, held_out }).then(
      (claim) => {
        if (ledger === this.ledger) this.open.push({ role, key, claim });
      },
      () => {},
    );
  }

  settle(which: number, share: number): void {
    const [ended] = this.open.splice(which % Math.max(1, this.open.length), 1);
    if (!ended) return;
    const { role, key, claim } = ended;
    const charge = { tokens: Math.floor(claim.amount.tokens * share), usd: claim.amount.usd * share };
    this.#pay(role, charge);
    claim.settle(charge);
    this.ended.push({ role, key, charge });
  }

  record(which: number): void {
    const [answer] = this.ended.splice(which % Math.max(1, this.ended.length), 1);
    if (!answer) return;
    this.#add(this.recorded, answer.role, answer.charge);
    this.ledger.recorded(answer.key);
  }

  /** Everything in memory is lost; calls that were open are paid in full all the same. */
  die(): void {
    for (const { role, claim } of this.open) this.#pay(role, claim.amount);
    for (const role of ["policy", "proposer", "verifier"] as const)
      this.#add(this.recorded, role, this.exposed[role]);
    this.exposed = noCharges();
    this.open = [];
    this.ended = [];
    this.ledger.close();
    this.ledger = this.#open();
  }

  #pay(role: CostRole, charge: { tokens: number; usd: number }): void {
    this.#add(this.paid, role, charge);
  }

  #add(sums: ByRole, role: CostRole, charge: { tokens: number; usd: number }): void {
    sums[role] = { tokens: sums[role].tokens + charge.tokens, usd: sums[role].usd + charge.usd };
  }

  check(): void {
    const { tokens, usd, role, own } = this.#limits;
    const used = { tokens: 0, usd: 0 };
    for (const sum of [this.ledger.spent, this.ledger.reserved]) {
      used.tokens += sum.tokens;
      used.usd += sum.usd;
    }
    const slack = 1e-9;
    // A death writes off what was told with room, which may cross the limit on paper; nothing more is let through then.
    const paid = total(this.paid);
    const inFlight = this.open.reduce((sum, { claim }) => sum + claim.amount.tokens, 0);
    expect(paid.tokens + inFlight).toBeLessThanOrEqual(tokens);
    expect(paid.usd).toBeLessThanOrEqual(usd + slack);
    expect(this.paid[role].usd).toBeLessThanOrEqual(own + slack);
    if (total(this.recorded).tokens <= tokens) expect(used.tokens).toBeLessThanOrEqual(tokens);
  }
}

test("whatever calls are made and however they end, in any number of lives, no limit is ever crossed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        tokens: fc.integer({ min: 100, max: 3_000 }),
        usd: fc.double({ min: 0.1, max: 3, noNaN: true }),
        role: ROLE,
        own: fc.double({ min: 0.05, max: 1, noNaN: true }),
      }),
      fc.array(EVENT, { maxLength: 120 }),
      async (limits, events) => {
        const lives = new Lives(limits);
        for (const event of events) {
          if (event.kind === "ask") lives.ask(event);
          else if (event.kind === "settle") lives.settle(event.which, event.share);
          else if (event.kind === "record") lives.record(event.which);
          else if (event.kind === "step") lives.ledger.settleDown();
          else lives.die();
          await Promise.resolve();
          await Promise.resolve();
          lives.check();
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
