import { expect, test } from "vitest";
import {
  accuracy,
  baselineOf,
  greedy,
  propose,
  reflectionPrompt,
  type Trial,
  tryOut,
} from "../../../examples/simulated-llm/evaluate.ts";
import { readReflection } from "../../../examples/simulated-llm/reflection.ts";
import { supportTickets } from "../../../examples/support-tickets/task-app.ts";
import { oneGroup } from "../../../src/engines/gepa/examples.ts";
import { DEFAULT_PROPOSER, reflectionMessages } from "../../../src/engines/gepa/reflection.ts";
import { banking, bankingFolder } from "./datasets.ts";

const tickets = supportTickets();
const baseline = baselineOf(tickets);

function failing(text: string, label: string, output = "nothing_of_the_kind"): Trial {
  return { example: { text, label }, output, reward: 0 };
}

/** Proposals from the baseline, each from another stretch of the training tickets. */
function proposals(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const from = (i * 5) % 88;
    const trials = tryOut(tickets, baseline, tickets.pools.train.slice(from, from + 8));
    return propose(`${reflectionPrompt(baseline, trials)}\n(attempt ${i})`);
  });
}

test("the same reflection prompt has the same answer", () => {
  const prompt = reflectionPrompt(baseline, tryOut(tickets, baseline, tickets.pools.train.slice(0, 8)));
  expect(propose(prompt)).toBe(propose(prompt));
});

test("a failure becomes a rule for its label, in words of that example", () => {
  const prompt = reflectionPrompt("Sort it.", [
    failing("The zebra swallowed my marmalade", "animal_trouble"),
  ]);
  const rule = propose(prompt)
    .split("\n")
    .find((line) => line.includes("animal_trouble"));
  expect(rule).toContain("If the message mentions");
  expect(rule).toContain("zebra");
});

test("a second failure of a label extends the rule there is", () => {
  const instruction = "Sort it.\n- If the message mentions zebra or marmalade, answer animal_trouble.";
  const rules = Array.from({ length: 20 }, (_, i) =>
    propose(`${reflectionPrompt(instruction, [failing("A giraffe swims", "animal_trouble")])}\n(${i})`)
      .split("\n")
      .filter((line) => line.endsWith("animal_trouble.")),
  );
  expect(rules.every((found) => found.length === 1)).toBe(true);
  expect(
    rules.filter(([rule]) => rule?.includes("zebra") && rule.includes("giraffe")).length,
  ).toBeGreaterThan(15);
});

test("answers wrapped in a sentence make it ask for the bare label, as a rule", () => {
  const trials = [failing("my parcel", "delivery_delay", 'The best match is "delivery_delay".')];
  const answers = Array.from({ length: 20 }, (_, i) =>
    propose(`${reflectionPrompt("Sort it.", trials)}\n(${i})`),
  );
  const asking = answers.filter((answer) => answer.includes("only the label"));
  expect(asking.length).toBeGreaterThan(10);
  expect(asking.length).toBeLessThan(20);
});

test("placeholders are kept nearly always, and lost now and then", () => {
  const kept = proposals(200).filter((instruction) => instruction.includes("{labels}"));
  expect(kept.length).toBeGreaterThan(200 * 0.9);
  expect(kept.length).toBeLessThan(200);
});

test("a placeholder that only the task names is put in", () => {
  const prompt = `${reflectionPrompt("Sort it.", [failing("a zebra", "x")])}\nKeep these placeholders exactly: {labels}`;
  expect(propose(prompt)).toContain("{labels}");
});

test("most proposals do better than the baseline on tickets they have not seen", () => {
  const pool = tickets.pools.validation;
  const before = accuracy(tickets, baseline, pool);
  const better = proposals(30).filter((instruction) => accuracy(tickets, instruction, pool) > before);
  expect(better.length).toBeGreaterThan(15);
});

test("a greedy loop learns something that holds for the test tickets", () => {
  const run = greedy(tickets, { budget: 1000, minibatch: 8, selection: 40, run: 1 });
  const gain =
    accuracy(tickets, run.instruction, tickets.pools.test) - accuracy(tickets, baseline, tickets.pools.test);
  expect(run.rollouts).toBeLessThanOrEqual(1000);
  expect(gain).toBeGreaterThan(0.05);
});

test.skipIf(!bankingFolder)("a greedy loop gains on the Banking77 test sentences", () => {
  const task = banking();
  const run = greedy(task, { budget: 2000, minibatch: 16, selection: 60, run: 1 });
  const before = accuracy(task, baselineOf(task), task.pools.test);
  expect(accuracy(task, run.instruction, task.pools.test)).toBeGreaterThan(before + 0.02);
});

test.each(["dspy", "gepa-ai", "synth", "spec"] as const)(
  "it reads the reflection prompts that the service writes for %s",
  (type) => {
    const usage = { prompt_tokens: 1, completion_tokens: 1, llm_calls: 1, usd: null };
    const trace = {
      input: "Customer Query: where is it?\n\nAvailable Intents:\n1. card_arrival\n2. age_limit",
      output: "age_limit",
      feedback: 'Wrong: expected "card_arrival", got "age_limit".',
    };
    const subject = {
      component: "system",
      text: "Use ``` fences.\n{labels}",
      role: "It sorts questions.",
      groups: oneGroup([{ seed: 1, reward: 0, trace, usage }]),
      attempts: [{ text: "Try harder.", verdict: "It scores 1 where its parent scores 2." }],
      placeholders: ["labels"],
    };
    const proposer = { ...DEFAULT_PROPOSER, type, specification: "Rules of the house." };
    expect(readReflection(reflectionMessages(subject, proposer))).toEqual({
      instruction: "Use ``` fences.\n{labels}",
      examples: [{ input: "where is it?", output: "age_limit", expected: "card_arrival", reward: 0 }],
      placeholders: ["{labels}"],
    });
  },
);

test("other headings of examples are understood, too", () => {
  const content =
    'Improve this instruction:\n```\nBe brief.\n```\n# Example 1\n## Inputs\nhello\n## Generated Outputs\nx\n## Score: 0.5\n## Feedback\nIt should be "y".';
  expect(readReflection([{ role: "user", content }])?.examples).toEqual([
    { input: "hello", output: "x", expected: "y", reward: 0.5 },
  ]);
});

test("a labelling prompt is no reflection prompt", () => {
  expect(readReflection([{ role: "user", content: "Ticket: ```code``` does not work" }])).toBeUndefined();
});
