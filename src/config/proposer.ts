// How a GEPA job asks for new texts (protocol §1.11, §7.1): which of the user's words are a whole prompt, which are further
// instructions, and which of the temperatures counts.

import type { GEPAConfig } from "./gepa.ts";
import { proposerFor } from "./models.ts";
import { specificationText } from "./specification.ts";

const CURRENT = "<curr_param>";
const EVIDENCE = "<side_info>";

/** How new texts are asked for; the options of a job, resolved. */
interface ProposerSheet {
  type: GEPAConfig["proposer_type"];
  template: string | null;
  instructions: string;
  specification: string;
  temperature: number | null;
  max_tokens: number;
}

/** Whether a text is a whole prompt: it has a place for the current text and one for what became of it. */
function isWholePrompt(text: string): boolean {
  return text.includes(CURRENT) && text.includes(EVIDENCE);
}

/** The place that a text lacks to be a whole prompt; undefined where it has both or neither. */
export function missingPlace(text: string): string | undefined {
  const [current, evidence] = [text.includes(CURRENT), text.includes(EVIDENCE)];
  if (current === evidence) return undefined;
  return current ? EVIDENCE : CURRENT;
}

/** The proposer of a GEPA job. */
export function proposerSheet(gepa: GEPAConfig): ProposerSheet {
  const words = [gepa.metaprompt, gepa.mutation.prompt].filter(
    (text) => text !== undefined && text.trim() !== "",
  );
  const template = words.find((text) => text !== undefined && isWholePrompt(text));
  return {
    type: gepa.proposer_type,
    template: template ?? null,
    instructions: words.filter((text) => text !== template).join("\n\n"),
    specification: specificationText(gepa.spec_text ?? "", {
      max_tokens: gepa.spec_max_tokens,
      priority_threshold: gepa.spec_priority_threshold,
    }),
    temperature: temperatureOf(gepa) ?? null,
    max_tokens: proposerFor(gepa).max_tokens,
  };
}

/** The temperature of the proposer's own type goes before the one for all. */
function temperatureOf(gepa: GEPAConfig): number | undefined {
  const { mutation } = gepa;
  const own = {
    dspy: gepa.dspy_temperature,
    "gepa-ai": gepa.gepa_ai_temperature,
    synth: gepa.synth_temperature ?? mutation.synth_temperature,
    spec: undefined,
  };
  return own[gepa.proposer_type] ?? mutation.temperature;
}
