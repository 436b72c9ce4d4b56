// Rules that no single field can state: pure checks over parsed parts of a config.

import type { AdaptivePoolConfig } from "./adaptive-pool.ts";
import { promptComponents } from "./components.ts";
import { type Finding, fault, remark } from "./findings.ts";
import type { GEPAConfig } from "./gepa.ts";
import { TASK_URL_WORDS } from "./job.ts";
import { MAX_CONCURRENT_ROLLOUTS } from "./limits.ts";
import type { Path } from "./path.ts";
import type { PromptPatternConfig } from "./prompt.ts";
import { DEFAULT_PARETO_SEEDS, defaultParetoSize, MIN_FEEDBACK_SEEDS, MIN_PARETO_SEEDS } from "./seeds.ts";
import { placeholders } from "./template.ts";
import { counted, quoted } from "./words.ts";

/** The most rollouts that a job can have in flight. */

const MAX_NAMED_SEEDS = 5;
const EVALUATION = ["gepa", "evaluation"];
const PARETO_SET_SIZE = ["gepa", "archive", "pareto_set_size"];

/** The URL must be one that can be called (protocol §1.3). Which hosts may be called is for the rollouts to decide. */
export function checkTaskAppUrl(url: string): Finding[] {
  const path = ["task_app_url"];
  if (!URL.canParse(url)) return [notAUrl(path, url)];
  const { protocol, username, password } = new URL(url);
  if (username !== "" || password !== "") {
    return [fault(path, "must not hold a user name or password; use task_app_api_key")];
  }
  const isHttp = protocol === "http:" || protocol === "https:";
  return isHttp ? [] : [notAUrl(path, url)];
}

function notAUrl(path: Path, url: string): Finding {
  // What stands before an @ or after a ? may be a password.
  const shown = url.includes("@") ? "text (not shown)" : quoted(url.split("?", 1)[0] ?? "");
  const says = `must be ${TASK_URL_WORDS}, found ${shown}`;
  return { ...fault(path, says), expected: TASK_URL_WORDS, found: shown };
}

/** A prompt needs something to optimise, and the placeholders that it declares (protocol §1.5). */
export function checkPrompt(prompt: PromptPatternConfig): Finding[] {
  const findings: Finding[] = [];
  if (Object.keys(promptComponents(prompt)).length === 0) {
    const says = "has nothing to optimise: it needs a message with the role system, developer or user";
    findings.push(fault(["initial_prompt", "messages"], says));
  }
  return [...findings, ...checkWildcards(prompt), ...checkPlaceholders(prompt)];
}

function checkWildcards({ messages, wildcards, metadata }: PromptPatternConfig): Finding[] {
  const modules = (metadata?.pipeline_modules ?? []).flatMap((entry) =>
    typeof entry === "string" ? [] : [entry],
  );
  const patterns = [...messages, ...modules.flatMap((module) => module.messages ?? [])].map(
    ({ pattern }) => pattern,
  );
  const texts = [...patterns, ...modules.flatMap(({ instruction_text }) => instruction_text ?? [])];
  const used = new Set(texts.flatMap(placeholders));
  return Object.entries(wildcards).flatMap(([name, need]) => {
    const path = ["initial_prompt", "wildcards", name];
    const word = need.trim().toUpperCase();
    if (word === "REQUIRED" && !used.has(name)) {
      return [fault(path, `is REQUIRED, but no message contains {${name}}`)];
    }
    if (word === "REQUIRED" || word === "OPTIONAL") return [];
    return [remark(path, 'is neither "REQUIRED" nor "OPTIONAL"; it is taken as optional')];
  });
}

function checkPlaceholders({ messages, wildcards }: PromptPatternConfig): Finding[] {
  if (Object.keys(wildcards).length === 0) return [];
  return messages.flatMap((message, i) =>
    placeholders(message.pattern)
      .filter((name) => !Object.hasOwn(wildcards, name))
      .map((name) =>
        remark(
          ["initial_prompt", "messages", i, "pattern"],
          `contains {${name}}, which initial_prompt.wildcards does not declare`,
        ),
      ),
  );
}

/** Each of the three seed lists names a seed once. */
export function checkSeedLists(evaluation: GEPAConfig["evaluation"]): Finding[] {
  const lists = {
    seeds: evaluation.seeds,
    validation_seeds: evaluation.validation_seeds,
    test_pool: evaluation.test_pool,
  };
  return Object.entries(lists).flatMap(([key, seeds]) => repeatedSeeds([...EVALUATION, key], seeds));
}

/** A list names a seed once. */
export function repeatedSeeds(path: Path, seeds: readonly number[]): Finding[] {
  const twice = repeated(seeds);
  return twice.length === 0 ? [] : [fault(path, `names seeds more than once: ${some(twice)}`)];
}

/** The Pareto seeds of a job, as far as they can be decided. */
export interface ParetoChoice {
  size: number;
  findings: Finding[];
}

/**
 * The seed split rule (protocol §1.11): at least 10 Pareto seeds and 3 feedback seeds. `written` is the size in the
 * config, undefined when it is left to the default, which then adapts to the rollout budget and the number of training seeds (not if
 * `strict`). Where all seeds are for feedback (`shared`), none is set aside for it.
 */
export function chooseParetoSize(
  seedCount: number,
  written: number | undefined,
  strict = false,
  budget?: number,
  shared = false,
): ParetoChoice {
  // Strictly, the default does not adapt.
  if (strict && written === undefined) {
    return chooseParetoSize(seedCount, DEFAULT_PARETO_SEEDS, false, undefined, shared);
  }
  const size = written ?? defaultParetoSize(seedCount, budget, shared);
  const apart = shared ? 0 : MIN_FEEDBACK_SEEDS;
  return { size, findings: paretoFindings({ count: seedCount, size, written, budget, apart }) };
}

interface ParetoFacts {
  /** Training seeds. */
  count: number;
  size: number;
  written: number | undefined;
  budget: number | undefined;
  /** Seeds that are for feedback alone, at least. */
  apart: number;
}

function paretoFindings({ count, size, written, budget, apart }: ParetoFacts): Finding[] {
  const needs =
    apart === 0
      ? `${MIN_PARETO_SEEDS} Pareto seeds`
      : `${MIN_PARETO_SEEDS} Pareto seeds and ${apart} feedback seeds`;
  const fewest = MIN_PARETO_SEEDS + apart;
  if (count < fewest) {
    const expected = `at least ${fewest} seeds (${needs})`;
    const found = counted(count, "seed");
    return [{ ...fault([...EVALUATION, "seeds"], `must hold ${expected}, found ${found}`), expected, found }];
  }
  const most = count - apart;
  if (written === undefined)
    return budget !== undefined || size === DEFAULT_PARETO_SEEDS || apart === 0
      ? []
      : [remark(PARETO_SET_SIZE, adapted(count, size))];
  if (size >= MIN_PARETO_SEEDS && size <= most) return [];
  const expected = `a whole number from ${MIN_PARETO_SEEDS} to ${most}`;
  const reason = `gepa.evaluation.seeds has ${counted(count, "seed")}, and a job needs ${needs}`;
  const fix = size > most ? `; lower it to ${most} or give at least ${size + apart} seeds` : "";
  const says = `must be ${expected}, found ${size}: ${reason}${fix}`;
  return [{ ...fault(PARETO_SET_SIZE, says), expected, found: String(size) }];
}

function adapted(count: number, size: number): string {
  return (
    `is not given, and its default of ${DEFAULT_PARETO_SEEDS} does not fit ${counted(count, "seed")}: ` +
    `the first ${size} are Pareto seeds, the other ${count - size} are for feedback`
  );
}

/** Held-out seeds should not be training seeds, nor those in reserve. `pool` is the pool of the training seeds, when the config names it. */
export function checkHeldOut(
  { evaluation, adaptive_pool }: Pick<GEPAConfig, "evaluation" | "adaptive_pool">,
  pool: string | undefined,
): Finding[] {
  const { seeds, validation_seeds, validation_pool, test_pool } = evaluation;
  const training = new Set([...seeds, ...reserveOf(adaptive_pool)]);
  const findings: Finding[] = [];
  const trainingPool = poolName(pool ?? "train");
  if (validation_pool === undefined || poolName(validation_pool) === trainingPool) {
    findings.push(...overlap([...EVALUATION, "validation_seeds"], validation_seeds, training));
  }
  return [...findings, ...overlap([...EVALUATION, "test_pool"], test_pool, training)];
}

/** The seeds that heat-ups of a pool may take. */
export function reserveOf(pool: AdaptivePoolConfig | undefined): readonly number[] {
  return pool === undefined || pool.level === "NONE" ? [] : (pool.heatup_reserve_pool ?? []);
}

/** A warning for held-out seeds that are training seeds. */
export function overlap(path: Path, seeds: readonly number[], training: ReadonlySet<number>): Finding[] {
  const shared = seeds.filter((seed) => training.has(seed));
  if (shared.length === 0) return [];
  const says = `is not held out: ${counted(shared.length, "seed")} of it are training seeds too: ${some(shared)}`;
  return [remark(path, says)];
}

function poolName(pool: string): string {
  return pool === "val" ? "validation" : pool;
}

/** The number of rollouts in flight, within what a job can have. `path` is where it is given. */
export function capConcurrency(wanted: number, path: Path): { max_concurrent: number; findings: Finding[] } {
  if (wanted <= MAX_CONCURRENT_ROLLOUTS) return { max_concurrent: wanted, findings: [] };
  const says = `is ${wanted}, over the limit of ${MAX_CONCURRENT_ROLLOUTS}; the job runs with ${MAX_CONCURRENT_ROLLOUTS}`;
  return {
    max_concurrent: MAX_CONCURRENT_ROLLOUTS,
    findings: [remark(path, says)],
  };
}

function repeated(seeds: readonly number[]): number[] {
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const seed of seeds) (seen.has(seed) ? twice : seen).add(seed);
  return [...twice];
}

function some(seeds: readonly number[]): string {
  const rest = seeds.length - MAX_NAMED_SEEDS;
  return seeds.slice(0, MAX_NAMED_SEEDS).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
