// Shows what the simulated LLM makes of better and worse instructions, and what a plain greedy loop gains on it:
// `node evaluate.ts [--data FOLDER_OF_BANKING77]`. No server, no service: everything runs in this process.

import { parseArgs } from "node:util";
import { banking77 } from "../banking77/task-app.ts";
import { supportTickets } from "../support-tickets/task-app.ts";
import type { Example } from "../task-app-kit/dataset.ts";
import { render } from "../task-app-kit/prompt.ts";
import { feedbackOn } from "../task-app-kit/rollout.ts";
import type { LabelTask } from "../task-app-kit/task.ts";
import { readChatRequest } from "./chat.ts";
import { chance } from "./noise.ts";
import {
  BARE_ANSWER_TICKETS,
  BLOATED_TICKETS,
  CONTRADICTORY_TICKETS,
  GOOD_BANKING,
  GOOD_TICKETS,
} from "./sample-instructions.ts";
import { answerTo } from "./server.ts";

const MODEL = "gpt-4.1-nano";

/** What came of one example. */
export interface Trial {
  example: Example;
  output: string;
  reward: number;
}

/** The baseline instruction of a task: its system message. */
export function baselineOf(task: LabelTask): string {
  return task.prompt.find((message) => message.role === "system")?.content ?? "";
}

/** Have the policy label some examples with an instruction in the place of the task's system message. */
export function tryOut(task: LabelTask, instruction: string, examples: readonly Example[]): Trial[] {
  const prompt = task.prompt.map((message) =>
    message.role === "system" ? { ...message, content: instruction } : message,
  );
  return examples.map((example) => {
    const output = ask(render(prompt, task.values(example)));
    return { example, output, reward: output.trim() === example.label ? 1 : 0 };
  });
}

/** Mean reward of an instruction, 0 to 1. */
export function accuracy(task: LabelTask, instruction: string, examples: readonly Example[]): number {
  const trials = tryOut(task, instruction, examples);
  return trials.reduce((sum, trial) => sum + trial.reward, 0) / trials.length;
}

/** A reflection prompt: the instruction, what became of it, and the task of writing a better one. */
export function reflectionPrompt(instruction: string, trials: readonly Trial[]): string {
  const examples = trials.map(({ example, output, reward }, i) =>
    [
      `## Example ${i + 1}`,
      `### Input\n${example.text}`,
      `### Output\n${output}`,
      `### Expected\n${example.label}`,
      `### Reward\n${reward}`,
      `### Feedback\n${feedbackOn(example.label, output)}`,
    ].join("\n"),
  );
  const placeholders = instruction.match(/\{[a-z_]+\}/g) ?? [];
  return [
    `An assistant was given this instruction:\n\`\`\`\n${instruction}\n\`\`\``,
    "This is how it did on some examples:",
    ...examples,
    "## Task\nWrite an improved instruction inside triple backticks.",
    placeholders.length === 0 ? "" : `Keep these placeholders exactly: ${placeholders.join(", ")}`,
  ].join("\n\n");
}

/** The instruction that the proposer writes for a reflection prompt. */
export function propose(prompt: string): string {
  return (
    ask([{ role: "user", content: prompt }])
      .split("```")[1]
      ?.trim() ?? ""
  );
}

/** One outcome of a greedy loop. */
export interface GreedyRun {
  instruction: string;
  rollouts: number;
  proposals: number;
  kept: number;
}

/**
 * Propose from a minibatch, and keep what is better both there and on the training examples held for selection, until
 * the budget of rollouts is used up. Minibatches are drawn from the rest of the training examples; `run` names the draw.
 */
export function greedy(
  task: LabelTask,
  options: { budget: number; minibatch: number; selection: number; run: number },
): GreedyRun {
  const selection = task.pools.train.slice(0, options.selection);
  const feedback = task.pools.train.slice(options.selection);
  const run: GreedyRun = { instruction: baselineOf(task), rollouts: selection.length, proposals: 0, kept: 0 };
  let best = accuracy(task, run.instruction, selection);
  while (run.rollouts + 2 * options.minibatch + selection.length <= options.budget) {
    const minibatch = draw(feedback, options.minibatch, `${options.run}/${run.proposals}`);
    const before = tryOut(task, run.instruction, minibatch);
    const child = propose(reflectionPrompt(run.instruction, before));
    run.proposals++;
    run.rollouts += 2 * minibatch.length;
    const gain =
      accuracy(task, child, minibatch) - before.reduce((sum, t) => sum + t.reward, 0) / before.length;
    if (gain <= 0 || !keepsPlaceholders(run.instruction, child)) continue;
    run.rollouts += selection.length;
    const score = accuracy(task, child, selection);
    if (score <= best) continue;
    best = score;
    run.instruction = child;
    run.kept++;
  }
  return run;
}

function draw<T>(items: readonly T[], count: number, key: string): T[] {
  return items
    .map((item, i) => ({ item, rank: chance(`${key}/${i}`) }))
    .sort((a, b) => a.rank - b.rank)
    .slice(0, count)
    .map(({ item }) => item);
}

function keepsPlaceholders(parent: string, child: string): boolean {
  return (parent.match(/\{[a-z_]+\}/g) ?? []).every((placeholder) => child.includes(placeholder));
}

function ask(messages: readonly { role: string; content: string }[]): string {
  const request = readChatRequest({ model: MODEL, messages });
  if (request === undefined) throw new RangeError("no messages");
  return answerTo(request).text;
}

function report(task: LabelTask, instructions: Readonly<Record<string, string>>, budget: number): void {
  const { train, validation, test } = task.pools;
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`.padStart(8);
  const line = (name: string, instruction: string) => {
    const scores = [train, validation, test].map((pool) => percent(accuracy(task, instruction, pool)));
    console.log(`  ${name.padEnd(16)} train ${scores[0]}  validation ${scores[1]}  test ${scores[2]}`);
  };
  console.log(`${task.title} (${task.labels.length} labels)`);
  for (const [name, instruction] of Object.entries(instructions)) line(name, instruction);
  for (const nth of [1, 2, 3]) {
    const run = greedy(task, { budget, minibatch: 8, selection: 40, run: nth });
    line(`greedy run ${nth}`, run.instruction);
    console.log(`    ${run.rollouts} rollouts, ${run.proposals} proposals, ${run.kept} kept`);
  }
}

function main(): void {
  const { values } = parseArgs({ options: { data: { type: "string" } } });
  const tickets = supportTickets();
  const samples = {
    baseline: baselineOf(tickets),
    "bare answer": BARE_ANSWER_TICKETS,
    good: GOOD_TICKETS,
    bloated: BLOATED_TICKETS,
    contradictory: CONTRADICTORY_TICKETS,
  };
  report(tickets, samples, 1200);
  if (values.data === undefined) return;
  const banking = banking77(values.data);
  report(banking, { baseline: baselineOf(banking), good: GOOD_BANKING }, 2000);
}

if (import.meta.main) main();
