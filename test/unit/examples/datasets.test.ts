import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseCsv } from "../../../examples/banking77/csv.ts";
import { banking77 } from "../../../examples/banking77/task-app.ts";
import { supportTickets } from "../../../examples/support-tickets/task-app.ts";
import { balancedPools, exampleAt, POOL_NAMES } from "../../../examples/task-app-kit/dataset.ts";
import type { LabelTask } from "../../../examples/task-app-kit/task.ts";
import { readRunnable } from "../../../src/config/read.ts";
import { banking, bankingFolder, everyExample } from "./datasets.ts";

const tickets = supportTickets();

function counts(task: LabelTask) {
  return POOL_NAMES.map((name) =>
    task.labels.map((label) => task.pools[name].filter((example) => example.label === label).length),
  );
}

function configOf(folder: string) {
  const toml = readFileSync(new URL(`../../../examples/${folder}/gepa.toml`, import.meta.url), "utf8");
  return readRunnable({ toml });
}

function promptOf(folder: string) {
  const { messages } = configOf(folder).config.initial_prompt;
  return messages.map(({ role, pattern }) => ({ role, content: pattern }));
}

test("the tickets are all different, and balanced over eight categories in every pool", () => {
  expect(tickets.labels).toHaveLength(8);
  expect(new Set(everyExample(tickets).map(({ text }) => text)).size).toBe(192);
  expect(counts(tickets)).toEqual([12, 6, 6].map((count) => Array(8).fill(count)));
});

test("a seed means the same example every time, modulo the size", () => {
  expect(supportTickets().pools).toEqual(tickets.pools);
  expect(exampleAt(tickets.pools, 200)).toBe(exampleAt(tickets.pools, 8));
  expect(exampleAt(tickets.pools, -1)).toBe(exampleAt(tickets.pools, 191));
});

test("without a pool, seeds run through training, validation and test in that order", () => {
  expect(exampleAt(tickets.pools, 95)).toBe(exampleAt(tickets.pools, 95, "train"));
  expect(exampleAt(tickets.pools, 96)).toBe(exampleAt(tickets.pools, 0, "validation"));
  expect(exampleAt(tickets.pools, 144)).toBe(exampleAt(tickets.pools, 0, "test"));
});

test("any stretch of eight seeds that starts at a multiple of eight has every category", () => {
  const stretch = tickets.pools.train.slice(16, 24).map(({ label }) => label);
  expect([...stretch].sort()).toEqual(tickets.labels);
});

test("pools that are larger than the data are refused", () => {
  expect(() => balancedPools([{ text: "a", label: "x" }], [1, 1])).toThrow(RangeError);
});

test("the config of the support tickets has the prompt that the task app sends", () => {
  expect(promptOf("support-tickets")).toEqual(tickets.prompt);
});

test("the configs are taken without a warning", () => {
  expect(configOf("support-tickets").warnings).toEqual([]);
  expect(configOf("banking77").warnings).toEqual([]);
});

test("CSV fields may be quoted and then hold commas, quotes and line breaks", () => {
  expect(parseCsv('text,category\r\n"a, ""b""\nc",x\n\nd,y')).toEqual([
    ["text", "category"],
    ['a, "b"\nc', "x"],
    ["d", "y"],
  ]);
  expect(parseCsv("a,\n,b\n")).toEqual([
    ["a", ""],
    ["", "b"],
  ]);
});

test("Banking77 without its folder says what it wants", () => {
  expect(() => banking77(undefined)).toThrow("--data");
});

test.skipIf(!bankingFolder)("Banking77 has 200, 100 and 300 sentences in balance", () => {
  const task = banking();
  expect(task.labels).toHaveLength(20);
  expect(counts(task)).toEqual([10, 5, 15].map((count) => Array(20).fill(count)));
  const train = new Set(task.pools.train.map(({ text }) => text));
  expect(task.pools.validation.filter(({ text }) => train.has(text))).toEqual([]);
  expect(promptOf("banking77")).toEqual(task.prompt);
});
