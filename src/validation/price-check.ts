// A limit in US dollars needs the prices of all models that spend under it: one without cannot be kept, and is refused.

import type { ConfigIssue } from "../config/errors.ts";
import type { JobConfig } from "../config/job.ts";
import { type CostRole, jobLimits, type Limit } from "../config/job-limits.ts";
import { bareModel, type ModelChoice, proposerFor } from "../config/models.ts";
import { promptModules } from "../config/modules.ts";
import { dotted, pointer, SECTION } from "../config/path.ts";
import { proxySheet } from "../config/proxy-sheet.ts";
import { sectionOf } from "../config/section.ts";
import { verifierSheet } from "../config/verifier-sheet.ts";
import { hasPrice } from "../inference/prices.ts";

/** What keeps limits in US dollars from being kept; nothing where all prices are known. */
export function priceIssues(config: JobConfig): ConfigIssue[] {
  const { usd, category_usd } = jobLimits(config);
  return spenders(config).flatMap(({ role, choice }) => {
    const limit = usd ?? category_usd[role];
    if (!limit || hasPrice(choice.provider, bareModel(choice.provider, choice.model))) return [];
    return [issue(limit, role, choice)];
  });
}

function spenders(config: JobConfig): { role: CostRole; choice: ModelChoice }[] {
  const verifier = verifierSheet(config);
  const proxy = proxySheet(config);
  const policies = [
    ...promptModules(config).map(({ policy }) => policy),
    ...(proxy ? [proxy.hi, proxy.lo] : []),
  ];
  const distinct = new Map(policies.map((choice) => [`${choice.provider}/${choice.model}`, choice]));
  return [
    ...[...distinct.values()].map((choice) => ({ role: "policy" as const, choice })),
    { role: "proposer", choice: proposerFor(sectionOf(config)) },
    ...(verifier ? [{ role: "verifier" as const, choice: verifier }] : []),
  ];
}

function issue(limit: Limit, role: CostRole, { provider, model }: ModelChoice): ConfigIssue {
  const path = [SECTION, ...limit.path];
  const message = `${dotted(path)} cannot be kept: the price of the ${role}'s model "${model}" (${provider}) is not known. Choose a model whose price is known, or limit tokens (termination_config.max_tokens) or rollouts in its place`;
  return { pointer: pointer(path), path: dotted(path), message };
}
