// The evidence of a reflection: what a module was asked, what it answered and what that was worth, as the proposer reads it.

import { MAX_REFLECTION_CHARS } from "../../config/limits.ts";
import type { Evaluation, ModuleCall } from "../engine.ts";

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
 * A rollout as an example. Where the trace tells the calls of the module, its input and output are theirs, and so are the
 * expected answer, the feedback and the reward, where the task app gives them by module; else they are the rollout's. What a verifier says is
 * of the rollout, and shown either way.
 *
 * @param module - the module under change; undefined for the rollout as a whole
 */
export function exampleOf({ trace, error, reward }: Evaluation, module?: string): ReflectionExample {
  const calls = module === undefined ? [] : (trace?.calls ?? []).filter((call) => call.module === module);
  const failure = error && `The run failed: ${error.message}`;
  const told = {
    input: calls.length === 0 ? trace?.input : joined(calls, "input"),
    output: calls.length === 0 ? trace?.output : joined(calls, "output"),
    expected: joined(calls, "expected") ?? trace?.expected,
    feedback: feedbackOn(calls, trace) ?? trace?.feedback ?? failure,
  };
  const rewards = calls.flatMap((call) => call.reward ?? []);
  const own = rewards.length === 0 ? undefined : rewards.reduce((sum, one) => sum + one, 0) / rewards.length;
  return { ...withoutGaps(told), reward: own ?? reward };
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

/** The task app's feedback on the module's own calls, and what a verifier says; undefined where there is none on them. */
function feedbackOn(calls: readonly ModuleCall[], trace: Evaluation["trace"]): string | undefined {
  const own = joined(calls, "feedback");
  return own === undefined || trace?.verdict === undefined ? own : `${own}\n${trace.verdict}`;
}

/** What calls have of something, one call's as it is, several in order with their numbers; undefined where none has it. */
function joined(
  calls: readonly ModuleCall[],
  part: "input" | "output" | "expected" | "feedback",
): string | undefined {
  const texts = calls.map((call) => call[part]);
  if (texts.every((text) => text === undefined)) return undefined;
  if (texts.length === 1) return texts[0];
  return texts.map((text, i) => `Call ${i + 1}: ${text ?? ""}`).join("\n");
}

function withoutGaps<T extends Record<string, string | undefined>>(parts: T): { [key in keyof T]?: string } {
  const given: { [key in keyof T]?: string } = {};
  for (const key in parts) {
    const text = parts[key];
    if (text !== undefined) given[key] = text;
  }
  return given;
}

/** The text, or its beginning and its end with a note between them. */
function shortened(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = Math.ceil((max * 2) / 3);
  const tail = max - head;
  const missing = text.length - max;
  return `${text.slice(0, head)} [… ${missing} characters left out …] ${text.slice(-tail)}`.toWellFormed();
}
