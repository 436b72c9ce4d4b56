import { expect, test } from "vitest";
import { readLabellingPrompt } from "../../../examples/simulated-llm/prompt.ts";

const LABELS = ["refund_status", "login_problem"];

function read(system: string, user: string) {
  return readLabellingPrompt([
    { role: "system", content: system },
    { role: "user", content: user },
  ]);
}

test.each([
  ["bullets", "Sort it into one of these categories:\n- refund_status\n- login_problem"],
  ["numbers", "Labels:\n1. refund_status\n2. login_problem\n\nBe quick."],
  ["bare lines", "Choose one of the intents:\nrefund_status\nlogin_problem"],
  ["commas", "Categories: refund_status, login_problem"],
  ["words with a last or", "The labels are: refund_status, or login_problem."],
  ["bullets without a heading", "Sort it.\n- refund_status\n- login_problem"],
])("labels are found in a list with %s", (_, system) => {
  expect(read(system, "Ticket: help").labels).toEqual(LABELS);
});

test("a rule in a list is instruction, not a label", () => {
  const prompt = read(
    "Labels:\n- refund_status\n- login_problem\n- If it mentions a code, answer login_problem.",
    "Ticket: x",
  );
  expect(prompt.labels).toEqual(LABELS);
  expect(prompt.instruction).toContain("If it mentions a code");
});

test("labels of several words are found under a heading", () => {
  expect(read("Classes:\n- Refund not showing\n- reverted_payment?", "Text: x").labels).toEqual([
    "Refund not showing",
    "reverted_payment?",
  ]);
});

test("the example is what stands after its heading, up to the next one", () => {
  const prompt = read(
    "Classify.",
    "Customer Query: where is\nmy card?\n\nAvailable Intents:\n1. refund_status\n2. login_problem\n\nUse only one.",
  );
  expect(prompt.example).toBe("where is\nmy card?");
  expect(prompt.labels).toEqual(LABELS);
  expect(prompt.instruction).toContain("Use only one.");
});

test("without a heading the whole last user message is the example", () => {
  expect(read("Labels: refund_status, login_problem", "it is broken\nagain").example).toBe(
    "it is broken\nagain",
  );
});
