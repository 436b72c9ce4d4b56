// What is said of limits on the length of texts that the baseline does not keep.

import { type Finding, remark } from "./findings.ts";
import type { GEPAConfig } from "./gepa.ts";
import type { GepaJobConfig } from "./job.ts";
import { moduleLimits } from "./module-settings.ts";
import { componentTexts, moduleSections, type PromptModule, promptModules } from "./modules.ts";
import type { Path } from "./path.ts";
import { estimateTokens } from "./tokens.ts";

/** Limits that the baseline is over: only shorter texts will be accepted, so they may be a mistake. */
export function checkLengths(config: GepaJobConfig): Finding[] {
  if (!hasLimits(config.gepa)) return [];
  const at = new Map((config.gepa.modules ?? []).map(({ module_id }, i) => [module_id, i]));
  return promptModules(config).flatMap((module) => overLimits(module, at.get(module.name) ?? 0, config.gepa));
}

function hasLimits({ token, proposed_prompt_max_tokens, modules = [] }: GEPAConfig): boolean {
  const limits = [
    token.max_limit,
    proposed_prompt_max_tokens,
    ...modules.map(({ max_tokens }) => max_tokens),
  ];
  return limits.some((limit) => limit !== undefined);
}

function overLimits(module: PromptModule, at: number, gepa: GEPAConfig): Finding[] {
  const limits = moduleLimits(module, gepa);
  const count = (texts: readonly string[]) =>
    texts.reduce((sum, text) => sum + estimateTokens(text, limits.counting_model), 0);
  const texts = Object.values(componentTexts([module]));
  const whose = module.name === "" ? "the baseline" : `the baseline of "${module.name}"`;
  const over = (path: Path, limit: number | null, tokens: number, what: string): Finding[] =>
    limit === null || tokens <= limit
      ? []
      : [
          remark(
            path,
            `is ${limit}, and ${what} of ${whose} has about ${tokens} tokens already: only shorter ones can be tried`,
          ),
        ];
  const longest = Math.max(0, ...texts.map((text) => count([text])));
  return [
    ...over(
      ["gepa", "token", "max_limit"],
      limits.prompt,
      count(moduleSections(module).map(({ content }) => content)),
      "the prompt",
    ),
    ...over(["gepa", "modules", at, "max_tokens"], limits.texts, count(texts), "the text"),
    ...over(["gepa", "proposed_prompt_max_tokens"], limits.text, longest, "a text"),
  ];
}
