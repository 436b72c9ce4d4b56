// The evidence of a reflection: what a module was asked, what it answered and what that was worth, as the proposer reads it.

import { MAX_REFLECTION_CHARS } from "../../config/limits.ts";
import type { Evaluation, ModuleCall, Trace } from "../engine.ts";

/** One rollout as a reflection shows it. Absent parts are left out. */
export interface ReflectionExample {
  input?: string;
  output?: string;
  expected?: string;
  reward: number;
  feedback?: string;
}

/** Examples that are shown together. */
export interface ExampleGroup {
  /** What they have in common, as a heading; empty for no heading. */
  title: string;
  examples: readonly ReflectionExample[];
}

/** The least that is left of a text, in characters, however many examples there are. */
const MIN_TEXT_CHARS = 200;

/**
 * A rollout as an example. Where the trace tells the calls of the module, its input and output are theirs; the expected
 * answer and the feedback are the whole rollout's.
 *
 * @param module - the module under change; undefined for the rollout as a whole
 */
export function exampleOf({ trace, error, reward }: Evaluation, module?: string): ReflectionExample {
  const failure = error && `The run failed: ${error.message}`;
  const feedback = trace?.feedback ?? failure;
  return {
    ...exchangeOf(trace, module),
    ...(trace?.expected === undefined ? {} : { expected: trace.expected }),
    reward,
    ...(feedback === undefined ? {} : { feedback }),
  };
}

/** The rollouts of a minibatch as one group without a heading, in their order. */
export function oneGroup(evaluations: readonly Evaluation[], module?: string): ExampleGroup[] {
  if (evaluations.length === 0) return [];
  return [{ title: "", examples: evaluations.map((evaluation) => exampleOf(evaluation, module)) }];
}

/** Groups as Markdown: `## Example 1`, and below it `### Input`, `### Output`, … Long texts are cut so that all fit. */
export function renderGroups(groups: readonly ExampleGroup[]): string {
  const count = groups.reduce((sum, { examples }) => sum + examples.length, 0);
  const room = Math.max(MIN_TEXT_CHARS, Math.floor(MAX_REFLECTION_CHARS / Math.max(1, 4 * count)));
  let number = 0;
  return groups
    .flatMap(({ title, examples }) => [
      ...(title === "" ? [] : [`# ${title}`]),
      ...examples.map((example) => {
        number += 1;
        return renderExample(example, number, room);
      }),
    ])
    .join("\n\n");
}

function renderExample(example: ReflectionExample, number: number, room: number): string {
  const parts: [string, string | undefined][] = [
    ["Input", example.input],
    ["Output", example.output],
    ["Expected", example.expected],
    ["Reward", String(example.reward)],
    ["Feedback", example.feedback],
  ];
  const sections = parts.flatMap(([title, text]) =>
    text === undefined ? [] : [`### ${title}\n${shortened(text, room)}`],
  );
  return [`## Example ${number}`, ...sections].join("\n\n");
}

function exchangeOf(
  trace: Trace | undefined,
  module: string | undefined,
): { input?: string; output?: string } {
  if (trace === undefined) return {};
  const calls = module === undefined ? [] : (trace.calls ?? []).filter((call) => call.module === module);
  if (calls.length === 0) return { input: trace.input, output: trace.output };
  return { input: numbered(calls, "input"), output: numbered(calls, "output") };
}

/** One call's text as it is; several in order, each with its number. */
function numbered(calls: readonly ModuleCall[], part: "input" | "output"): string {
  if (calls.length === 1) return calls[0]?.[part] ?? "";
  return calls.map((call, index) => `Call ${index + 1}: ${call[part]}`).join("\n");
}

/** The text, or its beginning and its end with a note between them. */
function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.ceil((max * 2) / 3);
  const tail = max - head;
  const missing = text.length - max;
  return `${text.slice(0, head)} [… ${missing} characters left out …] ${text.slice(-tail)}`.toWellFormed();
}
