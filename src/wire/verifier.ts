// Registered verifiers as they cross the API.

import type { JsonObject } from "./json.ts";

/** One criterion of a rubric, scored by the judge from 0 to 1. */
export interface RubricCriterion {
  /** Unique in its rubric. */
  id: string;
  /** What earns a score of 1, in words for the judge. */
  description: string;
  /** Its part in the rubric's score, in proportion to the others; 1 when absent. */
  weight?: number;
}

/** Criteria for one thing. */
export interface VerifierRubric {
  name?: string;
  criteria: RubricCriterion[];
}

/** A verifier to register: rubrics, or a graph of judgements (see docs/economy.md). */
export interface VerifierSubmission {
  /** Letters, digits, `_`, `-` and `.`, at most 64. The same name with other content makes a new version. */
  name: string;
  description?: string;
  /** For the outcome of a rollout, for each of its steps, or both. */
  rubric?: { outcome?: VerifierRubric; events?: VerifierRubric };
  /** `{nodes, outputs}`, in the place of rubrics. */
  graph?: JsonObject;
}

/** A registered verifier, in lists. */
export interface VerifierSummary {
  /** `name@version`, as a config's `verifier_id` may name it; the name alone means the latest version. */
  id: string;
  name: string;
  /** From 1. */
  version: number;
  description: string | null;
  /** RFC 3339. */
  created_at: string;
}

/** A registered verifier with all that it is made of. */
export interface VerifierView extends VerifierSummary {
  rubric?: JsonObject;
  graph?: JsonObject;
}
