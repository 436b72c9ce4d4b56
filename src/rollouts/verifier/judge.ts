// Judging one rollout: asks the graph's questions, those together that can be asked together, until there is a verdict. Who asks and
// remembers is the caller's; what is asked and what answers mean is decided in the other files of this folder.

import type { VerifierGraph } from "./definition.ts";
import type { Episode } from "./episode.ts";
import { type NodeScore, readScores } from "./scores.ts";
import { type JudgeQuestion, nextQuestions, type Verdict, verdictOf, type Wanted } from "./verdict.ts";

/** What judges: a graph, which of its outputs are wanted, and what the judge is told of the system. */
export interface Judging {
  graph: VerifierGraph;
  wanted: Wanted;
  spec: string;
}

/** An answer of the judge model, kept as it came; `error` when its attempts were spent. */
export interface JudgeAnswer {
  text: string;
  error?: { code: string; message: string };
}

/** The verdict on a rollout, or why there is none. */
export type Judgement =
  | { kind: "judged"; verdict: Verdict }
  | { kind: "failed"; error: { code: string; message: string } };

/** Judges a rollout. With the same answers it asks the same questions and comes to the same verdict. */
export async function judgeEpisode(
  { graph, wanted, spec }: Judging,
  episode: Episode,
  ask: (question: JudgeQuestion) => Promise<JudgeAnswer>,
): Promise<Judgement> {
  const known = new Map<string, NodeScore>();
  for (;;) {
    const questions = nextQuestions(graph, wanted, episode, known, spec);
    if (questions.length === 0) return { kind: "judged", verdict: verdictOf(graph, wanted, known) };
    const answers = await Promise.all(questions.map(ask));
    for (const [at, { node }] of questions.entries()) {
      const answer = answers[at];
      if (answer?.error) return { kind: "failed", error: answer.error };
      const reading = readScores(node, episode, answer?.text ?? "");
      if (reading.kind === "refused") return { kind: "failed", error: malformed(node.id, reading.reason) };
      known.set(node.id, reading.value);
    }
  }
}

/** Why an answer to a question must be asked for again; undefined for one that can be used. */
export function answerFault({ node }: JudgeQuestion, episode: Episode, text: string): string | undefined {
  const reading = readScores(node, episode, text);
  return reading.kind === "refused" ? malformed(node.id, reading.reason).message : undefined;
}

/** The code of an answer that is no judgement. */
export const MALFORMED = "verifier_malformed";

function malformed(node: string, reason: string): { code: string; message: string } {
  return { code: MALFORMED, message: `the verifier's answer (${node}) cannot be used: ${reason}` };
}
