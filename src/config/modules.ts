// The modules of a job's prompt (protocol §1.5, §1.10, §1.11): each a prompt of its own, with the texts in it that are
// optimised and the policy that its calls run under. A job without a pipeline has one, whose name is empty.

import type { PromptSection } from "../wire/job.ts";
import { namedSections, optimisedSections } from "./components.ts";
import { isInstruction, type ShownDemo, sectionsWithDemos } from "./demos.ts";
import { readFewShots } from "./few-shots.ts";
import type { GEPAConfig } from "./gepa.ts";
import type { MIPROConfig } from "./mipro.ts";
import type { MIPROStageConfig } from "./mipro-modules.ts";
import type { PromptLearningPolicyConfig } from "./policy.ts";
import { type PipelineModule, type PromptPatternConfig, pipelineName } from "./prompt.ts";
import { slotTexts } from "./slots.ts";

/** A piece of a section: fixed text, or with a `component` a text that is optimised, here as the baseline has it. */
interface SectionPart {
  text: string;
  component?: string;
}

/** A message of a module's prompt. */
interface ModuleSection {
  role: string;
  /** Unique in the module: `system`, `user`, `user_2`. */
  name: string;
  order: number;
  parts: SectionPart[];
}

/** A module: its prompt, and how its model is called. Plain data. */
export interface PromptModule {
  /** Empty for a prompt without modules. */
  name: string;
  /** What it is for, in the user's words; empty where nobody says. */
  description: string;
  sections: ModuleSection[];
  /** Examples that its prompt shows from the start (`few_shots`). */
  demos: ShownDemo[];
  policy: ModulePolicy;
  /** Names of the tools that its model may call; null for all that the task app offers. */
  allowed_tools: string[] | null;
  /** The most tokens of its optimised texts together; null for no limit. */
  max_tokens: number | null;
}

/** The model of a module's calls. */
export type ModulePolicy = Pick<
  PromptLearningPolicyConfig,
  "provider" | "model" | "temperature" | "max_completion_tokens"
>;

/** What modules are made from. */
export interface ModuleSources {
  initial_prompt: PromptPatternConfig;
  policy: PromptLearningPolicyConfig;
  algorithm: "gepa" | "mipro";
  gepa?: GEPAConfig;
  mipro?: MIPROConfig;
}

/** The modules of a job, in the order in which they are declared. */
export function promptModules(config: ModuleSources): PromptModule[] {
  return config.algorithm === "mipro" ? stageModules(config) : pipelineModules(config);
}

/** The baseline of every optimised text, by component. */
export function componentTexts(modules: readonly PromptModule[]): Record<string, string> {
  const parts = modules.flatMap(({ sections }) => sections.flatMap((section) => section.parts));
  return Object.fromEntries(
    parts.flatMap(({ component, text }) => (component === undefined ? [] : [[component, text]])),
  );
}

/** A module's prompt with these texts in the place of its components; without texts, the baseline. */
export function moduleSections(
  { sections }: PromptModule,
  texts: Readonly<Record<string, string>> = {},
): PromptSection[] {
  return sections.map(({ role, name, order, parts }) => ({
    role,
    name,
    content: parts
      .map(({ text, component }) => (component === undefined ? text : (texts[component] ?? text)))
      .join(""),
    order,
  }));
}

/**
 * The whole prompt of a candidate as it is shown: the messages of every module with its demos. Those of a pipeline bear the
 * module's name, `classifier` or `classifier.user`.
 */
export function shownSections(
  modules: readonly PromptModule[],
  {
    texts,
    demos = {},
  }: { texts: Readonly<Record<string, string>>; demos?: Readonly<Record<string, readonly ShownDemo[]>> },
): PromptSection[] {
  return modules.flatMap((module) => {
    const shown = sectionsWithDemos(moduleSections(module, texts), demosOf(module, demos));
    if (module.name === "") return shown;
    return shown.map((section) => ({
      ...section,
      name: shown.length === 1 ? module.name : `${module.name}.${section.name}`,
      module: module.name,
    }));
  });
}

/** The demos that a module shows: the candidate's own, else the baseline's. */
export function demosOf(
  module: PromptModule,
  demos: Readonly<Record<string, readonly ShownDemo[]>> = {},
): ShownDemo[] {
  return (demos[module.name] ?? module.demos).map(({ values, input, output }) => ({
    values: { ...values },
    input,
    output,
  }));
}

/** The names of a module's components. */
export function componentsOf({ sections }: PromptModule): string[] {
  return sections.flatMap(({ parts }) => parts.flatMap(({ component }) => component ?? []));
}

function pipelineModules({ initial_prompt, policy, gepa }: ModuleSources): PromptModule[] {
  const pipeline = initial_prompt.metadata?.pipeline_modules ?? [];
  const declared = gepa?.modules ?? [];
  if (pipeline.length === 0) {
    const only = declared.length === 1 ? declared[0] : undefined;
    return [gepaModule("", {}, only, { initial_prompt, policy })];
  }
  const byName = new Map(declared.map((module) => [module.module_id, module]));
  return pipeline.map((entry) => {
    const name = pipelineName(entry) ?? "";
    const own = byName.get(name);
    return gepaModule(name, typeof entry === "string" ? {} : entry, own, { initial_prompt, policy });
  });
}

function gepaModule(
  name: string,
  entry: Partial<Exclude<PipelineModule, string>>,
  own: NonNullable<GEPAConfig["modules"]>[number] | undefined,
  { initial_prompt, policy }: Pick<ModuleSources, "initial_prompt" | "policy">,
): PromptModule {
  const { instruction_text, messages } = entry;
  const ownPrompt = instruction_text !== undefined || messages !== undefined;
  return {
    name,
    description: entry.description ?? "",
    sections: ownPrompt
      ? promptOf(name, instruction_text, messages ?? [], own?.max_instruction_slots ?? 1)
      : wholePrompt(name, initial_prompt.messages, own?.max_instruction_slots ?? 1),
    demos: readFewShots(entry.few_shots ?? []).demos,
    policy: policyOf(own?.policy ?? policy),
    allowed_tools: own?.allowed_tools ?? null,
    max_tokens: own?.max_tokens ?? null,
  };
}

/** MIPRO: a pipeline of two stages or more has a module for each; else the prompt is the one module. */
function stageModules({ initial_prompt, policy, mipro }: ModuleSources): PromptModule[] {
  const declared = (mipro?.modules ?? []).flatMap((module) =>
    module.stages.map((stage) => ({ module, stage })),
  );
  if (declared.length < 2) {
    const [only] = declared;
    const sections = wholePrompt("", initial_prompt.messages, 1);
    return [{ ...emptyModule(policy), sections, ...(only && { policy: policyOf(only.stage.policy) }) }];
  }
  return declared.map(({ module, stage }) => ({
    ...emptyModule(policy),
    name: stage.stage_id,
    description: module.description ?? "",
    sections: promptOf(stage.stage_id, stage.baseline_instruction, stageMessages(stage), 1),
    policy: policyOf(stage.policy),
  }));
}

function stageMessages({ baseline_messages }: MIPROStageConfig): PromptPatternConfig["messages"] {
  return baseline_messages.map(({ role, content }, order) => ({ role, pattern: content, order }));
}

function emptyModule(policy: PromptLearningPolicyConfig): PromptModule {
  return {
    name: "",
    description: "",
    sections: [],
    demos: [],
    policy: policyOf(policy),
    allowed_tools: null,
    max_tokens: null,
  };
}

/** A prompt whose instruction sections are optimised as a whole, each split into its slots. */
function wholePrompt(
  module: string,
  messages: PromptPatternConfig["messages"],
  slots: number,
): ModuleSection[] {
  const sections = namedSections(messages);
  const optimised = new Set(optimisedSections(sections).map(({ name }) => name));
  return sections.map(({ content, ...section }) => ({
    ...section,
    parts: optimised.has(section.name)
      ? slotParts(content, componentName(module, section.name, optimised.size), slots)
      : [{ text: content }],
  }));
}

/**
 * A prompt that has one instruction: it stands in one of the messages, alone or with fixed text around it; where none holds
 * it, it is a system message of its own, in the place of theirs. Without an instruction, as `wholePrompt`.
 */
function promptOf(
  module: string,
  instruction: string | undefined,
  messages: PromptPatternConfig["messages"],
  slots: number,
): ModuleSection[] {
  if (instruction === undefined) return wholePrompt(module, messages, slots);
  const sections = namedSections(messages);
  const holder = sections.find(({ content }) => content.includes(instruction));
  if (holder === undefined) {
    const own = { role: "system", name: "system", order: Math.min(0, ...sections.map(({ order }) => order)) };
    const others = sections.filter(({ role }) => !isInstruction(role));
    return [
      { ...own, parts: slotParts(instruction, module, slots) },
      ...others.map(({ content, ...section }) => ({ ...section, parts: [{ text: content }] })),
    ];
  }
  return sections.map(({ content, ...section }) => ({
    ...section,
    parts:
      section.name === holder.name
        ? around(content, instruction, slotParts(instruction, module, slots))
        : [{ text: content }],
  }));
}

function around(content: string, instruction: string, parts: SectionPart[]): SectionPart[] {
  const at = content.indexOf(instruction);
  const fixed = [content.slice(0, at), content.slice(at + instruction.length)];
  const [before, after] = fixed.map((text) => (text === "" ? [] : [{ text }]));
  return [...(before ?? []), ...parts, ...(after ?? [])];
}

/** A text as components: the first has the name given, the others a number behind it. */
function slotParts(text: string, name: string, slots: number): SectionPart[] {
  return slotTexts(text, slots).flatMap((piece, i) => [
    ...(i === 0 ? [] : [{ text: "\n\n" }]),
    { text: piece, component: i === 0 ? name : `${name}#${i + 1}` },
  ]);
}

/** A module with one optimised section lends it its name. */
function componentName(module: string, section: string, sections: number): string {
  if (module === "") return section;
  return sections === 1 ? module : `${module}.${section}`;
}

function policyOf(policy: PromptLearningPolicyConfig): ModulePolicy {
  const { provider, model, temperature, max_completion_tokens } = policy;
  return { provider, model, temperature, max_completion_tokens };
}
