import { describe, expect, test } from "vitest";
import {
  readDefinition,
  readTaskAppRubric,
  specificationGraph,
} from "../../../../src/rollouts/verifier/definition.ts";
import type { JsonObject } from "../../../../src/wire/json.ts";

const CRITERIA: JsonObject[] = [
  { id: "accuracy", description: "The answer is right.", weight: 3 },
  { id: "tone", description: "The answer is friendly." },
];
const RUBRIC = { name: "quality", rubric: { outcome: { criteria: CRITERIA } } };
const rubricNode = (id: string) => ({ id, kind: "rubric", about: "outcome", criteria: CRITERIA });
const promptNode = (id: string, inputs: string[] = []) => ({
  id,
  kind: "prompt",
  about: "outcome",
  prompt: "Is it right?",
  inputs,
});
const graphOf = (nodes: JsonObject[], outputs: JsonObject): JsonObject => ({
  name: "g",
  graph: { nodes, outputs },
});

/** `path says`, one for each mistake. */
function mistakes(body: JsonObject): string[] {
  const reading = readDefinition(body);
  if (reading.kind === "valid") return [];
  return reading.findings.map(({ path, says }) => `${path.join(".")} ${says}`);
}

describe("a rubric", () => {
  test("becomes a graph of one node for the outcome and one for the steps", () => {
    const both = readDefinition({
      name: "q",
      rubric: { outcome: { criteria: CRITERIA }, events: { criteria: CRITERIA } },
    });
    expect(both).toMatchObject({
      kind: "valid",
      graph: {
        nodes: [
          { id: "event", about: "event" },
          { id: "outcome", about: "outcome" },
        ],
        outputs: { event: "event", outcome: "outcome" },
      },
    });
    expect(readDefinition(RUBRIC)).toMatchObject({
      kind: "valid",
      graph: { outputs: { outcome: "outcome" } },
    });
  });

  test("gives a criterion without a weight the weight 1", () => {
    const reading = readDefinition(RUBRIC);
    expect(reading.kind === "valid" && reading.definition.rubric?.outcome?.criteria[1]?.weight).toBe(1);
  });

  test.each<[string, JsonObject, string[]]>([
    [
      "no name",
      { rubric: RUBRIC.rubric },
      ['name is missing: it must be a name of at most 64 letters, digits, "_", "-" and "."'],
    ],
    [
      "a name with a version",
      { ...RUBRIC, name: "q@2" },
      ['name must be a name of at most 64 letters, digits, "_", "-" and ".", found "q@2"'],
    ],
    [
      "neither rubric nor graph",
      { name: "q" },
      ["rubric must be given, or its counterpart: a verifier has either rubric or graph"],
    ],
    [
      "an empty rubric",
      { name: "q", rubric: {} },
      ["rubric must have outcome, events or both, found neither"],
    ],
    [
      "no criteria",
      { name: "q", rubric: { outcome: { criteria: [] } } },
      ["rubric.outcome.criteria must be a non-empty list, found an empty list"],
    ],
    [
      "a criterion without a description",
      { name: "q", rubric: { outcome: { criteria: [{ id: "a" }] } } },
      ["rubric.outcome.criteria.0.description is missing: it must be non-empty text"],
    ],
    [
      "a weight below 0",
      { name: "q", rubric: { outcome: { criteria: [{ id: "a", description: "b", weight: -1 }] } } },
      ["rubric.outcome.criteria.0.weight must be a number of at least 0, found -1"],
    ],
    [
      "a key that nobody knows, such as a typo",
      { name: "q", rubric: { outcome: { criteria: [{ id: "a", description: "b", wieght: 2 }] } } },
      ['rubric.outcome.criteria.0 must be a table without "wieght", found a table'],
    ],
    [
      "no weight at all",
      { name: "q", rubric: { events: { criteria: [{ id: "a", description: "b", weight: 0 }] } } },
      ["rubric.events.criteria must have a weight above 0, found none"],
    ],
    [
      "two criteria of one name",
      {
        name: "q",
        rubric: {
          outcome: {
            criteria: [
              { id: "a", description: "b" },
              { id: "a", description: "c" },
            ],
          },
        },
      },
      ['rubric.outcome.criteria.1.id must be unique in the rubric, found "a" twice'],
    ],
  ])("is refused with %s", (_, body, expected) => {
    expect(mistakes(body)).toEqual(expected);
  });
});

describe("a graph", () => {
  test("of rubrics, prompts and aggregates is taken", () => {
    const nodes = [
      rubricNode("a"),
      promptNode("b", ["a"]),
      { id: "all", kind: "aggregate", inputs: ["a", "b"], how: "mean", weights: { a: 2 } },
    ];
    expect(mistakes(graphOf(nodes, { outcome: "all" }))).toEqual([]);
  });

  test.each<[string, JsonObject, string[]]>([
    [
      "no output",
      graphOf([rubricNode("a")], {}),
      ["graph.outputs must have event, outcome or both, found neither"],
    ],
    [
      "an output that is no node",
      graphOf([rubricNode("a")], { outcome: "b" }),
      ['graph.outputs.outcome must be the id of a node, found "b"; the nodes are "a"'],
    ],
    [
      "an input that is no node",
      graphOf([promptNode("a", ["x"])], { outcome: "a" }),
      ['graph.nodes.0.inputs.0 must be the id of a node, found "x"; the nodes are "a"'],
    ],
    [
      "a circle",
      graphOf([promptNode("a", ["c"]), promptNode("b", ["a"]), promptNode("c", ["b"])], { outcome: "a" }),
      ['graph.nodes must not go round in a circle, found "a" -> "c" -> "b" -> "a"'],
    ],
    [
      "a node that needs itself",
      graphOf([promptNode("a", ["a"])], { outcome: "a" }),
      ['graph.nodes must not go round in a circle, found "a" -> "a"'],
    ],
    [
      "two nodes of one name",
      graphOf([rubricNode("a"), rubricNode("a")], { outcome: "a" }),
      ['graph.nodes.1.id must be unique, found "a" twice'],
    ],
    [
      "a node that nothing uses, which would be paid for",
      graphOf([rubricNode("a"), rubricNode("b")], { outcome: "a" }),
      ['graph.nodes.1 must be used by an output, found "b" unused'],
    ],
    [
      "weights of a maximum",
      graphOf(
        [rubricNode("a"), { id: "m", kind: "aggregate", inputs: ["a"], how: "max", weights: { a: 1 } }],
        { outcome: "m" },
      ),
      ['graph.nodes.1.weights must not be given: "max" has no weights'],
    ],
    [
      "a weight of something that is no input",
      graphOf([rubricNode("a"), { id: "m", kind: "aggregate", inputs: ["a"], weights: { z: 1 } }], {
        outcome: "m",
      }),
      ["graph.nodes.1.weights.z must be one of the node's inputs"],
    ],
    [
      "a node of an unknown kind",
      graphOf([{ id: "a", kind: "oracle" }], { outcome: "a" }),
      ['graph.nodes.0.kind must be "rubric", "prompt" or "aggregate", found "oracle"'],
    ],
  ])("is refused with %s", (_, body, expected) => {
    expect(mistakes(body)).toEqual(expected);
  });
});

describe("a task app's own rubric", () => {
  test("is taken from /task_info, without what is empty", () => {
    const reading = readTaskAppRubric({
      outcome: { name: "x", criteria: CRITERIA },
      events: { name: "y", criteria: [] },
    });
    expect(reading).toMatchObject({ kind: "valid", graph: { outputs: { outcome: "outcome" } } });
  });

  test("may have more keys than this version knows", () => {
    const criteria = [{ id: "a", description: "b", examples: [1], weight: 1 }];
    expect(readTaskAppRubric({ outcome: { criteria, style: "x" }, other: {} })?.kind).toBe("valid");
  });

  test("may have ids that are no identifiers, as task apps write them", () => {
    const criteria = [{ id: "intent accuracy", description: "The right intent." }];
    expect(readTaskAppRubric({ outcome: { criteria } })?.kind).toBe("valid");
  });

  test.each([
    [undefined],
    [null],
    [{}],
    [{ outcome: null, events: null }],
    [{ outcome: { criteria: [] } }],
    ["text"],
  ])("is none in %j", (rubric) => {
    expect(readTaskAppRubric(rubric)).toBeUndefined();
  });

  test("that cannot be used says why", () => {
    const reading = readTaskAppRubric({ outcome: { criteria: [{ id: "a", description: "b", weight: 0 }] } });
    expect(reading?.kind === "invalid" && reading.findings[0]?.path.join(".")).toBe("outcome.criteria");
  });
});

test("a job with a specification and no rubric is judged by one criterion, as a whole and step by step", () => {
  const { nodes, outputs } = specificationGraph();
  expect(outputs).toEqual({ event: "event", outcome: "outcome" });
  for (const node of nodes) expect(node).toMatchObject({ criteria: [{ id: "specification", weight: 1 }] });
});
