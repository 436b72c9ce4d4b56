import { expect, test } from "vitest";
import { exampleTexts, seedVerdicts, taskAppRubric } from "../../../src/rollouts/task-info.ts";
import { httpServer, KEY } from "./fixtures.ts";

/** A task app whose `/task_info` answers as the test says for the seeds that were asked for. */
function taskApp(answer: (seeds: string[]) => unknown, seen: string[] = []) {
  return httpServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://app");
    seen.push(`${url.pathname}${url.search} ${request.headers["x-api-key"]}`);
    const body = answer(url.searchParams.getAll("seeds"));
    if (body === undefined) response.writeHead(500).end("no");
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
}

const question = (url: string) => ({ url, api_key: KEY, fetch });
const info = (seed: string) => ({ task: { id: "t" }, task_metadata: { query: `query ${seed}`, label: "x" } });

test.each<[string, (seeds: string[]) => unknown]>([
  ["a list in the order of the seeds", (seeds) => seeds.map(info)],
  ["an object keyed by seed", (seeds) => Object.fromEntries(seeds.map((seed) => [seed, info(seed)]))],
])("texts of examples are read from %s", async (_, answer) => {
  const seen: string[] = [];
  await using app = await taskApp(answer, seen);
  const told = await exampleTexts([4, 7], question(app.url));
  expect(told).toEqual({
    kind: "told",
    value: new Map([
      [4, "query 4"],
      [7, "query 7"],
    ]),
  });
  expect(seen).toEqual([`/task_info?seeds=4&seeds=7 ${KEY}`]);
});

test("texts of many examples are asked for in pieces, each seed once", async () => {
  const seen: string[] = [];
  await using app = await taskApp((seeds) => seeds.map(info), seen);
  const seeds = Array.from({ length: 230 }, (_, seed) => seed);
  const told = await exampleTexts(seeds, question(app.url));
  expect(told.kind === "told" && [...told.value.keys()]).toEqual(seeds);
  expect(seen).toHaveLength(5);
});

test.each<[string, unknown, string]>([
  ["a known key beside the metadata", { question: "why?" }, "why?"],
  ["metadata without a known key", { task_metadata: { a: 1 } }, '{"a":1}'],
  ["a text that is too long", { input: "x".repeat(5_000) }, "x"],
])("the text of an example may be %s", async (_, body, text) => {
  await using app = await taskApp((seeds) => seeds.map((seed, at) => (at === 0 ? body : info(seed))));
  const told = await exampleTexts([0, 1], question(app.url));
  const found = told.kind === "told" ? (told.value.get(0) ?? "") : "";
  expect(found.startsWith(text)).toBe(true);
  expect(found.length).toBeLessThan(400);
});

test.each<[string, (seeds: string[]) => unknown]>([
  [
    "tells all examples alike",
    (seeds) => seeds.map(() => ({ task: { description: "the task" }, input: "same" })),
  ],
  ["answers one object for many seeds", () => ({ taskset: {} })],
  ["answers fewer than were asked", (seeds) => seeds.slice(1).map(info)],
  ["tells nothing of them", (seeds) => seeds.map(() => ({ task: {} }))],
])("a task app that %s gives no texts", async (_, answer) => {
  await using app = await taskApp(answer);
  expect(await exampleTexts([0, 1, 2], question(app.url))).toEqual({ kind: "told", value: new Map() });
});

test("a task app that fails says why", async () => {
  await using app = await taskApp(() => undefined);
  expect(await exampleTexts([0], question(app.url))).toEqual({
    kind: "untold",
    message: "/task_info answered 500",
    status: 500,
  });
  expect(await exampleTexts([0], question("nowhere"))).toMatchObject({ kind: "untold" });
});

test("a seed is told of, refused, or not answered for", async () => {
  const verdicts = async (answer: (seeds: string[]) => unknown) => {
    await using app = await taskApp(answer);
    return await seedVerdicts([0, 1], question(app.url));
  };
  expect(await verdicts(() => ({ task: {} }))).toEqual(
    new Map([0, 1].map((seed) => [seed, { kind: "told" }])),
  );
  // A task app that falls over has not said that it lacks the seed.
  expect((await verdicts(([seed]) => (seed === "0" ? { task: {} } : undefined))).get(1)).toEqual({
    kind: "unknown",
  });
});

const RUBRIC = { outcome: { criteria: [{ id: "a", description: "b" }] } };

test.each<[string, (seeds: string[]) => unknown, unknown]>([
  [
    "the example's, before that of the set",
    ([seed]) => (seed ? { rubric: RUBRIC } : { rubric: { outcome: {} } }),
    RUBRIC,
  ],
  [
    "the set's, where the example has none",
    ([seed]) => (seed ? { task: {} } : { taskset: { rubric: RUBRIC } }),
    RUBRIC,
  ],
  ["none, where there is none", () => ({ taskset: {} }), undefined],
  ["the set's, where examples are not told", ([seed]) => (seed ? undefined : { rubrics: RUBRIC }), RUBRIC],
])("the rubric of a task app is %s", async (_, answer, rubric) => {
  await using app = await taskApp(answer);
  expect(await taskAppRubric(3, question(app.url))).toEqual({ kind: "told", value: rubric });
});
