// The new texts of a child, one question for each component that changes. With a whole prompt of the user's the question has the
// reference's form; else it is worded in the proposer's style.

import type { Candidate, Evaluation, RejectReason, Work } from "../engine.ts";
import { oneGroup, type ReflectionExample } from "./examples.ts";
import { moduleOf, placeOf, rulesFor } from "./modules.ts";
import type { proposalFault } from "./proposal-fault.ts";
import { proposeText, type ReflectionForm } from "./proposing.ts";
import { extractReference, filledPrompt, type ReflectionRecord, renderRecords } from "./reference-text.ts";
import {
  type FormerAttempt,
  proposedText,
  type ReflectionSubject,
  reflectionMessages,
} from "./reflection.ts";
import type { GepaSettings } from "./state.ts";

/** What is to change, and what became of it. */
export interface Question {
  texts: Candidate["texts"];
  components: readonly string[];
  evaluations: readonly Evaluation[];
  /** Texts that were tried in the place of these and turned down, by component. The reference's form has no place for them. */
  attempts: Readonly<Record<string, readonly FormerAttempt[]>>;
  /** Number of the first question; the others follow. */
  replicate: number;
}

/** New texts for those components whose proposals can be evaluated, or why there is none. */
export type NewTexts =
  | { kind: "texts"; texts: Record<string, string> }
  | { kind: "fault"; reason: RejectReason; detail: string; texts: Candidate["texts"] };

/** Asks for the texts of a child. A component whose proposal cannot be used keeps its text, as long as another changes. */
export async function askForTexts(
  question: Question,
  settings: GepaSettings,
  fault: typeof proposalFault,
  work: Work,
): Promise<NewTexts> {
  const form = formOf(settings, fault);
  const answers = await Promise.all(
    question.components.map(async (component, index) => {
      const rules = rulesFor(component, question.texts, settings);
      const subject = subjectOf(component, question, settings);
      const asked = proposeText(subject, rules, settings.proposer, question.replicate + index, work, form);
      return { component, answer: await asked };
    }),
  );
  const usable = answers.filter(({ answer }) => answer.kind === "text");
  const [failed] = answers.map(({ answer }) => answer).filter((answer) => answer.kind === "fault");
  if (usable.length === 0 && failed) {
    const tried = answers.map(({ component, answer }) => [component, answer.text] as const);
    return { ...failed, texts: { ...question.texts, ...Object.fromEntries(tried) } };
  }
  return {
    kind: "texts",
    texts: Object.fromEntries(usable.map(({ component, answer }) => [component, answer.text])),
  };
}

function subjectOf(
  component: string,
  { texts, evaluations, attempts }: Question,
  settings: GepaSettings,
): ReflectionSubject {
  return {
    component,
    text: texts[component] ?? "",
    groups: oneGroup(evaluations, moduleOf(component, settings).name),
    attempts: attempts[component] ?? [],
    ...placeOf(component, texts, settings),
  };
}

function formOf({ proposer }: GepaSettings, fault: typeof proposalFault): ReflectionForm {
  const { template } = proposer;
  if (template === null) return { messages: reflectionMessages, read: proposedText, fault };
  return {
    messages: (subject) => [{ role: "user", content: promptOf(template, subject, proposer.instructions) }],
    read: (answer) => extractReference(answer),
    fault,
  };
}

function promptOf(template: string, subject: ReflectionSubject, instructions: string): string {
  const examples = subject.groups.flatMap((group) => group.examples);
  const filled = filledPrompt(template, subject.text, renderRecords(examples.map(recordOf)));
  const names = subject.placeholders.map((name) => `{${name}}`).join(" ");
  const keep = names === "" ? "" : `Keep these placeholders exactly, each at least once: ${names}`;
  return [filled, keep, instructions].filter((part) => part !== "").join("\n\n");
}

/** An example under the reference's headings. */
function recordOf({
  input = "",
  output = "",
  expected,
  reward,
  feedback,
}: ReflectionExample): ReflectionRecord {
  const wanted = expected === undefined ? "" : ` Expected was: ${expected}`;
  return {
    Inputs: input,
    "Generated Outputs": output,
    Feedback: feedback ?? `This got a reward of ${reward}.${wanted}`,
  };
}
