// What the search is told of a module: its texts with their place in the pipeline, the placeholders it can fill, its limits.

import type { GEPAConfig } from "./gepa.ts";
import { componentsOf, moduleSections, type PromptModule } from "./modules.ts";
import { placeholders } from "./template.ts";
import { estimateTokens } from "./tokens.ts";

/** A module of a GEPA job, as its engine wants it. */
interface ModuleSheet {
  name: string;
  components: { name: string; role: string }[];
  placeholders: string[];
  limits: {
    prompt: number | null;
    fixed: number;
    texts: number | null;
    text: number | null;
    counting_model: string;
  };
}

/** How many modules of a pipeline the proposer is told by name. */
const NAMED_MODULES = 12;

/** What the search must know of a job's modules. */
export function moduleSettings(modules: readonly PromptModule[], gepa: GEPAConfig): ModuleSheet[] {
  const names = modules.slice(0, NAMED_MODULES).map(({ name }) => name);
  const pipeline = names.join(", ") + (modules.length > names.length ? ", …" : "");
  return modules.map((module, i) => {
    const known = moduleSections(module).flatMap(({ content }) => placeholders(content));
    const place =
      modules.length < 2
        ? ""
        : `It instructs "${module.name}", number ${i + 1} of the ${modules.length} modules that work on each input: ${pipeline}.`;
    return {
      name: module.name,
      components: componentRoles(module, place),
      placeholders: [...new Set(known)],
      limits: moduleLimits(module, gepa),
    };
  });
}

/** The limits on the length of a module's texts, in tokens. */
export function moduleLimits(module: PromptModule, gepa: GEPAConfig): ModuleSheet["limits"] {
  const { token, proposed_prompt_max_tokens } = gepa;
  const { counting_model } = token;
  const isEnforced = token.enforce_pattern_limit && token.enforce_limit !== false;
  const fixed = module.sections.flatMap(({ parts }) =>
    parts.filter(({ component }) => component === undefined),
  );
  return {
    prompt: isEnforced ? (token.max_limit ?? null) : null,
    fixed: fixed.reduce((sum, { text }) => sum + estimateTokens(text, counting_model), 0),
    texts: module.max_tokens,
    text: proposed_prompt_max_tokens ?? null,
    counting_model,
  };
}

/** Each text of a module with its place in words; empty for the only text of the only module. */
function componentRoles(module: PromptModule, place: string): { name: string; role: string }[] {
  const names = componentsOf(module);
  return names.map((name, i) => {
    const piece = names.length < 2 ? "" : `It is part ${i + 1} of the ${names.length} texts of its prompt.`;
    return { name, role: [place, module.description, piece].filter((text) => text !== "").join(" ") };
  });
}
