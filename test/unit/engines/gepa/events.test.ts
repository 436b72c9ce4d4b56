// What events say of candidates that were scored on different seeds, and of rewards that are predicted.

import { describe, expect, test } from "vitest";
import type { CandidateRecord, Evaluation } from "../../../../src/engines/engine.ts";
import {
  baselineEvent,
  candidateEvent,
  generationEvents,
  newBestEvent,
} from "../../../../src/engines/gepa/events.ts";

const candidate = (id: string, rewards: Record<string, number>, estimate?: number): CandidateRecord => {
  const values = Object.values(rewards);
  return {
    id,
    texts: { system: id },
    parents: [],
    generation: 1,
    operator: "reflection",
    accepted: true,
    on_front: true,
    rewards,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    ...(estimate === undefined ? {} : { estimate }),
  };
};

describe("a new best", () => {
  const before = candidate("old", { 0: 1, 1: 1, 2: 0.5, 3: 0.5 }, 0.4);

  test("on other seeds is better by what is estimated, though its mean be lower", () => {
    const { data, message } = newBestEvent(candidate("new", { 2: 0.5, 3: 0.75 }, 0.5), before);
    expect(data).toMatchObject({ accuracy: 0.625, previous_best_score: 0.75, by_estimate: true });
    expect(data.improvement).toBeCloseTo(0.1, 12);
    expect(message).toBe("New best: new scores 0.625: by estimate 0.100 better than old");
  });

  test("on the same seeds, with a mean that is no higher, is better by what is estimated", () => {
    const { data, message } = newBestEvent(candidate("new", { 0: 0.5, 1: 1, 2: 0.5, 3: 1 }, 0.45), before);
    expect(data).toMatchObject({ accuracy: 0.75, previous_best_score: 0.75, by_estimate: true });
    expect(data.improvement).toBeCloseTo(0.05, 12);
    expect(message).toBe("New best: new scores 0.750: by estimate 0.050 better than old");
  });

  test("on the same seeds with a higher mean, or without estimates, is better by its mean", () => {
    const same = newBestEvent(candidate("new", { 3: 1, 2: 1, 1: 1, 0: 1 }, 0.5), before);
    expect(same.data).not.toHaveProperty("by_estimate");
    expect(same.data.improvement).toBe(0.25);
    expect(same.message).toBe("New best: new scores 1.000 (was 0.750)");
    const { estimate: _, ...unestimated } = before;
    expect(newBestEvent(candidate("new", { 2: 1 }), unestimated).data.improvement).toBe(0.25);
  });
});

describe("what is predicted is marked", () => {
  const usage = { prompt_tokens: 1, completion_tokens: 1, llm_calls: 1, usd: null };

  test("of a candidate that was turned down by it, too", () => {
    const down = {
      ...candidate("down", {}),
      accepted: false,
      reject_reason: "not_better" as const,
      mean: null,
    };
    const evaluations = [{ seed: 0, reward: 0.4, usage, proxied: true }];
    const gate = { parent: 0.5, child: 0.4 };
    const { data } = candidateEvent(down, { component: "system", gate, evaluations });
    expect(data).toMatchObject({ minibatch_score: 0.4, proxied: true });
    const own = [{ seed: 0, reward: 0.4, usage }];
    expect(candidateEvent(down, { component: "system", gate, evaluations: own }).data).not.toHaveProperty(
      "proxied",
    );
  });

  test("of the scores of a front", () => {
    const [one, other] = [candidate("one", { 0: 1 }), { ...candidate("other", { 0: 1 }), proxied: true }];
    const told = (...now: CandidateRecord[]) => generationEvents(1, [], one, { now, before: [] })[0]?.data;
    expect(told(one, other)).toMatchObject({ frontier_scores: { one: 1, other: 1 }, proxied: ["other"] });
    expect(told(one)).not.toHaveProperty("proxied");
  });
});

test("whether a sample is correct is not told of a predicted reward", () => {
  const usage = { prompt_tokens: 1, completion_tokens: 1, llm_calls: 1, usd: null };
  const answers: Evaluation[] = [
    { seed: 0, reward: 1, usage },
    { seed: 1, reward: 1, usage, proxied: true },
  ];
  const samples = baselineEvent(candidate("base", { 0: 1, 1: 1 }), answers).data.rollout_sample;
  const unknown = { query: null, expected: null, predicted: null };
  expect(samples).toEqual([
    { seed: 0, ...unknown, correct: true },
    { seed: 1, ...unknown },
  ]);
});
