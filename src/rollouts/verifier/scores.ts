// Reads the judge's answer, strictly: every score that was asked for, as a number from 0 to 1, and nothing that looks like
// one. A judge that answers "8/10", 85 or no score at all has not judged; guessing would put the guess into a reward.

import { MAX_TRACE_CHARS } from "../../config/limits.ts";
import { quoted } from "../../config/words.ts";
import { excerpt } from "../../inference/capped.ts";
import { parseJson } from "../parse-json.ts";
import { asObject, at } from "../read-json.ts";
import { textOf } from "../text.ts";
import type { Criterion, JudgedNode } from "./definition.ts";
import type { Episode } from "./episode.ts";
import { criteriaOf } from "./prompts.ts";

/** What a node came to. */
export interface NodeScore {
  /** From 0 to 1. */
  readonly score: number;
  /** The judge's remark; empty when it made none. */
  readonly feedback: string;
  /** Scores by criterion, means over the steps where it scores steps; absent for aggregates. */
  readonly criteria?: Readonly<Record<string, number>>;
}

/** The scores of an answer, or why it is none. */
export type ScoreReading = { kind: "scored"; value: NodeScore } | { kind: "refused"; reason: string };

/** Why an answer is refused, thrown within this file only. */
class RefusedError extends Error {}

/** Reads the answer to a node's question. */
export function readScores(node: JudgedNode, episode: Episode, answer: string): ScoreReading {
  try {
    const body = objectIn(answer);
    const criteria = criteriaOf(node);
    const rows =
      node.about === "outcome"
        ? [scoresAt(body.scores, criteria, "scores")]
        : stepScores(body.steps, criteria, episode.steps.length);
    const feedback = excerpt(feedbackOf(body), MAX_TRACE_CHARS).toWellFormed();
    return { kind: "scored", value: { ...totalOf(rows, criteria), feedback } };
  } catch (error) {
    if (error instanceof RefusedError) return { kind: "refused", reason: error.message };
    throw error;
  }
}

/** The one JSON object of an answer, bare or in one code fence. */
function objectIn(answer: string): Readonly<Record<string, unknown>> {
  const trimmed = answer.trim();
  if (trimmed === "") throw new RefusedError("the answer is empty");
  const parsed = parseJson(unfenced(trimmed));
  if (parsed.kind === "invalid") {
    throw new RefusedError(`the answer must be one JSON object, found ${quoted(trimmed)}`);
  }
  const body = asObject(parsed.value);
  if (body === undefined)
    throw new RefusedError(`the answer must be a JSON object, found ${shown(parsed.value)}`);
  return body;
}

function unfenced(answer: string): string {
  if (!answer.startsWith("```") || !answer.endsWith("```") || answer.length < 6) return answer;
  const inner = answer.slice(3, -3);
  const newline = inner.indexOf("\n");
  return newline < 0 ? inner : inner.slice(newline + 1);
}

type Scores = Record<string, number>;

function scoresAt(value: unknown, criteria: readonly Criterion[], place: string): Scores {
  const given = asObject(value);
  if (given === undefined) {
    throw new RefusedError(
      `${place} must be an object with a score for each criterion, found ${shown(value)}`,
    );
  }
  const stranger = Object.keys(given).find((key) => !criteria.some(({ id }) => id === key));
  if (stranger !== undefined) {
    throw new RefusedError(`${place} must hold the criteria and nothing else, found ${quoted(stranger)}`);
  }
  return Object.fromEntries(criteria.map(({ id }) => [id, scoreAt(at(given, id), `${place}.${id}`)]));
}

function scoreAt(value: unknown, place: string): number {
  if (typeof value === "number" && value >= 0 && value <= 1) return value + 0;
  throw new RefusedError(`${place} must be a number from 0 to 1, found ${shown(value)}`);
}

/** The scores of each step, in order: all steps once, under their own numbers. */
function stepScores(value: unknown, criteria: readonly Criterion[], count: number): Scores[] {
  if (!Array.isArray(value) || value.length !== count) {
    const found = Array.isArray(value) ? `${value.length}` : shown(value);
    throw new RefusedError(`steps must be a list with one entry for each of ${count} steps, found ${found}`);
  }
  return value.map((entry: unknown, index) => {
    const number = at(entry, "step");
    if (number !== index + 1) {
      throw new RefusedError(`steps[${index}].step must be ${index + 1}, found ${shown(number)}`);
    }
    return scoresAt(at(entry, "scores"), criteria, `steps[${index}].scores`);
  });
}

function feedbackOf(body: Readonly<Record<string, unknown>>): string {
  const { feedback } = body;
  if (feedback === undefined || feedback === null) return "";
  if (typeof feedback !== "string") {
    throw new RefusedError(`feedback must be text, found ${shown(feedback)}`);
  }
  return feedback.trim();
}

function totalOf(rows: readonly Scores[], criteria: readonly Criterion[]): Omit<NodeScore, "feedback"> {
  const means = Object.fromEntries(
    criteria.map(({ id }) => [id, rows.reduce((sum, row) => sum + (row[id] ?? 0), 0) / rows.length]),
  );
  const weight = criteria.reduce((sum, one) => sum + one.weight, 0);
  const score = criteria.reduce((sum, one) => sum + one.weight * (means[one.id] ?? 0), 0) / weight;
  // The last digit of a weighted mean must not leave the range.
  return { score: Math.min(1, Math.max(0, score)), criteria: means };
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : quoted(textOf(value) || "null");
}
