// A recorded tape of random draws in the place of a generator. Each draw must be the one that was recorded next, over the same
// population; its outcome is the recorded one. Populations are compared whatever their order, in which recorders have not kept them.

import * as z from "zod";
import type { Random, RandomSource, RandomState } from "../../src/engines/random.ts";
import type { Difference } from "./kinds.ts";

const Numbers = z.array(z.number());

/** One recorded draw. */
export const Draw = z.discriminatedUnion("op", [
  z.object({ op: z.literal("choice"), from: z.record(z.string(), z.number()), value: z.number() }),
  z.object({ op: z.literal("sample"), from: Numbers, k: z.number(), value: Numbers }),
  z.object({ op: z.literal("shuffle"), value: Numbers }),
  z.object({
    op: z.literal("choices"),
    from: Numbers,
    weights: Numbers.nullish(),
    k: z.number(),
    value: Numbers,
  }),
  z.object({ op: z.literal("random"), value: z.number() }),
  z.object({ op: z.enum(["randint", "randrange", "randbelow"]), value: z.number() }),
]);
export type Draw = z.infer<typeof Draw>;

/** A draw that is not the one that was recorded. */
export class TapeError extends Error {
  readonly difference: Difference;

  constructor(difference: Difference) {
    super(`${difference.at}: recorded ${difference.expected}, asked ${difference.found}`);
    this.difference = difference;
  }
}

/** The tape as the source of an engine's draws; its state is the number of draws made. */
export function tapeSource(draws: readonly Draw[]): RandomSource {
  return { seed: () => [0], from: ([at = 0, repeated = 0]) => new Tape(draws, at, repeated) };
}

class Tape implements Random {
  readonly #draws: readonly Draw[];
  #at: number;
  /** Values taken so far of `choices` without weights, which an engine draws one by one. */
  #repeated: number;

  constructor(draws: readonly Draw[], at: number, repeated: number) {
    this.#draws = draws;
    this.#at = at;
    this.#repeated = repeated;
  }

  uniform(): number {
    const draw = this.#draws[this.#at];
    if (draw?.op === "choices" && !draw.weights) return this.#oneOf(draw);
    return this.#next("random", "a number from 0 to 1").value;
  }

  below(count: number): number {
    const draw = this.#draws[this.#at];
    const at = this.#at;
    if (draw?.op !== "randint" && draw?.op !== "randrange" && draw?.op !== "randbelow") {
      throw this.#differs(at, `a whole number below ${count}`);
    }
    this.#at += 1;
    if (draw.value < 0 || draw.value >= count) throw this.#differs(at, `a whole number below ${count}`);
    return draw.value;
  }

  pick<T>(items: readonly T[]): T {
    const asked = { op: "choice", from: countsOf(items) };
    const draw = this.#next("choice", asked);
    if (JSON.stringify(sortedCounts(draw.from)) !== JSON.stringify(sortedCounts(asked.from))) {
      throw this.#differs(this.#at - 1, asked);
    }
    const found = items.find((item) => Number(item) === draw.value);
    if (found === undefined) throw this.#differs(this.#at - 1, asked);
    return found;
  }

  sample<T>(items: readonly T[], count: number): T[] {
    const asked = { op: "sample", from: items, k: count };
    const draw = this.#next("sample", asked);
    if (!sameNumbers(draw.from, items) || draw.k !== count) {
      throw this.#differs(this.#at - 1, asked);
    }
    return draw.value.map((value) => this.#among(items, value, asked));
  }

  /** The engine of a taped run must walk what it weighs in ascending order. */
  weighted(weights: readonly number[]): number {
    const asked = { op: "choices", weights };
    const draw = this.#next("choices", asked);
    const recorded = draw.from
      .map((value, at) => ({ value, weight: draw.weights?.[at] }))
      .sort((a, b) => a.value - b.value);
    if (JSON.stringify(recorded.map(({ weight }) => weight)) !== JSON.stringify(weights) || draw.k !== 1) {
      throw this.#differs(this.#at - 1, asked);
    }
    return recorded.findIndex(({ value }) => value === draw.value[0]);
  }

  shuffle<T>(items: readonly T[]): T[] {
    const asked = { op: "shuffle", items };
    const draw = this.#next("shuffle", asked);
    if (!sameNumbers(draw.value, items)) throw this.#differs(this.#at - 1, asked);
    return draw.value.map((value) => this.#among(items, value, asked));
  }

  state(): RandomState {
    return [this.#at, this.#repeated];
  }

  #oneOf(draw: Extract<Draw, { op: "choices" }>): number {
    const value = draw.value[this.#repeated] ?? Number.NaN;
    this.#repeated += 1;
    if (this.#repeated === draw.k) {
      this.#repeated = 0;
      this.#at += 1;
    }
    return (draw.from.indexOf(value) + 0.5) / draw.from.length;
  }

  #among<T>(items: readonly T[], value: number, asked: unknown): T {
    const found = items.find((item) => Number(item) === value);
    if (found === undefined) throw this.#differs(this.#at - 1, asked);
    return found;
  }

  #next<Op extends Draw["op"]>(op: Op, asked: unknown): Extract<Draw, { op: Op }> {
    const draw = this.#draws[this.#at];
    if (!isOf(draw, op)) throw this.#differs(this.#at, asked);
    this.#at += 1;
    return draw;
  }

  #differs(at: number, asked: unknown): TapeError {
    const draw = this.#draws[at];
    const expected = draw === undefined ? "no further draw" : JSON.stringify(draw);
    return new TapeError({ at: `draw ${at}`, expected, found: JSON.stringify(asked) });
  }
}

function isOf<Op extends Draw["op"]>(draw: Draw | undefined, op: Op): draw is Extract<Draw, { op: Op }> {
  return draw?.op === op;
}

function countsOf(items: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[String(item)] = (counts[String(item)] ?? 0) + 1;
  return counts;
}

function sortedCounts(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1));
}

function sameNumbers(recorded: readonly number[], items: readonly unknown[]): boolean {
  const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b).join();
  return ascending(recorded) === ascending(items.map(Number));
}
