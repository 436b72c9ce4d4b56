// The simulated LLMs of the benchmark. `reader` is the one of the demo; the others differ in noise, skill and in what a rule means,
// so that nothing is won by fitting one of them.

import { answerAsPolicy, READER, type Reader } from "../../examples/simulated-llm/policy.ts";
import { answerAsProposer, WRITER, type Writer } from "../../examples/simulated-llm/proposer.ts";
import { phraseSimulator } from "./phrases.ts";
import type { LabelChoice, readRows } from "./problem.ts";
import type { ShowingPrompt, Simulator } from "./world.ts";

/** A simulator and the labels it is used with. */
export interface Variant {
  labels: LabelChoice;
  about: string;
  simulator(rows: ReturnType<typeof readRows>): Simulator;
}

/** By name. */
export const VARIANTS: Readonly<Record<string, Variant>> = {
  reader: {
    labels: "first",
    about: "the simulated LLM of the demo",
    simulator: () => readerSimulator(READER, WRITER),
  },
  noisy: {
    labels: "random",
    about: "the same, twice as moody, with a clumsy proposer, other labels",
    simulator: () =>
      readerSimulator(
        { ...READER, mood: 0.16, ambiguity: 0.22, attention: 220 },
        { ...WRITER, tooBroad: 0.25, forgetsLine: 0.3, repairs: 0.4, clarity: 0.1, pads: 0.25 },
      ),
  },
  skilled: {
    labels: "random",
    about: "the same, calm, with a good proposer, other labels",
    simulator: () =>
      readerSimulator(
        { ...READER, mood: 0.04, bluntness: 0.25, attention: 450 },
        { ...WRITER, tooBroad: 0.04, forgetsLine: 0.04, repairs: 0.8, minCues: 2, maxCues: 4, pads: 0.05 },
      ),
  },
  phrases: {
    labels: "random",
    about: "another one: a rule fires by the share of it that matches; other labels",
    simulator: (rows) => phraseSimulator(rows.train.map(({ text }) => text)),
  },
};

const MODEL = "simulated";

function readerSimulator(reader: Reader, writer: Writer): Simulator {
  return {
    answer: (prompt, text, labels) => answerAsPolicy(messagesOf(prompt, text, labels), "", MODEL, reader),
    rewrite: (instruction, examples, key) => {
      const reflection = { instruction, examples: [...examples], placeholders: [] };
      return answerAsProposer(reflection, key, writer).split("```")[1]?.trim() ?? "";
    },
  };
}

function messagesOf(prompt: string | ShowingPrompt, text: string, labels: readonly string[]) {
  const { instruction, shown } = typeof prompt === "string" ? { instruction: prompt, shown: [] } : prompt;
  return [
    { role: "system", content: instruction },
    ...shown.flatMap(({ asked, answer }) => [
      { role: "user", content: asked },
      { role: "assistant", content: answer },
    ]),
    { role: "user", content: userMessage(text, labels) },
  ];
}

/** The message that a row makes of the prompt's user pattern. */
export function userMessage(text: string, labels: readonly string[]): string {
  return `Customer Query: ${text}\n\nAvailable Intents:\n${labels.map((label, i) => `${i + 1}. ${label}`).join("\n")}`;
}
