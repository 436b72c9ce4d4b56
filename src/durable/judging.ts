// A rollout that a verifier judges: what its evaluation comes to. Owns: what a verdict does to an evaluation. Does not own: asking
// (the work port), what is asked and how it is read (rollouts/verifier).

import type { VerifierSheet } from "../config/verifier-sheet.ts";
import type { Evaluation, Trace } from "../engines/engine.ts";
import type { VerifierGraph } from "../rollouts/verifier/definition.ts";
import { type Episode, episodeOf } from "../rollouts/verifier/episode.ts";
import { fusedFeedback, fusedReward } from "../rollouts/verifier/fuse.ts";
import { type JudgeAnswer, judgeEpisode } from "../rollouts/verifier/judge.ts";
import type { JudgeQuestion, Verdict } from "../rollouts/verifier/verdict.ts";

/** A job's verifier, fixed when the job is created. */
export interface JobVerifier {
  sheet: VerifierSheet;
  /** What it judges by, whatever becomes of the registered one. */
  graph: VerifierGraph;
  /** Where the graph comes from: a registered verifier's id with its version, or `task_app`, or `specification`. */
  source: string;
}

/** Asks the judge a question about an episode. */
export type AskJudge = (question: JudgeQuestion, episode: Episode) => Promise<JudgeAnswer>;

/** An evaluation as the verifier sees it. A rollout that failed is not judged; one that cannot be judged fails. */
export async function judged(
  evaluation: Evaluation,
  { sheet, graph }: JobVerifier,
  ask: AskJudge,
): Promise<Evaluation> {
  if (evaluation.error) return evaluation;
  const episode = episodeOf(evaluation.trace);
  if (episode === undefined) {
    const message = "the rollout shows neither what the model was asked nor what it answered";
    return failed(evaluation, { code: "verifier_nothing_to_judge", message });
  }
  const judging = { graph, wanted: sheet.wanted, spec: sheet.spec };
  const judgement = await judgeEpisode(judging, episode, (question) => ask(question, episode));
  if (judgement.kind === "failed") return failed(evaluation, judgement.error);
  return withVerdict(evaluation, sheet, judgement.verdict);
}

function withVerdict(evaluation: Evaluation, sheet: VerifierSheet, verdict: Verdict): Evaluation {
  const reward = fusedReward(sheet, evaluation.reward, verdict);
  if (reward === undefined) {
    const message = "the verifier gives none of the scores that have a weight";
    return failed(evaluation, { code: "verifier_no_score", message });
  }
  const trace: Trace | undefined = evaluation.trace && {
    ...evaluation.trace,
    ...fusedFeedback(evaluation.trace.feedback, verdict),
  };
  return {
    ...evaluation,
    reward,
    ...(trace === undefined ? {} : { trace }),
    metrics: { ...evaluation.metrics, ...scoresOf(evaluation.reward, verdict) },
  };
}

/** What the reward was made of, beside the task app's own metrics. */
function scoresOf(env: number, { event, outcome }: Verdict): Record<string, number> {
  return {
    task_app_reward: env,
    ...(event === null ? {} : { verifier_event: event }),
    ...(outcome === null ? {} : { verifier_outcome: outcome }),
  };
}

function failed(evaluation: Evaluation, error: { code: string; message: string }): Evaluation {
  return { ...evaluation, reward: 0, error };
}
