// Test scores: taken once, after the search, and never looked at by it.

import { BASELINE_RANK, type HeldOutScore, type Work } from "../engine.ts";
import { candidateFor } from "./combinations.ts";
import { ranking } from "./ranking.ts";
import { meanOf } from "./scores.ts";
import type { MiproSettings } from "./settings.ts";
import { slotsOf } from "./space.ts";
import type { Combination, MiproState } from "./state.ts";
import { testEvents } from "./test-events.ts";

/** Scores the baseline and the best few (ranks from 1) on the test seeds, all together; as many of them as the budget has room for. */
export async function testScores(
  state: MiproState,
  settings: MiproSettings,
  work: Work,
): Promise<HeldOutScore[]> {
  const [baseline] = state.combinations;
  const { test_seeds: seeds, test_candidates } = settings;
  const room = Math.floor(work.remaining().rollouts / seeds.length) - 1;
  if (baseline === undefined || room < 1) return [];
  const best = ranking(state, settings).slice(0, Math.min(test_candidates, room));
  const entries = [{ one: baseline, rank: BASELINE_RANK }, ...best.map((one, i) => ({ one, rank: i + 1 }))];
  const scores = await Promise.all(
    entries.map(async ({ one, rank }): Promise<HeldOutScore> => {
      const answers = await work.evaluate(candidateFor(one.choices, state, settings), seeds, "test");
      return {
        id: one.id,
        rank,
        mean: meanOf(answers.map(({ reward }) => reward)),
        rewards: Object.fromEntries(answers.map(({ seed, reward }) => [String(seed), reward])),
      };
    }),
  );
  const byId = new Map(best.map((one) => [one.id, one]));
  for (const event of testEvents(scores, (id) => detailsOf(byId.get(id), state, settings))) work.emit(event);
  return scores;
}

function detailsOf(one: Combination | undefined, state: MiproState, settings: MiproSettings) {
  const choices = one?.choices ?? [];
  const slots = slotsOf(settings, state.banks);
  const texts = one === undefined ? {} : candidateFor(choices, state, settings).texts;
  const chosen = (at: number, kind: "instruction" | "demos") =>
    slots.flatMap((slot, i) => (slot.stage === at && slot.kind === kind ? [choices[i] ?? 0] : []));
  const payloads = settings.stages.map(({ stage_id, module_id }, at) => [
    stage_id,
    { module_id, instruction_indices: chosen(at, "instruction"), demo_indices: chosen(at, "demos") },
  ]);
  const text = texts[settings.stages[0]?.component ?? ""] ?? "";
  return {
    train_score: one?.full_score ?? null,
    instruction_text: text,
    instruction_lines: text.split("\n"),
    instruction_indices: chosen(0, "instruction"),
    demo_indices: chosen(0, "demos"),
    stage_payloads: Object.fromEntries(payloads),
  };
}
