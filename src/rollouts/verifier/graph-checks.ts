// Whether a verifier graph makes sense as a whole: its names are found, nothing goes round in a circle, all of it is used.

import { type Finding, fault } from "../../config/findings.ts";
import type { Path } from "../../config/path.ts";
import { quoted } from "../../config/words.ts";
import type { VerifierGraph, VerifierNode } from "./definition.ts";

/** What is wrong with a graph whose parts are each right; paths begin with `base`. */
export function graphFaults(graph: VerifierGraph, base: Path): Finding[] {
  const broken = [
    ...twins(graph, base),
    ...graph.nodes.flatMap((node, at) => nodeFaults(node, graph, [...base, "nodes", at])),
    ...outputFaults(graph, base),
  ];
  if (broken.length > 0) return broken;
  const circle = circleIn(graph);
  if (circle !== undefined) {
    const says = `must not go round in a circle, found ${circle.map((id) => quoted(id)).join(" -> ")}`;
    return [fault([...base, "nodes"], says)];
  }
  return idle(graph, base);
}

/** Ids of the nodes that a node needs before it can be scored. */
export function inputsOf(node: VerifierNode): readonly string[] {
  return node.kind === "rubric" ? [] : node.inputs;
}

function twins({ nodes }: VerifierGraph, base: Path): Finding[] {
  return nodes.flatMap(({ id }, at) => {
    const first = nodes.findIndex((node) => node.id === id);
    return first === at
      ? []
      : [fault([...base, "nodes", at, "id"], `must be unique, found ${quoted(id)} twice`)];
  });
}

function nodeFaults(node: VerifierNode, graph: VerifierGraph, path: Path): Finding[] {
  const unknown = inputsOf(node).flatMap((id, at) =>
    graph.nodes.some((other) => other.id === id)
      ? []
      : [fault([...path, "inputs", at], `must be the id of a node, found ${quoted(id)}; ${known(graph)}`)],
  );
  return [
    ...unknown,
    ...(node.kind === "rubric" ? criteriaFaults(node.criteria, path) : weightFaults(node, path)),
  ];
}

function criteriaFaults(criteria: readonly { id: string; weight: number }[], path: Path): Finding[] {
  const twice = criteria.flatMap(({ id }, at) =>
    criteria.findIndex((other) => other.id === id) === at
      ? []
      : [fault([...path, "criteria", at, "id"], `must be unique in the rubric, found ${quoted(id)} twice`)],
  );
  const weightless = criteria.every(({ weight }) => weight === 0);
  return weightless
    ? [...twice, fault([...path, "criteria"], "must have a weight above 0, found none")]
    : twice;
}

function weightFaults(node: VerifierNode, path: Path): Finding[] {
  if (node.kind !== "aggregate" || node.weights === undefined) return [];
  const { weights, inputs, how } = node;
  if (how !== "mean") return [fault([...path, "weights"], `must not be given: "${how}" has no weights`)];
  const strangers = Object.keys(weights).filter((id) => !inputs.includes(id));
  const faults = strangers.map((id) => fault([...path, "weights", id], "must be one of the node's inputs"));
  const weightless = inputs.every((id) => (weights[id] ?? 1) === 0);
  return weightless
    ? [...faults, fault([...path, "weights"], "must have a weight above 0, found none")]
    : faults;
}

function outputFaults(graph: VerifierGraph, base: Path): Finding[] {
  const { event, outcome } = graph.outputs;
  if (event === undefined && outcome === undefined) {
    return [fault([...base, "outputs"], "must have event, outcome or both, found neither")];
  }
  return Object.entries({ event, outcome }).flatMap(([key, id]) =>
    id === undefined || graph.nodes.some((node) => node.id === id)
      ? []
      : [fault([...base, "outputs", key], `must be the id of a node, found ${quoted(id)}; ${known(graph)}`)],
  );
}

function known({ nodes }: VerifierGraph): string {
  return `the nodes are ${nodes.map(({ id }) => quoted(id)).join(", ")}`;
}

/** The ids of a circle, its first one at both ends; undefined where there is none. */
function circleIn({ nodes }: VerifierGraph): string[] | undefined {
  const inputs = new Map(nodes.map((node) => [node.id, inputsOf(node)]));
  const clear = new Set<string>();
  const follow = (id: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(id)) return [...trail.slice(trail.indexOf(id)), id];
    if (clear.has(id)) return undefined;
    for (const input of inputs.get(id) ?? []) {
      const circle = follow(input, [...trail, id]);
      if (circle !== undefined) return circle;
    }
    clear.add(id);
    return undefined;
  };
  for (const { id } of nodes) {
    const circle = follow(id, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

/** Nodes that no output rests on: each of them would be asked and paid for nothing. */
function idle(graph: VerifierGraph, base: Path): Finding[] {
  const used = neededFor(graph, Object.values(graph.outputs));
  return graph.nodes.flatMap(({ id }, at) =>
    used.has(id)
      ? []
      : [fault([...base, "nodes", at], `must be used by an output, found ${quoted(id)} unused`)],
  );
}

/** The ids of these nodes and of all that they rest on, in a graph without circles. */
export function neededFor(graph: VerifierGraph, ids: readonly (string | undefined)[]): Set<string> {
  const needed = new Set<string>();
  const open = ids.filter((id) => id !== undefined);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (needed.has(id)) continue;
    needed.add(id);
    const node = graph.nodes.find((one) => one.id === id);
    if (node !== undefined) open.push(...inputsOf(node));
  }
  return needed;
}
