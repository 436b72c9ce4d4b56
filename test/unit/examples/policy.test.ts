import { expect, test } from "vitest";
import { accuracy, baselineOf, tryOut } from "../../../examples/simulated-llm/evaluate.ts";
import { answerAsPolicy } from "../../../examples/simulated-llm/policy.ts";
import {
  BARE_ANSWER_TICKETS,
  BLOATED_TICKETS,
  CONTRADICTORY_TICKETS,
  GOOD_BANKING,
  GOOD_TICKETS,
} from "../../../examples/simulated-llm/sample-instructions.ts";
import { supportTickets } from "../../../examples/support-tickets/task-app.ts";
import type { LabelTask } from "../../../examples/task-app-kit/task.ts";
import { banking, bankingFolder, everyExample } from "./datasets.ts";

const tickets = supportTickets();
const all = everyExample(tickets);
const score = (instruction: string) => accuracy(tickets, instruction, all);

const MESSAGES = [
  { role: "system", content: "Sort the ticket.\nCategories: refund_status, login_problem, delivery_delay" },
  { role: "user", content: "Ticket: my login does not work" },
];

test("the same messages have the same answer, whatever was asked before", () => {
  const first = tryOut(tickets, GOOD_TICKETS, all);
  tryOut(tickets, CONTRADICTORY_TICKETS, all.slice(0, 20));
  expect(tryOut(tickets, GOOD_TICKETS, all)).toEqual(first);
});

test("a bare baseline is right about half of the time", () => {
  expect(score(baselineOf(tickets))).toBeGreaterThan(0.42);
  expect(score(baselineOf(tickets))).toBeLessThan(0.62);
});

test("an instruction with good rules is right most of the time", () => {
  expect(score(GOOD_TICKETS)).toBeGreaterThan(0.8);
});

test("asking for the label only spares the answers that come wrapped in a sentence", () => {
  const wrapped = tryOut(tickets, baselineOf(tickets), all).filter(({ output }) => output.includes(" "));
  const bare = tryOut(tickets, BARE_ANSWER_TICKETS, all).filter(({ output }) => output.includes(" "));
  expect(wrapped.length).toBeGreaterThan(all.length / 10);
  expect(bare).toEqual([]);
  expect(score(BARE_ANSWER_TICKETS)).toBeGreaterThan(score(baselineOf(tickets)) + 0.05);
});

test("a good instruction buried under advice is right less often", () => {
  expect(score(BLOATED_TICKETS)).toBeLessThan(score(GOOD_TICKETS) - 0.15);
});

test("rules that contradict each other do worse than no rules", () => {
  expect(score(CONTRADICTORY_TICKETS)).toBeLessThan(score(BARE_ANSWER_TICKETS) - 0.1);
});

test("a rule wins a text for its label, and its negation loses it again", () => {
  const ask = (rule: string) =>
    answerAsPolicy(
      [
        { role: "system", content: `Answer with only the label.\n${rule}\nLabels: alpha, beta, gamma` },
        { role: "user", content: "Text: the zebra ate my marmalade" },
      ],
      "",
      "m",
    );
  expect(ask("- If it mentions a zebra and marmalade, answer beta.")).toBe("beta");
  expect(ask("- If it mentions a zebra and marmalade, answer gamma.")).toBe("gamma");
  expect(ask("- If it mentions a zebra and marmalade, it is not gamma.")).not.toBe("gamma");
});

test("under names that mean nothing it guesses, until an instruction says what they stand for", () => {
  const renamed = (text: string) =>
    tickets.labels.reduce((all, label, i) => all.replaceAll(label, `group_${"abcdefgh".charAt(i)}`), text);
  const nameless: LabelTask = {
    ...tickets,
    labels: tickets.labels.map(renamed),
    values: (example) => ({ ...tickets.values(example), labels: tickets.labels.map(renamed).join("\n") }),
  };
  const examples = all.map(({ text, label }) => ({ text, label: renamed(label) }));
  expect(accuracy(nameless, BARE_ANSWER_TICKETS, examples)).toBeLessThan(0.25);
  expect(accuracy(nameless, renamed(GOOD_TICKETS), examples)).toBeGreaterThan(0.6);
});

test("the model's name and the seed are part of the question", () => {
  const answers = Array.from({ length: 40 }, (_, i) => answerAsPolicy(MESSAGES, String(i), "m"));
  expect(new Set(answers).size).toBeGreaterThan(1);
});

test("a prompt without labels gets an answer that says so", () => {
  expect(answerAsPolicy([{ role: "user", content: "Hello" }], "", "m")).toContain("not sure");
});

test.skipIf(!bankingFolder)("Banking77 starts between 0.5 and 0.65, and rules lift it", () => {
  const task = banking();
  const examples = everyExample(task);
  const baseline = accuracy(task, baselineOf(task), examples);
  expect(baseline).toBeGreaterThan(0.5);
  expect(baseline).toBeLessThan(0.65);
  expect(accuracy(task, GOOD_BANKING, examples)).toBeGreaterThan(baseline + 0.05);
});
