// The rules across fields, applied to a whole config. repair.ts has them applied to what is left of a faulty one.

import type { Json, JsonObject } from "../wire/json.ts";
import { checkAdaptivePool, checkPoolSizes } from "./adaptive-checks.ts";
import { type AdaptivePoolConfig, sizedPool } from "./adaptive-pool.ts";
import {
  capConcurrency,
  checkHeldOut,
  checkPrompt,
  checkSeedLists,
  checkTaskAppUrl,
  chooseParetoSize,
} from "./checks.ts";
import { type Finding, fault, remark } from "./findings.ts";
import type { GEPAArchiveConfig, GEPAConfig } from "./gepa.ts";
import type { GepaJobConfig, JobConfig, MiproJobConfig, PromptLearningConfig } from "./job.ts";
import { withLimits } from "./job-limits.ts";
import { checkLengths } from "./length-checks.ts";
import type { MIPROConfig } from "./mipro.ts";
import { checkMiproPools, checkMiproRounds } from "./mipro-checks.ts";
import { checkGepaPipeline, checkMiproPipeline } from "./pipeline.ts";
import { missingPlace } from "./proposer.ts";
import { proxyFindings } from "./proxy-sheet.ts";
import { searchPopulation } from "./search-sizes.ts";
import { MIN_FEEDBACK_SEEDS, MIN_PARETO_SEEDS, MIN_TRAINING_SEEDS } from "./seeds.ts";
import { checkMiproStrategy, checkStrategy, minibatchOf } from "./strategy-checks.ts";
import { fusedFindings } from "./strict.ts";
import { valueAt } from "./tables.ts";
import { verifierFindings } from "./verifier-sheet.ts";
import { counted } from "./words.ts";

const FREE_EFFORTS = ["LOW_CONTEXT", "LOW", "MEDIUM"];

/** A config with its effective values, and what the rules say. */
export interface RuledConfig {
  config: JobConfig;
  findings: Finding[];
}

/** Apply every rule. `section` is the table that the config was parsed from. */
export function applyRules(config: PromptLearningConfig, section: JsonObject, strict: boolean): RuledConfig {
  const { algorithm } = config;
  const ruled = algorithm === "mipro" ? ruledMipro(config, section) : ruledGepa(config, section, strict);
  const findings = [
    ...checkTaskAppUrl(config.task_app_url),
    ...checkPrompt(config.initial_prompt),
    ...checkFreeTier(config),
    ...fusedFindings(["verifier"], config.verifier, false),
    ...fusedFindings([algorithm, "verifier"], config[algorithm]?.verifier, false),
    ...verifierFindings(ruled.config),
    ...proxyFindings(ruled.config),
    ...ruled.findings,
  ];
  return { config: ruled.config, findings };
}

function ruledGepa(
  config: PromptLearningConfig,
  section: JsonObject,
  strict: boolean,
): { config: GepaJobConfig; findings: Finding[] } {
  const { gepa } = config;
  if (gepa === undefined) throw new Error("the section of a GEPA job is never absent here");
  const { archive, evaluation, rollout } = gepa;
  const budget = rolloutLimit(config, gepa);
  const written =
    writtenParetoSize(section, archive) ??
    (strict ? undefined : paretoSizeByFraction(section, archive, evaluation.seeds.length));
  const pareto = chooseParetoSize(evaluation.seeds.length, written, strict, budget, gepa.shared_seeds);
  const cap = capConcurrency(rollout.max_concurrent, ["gepa", "rollout", "max_concurrent"]);
  const effective: GEPAConfig = {
    ...gepa,
    archive: { ...archive, size: archive.max_size ?? archive.size, pareto_set_size: pareto.size },
    rollout: {
      ...rollout,
      max_concurrent: cap.max_concurrent,
      minibatch_size: minibatchOf(gepa, section),
    },
  };
  if (!strict) effective.population = searchPopulation(effective, section, config.initial_prompt, budget);
  if (gepa.adaptive_pool) effective.adaptive_pool = sizedPool(gepa.adaptive_pool, evaluation.seeds.length);
  const ruled: GepaJobConfig = withLimits({ ...config, algorithm: "gepa", gepa: effective });
  const findings = [
    ...dropProxyCopy(config, effective),
    ...checkSeedLists(evaluation),
    ...pareto.findings,
    ...checkHeldOut(gepa, poolOf(gepa.env_config) ?? poolOf(config.env_config)),
    ...cap.findings,
    ...checkStrategy(gepa, section, least(rollout.budget, config.termination_config.max_rollouts)),
    ...checkSpec(gepa),
    ...checkOwnPrompts(gepa),
    ...checkGepaPipeline(config.initial_prompt, gepa.modules),
    ...checkLengths(ruled),
    ...poolFindings(section, "gepa", evaluation.seeds.length),
    ...poolSizeFindings(section, "gepa", gepa, pareto.size),
  ];
  return { config: ruled, findings };
}

/** The Pareto seeds that a feedback fraction leaves; undefined where none is given. */
function paretoSizeByFraction(
  section: JsonObject,
  archive: GEPAConfig["archive"],
  seeds: number,
): number | undefined {
  const given = valueAt(section, ["gepa", "archive", "feedback_fraction"]) ?? undefined;
  if (given === undefined || seeds < MIN_TRAINING_SEEDS) return undefined;
  const size = seeds - Math.round(archive.feedback_fraction * seeds);
  return Math.max(MIN_PARETO_SEEDS, Math.min(size, seeds - MIN_FEEDBACK_SEEDS));
}

/** The rollout budget of a job: the smaller of the limits given. */
function rolloutLimit({ termination_config }: PromptLearningConfig, gepa: GEPAConfig): number | undefined {
  return least(gepa.rollout.budget, termination_config.max_rollouts);
}

function ruledMipro(
  config: PromptLearningConfig,
  section: JsonObject,
): { config: MiproJobConfig; findings: Finding[] } {
  const { mipro } = config;
  if (mipro === undefined) throw new Error("the section of a MIPRO job is never absent here");
  const cap = capConcurrency(mipro.max_concurrent, ["mipro", "max_concurrent"]);
  const effective: MIPROConfig = { ...mipro, max_concurrent: cap.max_concurrent };
  const pool: AdaptivePoolConfig | undefined = mipro.adaptive_pool;
  if (pool) effective.adaptive_pool = sizedPool(pool, mipro.online_pool?.length);
  const findings = [
    ...dropProxyCopy(config, effective),
    ...cap.findings,
    ...checkMiproPools(mipro),
    ...checkMiproRounds(mipro),
    ...checkMiproStrategy(mipro, section),
    ...checkMiproPipeline(config.initial_prompt, mipro),
    ...poolFindings(section, "mipro", mipro.online_pool?.length ?? 0),
    ...poolSizeFindings(section, "mipro", mipro, mipro.online_pool?.length ?? 0),
  ];
  return { config: withLimits({ ...config, algorithm: "mipro", mipro: effective }), findings };
}

/** Proxy models of the job itself go before those of its section (protocol §1.3). */
function dropProxyCopy(
  { algorithm, proxy_models: own }: PromptLearningConfig,
  effective: { proxy_models?: PromptLearningConfig["proxy_models"] },
): Finding[] {
  const { proxy_models: copy } = effective;
  if (own === undefined || copy === undefined) return [];
  delete effective.proxy_models;
  if (JSON.stringify(own) === JSON.stringify(copy)) return [];
  return [
    remark(
      [algorithm, "proxy_models"],
      "is ignored: prompt_learning.proxy_models is given too, and it holds",
    ),
  ];
}

function least(...limits: (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function checkFreeTier(config: PromptLearningConfig): Finding[] {
  const { algorithm } = config;
  const effort = config[algorithm]?.proposer_effort;
  if (!config.free_tier || effort === undefined || FREE_EFFORTS.includes(effort)) return [];
  const words = FREE_EFFORTS.map((word) => `"${word}"`).join(", ");
  return [
    fault(
      [algorithm, "proposer_effort"],
      `must be one of ${words} when free_tier is true, found "${effort}"`,
    ),
  ];
}

function checkSpec({ proposer_type, spec_path, spec_text }: GEPAConfig): Finding[] {
  if (proposer_type !== "spec" || spec_path || spec_text) return [];
  return [fault(["gepa", "spec_path"], 'is missing: proposer_type = "spec" needs it')];
}

/** A prompt of the user's for the proposer must have both of its places, or it is none. */
function checkOwnPrompts({ metaprompt = "", mutation }: GEPAConfig): Finding[] {
  const texts: [string[], string][] = [
    [["gepa", "metaprompt"], metaprompt],
    [["gepa", "mutation", "prompt"], mutation.prompt ?? ""],
  ];
  return texts.flatMap(([path, text]) => {
    const missing = missingPlace(text);
    const says = `must have both <curr_param> and <side_info>, to be the proposer's whole prompt, or neither, to be added to it; ${missing} is missing`;
    return missing === undefined ? [] : [fault(path, says)];
  });
}

function poolFindings(section: JsonObject, algorithm: "gepa" | "mipro", seeds: number): Finding[] {
  const path = [algorithm, "adaptive_pool"];
  return checkAdaptivePool(path, valueAt(section, path), seeds);
}

/** The reference has no pool, and says so. */
function poolSizeFindings(
  section: JsonObject,
  algorithm: "gepa" | "mipro",
  { adaptive_pool, strategy }: Pick<GEPAConfig, "adaptive_pool"> & { strategy: string },
  seeds: number,
): Finding[] {
  const path = [algorithm, "adaptive_pool"];
  if (strategy === "reference") return [];
  const says =
    algorithm === "gepa"
      ? `there are ${counted(seeds, "Pareto seed")}`
      : `online_pool has ${counted(seeds, "seed")}`;
  return checkPoolSizes(path, valueAt(section, path), adaptive_pool, { seeds, says });
}

function writtenParetoSize(section: JsonObject, archive: GEPAArchiveConfig): number | undefined {
  const written = valueAt(section, ["gepa", "archive", "pareto_set_size"]);
  return written === undefined ? undefined : archive.pareto_set_size;
}

function poolOf(envConfig: Readonly<Record<string, Json>> | undefined): string | undefined {
  const pool = envConfig?.pool;
  return typeof pool === "string" ? pool : undefined;
}
