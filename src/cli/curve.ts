// The curve of rewards on one line: a bar for each candidate or trial that was scored, a dotted one where the score is predicted from a
// cheap model's. Pure.

import type { JobEvent } from "../client/index.ts";
import { numberIn, textIn } from "./fields.ts";

/** A scored candidate or trial. */
export interface CurvePoint {
  /** The candidate; undefined where the event does not name it. */
  id: string | undefined;
  /** Mean reward. */
  reward: number;
  /** Whether it is predicted. */
  proxied: boolean;
}

const SCORED = [
  ...[".gepa.baseline", ".candidate.evaluated"],
  ...["mipro.baseline.evaluated", "mipro.trial.complete"],
];

/** The curve after an event: with one more point, or with a predicted one in whose place the policy's model has given its own. */
export function withPoint(curve: readonly CurvePoint[], { type, data }: JobEvent): CurvePoint[] {
  const id = textIn(data, "candidate_id", "version_id");
  const reward = numberIn(data, "accuracy", "baseline_score", "score", "minibatch_score");
  if (reward === undefined) return [...curve];
  if (type.endsWith(".candidate.proven")) {
    return curve.map((point) => (point.id === id ? { id, reward, proxied: false } : point));
  }
  if (!SCORED.some((ending) => type.endsWith(ending))) return [...curve];
  return [...curve, { id, reward, proxied: data.proxied === true }];
}

const SOLID = "▁▂▃▄▅▆▇█";
const DOTTED = "⣀⣤⣶⣿";

/** The last `width` points as bars between their least and their greatest, and what dotted ones mean where there are any. */
export function sparkline(curve: readonly CurvePoint[], width: number): string {
  const shown = curve.slice(-width);
  const rewards = shown.map(({ reward }) => reward);
  const low = Math.min(...rewards);
  const span = Math.max(...rewards) - low;
  const bars = shown.map(({ reward, proxied }) => {
    const bar = proxied ? DOTTED : SOLID;
    return bar[span === 0 ? 0 : Math.round(((reward - low) / span) * (bar.length - 1))];
  });
  return `${bars.join("")}${shown.some(({ proxied }) => proxied) ? " (dotted: predicted)" : ""}`;
}
