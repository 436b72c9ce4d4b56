import { describe, expect, test } from "vitest";
import { candidateLists } from "../../../src/durable/final-results.ts";
import type { AttemptedCandidate, JobResults } from "../../../src/wire/job.ts";
import { jobResults } from "../../support/fake-service.ts";

function candidate(
  number: number,
  change: Partial<AttemptedCandidate> & { text?: string },
): AttemptedCandidate {
  const { text = `text ${number}`, ...rest } = change;
  const replacement = { new_text: text, old_text: "old", apply_to_role: "system" };
  return {
    candidate_id: `trans_${number}`,
    rank: number + 1,
    generation: 1,
    parent_ids: ["trans_0"],
    mutation_type: "reflection",
    accepted: true,
    reject_reason: null,
    accuracy: 0.5,
    is_pareto: true,
    instance_scores: { 3: 0, 7: 1 },
    object: { text_replacements: [replacement] },
    ...rest,
  };
}

const rejected = (number: number): AttemptedCandidate =>
  candidate(number, {
    rank: null,
    accepted: false,
    reject_reason: "not_better",
    accuracy: null,
    is_pareto: false,
    instance_scores: {},
  });

function lists(candidates: AttemptedCandidate[]) {
  const baseline_prompt: JobResults["baseline_prompt"] = {
    sections: [
      { role: "system", name: "system", content: "old", order: 0 },
      { role: "user", name: "user", content: "{query}", order: 1 },
    ],
    full_text: "",
  };
  return candidateLists(
    jobResults({
      baseline_prompt,
      attempted_candidates: candidates,
      optimized_candidates: candidates.filter(({ is_pareto }) => is_pareto),
    }),
  );
}

describe("the lists of candidates in the final results", () => {
  test("have the optimised ones by rank, whatever their means, with score and texts where the protocol's clients look for them", () => {
    const { optimized_candidates } = lists([
      candidate(0, { rank: 3, accuracy: 0.2, is_pareto: false }),
      candidate(1, { rank: 2, accuracy: 1 }),
      rejected(2),
      candidate(3, { rank: 1, accuracy: 0.9, text: "newer" }),
    ]);
    expect(optimized_candidates).toEqual([
      {
        rank: 1,
        candidate_id: "trans_3",
        score: { accuracy: 0.9, prompt_length: "newer{query}".length, instance_scores: [0, 1] },
        payload_kind: "transformation",
        object: {
          data: { text_replacements: [{ new_text: "newer", old_text: "old", apply_to_role: "system" }] },
        },
      },
      expect.objectContaining({ rank: 2, candidate_id: "trans_1" }),
    ]);
  });

  test("have every attempted one in the order of proposal, and an accuracy only where there is a number", () => {
    const { attempted_candidates } = lists([candidate(0, {}), rejected(1), candidate(2, { accuracy: 0 })]);
    expect(attempted_candidates.map(({ candidate_id }) => candidate_id)).toEqual([
      "trans_0",
      "trans_1",
      "trans_2",
    ]);
    expect(attempted_candidates.map((entry) => ["accuracy" in entry, entry.accuracy])).toEqual([
      [true, 0.5],
      [false, undefined],
      [true, 0],
    ]);
    expect(attempted_candidates[1]).toMatchObject({ reject_reason: "not_better", parent_id: "trans_0" });
    expect(attempted_candidates[2]).toMatchObject({
      object: { text_replacements: [{ new_text: "text 2" }] },
      instance_scores: [0, 1],
    });
  });

  test("fit into one row whatever the texts: the best have theirs, the others are listed without", () => {
    const long = "€".repeat(20_000);
    const many = Array.from({ length: 200 }, (_, n) =>
      candidate(n, { rank: 200 - n, accuracy: n / 200, text: long }),
    );
    const found = lists(many);
    expect(new TextEncoder().encode(JSON.stringify(found)).length).toBeLessThan(1_500_000);
    const { optimized_candidates, attempted_candidates } = found;
    expect(optimized_candidates).toHaveLength(200);
    expect(attempted_candidates).toHaveLength(200);
    expect(optimized_candidates[0]).toMatchObject({
      candidate_id: "trans_199",
      object: { data: { text_replacements: [{ new_text: long }] } },
    });
    expect(attempted_candidates[199]).toMatchObject({ object: { text_replacements: [{ new_text: long }] } });
    expect(optimized_candidates[199]).toMatchObject({
      score: { accuracy: 0, instance_scores: [] },
      object: { data: { text_replacements: [] } },
    });
    expect(attempted_candidates[0]).toMatchObject({ accuracy: 0, object: { text_replacements: [] } });
  });
});
