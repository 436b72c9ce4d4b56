// What a verifier is made of: rubrics (criteria with weights, as in `/task_info`, protocol §3.1), or a graph of rubrics, prompts
// and aggregates. Both become one graph, which is all that the rest of this folder knows.

import * as z from "zod";
import { number, text, word } from "../../config/fields.ts";
import { type Finding, fault } from "../../config/findings.ts";
import { checkSchema } from "../../config/issues.ts";
import { isObject, type Json, type JsonObject } from "../../wire/json.ts";
import { graphFaults } from "./graph-checks.ts";

/** Limits of one definition: what a judge can keep in mind, and what fits a row. */
const MAX_CRITERIA = 32;
const MAX_NODES = 16;
const MAX_TEXT_CHARS = 8_000;
const MAX_NAME_CHARS = 64;

const NAME_WORDS = `a name of at most ${MAX_NAME_CHARS} letters, digits, "_", "-" and "."`;

/** A name that can stand in a URL and in a config, without the `@` that separates a version. */
const name = () =>
  z
    .string({ error: NAME_WORDS })
    .trim()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, { error: NAME_WORDS })
    .max(MAX_NAME_CHARS, { error: NAME_WORDS });

const LABEL_WORDS = `text of 1 to ${MAX_NAME_CHARS} characters`;
const label = () =>
  z
    .string({ error: LABEL_WORDS })
    .trim()
    .min(1, { error: LABEL_WORDS })
    .max(MAX_NAME_CHARS, { error: LABEL_WORDS });

const prose = () => text().max(MAX_TEXT_CHARS, { error: `text of at most ${MAX_TEXT_CHARS} characters` });

/** One thing to look at, scored from 0 to 1. */
const Criterion = z.strictObject({
  id: label().describe("Its name, unique in the rubric."),
  description: prose().describe("What earns a score of 1, in words for the judge."),
  weight: number(0).default(1).describe("Its part in the rubric's score, in proportion to the others."),
});
export type Criterion = z.infer<typeof Criterion>;

const Criteria = z.array(Criterion).min(1).max(MAX_CRITERIA);

/** Criteria for one thing: the outcome of a rollout, or each of its steps. */
const Rubric = z.strictObject({
  name: z.string().optional().describe("What the rubric is called, for people."),
  criteria: Criteria.describe("At least one criterion, and one with a weight above 0."),
});

/** The rubrics of a verifier, or of a task app: for the outcome, for the steps, or both. */
const Rubrics = z.strictObject({
  outcome: Rubric.optional().describe("What a rollout as a whole is scored by."),
  events: Rubric.optional().describe("What each step of a rollout is scored by."),
});

const about = () =>
  word(["event", "outcome"]).describe("Whether it scores each step (their mean counts) or the whole.");
const inputs = () => z.array(name()).max(MAX_NODES);

const RubricNode = z.strictObject({
  id: name(),
  kind: z.literal("rubric"),
  about: about(),
  criteria: Criteria,
});
const PromptNode = z.strictObject({
  id: name(),
  kind: z.literal("prompt"),
  about: about(),
  prompt: prose().describe("What the judge is to look at, in words; it answers with one score."),
  inputs: inputs().default([]).describe("Nodes whose scores and remarks the judge is told."),
});
const AggregateNode = z.strictObject({
  id: name(),
  kind: z.literal("aggregate"),
  inputs: inputs().min(1).describe("Nodes whose scores are taken together."),
  how: word(["mean", "min", "max"]).default("mean"),
  weights: z.record(z.string(), number(0)).optional().describe("By node, for a mean; 1 where not given."),
});

const KINDS = '"rubric", "prompt" or "aggregate"';

/** A small acyclic graph of judgements. */
const Graph = z.strictObject({
  nodes: z
    .array(z.discriminatedUnion("kind", [RubricNode, PromptNode, AggregateNode], { error: KINDS }))
    .min(1)
    .max(MAX_NODES),
  outputs: z
    .strictObject({ event: name().optional(), outcome: name().optional() })
    .describe("The node whose score is the event score, and the one whose score is the outcome score."),
});
export type VerifierGraph = z.infer<typeof Graph>;
export type VerifierNode = VerifierGraph["nodes"][number];
export type JudgedNode = Exclude<VerifierNode, { kind: "aggregate" }>;

/** A verifier as it is registered: rubrics or a graph. */
const VerifierDefinition = z.strictObject({
  name: name().describe("What configs call it by, alone or with a version: `tone` or `tone@2`."),
  description: z.string().max(MAX_TEXT_CHARS).optional().describe("What it is for, for people."),
  rubric: Rubrics.optional().describe("Criteria for the outcome, for the steps, or both."),
  graph: Graph.optional().describe("A graph of judgements, in the place of rubrics."),
});
type VerifierDefinition = z.infer<typeof VerifierDefinition>;

/** A definition that can be used, or all that is wrong with it. */
export type DefinitionReading =
  | { kind: "valid"; definition: VerifierDefinition; graph: VerifierGraph }
  | { kind: "invalid"; findings: Finding[] };

/** Reads a verifier's definition. The findings' paths count from the definition. */
export function readDefinition(body: JsonObject): DefinitionReading {
  const verdict = checkSchema(VerifierDefinition, body);
  if (verdict.kind === "invalid") return verdict;
  const definition = verdict.value;
  const { rubric, graph } = definition;
  if ((rubric === undefined) === (graph === undefined)) {
    return invalid([
      fault(
        [rubric ? "graph" : "rubric"],
        "must be given, or its counterpart: a verifier has either rubric or graph",
      ),
    ]);
  }
  const made = graph ?? graphOfRubrics(rubric ?? {});
  const findings = graph ? graphFaults(graph, ["graph"]) : rubricFaults(rubric ?? {});
  return findings.length > 0 ? invalid(findings) : { kind: "valid", definition, graph: made };
}

/**
 * The graph of a task app's own rubrics: the `rubric` of an answer of `/task_info`. Undefined where there is none;
 * where there is one that cannot be used, what is wrong with it.
 */
export function readTaskAppRubric(
  rubric: unknown,
): { kind: "valid"; graph: VerifierGraph } | { kind: "invalid"; findings: Finding[] } | undefined {
  const table = z.record(z.string(), z.json()).safeParse(rubric);
  if (!table.success) return undefined;
  const { outcome, events } = table.data;
  const given = { ...knownRubric("outcome", outcome), ...knownRubric("events", events) };
  if (Object.keys(given).length === 0) return undefined;
  const verdict = checkSchema(Rubrics, given);
  if (verdict.kind === "invalid") return verdict;
  const findings = rubricFaults(verdict.value).map((one) => ({ ...one, path: one.path.slice(1) }));
  return findings.length > 0 ? invalid(findings) : { kind: "valid", graph: graphOfRubrics(verdict.value) };
}

/** A graph of one criterion, for a job that has a specification and no rubric. */
export function specificationGraph(): VerifierGraph {
  const description = "What the system did and answered is what the specification asks for.";
  const criteria = [{ id: "specification", description, weight: 1 }];
  return graphOfRubrics({ outcome: { criteria }, events: { criteria } });
}

/** What this release knows of a task app's rubric: others may have more keys, and empty rubrics. */
function knownRubric(key: "outcome" | "events", value: Json | undefined): JsonObject {
  if (!isTable(value) || !Array.isArray(value.criteria) || value.criteria.length === 0) return {};
  const criteria = value.criteria.map((one) => {
    if (!isTable(one)) return one;
    const { id, description, weight } = one;
    const known = Object.entries({ id, description, weight });
    return Object.fromEntries(known.flatMap(([name, part]) => (part === undefined ? [] : [[name, part]])));
  });
  return { [key]: { criteria } };
}

function isTable(value: Json | undefined): value is JsonObject {
  return isObject(value);
}

function graphOfRubrics({ outcome, events }: z.infer<typeof Rubrics>): VerifierGraph {
  const node = (id: "event" | "outcome", rubric: z.infer<typeof Rubric> | undefined): VerifierNode[] =>
    rubric === undefined ? [] : [{ id, kind: "rubric", about: id, criteria: rubric.criteria }];
  return {
    nodes: [...node("event", events), ...node("outcome", outcome)],
    outputs: {
      ...(events === undefined ? {} : { event: "event" }),
      ...(outcome === undefined ? {} : { outcome: "outcome" }),
    },
  };
}

function rubricFaults(rubrics: z.infer<typeof Rubrics>): Finding[] {
  if (rubrics.outcome === undefined && rubrics.events === undefined) {
    return [fault(["rubric"], "must have outcome, events or both, found neither")];
  }
  // The nodes of these graphs are the rubrics, so that the place in the one is a place in the other.
  return (["outcome", "events"] as const).flatMap((key) => {
    const rubric = rubrics[key];
    if (rubric === undefined) return [];
    const graph = graphOfRubrics({ outcome: rubric });
    return graphFaults(graph, []).map((one) => ({
      ...one,
      path: ["rubric", key, ...one.path.slice(2)],
    }));
  });
}

function invalid(findings: Finding[]): { kind: "invalid"; findings: Finding[] } {
  return { kind: "invalid", findings };
}
