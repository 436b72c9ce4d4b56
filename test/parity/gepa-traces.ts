// Whole runs on a toy system of integers, with CPython's generator behind the engine: every option of the reference, event by event.

import * as z from "zod";
import type {
  CandidateSampling,
  ProposalSelection,
  SearchSettings,
} from "../../src/engines/gepa/search-settings.ts";
import { PYTHON_RANDOM } from "../support/mersenne-twister.ts";
import { PYTHON_ORDER } from "../support/python-order.ts";
import { differenceOf, firstDifference, firstOf } from "./compare.ts";
import { resultOf } from "./gepa-results.ts";
import type { Difference, ParityKind } from "./kinds.ts";
import { type RecordedWorld, type Row, replay, type Shown } from "./replay.ts";

const Word = z.tuple([z.string()], z.number());

/** What a run was set to; a key that is not here would be one that the replay does not heed. */
const Config = z.strictObject({
  n_train: z.number(),
  n_val: z.number(),
  components: z.array(z.string()),
  iterations: z.number(),
  seed: z.number(),
  perfect_score: z.number(),
  skip_perfect_score: z.boolean(),
  reflection_minibatch_size: z.number().default(3),
  candidate_selection_strategy: z
    .enum(["pareto", "current_best", "epsilon_greedy", "top_k_pareto"])
    .default("pareto"),
  frontier_type: z.enum(["instance", "objective", "hybrid", "cartesian"]).default("instance"),
  multi_objective: z.boolean().default(false),
  module_selector: z.enum(["round_robin", "all"]).default("round_robin"),
  acceptance_criterion: z.enum(["strict_improvement", "improvement_or_equal"]).default("strict_improvement"),
  use_merge: z.boolean().default(false),
  max_merge_invocations: z.number().default(5),
  merge_val_overlap_floor: z.number().default(5),
  cache_evaluation: z.boolean().default(false),
  share_valset: z.boolean().default(false),
  max_metric_calls: z.number().nullish(),
  sampling: Word.default(["single"]),
  selection: Word.default(["all"]),
});
type Config = z.infer<typeof Config>;

const TraceFile = z.object({
  event_fields: z.record(z.string(), z.array(z.string())),
  runs: z
    .array(
      z.object({
        config: z.record(z.string(), z.unknown()),
        events: z.array(z.array(z.unknown())),
        result: z.looseObject({ candidates: z.array(z.record(z.string(), z.string())).min(1) }),
      }),
    )
    .min(1),
});
type TraceFile = z.infer<typeof TraceFile>;
type Run = TraceFile["runs"][number];

export const gepaTraceKind: ParityKind = {
  name: "GEPA runs, event by event",
  recognises: (file) => TraceFile.safeParse(file).success,
  cases(file) {
    const { runs, event_fields } = TraceFile.parse(file);
    return runs.map((run, index) => ({
      name: `run ${index}`,
      run: async () => compare(run, event_fields),
    }));
  },
};

async function compare(
  run: Run,
  fields: Readonly<Record<string, readonly string[]>>,
): Promise<Difference | undefined> {
  const world = worldOf(Config.parse(aliased(run.config)), run.result.candidates[0] ?? {});
  const replayed = await replay(world);
  const eventOf = ({ name, fields: found }: Row): unknown[][] => {
    const wanted = fields[name];
    return wanted ? [[name, ...wanted.map((field) => found[field])]] : [];
  };
  const result = resultOf(world, replayed);
  return firstOf(
    () => firstDifference("event", run.events, replayed.rows.flatMap(eventOf)),
    ...Object.entries(run.result)
      .filter(([key]) => Object.hasOwn(result, key))
      .map(
        ([key, expected]) =>
          () =>
            differenceOf(`result.${key}`, expected, result[key]),
      ),
  );
}

/** Other names under which the reference knows its options. */
function aliased(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names: Readonly<Record<string, string>> = {
    acceptance: "acceptance_criterion",
    sampling_strategy: "sampling",
    selection_strategy: "selection",
    minibatch_size: "reflection_minibatch_size",
    cache: "cache_evaluation",
  };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [names[key] ?? key, value]));
}

function worldOf(config: Config, baseline: Readonly<Record<string, string>>): RecordedWorld {
  const train = numbers(config.n_train);
  let calls = 0;
  return {
    baseline,
    trainSeeds: train,
    valSeeds: config.share_valset ? train : numbers(config.n_val),
    minibatch: config.reflection_minibatch_size,
    seed: config.seed,
    source: PYTHON_RANDOM,
    order: PYTHON_ORDER,
    search: searchOf(config),
    limit: config.max_metric_calls ?? Number.POSITIVE_INFINITY,
    cache: config.cache_evaluation,
    shared: config.share_valset,
    rollout: (texts, seed, as) => rollout(texts, as === "train" ? 100 + seed : seed, config.multi_objective),
    propose() {
      calls += 1;
      return `\`\`\`\n${(5 * calls * calls + 11 * calls + 3) % 29}\n\`\`\``;
    },
  };
}

function searchOf(config: Config): Partial<SearchSettings> {
  const [sampling, ...counts] = config.sampling;
  const [selection, k = 1] = config.selection;
  const isGrid = samplingOf(sampling) === "grid";
  return {
    candidate_selection_strategy: config.candidate_selection_strategy,
    frontier_type: config.frontier_type,
    module_selector: config.module_selector,
    acceptance_criterion: config.acceptance_criterion,
    skip_perfect_score: config.skip_perfect_score,
    perfect_score: config.perfect_score,
    use_merge: config.use_merge,
    max_merge_invocations: config.max_merge_invocations,
    merge_val_overlap_floor: config.merge_val_overlap_floor,
    candidate_sampling: samplingOf(sampling),
    sampled_parents: isGrid ? (counts[0] ?? 1) : 1,
    sampled_proposals: (isGrid ? counts[1] : counts[0]) ?? 1,
    proposal_selection: selectionOf(selection),
    proposal_top_k: k,
    max_iterations: config.iterations,
  };
}

/** A sampling by any of its names: `PxN`, `same_parent`, … */
function samplingOf(name: string): CandidateSampling {
  const plain = lettersOf(name);
  if (plain.startsWith("single")) return "single";
  if (plain.startsWith("same")) return "same_parent";
  if (plain.startsWith("ind")) return "independent";
  if (plain.startsWith("pxn") || plain.startsWith("px") || plain === "grid") return "grid";
  throw new RangeError(`no sampling is called ${name}`);
}

function selectionOf(name: string): ProposalSelection {
  const plain = lettersOf(name);
  if (plain.startsWith("all")) return "all";
  if (plain.startsWith("best")) return "best";
  if (plain.startsWith("top")) return "top_k";
  throw new RangeError(`no selection is called ${name}`);
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, "");
}

/** The toy system: each component is a whole number in a text. */
function rollout(texts: Readonly<Record<string, string>>, x: number, multiObjective: boolean): Shown {
  const values = Object.values(texts).map(Number);
  const terms = values.map((value, j) => value * (x * (j + 2) + 3 * j + 1));
  const sum = terms.reduce((total, term) => total + term, 0) + (values[0] ?? 0) * x * x;
  const reward = (sum % 29) / 28;
  const trace = { input: String(x), output: String(reward) };
  if (!multiObjective) return { reward, trace };
  return { reward, trace, metrics: { s: reward, even: Math.trunc(reward * 28 + 0.5) % 2 === 0 ? 1 : 0 } };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
