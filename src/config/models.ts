// Which models stand behind the protocol's words (§1.11, §1.14), and how a model's name is written for its provider.

import type { GEPAConfig } from "./gepa.ts";
import type { ProviderName } from "./policy.ts";

/** A model and who serves it. */
export interface ModelChoice {
  readonly provider: ProviderName;
  readonly model: string;
}

/** The proposer model of each `proposer_effort`. */
export const PROPOSER_MODELS: Readonly<Record<GEPAConfig["proposer_effort"], ModelChoice>> = {
  LOW_CONTEXT: { provider: "groq", model: "openai/gpt-oss-120b" },
  LOW: { provider: "openai", model: "gpt-4o-mini" },
  MEDIUM: { provider: "openai", model: "gpt-4o" },
  HIGH: { provider: "openai", model: "gpt-5" },
};

/** The most tokens of one proposal, for each `proposer_output_tokens`. */
export const PROPOSER_OUTPUT_TOKENS: Readonly<Record<GEPAConfig["proposer_output_tokens"], number>> = {
  RAPID: 3_000,
  FAST: 10_000,
  SLOW: 25_000,
};

/** Prefixes that name the provider itself. Groq's `openai/gpt-oss-20b` is no such case: there it is part of the name. */
const OWN_PREFIXES: Readonly<Record<ProviderName, readonly string[]>> = {
  openai: ["openai/"],
  groq: ["groq/"],
  google: ["google/", "models/"],
};

/** A model's name as its provider knows it: without the provider's own prefix, `openai/gpt-4o` being `gpt-4o` at OpenAI. */
export function bareModel(provider: ProviderName, model: string): string {
  let name = model.trim();
  for (const prefix of OWN_PREFIXES[provider]) {
    if (name.toLowerCase().startsWith(prefix)) name = name.slice(prefix.length);
  }
  return name;
}

/** Beginnings of the names of OpenAI's reasoning models, which refuse every temperature but their own. */
const REASONING_MODELS = ["gpt-5", "o1", "o3", "o4"];
/** The one of those names that is no reasoning model. */
const CHAT_MODEL = "gpt-5-chat";

/** Whether a model takes a `temperature`; for one that does not, it must be left out of a request. */
export function takesTemperature(provider: ProviderName, model: string): boolean {
  if (provider !== "openai") return true;
  const name = bareModel(provider, model).toLowerCase();
  return name.startsWith(CHAT_MODEL) || !REASONING_MODELS.some((beginning) => name.startsWith(beginning));
}

/** The options that choose a proposer; MIPRO's section has the first two of them. */
export type ProposerOptions = Pick<GEPAConfig, "proposer_effort" | "proposer_output_tokens"> &
  Partial<Pick<GEPAConfig, "proposer_type" | "mutation">>;

/**
 * The proposer of a job: its model, and the most tokens of one proposal. The model is the first that is given with its
 * provider: `mutation.synth_meta_model` (for the type "synth" only), `mutation.llm_model`, the one behind `proposer_effort`.
 */
export function proposerFor(options: ProposerOptions): ModelChoice & { max_tokens: number } {
  const { proposer_type, mutation = { rate: 0 } } = options;
  const isSynth = proposer_type === "synth";
  const choices = [
    ...(isSynth ? [choice(mutation.synth_meta_provider, mutation.synth_meta_model)] : []),
    choice(mutation.llm_provider, mutation.llm_model),
  ];
  return {
    ...(choices.find((one) => one !== undefined) ?? PROPOSER_MODELS[options.proposer_effort]),
    max_tokens:
      (isSynth ? mutation.synth_max_tokens : undefined) ??
      mutation.max_tokens ??
      PROPOSER_OUTPUT_TOKENS[options.proposer_output_tokens],
  };
}

function choice(provider: ProviderName | undefined, model: string | undefined): ModelChoice | undefined {
  return provider === undefined || model === undefined ? undefined : { provider, model };
}
