// The modules that components belong to: what a reflection is told of a text's place, and how long the text may be.

import { placeholders } from "../../config/template.ts";
import { estimateTokens } from "../../config/tokens.ts";
import type { Candidate } from "../engine.ts";
import type { TextRules } from "./proposal-fault.ts";
import type { GepaSettings } from "./state.ts";

/** A module of the prompt, as far as the search must know it. */
export interface ModuleSettings {
  /** As in `Trace.calls`; empty for a prompt without modules. */
  name: string;
  /** Its texts in the order of its prompt, each with its place and purpose in words; empty for none. */
  components: readonly { name: string; role: string }[];
  /** Names of the placeholders that its prompt can fill. */
  placeholders: readonly string[];
  limits: TextLimits;
}

/** Limits on the length of a module's texts, in tokens; null for none. */
interface TextLimits {
  /** Of its whole prompt, the values of placeholders not counted. */
  prompt: number | null;
  /** What of the prompt is not optimised, and counts against that limit. */
  fixed: number;
  /** Of its optimised texts together. */
  texts: number | null;
  /** Of each of them. */
  text: number | null;
  /** The model whose tokens are counted. */
  counting_model: string;
}

const NO_LIMITS: TextLimits = { prompt: null, fixed: 0, texts: null, text: null, counting_model: "gpt-4" };

/** The module of a component. Settings without modules have one, which holds every component. */
export function moduleOf(component: string, settings: GepaSettings): ModuleSettings {
  const found = settings.modules?.find(({ components }) => components.some(({ name }) => name === component));
  if (found !== undefined) return found;
  const components = Object.keys(settings.baseline).map((name) => ({ name, role: "" }));
  return { name: "", components, placeholders: settings.placeholders, limits: NO_LIMITS };
}

/** What a new text for a component must keep to, beside the parent's other texts. */
export function rulesFor(component: string, texts: Candidate["texts"], settings: GepaSettings): TextRules {
  const { limits, placeholders: known } = moduleOf(component, settings);
  const { counting_model } = limits;
  const replaces = settings.baseline[component] ?? "";
  return { replaces, known, max_tokens: tokensFor(component, texts, settings), counting_model };
}

/** What a reflection is told of a component beside its text. */
export function placeOf(
  component: string,
  texts: Candidate["texts"],
  settings: GepaSettings,
): { role?: string; beside?: Record<string, string>; placeholders: string[]; max_tokens: number | null } {
  const { components } = moduleOf(component, settings);
  const role = components.find(({ name }) => name === component)?.role ?? "";
  const others = components.filter(({ name }) => name !== component);
  const beside = Object.fromEntries(others.map(({ name }) => [name, texts[name] ?? ""]));
  return {
    ...(role === "" ? {} : { role }),
    ...(others.length === 0 ? {} : { beside }),
    placeholders: placeholders(settings.baseline[component] ?? ""),
    max_tokens: tokensFor(component, texts, settings),
  };
}

/** The most tokens that a text may have next to the others; null for no limit. */
function tokensFor(component: string, texts: Candidate["texts"], settings: GepaSettings): number | null {
  const { components, limits } = moduleOf(component, settings);
  const others = components
    .filter(({ name }) => name !== component)
    .reduce((sum, { name }) => sum + estimateTokens(texts[name] ?? "", limits.counting_model), 0);
  const left = [
    limits.prompt === null ? null : limits.prompt - limits.fixed - others,
    limits.texts === null ? null : limits.texts - others,
    limits.text,
  ].filter((limit) => limit !== null);
  return left.length === 0 ? null : Math.max(1, Math.min(...left));
}
