// What a job's verifier works by, resolved from its section: which model judges, what counts, what it is told. And the rules of that
// section across its options.

import type { JsonObject } from "../wire/json.ts";
import { type Finding, fault, remark } from "./findings.ts";
import { MAX_CONCURRENT_JUDGEMENTS, MAX_JUDGEMENT_TIMEOUT_MS } from "./limits.ts";
import { type ModelChoice, proposerFor } from "./models.ts";
import type { Path } from "./path.ts";
import { PROVIDERS, ProviderName } from "./policy.ts";
import { type StoredConfig, sectionOf } from "./section.ts";
import { firstTokens } from "./tokens.ts";
import type { PromptLearningVerifierConfig } from "./verifier.ts";
import { quoted } from "./words.ts";

/** What a verifier works by; plain data. */
export interface VerifierSheet {
  /** The registered verifier, such as `tone@2`; empty for the task app's own rubric. */
  id: string;
  provider: ProviderName;
  model: string;
  /** Further fields of each request to the model. */
  options: JsonObject;
  /** Calls in flight at a time. */
  concurrency: number;
  timeout_ms: number;
  wanted: { event: boolean; outcome: boolean };
  reward_source: PromptLearningVerifierConfig["reward_source"];
  weight_env: number;
  weight_event: number;
  weight_outcome: number;
  /** What the judge is told of the system; empty for nothing. */
  spec: string;
}

/** Fields of a request to the model that are the service's to fill. */
const OWN_FIELDS = ["model", "messages", "stream", "n"];

/** Where the verifier that counts stands: at the top, else in the algorithm's section. Undefined where none is switched on. */
export function verifierPlace(
  config: StoredConfig,
): { path: Path; verifier: PromptLearningVerifierConfig } | undefined {
  const inSection = sectionOf(config).verifier;
  const places = [
    { path: ["verifier"], verifier: config.verifier },
    { path: [config.algorithm, "verifier"], verifier: inSection },
  ];
  for (const { path, verifier } of places) {
    if (verifier?.enabled) return { path, verifier };
  }
  return undefined;
}

/** Of two verifiers that are switched on, the job's own counts. */
function secondVerifier(config: StoredConfig): Finding[] {
  const [own, copy] = [config.verifier, sectionOf(config).verifier];
  if (own?.enabled !== true || copy?.enabled !== true || JSON.stringify(own) === JSON.stringify(copy))
    return [];
  return [
    remark([config.algorithm, "verifier"], "is ignored: prompt_learning.verifier is given too, and it holds"),
  ];
}

/** The verifier of a job; undefined where it has none. */
export function verifierSheet(config: StoredConfig): VerifierSheet | undefined {
  const verifier = verifierPlace(config)?.verifier;
  if (verifier === undefined) return undefined;
  return {
    id: verifier.synth_verifier_id.trim(),
    ...judgeModel(config, verifier),
    options: verifier.backend_options,
    concurrency: Math.min(verifier.concurrency, MAX_CONCURRENT_JUDGEMENTS),
    timeout_ms: Math.min(Math.ceil(verifier.timeout * 1000), MAX_JUDGEMENT_TIMEOUT_MS),
    wanted: { event: verifier.backend_event_enabled, outcome: verifier.backend_outcome_enabled },
    reward_source: verifier.reward_source,
    weight_env: verifier.weight_env,
    weight_event: verifier.weight_event,
    weight_outcome: verifier.weight_outcome,
    spec: specOf(verifier),
  };
}

/** What is wrong with a verifier that is switched on. */
export function verifierFindings(config: StoredConfig): Finding[] {
  const place = verifierPlace(config);
  if (place === undefined) return [];
  const { path, verifier } = place;
  return [...scoreFindings(path, verifier), ...backendFindings(path, verifier), ...secondVerifier(config)];
}

/** The job's proposer judges where nothing else is said: the policy should not be its own judge. */
function judgeModel(config: StoredConfig, verifier: PromptLearningVerifierConfig): ModelChoice {
  const { provider, model } = proposerFor(sectionOf(config));
  if (verifier.backend_model === "") return { provider, model };
  const named = ProviderName.safeParse(verifier.backend_provider);
  return { provider: named.success ? named.data : "openai", model: verifier.backend_model };
}

function specOf(verifier: PromptLearningVerifierConfig): string {
  const spec = firstTokens(verifier.spec_text?.trim() ?? "", verifier.spec_max_tokens);
  return [spec, verifier.spec_context?.trim() ?? ""].filter((text) => text !== "").join("\n\n");
}

/** A reward must come of something: of a kind of score that is switched on, with a weight where it is weighed. */
function scoreFindings(path: Path, verifier: PromptLearningVerifierConfig): Finding[] {
  const { backend_event_enabled, backend_outcome_enabled, reward_source } = verifier;
  if (!backend_event_enabled && !backend_outcome_enabled) {
    const says = "is false, and backend_event_enabled too, so that the verifier has nothing to score";
    return [fault([...path, "backend_outcome_enabled"], says)];
  }
  const left =
    (backend_event_enabled ? verifier.weight_event : 0) +
    (backend_outcome_enabled ? verifier.weight_outcome : 0);
  const given = verifier.weight_event + verifier.weight_outcome;
  if (reward_source === "task_app" || left > 0 || given === 0) return [];
  const says = `is ${quoted(reward_source)}, but the only scores with a weight are those that are switched off`;
  return [fault([...path, "reward_source"], says)];
}

function backendFindings(path: Path, verifier: PromptLearningVerifierConfig): Finding[] {
  const { backend_provider, backend_model, backend_options, timeout } = verifier;
  const provider = ProviderName.safeParse(backend_provider);
  const words = PROVIDERS.map((name) => quoted(name)).join(", ");
  const own = Object.keys(backend_options).filter((key) => OWN_FIELDS.includes(key));
  return [
    ...(backend_provider === "" || provider.success
      ? []
      : [fault([...path, "backend_provider"], `must be one of ${words}, found ${quoted(backend_provider)}`)]),
    ...(backend_provider !== "" && backend_model === ""
      ? [fault([...path, "backend_model"], "is missing: backend_provider is given, and needs it")]
      : []),
    ...own.map((key) =>
      fault([...path, "backend_options", key], "must not be given: the service fills it in"),
    ),
    ...(timeout > 0 ? [] : [fault([...path, "timeout"], `must be above 0, found ${timeout}`)]),
  ];
}
