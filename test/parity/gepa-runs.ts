// Whole runs on a synthetic task: an instance is a list of rules, each for a component, and a text is a list of rules.

import { createHash } from "node:crypto";
import * as z from "zod";
import { ASCENDING, type WalkOrder } from "../../src/engines/gepa/walk-order.ts";
import { PYTHON_ORDER } from "../support/python-order.ts";
import { differenceOf, firstDifference, firstOf } from "./compare.ts";
import { resultOf } from "./gepa-results.ts";
import type { Difference, ParityKind } from "./kinds.ts";
import { type Asked, type RecordedWorld, type Row, replay } from "./replay.ts";
import { Draw, TapeError, tapeSource } from "./tape.ts";

const Instance = z.array(z.tuple([z.string(), z.number()]));
type Instance = z.infer<typeof Instance>;
const World = z.strictObject({
  components: z.array(z.string()),
  rules: z.number(),
  train: z.array(Instance),
  val: z.array(Instance),
  minibatch: z.number(),
  merge: z.boolean(),
  budget: z.number(),
  selection: z.enum(["pareto", "current_best", "epsilon_greedy", "top_k_pareto"]),
  module_selector: z.enum(["round_robin", "all"]),
  seed: z.number(),
  skip_perfect: z.boolean(),
  seed_candidate: z.record(z.string(), z.string()),
  acceptance: z.enum(["strict_improvement", "improvement_or_equal"]).default("strict_improvement"),
  cache: z.boolean().default(false),
});
const RunFile = z.object({
  world: World,
  draws: z.array(Draw),
  events: z.array(z.array(z.unknown())),
  result: z.record(z.string(), z.unknown()),
});
type RunFile = z.infer<typeof RunFile>;

/** Told by its parts; what a world may hold is checked when it is replayed. */
const Shape = z.object({
  world: z.looseObject({ train: z.unknown() }),
  draws: z.unknown(),
  events: z.unknown(),
});

/** CPython's order where it decides who is dominated; a tape's outcomes need none. */
const TAPE_ORDER: WalkOrder = { ...PYTHON_ORDER, unique: ASCENDING.unique, common: ASCENDING.common };

/** The fields of an event, in their order. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  valset_evaluated: ["iteration", "candidate_idx", "scores"],
  candidate_selected: ["iteration", "candidate_idx"],
  minibatch_sampled: ["iteration", "minibatch_ids"],
  evaluation_end: ["iteration", "candidate_idx", "scores"],
  evaluation_skipped: ["iteration", "candidate_idx", "reason"],
  budget_updated: ["iteration", "metric_calls_used"],
  proposal_end: ["iteration", "new_instructions"],
  pareto_front_updated: ["iteration", "new_front", "displaced_candidates"],
  candidate_accepted: ["iteration", "new_candidate_idx", "parent_ids"],
  candidate_rejected: ["iteration", "old_score", "new_score"],
  merge_attempted: ["iteration", "parent_ids", "merged_candidate"],
  merge_accepted: ["iteration", "new_candidate_idx", "parent_ids"],
  merge_rejected: ["iteration", "parent_ids"],
};

export const gepaRunKind: ParityKind = {
  name: "a whole GEPA run",
  recognises: (file) => Shape.safeParse(file).success,
  cases: (file) => [{ name: "the run", run: async () => compare(RunFile.parse(file)) }],
};

async function compare(file: RunFile): Promise<Difference | undefined> {
  const world = worldOf(file);
  try {
    const replayed = await replay(world);
    const draws = replayed.random[0] ?? 0;
    const result = resultOf(world, replayed);
    return firstOf(
      () => firstDifference("event", file.events, replayed.rows.flatMap(eventOf)),
      () => differenceOf("number of draws", file.draws.length, draws),
      ...Object.keys(file.result).map(
        (key) => () => differenceOf(`result.${key}`, file.result[key], result[key]),
      ),
    );
  } catch (error) {
    if (error instanceof TapeError) return error.difference;
    throw error;
  }
}

function eventOf({ name, fields }: Row): unknown[][] {
  const wanted = FIELDS[name];
  return wanted ? [[name, ...wanted.map((field) => fields[field])]] : [];
}

function worldOf({ world, draws }: RunFile): RecordedWorld {
  const numbers = (list: readonly unknown[]) => list.map((_, index) => index);
  return {
    baseline: world.seed_candidate,
    trainSeeds: numbers(world.train),
    valSeeds: numbers(world.val),
    minibatch: world.minibatch,
    seed: world.seed,
    source: tapeSource(draws),
    order: TAPE_ORDER,
    search: {
      candidate_selection_strategy: world.selection,
      module_selector: world.module_selector,
      acceptance_criterion: world.acceptance,
      skip_perfect_score: world.skip_perfect,
      use_merge: world.merge,
    },
    limit: world.budget,
    cache: world.cache,
    shared: false,
    rollout: (texts, seed, as) => ({ reward: share(texts, world[as][seed] ?? []), trace: traceOf(seed) }),
    propose: (asked) => `\`\`\`\n${proposed(world, asked)}\n\`\`\``,
  };
}

function traceOf(seed: number) {
  return { input: `example ${seed}`, output: "" };
}

/** Share of the instance's rules that stand in the texts of their components. */
function share(texts: Readonly<Record<string, string>>, instance: Instance): number {
  const met = instance.filter(([component, rule]) => rulesOf(texts[component] ?? "").includes(rule));
  return met.length / instance.length;
}

function rulesOf(text: string): number[] {
  return text === "" ? [] : text.split(",").map(Number);
}

/** The recorded proposer, a function of the question: a missing rule is added, now and then one is dropped or a wrong one comes in. */
function proposed(world: RunFile["world"], { component, text, seeds }: Asked): string {
  const have = rulesOf(text).sort((a, b) => a - b);
  const next = new Set(have);
  const missing = seeds
    .flatMap((seed) => world.train[seed] ?? [])
    .filter(([name, rule]) => name === component && !have.includes(rule))
    .map(([, rule]) => rule);
  const key = keyOf(`${world.seed}|${component}|${text}|[${seeds.join(", ")}]`);
  const added = missing[key % missing.length];
  const dropped = have[key % have.length];
  if (added !== undefined) next.add(added);
  if (dropped !== undefined && key % 5 < 2) next.delete(dropped);
  if (key % 7 === 0) next.add(key % world.rules);
  return [...next].sort((a, b) => a - b).join(",");
}

/** The first six bytes of the SHA-256, as a number. */
function keyOf(text: string): number {
  return createHash("sha256").update(text).digest().readUIntBE(0, 6);
}
