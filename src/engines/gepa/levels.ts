// The estimates of a search's own candidates: by generation, rejected ones with what they were scored on.

import type { CandidateRecord } from "../engine.ts";
import { type Estimates, estimate } from "./estimates.ts";
import type { GepaState } from "./state.ts";

/** The round of a generation in the estimates; 0 is the baseline's. */
export function roundOf(generation: number): number {
  return generation + 1;
}

/** What the rewards of all candidates say, those of rejected ones too. */
export function estimatesOf(
  candidates: readonly CandidateRecord[],
  partial: GepaState["partial"],
): Estimates {
  const positions = new Map(candidates.map(({ id }, at) => [id, at]));
  return estimate(
    candidates.map(({ id, parents, generation, rewards }) => {
      const parent = parents[0] === undefined ? undefined : positions.get(parents[0]);
      return {
        parent: parent ?? null,
        round: parent === undefined ? 0 : roundOf(generation),
        rewards: partial[id] ?? rewards,
      };
    }),
  );
}
