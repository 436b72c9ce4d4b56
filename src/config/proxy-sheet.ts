// What a job's proxy model works by, resolved from its section, and the rules of that section.

import { type Finding, fault, remark } from "./findings.ts";
import { bareModel, type ModelChoice } from "./models.ts";
import type { Path } from "./path.ts";
import { ProviderName } from "./policy.ts";
import type { ProxyModelsConfig } from "./proxy.ts";
import { type StoredConfig, sectionOf } from "./section.ts";
import { quoted } from "./words.ts";

/** The cheap model of a job, and when it may stand in. Plain data. */
export interface ProxySheet {
  hi: ModelChoice;
  lo: ModelChoice;
  settings: Omit<ProxyModelsConfig, "hi_provider" | "hi_model" | "lo_provider" | "lo_model">;
}

/** Where the proxy that counts stands: at the top, else in the algorithm's section. */
function proxyPlace(config: StoredConfig): { path: Path; proxy: ProxyModelsConfig } | undefined {
  if (config.proxy_models) return { path: ["proxy_models"], proxy: config.proxy_models };
  const proxy = sectionOf(config).proxy_models;
  return proxy && { path: [config.algorithm, "proxy_models"], proxy };
}

/** The proxy of a job; undefined where it has none. */
export function proxySheet(config: StoredConfig): ProxySheet | undefined {
  const proxy = proxyPlace(config)?.proxy;
  if (proxy === undefined) return undefined;
  const { hi_provider, hi_model, lo_provider, lo_model, ...settings } = proxy;
  const [hi, lo] = [choiceOf(hi_provider, hi_model), choiceOf(lo_provider, lo_model)];
  return hi && lo && { hi, lo, settings };
}

/** What is wrong with a proxy. */
export function proxyFindings(config: StoredConfig): Finding[] {
  const place = proxyPlace(config);
  if (place === undefined) return [];
  const { path, proxy } = place;
  return [
    ...providerFindings(path, proxy),
    ...modelFindings(path, proxy, config),
    ...(proxy.r2_stop > proxy.r2_thresh
      ? [
          fault(
            [...path, "r2_stop"],
            `must be at most r2_thresh, which is ${proxy.r2_thresh}, found ${proxy.r2_stop}`,
          ),
        ]
      : []),
    ...(sectionOf(config).strategy === "reference"
      ? [fault(path, 'is not for strategy = "reference", which scores on the policy\'s model alone')]
      : []),
  ];
}

function providerFindings(path: Path, proxy: ProxyModelsConfig): Finding[] {
  return (["hi_provider", "lo_provider"] as const).flatMap((key) =>
    ProviderName.safeParse(proxy[key]).success
      ? []
      : [fault([...path, key], `must be "openai", "groq" or "google", found ${quoted(proxy[key])}`)],
  );
}

function choiceOf(provider: string, model: string): ModelChoice | undefined {
  const known = ProviderName.safeParse(provider).data;
  return known && { provider: known, model };
}

function modelFindings(path: Path, proxy: ProxyModelsConfig, { policy }: StoredConfig): Finding[] {
  const hi = nameOf(proxy.hi_provider, proxy.hi_model);
  const isPolicy = hi === nameOf(policy.provider, policy.model);
  const isSame = hi === nameOf(proxy.lo_provider, proxy.lo_model);
  const instead = `is ${quoted(proxy.hi_model)} of ${proxy.hi_provider}, and counts: rollouts run on it in the place of policy.model`;
  return [
    ...(isPolicy ? [] : [remark([...path, "hi_model"], instead)]),
    ...(isSame ? [fault([...path, "lo_model"], "must be another model than hi_model")] : []),
  ];
}

/** A model's name with its provider's, however both are written. */
function nameOf(provider: string, model: string): string {
  const known = ProviderName.safeParse(provider).data;
  return known === undefined ? `${provider}/${model}` : `${known}/${bareModel(known, model)}`;
}
