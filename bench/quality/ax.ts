// AxGEPA of @ax-llm/ax in the benchmark, on its public interface: a program with one instruction, its own reflection path, and a teacher
// that reads what AxGEPA's two prompts show and rewrites with the same simulated proposer as everybody else.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ReviewedExample } from "../../examples/simulated-llm/reflection.ts";
import { feedbackOn } from "../../examples/task-app-kit/rollout.ts";
import type { Optimiser, World } from "./world.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const MODULE = new URL("./node_modules/@ax-llm/ax/index.js", import.meta.url);

/** A row as AxGEPA hands it to the program, the metric and its prompts. */
interface AxRow {
  query: string;
  intent: string;
}
interface AxPrediction {
  answer: string;
}
interface AxScored {
  prediction: AxPrediction;
  example: AxRow;
}
interface AxChatRequest {
  chatPrompt: readonly { content: unknown }[];
}

/** The parts of the package that are used here. */
interface Ax {
  AxMockAIService: new (options: object) => object;
  AxGEPA: new (
    options: object,
  ) => {
    compile(
      program: object,
      rows: readonly AxRow[],
      metric: (scored: AxScored) => number,
      options: object,
    ): Promise<{ optimizedProgram?: { componentMap?: Record<string, string> } }>;
  };
}

const KEY = "program::instruction";

/** Installs the package where it is missing, in a folder of its own and without its scripts. */
export function installAx(): void {
  if (existsSync(MODULE)) return;
  console.log("installing @ax-llm/ax for this benchmark …");
  execFileSync("npm", ["ci", "--ignore-scripts"], { cwd: HERE, stdio: "inherit" });
}

/** AxGEPA with this minibatch size, and without its early stop. */
export function axGepa(minibatchSize: number): Optimiser {
  return async (world, seed) => {
    const { AxGEPA, AxMockAIService }: Ax = await import(MODULE.href);
    const { train, validation, baseline } = world.problem;
    const teacher = new AxMockAIService({
      features: { functions: false, streaming: false, structuredOutputs: false },
      chatResponse: async (request: AxChatRequest) => chatAnswer(teach(request, world, seed)),
    });
    const optimiser = new AxGEPA({
      studentAI: teacher,
      teacherAI: teacher,
      seed: seed + 1,
      minibatchSize,
      numTrials: 1_000_000,
      earlyStoppingTrials: 1_000_000,
      verbose: false,
    });
    const row = ({ text, label }: { text: string; label: string }): AxRow => ({ query: text, intent: label });
    const result = await optimiser.compile(
      programOver(world),
      train.map(row),
      ({ prediction, example }) => (prediction.answer.trim() === example.intent ? 1 : 0),
      {
        maxMetricCalls: world.budget,
        validationExamples: validation.map(row),
        feedbackFn: ({ prediction, example }: AxScored) => feedbackOn(example.intent, prediction.answer),
      },
    );
    return result.optimizedProgram?.componentMap?.[KEY] ?? baseline;
  };
}

/** A program of one component, whose every run is a rollout. */
function programOver(world: World): object {
  let instruction = world.problem.baseline;
  return {
    getId: () => "program",
    setId: () => {},
    getTraces: () => [],
    setDemos: () => {},
    getUsage: () => [],
    resetUsage: () => {},
    getOptimizableComponents: () => [{ key: KEY, kind: "instruction", current: instruction }],
    applyOptimizedComponents: (components: Record<string, string>) => {
      instruction = components[KEY] ?? instruction;
    },
    forward: async (_: object, { query, intent }: AxRow): Promise<AxPrediction> => ({
      answer: world.rollout(instruction, { text: query, label: intent }).output,
    }),
  };
}

/** Answers the critic's prompt with a plain sentence, and the reflection's with a rewritten instruction out of what it shows. */
function teach({ chatPrompt }: AxChatRequest, world: World, seed: number): string {
  const prompt = String(chatPrompt.at(-1)?.content ?? "");
  if (!prompt.includes("Current Value:")) return "feedbackSummary: Some answers are wrong; see the rows.";
  const current = between(prompt, "Current Value: ", "\n\nFeedback Summary:").trim();
  const rows: unknown = JSON.parse(between(prompt, "\n\nMinibatch: ", "\n\nTrace Dataset:"));
  const key = `ax ${seed} ${world.proposals}`;
  return `newValue: ${world.rewrite(current, Array.isArray(rows) ? rows.map(reviewedRow) : [], key)}`;
}

function reviewedRow({
  input,
  prediction,
  score,
}: {
  input: AxRow;
  prediction: AxPrediction;
  score: number;
}): ReviewedExample {
  return { input: input.query, output: prediction.answer, expected: input.intent, reward: score };
}

function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  return from < 0 ? "" : text.slice(from + start.length, to < 0 ? text.length : to);
}

function chatAnswer(content: string): object {
  return {
    results: [{ index: 0, content, finishReason: "stop" }],
    modelUsage: {
      ai: "simulated",
      model: "simulated",
      tokens: { promptTokens: 1, completionTokens: 1, totalTokens: 2 },
    },
  };
}
