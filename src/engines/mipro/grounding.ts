// What a proposal is grounded in (MIPRO paper §4; protocol §7.2): what the inputs are like, and what each stage is for.
// Answers that are no use leave their place empty; the search goes on without.

import type { ProposalMessage, Work } from "../engine.ts";
import { renderExamples } from "./render.ts";
import type { MiproSettings, StageSettings } from "./settings.ts";
import type { Grounding, ShownExample } from "./state.ts";

/** Examples in one look at the data. */
export const EXAMPLES_PER_LOOK = 10;
/** Looks at the data. */
export const MAX_LOOKS = 3;
const SUMMARY_TOKENS = 600;

/** Describes the data and the stages. Asks about data and stages at once, about the data look by look. */
export async function ground(
  settings: MiproSettings,
  examples: readonly ShownExample[],
  replicate: number,
  work: Work,
): Promise<Grounding> {
  const [dataset, ...roles] = await Promise.all([
    describeData(examples, replicate, work),
    ...settings.stages.map((stage) => roleOf(stage, settings, replicate, work)),
  ]);
  return { dataset: dataset ?? null, roles };
}

/** Notes on the data, each look adding to those before it, then what they come to. */
async function describeData(
  examples: readonly ShownExample[],
  replicate: number,
  work: Work,
): Promise<string | null> {
  let notes = "";
  for (let look = 0; look < MAX_LOOKS; look++) {
    const shown = examples.slice(look * EXAMPLES_PER_LOOK, (look + 1) * EXAMPLES_PER_LOOK);
    if (shown.length === 0) break;
    const answer = await ask(dataMessages(shown, notes), replicate, work);
    if (answer === null) return notes === "" ? null : notes;
    if (!/^\W*complete\b/i.test(answer)) notes = notes === "" ? answer : `${notes}\n${answer}`;
  }
  if (notes === "" || examples.length <= EXAMPLES_PER_LOOK) return notes === "" ? null : notes;
  return (await ask(summaryMessages(notes), replicate, work)) ?? notes;
}

function dataMessages(shown: readonly ShownExample[], notes: string): ProposalMessage[] {
  const known = notes === "" ? [] : [`Noted so far:\n${notes}`];
  const add =
    notes === ""
      ? "In a few sentences, say what these inputs have in common: their subject, their form, what is asked, what makes them hard."
      : "Say in a few sentences what these add. If they add nothing, answer COMPLETE.";
  return one(["Below are samples of the data that a program works on.", ...known, samples(shown), add]);
}

function samples(shown: readonly ShownExample[]): string {
  return renderExamples(
    shown.map(({ input, expected }) => ({ input, expected })),
    "Sample",
  );
}

function summaryMessages(notes: string): ProposalMessage[] {
  return one([
    `Notes on the data that a program works on:\n${notes}`,
    "Sum them up in two or three sentences. Answer with these sentences only.",
  ]);
}

/** What a stage is for: in the user's words, else in the proposer's where there are others to tell it from. */
async function roleOf(
  stage: StageSettings,
  settings: MiproSettings,
  replicate: number,
  work: Work,
): Promise<string | null> {
  if (stage.description !== null) return stage.description;
  if (settings.stages.length === 1) return null;
  return ask(
    one([
      programText(settings),
      `In one or two sentences, say what the part "${stage.stage_id}" does for the whole. Answer with these sentences only.`,
    ]),
    replicate,
    work,
  );
}

/** The program in words: as the user describes it, with its parts and what goes where. */
export function programText({ program_description, stages, edges, baseline }: MiproSettings): string {
  const described = program_description === null ? [] : [program_description];
  if (stages.length === 1) return described.join("\n\n");
  const flow =
    edges.length > 0
      ? edges.map(([from, to]) => `${from} -> ${to}`)
      : [stages.map(({ stage_id }) => stage_id).join(" -> ")];
  const parts = stages.map(
    ({ stage_id, component }) => `- ${stage_id}: ${excerpt(baseline[component] ?? "")}`,
  );
  return [...described, `Its parts: ${flow.join(", ")}`, parts.join("\n")].join("\n\n");
}

const EXCERPT_CHARS = 800;

function excerpt(text: string): string {
  const line = text.replaceAll("\n", " ").trim();
  return line.length > EXCERPT_CHARS ? `${line.slice(0, EXCERPT_CHARS)}…` : line;
}

function one(parts: readonly string[]): ProposalMessage[] {
  return [{ role: "user", content: parts.join("\n\n") }];
}

async function ask(messages: ProposalMessage[], replicate: number, work: Work): Promise<string | null> {
  const { text, error } = await work.propose({ messages, replicate, max_tokens: SUMMARY_TOKENS });
  const answer = text.trim();
  return error !== undefined || answer === "" ? null : answer;
}
