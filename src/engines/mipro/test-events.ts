// What MIPRO tells of its test scores, under the protocol's event names and keys (§2.5).

import type { JsonObject } from "../../wire/json.ts";
import { BASELINE_RANK, type EngineEvent, type HeldOutScore } from "../engine.ts";
import { show } from "./events.ts";

/** Test scores, the baseline's first: the protocol's own event for each of the best, and those of all algorithms. */
export function testEvents(
  scores: readonly HeldOutScore[],
  details: (id: string) => JsonObject & { train_score: number | null },
): EngineEvent[] {
  const baseline = scores.find(({ rank }) => rank === BASELINE_RANK);
  const base: EngineEvent[] =
    baseline === undefined
      ? []
      : [
          {
            type: "mipro.baseline.test",
            message: `The baseline scores ${show(baseline.mean)} on the test seeds`,
            data: { test_score: baseline.mean },
          },
        ];
  return [
    ...base,
    ...scores
      .filter(({ rank }) => rank !== BASELINE_RANK)
      .flatMap((score) => [variationEvent(score), topEvent(score, details(score.id), baseline)]),
  ];
}

function variationEvent({ id, rank, mean }: HeldOutScore): EngineEvent {
  return {
    type: "prompt.learning.mipro.variation.score",
    message: `${id} scores ${show(mean)} on the test seeds`,
    data: { candidate_id: id, rank, score: mean, test_score: mean },
  };
}

function topEvent(
  { id, rank, mean, rewards }: HeldOutScore,
  details: JsonObject & { train_score: number | null },
  baseline: HeldOutScore | undefined,
): EngineEvent {
  const lift = baseline === undefined ? null : mean - baseline.mean;
  return {
    type: "mipro.topk.evaluated",
    message: `Rank ${rank}: ${show(mean)} on the test seeds`,
    data: {
      rank,
      candidate_id: id,
      test_score: mean,
      lift_absolute: lift,
      lift_percent:
        lift === null || baseline === undefined || baseline.mean === 0 ? null : (100 * lift) / baseline.mean,
      test_per_seed: rewards,
      test_seed_scores: Object.entries(rewards).map(([seed, score]) => ({ seed: Number(seed), score })),
      ...details,
    },
  };
}
