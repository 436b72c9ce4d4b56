// The data of the `final.results` event (protocol §2.5, §6), as the protocol's own clients read it: they print every
// accuracy as a number, and look for an optimised candidate's in `score` and for its texts in `object.data`.

import type { AttemptedCandidate, JobResults } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";

/** Bytes of the details of one list; a row may hold 2 MB in all. */
const MAX_DETAIL_BYTES = 600_000;

/** The lists of candidates. Where all texts and scores are too much for one row, the best candidates have theirs and the others none. */
export function candidateLists(results: JobResults): {
  optimized_candidates: JsonObject[];
  attempted_candidates: JsonObject[];
} {
  const { attempted_candidates: attempted, optimized_candidates: optimized, baseline_prompt } = results;
  const baselineLength = baseline_prompt.sections.reduce((sum, { content }) => sum + content.length, 0);
  const detailed = withinBytes(byRank(attempted));
  const front = byRank(optimized);
  const detailedOptimized = withinBytes(front);
  return {
    optimized_candidates: front.map((candidate) => ({
      rank: candidate.rank,
      ...optimizedEntry(candidate, baselineLength, detailedOptimized.has(candidate)),
    })),
    attempted_candidates: attempted.map((candidate) =>
      attemptedEntry(candidate, baselineLength, detailed.has(candidate)),
    ),
  };
}

/** The best first, those without a rank last, by age. */
export function byRank(candidates: readonly AttemptedCandidate[]): AttemptedCandidate[] {
  const place = ({ rank }: AttemptedCandidate) => rank ?? Number.MAX_SAFE_INTEGER;
  return [...candidates].sort((a, b) => place(a) - place(b));
}

/** As many of the first candidates as have room for their details. */
function withinBytes(candidates: readonly AttemptedCandidate[]): Set<AttemptedCandidate> {
  let left = MAX_DETAIL_BYTES;
  const kept = candidates.filter(({ object, instance_scores }) => {
    left -= new TextEncoder().encode(JSON.stringify([object, Object.values(instance_scores)])).length;
    return left >= 0;
  });
  return new Set(kept);
}

function optimizedEntry(
  candidate: AttemptedCandidate,
  baselineLength: number,
  detailed: boolean,
): JsonObject {
  const { candidate_id, accuracy } = candidate;
  const prompt_length = promptLength(candidate, baselineLength);
  const { instance_scores, changes } = detailsOf(candidate, detailed);
  return {
    candidate_id,
    score: { accuracy, prompt_length, instance_scores },
    payload_kind: "transformation",
    object: { data: changes },
  };
}

function attemptedEntry(
  candidate: AttemptedCandidate,
  baselineLength: number,
  detailed: boolean,
): JsonObject {
  const { candidate_id, generation, parent_ids, accepted, reject_reason, accuracy, is_pareto, proxied } =
    candidate;
  const { instance_scores, changes } = detailsOf(candidate, detailed);
  return {
    candidate_id,
    generation,
    parent_id: parent_ids[0] ?? null,
    accepted,
    reject_reason,
    // Left out where there is none: clients add these up and print them without looking.
    ...(accuracy === null ? {} : { accuracy }),
    is_pareto,
    ...(proxied ? { proxied } : {}),
    prompt_length: promptLength(candidate, baselineLength),
    instance_scores,
    object: changes,
  };
}

function detailsOf(
  { instance_scores, object }: AttemptedCandidate,
  detailed: boolean,
): { instance_scores: number[]; changes: JsonObject } {
  if (!detailed) return { instance_scores: [], changes: { text_replacements: [] } };
  const { text_replacements, example_injections = [] } = object;
  const injections = example_injections.map(({ examples, ...injection }) => ({
    ...injection,
    examples: examples.map((example) => ({ ...example })),
  }));
  return {
    instance_scores: Object.values(instance_scores),
    changes: {
      text_replacements: text_replacements.map((replacement) => ({ ...replacement })),
      ...(injections.length === 0 ? {} : { example_injections: injections }),
    },
  };
}

/** Characters of all messages of the candidate's prompt. */
function promptLength({ object }: AttemptedCandidate, baselineLength: number): number {
  return object.text_replacements.reduce(
    (sum, { new_text, old_text }) => sum + new_text.length - old_text.length,
    baselineLength,
  );
}
