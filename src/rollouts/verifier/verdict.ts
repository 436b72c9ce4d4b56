// From a graph and a rollout to a verdict: which questions can be asked now, and what their answers come to. Pure; whoever asks them
// asks until there are none left.

import type { JudgedNode, VerifierGraph, VerifierNode } from "./definition.ts";
import type { Episode } from "./episode.ts";
import { inputsOf, neededFor } from "./graph-checks.ts";
import { type JudgeMessage, judgeMessages } from "./prompts.ts";
import type { NodeScore } from "./scores.ts";

/** A question to the judge. */
export interface JudgeQuestion {
  node: JudgedNode;
  messages: JudgeMessage[];
}

/** What a verifier says of a rollout. Scores are from 0 to 1; null where the verifier has none of that kind. */
export interface Verdict {
  event: number | null;
  outcome: number | null;
  /** The judges' remarks, a line each; empty when they made none. */
  feedback: string;
}

/** Which of a verifier's two outputs are wanted. */
export interface Wanted {
  event: boolean;
  outcome: boolean;
}

/** The questions whose inputs are all known and that are not answered yet; none when the verdict is ready. */
export function nextQuestions(
  graph: VerifierGraph,
  wanted: Wanted,
  episode: Episode,
  known: ReadonlyMap<string, NodeScore>,
  spec = "",
): JudgeQuestion[] {
  const scores = withAggregates(graph, known);
  return neededNodes(graph, wanted)
    .filter((node) => node.kind !== "aggregate")
    .filter((node) => !scores.has(node.id) && inputsOf(node).every((id) => scores.has(id)))
    .map((node) => ({ node, messages: judgeMessages(node, episode, scores, spec) }));
}

/** The verdict of the answers, once there is no question left. */
export function verdictOf(
  graph: VerifierGraph,
  wanted: Wanted,
  known: ReadonlyMap<string, NodeScore>,
): Verdict {
  const scores = withAggregates(graph, known);
  const of = (id: string | undefined) => (id === undefined ? null : (scores.get(id)?.score ?? null));
  const remarks = neededNodes(graph, wanted)
    .filter(({ kind }) => kind !== "aggregate")
    .map(({ id }) => remarkOf(id, scores.get(id)))
    .filter((remark) => remark !== "");
  return {
    event: wanted.event ? of(graph.outputs.event) : null,
    outcome: wanted.outcome ? of(graph.outputs.outcome) : null,
    feedback: remarks.join("\n"),
  };
}

function neededNodes(graph: VerifierGraph, wanted: Wanted): VerifierNode[] {
  const { event, outcome } = graph.outputs;
  const needed = neededFor(graph, [wanted.event ? event : undefined, wanted.outcome ? outcome : undefined]);
  return graph.nodes.filter(({ id }) => needed.has(id));
}

/** The known scores, and those of all aggregates that follow from them. */
function withAggregates(graph: VerifierGraph, known: ReadonlyMap<string, NodeScore>): Map<string, NodeScore> {
  const scores = new Map(known);
  for (let before = -1; before !== scores.size; ) {
    before = scores.size;
    for (const node of graph.nodes) {
      if (node.kind !== "aggregate" || !node.inputs.every((id) => scores.has(id))) continue;
      scores.set(node.id, { score: aggregated(node, scores), feedback: "" });
    }
  }
  return scores;
}

function aggregated(
  node: VerifierNode & { kind: "aggregate" },
  scores: ReadonlyMap<string, NodeScore>,
): number {
  const values = node.inputs.map((id) => scores.get(id)?.score ?? 0);
  if (node.how === "min") return Math.min(...values);
  if (node.how === "max") return Math.max(...values);
  const weights = node.inputs.map((id) => node.weights?.[id] ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Math.min(1, values.reduce((sum, value, at) => sum + value * (weights[at] ?? 0), 0) / total);
}

/** Such as `outcome 0.65 (accuracy 1.00, tone 0.30): too curt.` */
function remarkOf(id: string, score: NodeScore | undefined): string {
  if (score === undefined) return "";
  const parts = Object.entries(score.criteria ?? {});
  const detail =
    parts.length > 1 ? ` (${parts.map(([name, value]) => `${name} ${value.toFixed(2)}`).join(", ")})` : "";
  return `${id} ${score.score.toFixed(2)}${detail}${score.feedback === "" ? "" : `: ${score.feedback}`}`;
}
