// The rules across fields, applied: to a whole config, or to those parts of a faulty one that can be read by themselves,
// so that one error message can name everything.

import type { Json, JsonObject } from "../wire/json.ts";
import {
  capConcurrency,
  checkHeldOut,
  checkPrompt,
  checkSeedLists,
  checkTaskAppUrl,
  chooseParetoSize,
} from "./checks.ts";
import type { Finding } from "./findings.ts";
import { GEPAArchiveConfig, GEPAEvaluationConfig } from "./gepa.ts";
import type { PromptLearningConfig } from "./job.ts";
import { PromptPatternConfig } from "./prompt.ts";
import { valueAt } from "./tables.ts";

/** A config with its effective Pareto set size and concurrency, and what the rules say. */
export interface RuledConfig {
  config: PromptLearningConfig;
  findings: Finding[];
}

/** Apply every rule. `paretoSizeWritten`: the config gives `pareto_set_size` itself. */
export function applyRules(config: PromptLearningConfig, paretoSizeWritten: boolean): RuledConfig {
  const { gepa } = config;
  const { archive, evaluation, rollout } = gepa;
  const written = paretoSizeWritten ? archive.pareto_set_size : undefined;
  const pareto = chooseParetoSize(evaluation.seeds.length, written);
  const cap = capConcurrency(rollout.max_concurrent);
  const findings = [
    ...checkTaskAppUrl(config.task_app_url),
    ...checkPrompt(config.initial_prompt),
    ...checkSeedLists(evaluation),
    ...pareto.findings,
    ...checkHeldOut(evaluation, poolOf(gepa.env_config) ?? poolOf(config.env_config)),
    ...cap.findings,
  ];
  const ruled = {
    ...config,
    gepa: {
      ...gepa,
      archive: { ...archive, pareto_set_size: pareto.size },
      rollout: { ...rollout, max_concurrent: cap.max_concurrent },
    },
  };
  return { config: ruled, findings };
}

/** Apply the rules to the parts of a section that the schemas accept, when they refuse the whole. */
export function checkParts(section: JsonObject): Finding[] {
  const findings: Finding[] = [];
  if (typeof section.task_app_url === "string" && section.task_app_url !== "") {
    findings.push(...checkTaskAppUrl(section.task_app_url));
  }
  const prompt = PromptPatternConfig.safeParse(section.initial_prompt);
  if (prompt.success) findings.push(...checkPrompt(prompt.data));
  const evaluation = GEPAEvaluationConfig.safeParse(valueAt(section, ["gepa", "evaluation"]));
  if (!evaluation.success) return findings;
  findings.push(...checkSeedLists(evaluation.data));
  const archive = GEPAArchiveConfig.safeParse(valueAt(section, ["gepa", "archive"]) ?? {});
  const isWritten = valueAt(section, ["gepa", "archive", "pareto_set_size"]) !== undefined;
  if (archive.success) {
    const written = isWritten ? archive.data.pareto_set_size : undefined;
    findings.push(...chooseParetoSize(evaluation.data.seeds.length, written).findings);
  }
  return findings;
}

function poolOf(envConfig: Readonly<Record<string, Json>> | undefined): string | undefined {
  const pool = envConfig?.pool;
  return typeof pool === "string" ? pool : undefined;
}
