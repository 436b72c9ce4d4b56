// How far a job is, as data and as one line of text. Pure: what to draw, not when.

import type { JobEvent, JobStatus, JobView } from "../client/index.ts";
import { type CurvePoint, sparkline } from "./curve.ts";
import { numberIn } from "./fields.ts";
import { change, clip, count, duration, reward, usd } from "./text.ts";

/** What the progress line tells. Rewards are means over the Pareto seeds; seconds; US dollars. */
export interface Facts {
  status: JobStatus;
  done: number;
  budget: number | null;
  /** 0 to 1; null while unknown. */
  fraction: number | null;
  generation: number;
  generations: number;
  best: number | null;
  baseline: number | null;
  /** Whether candidates are scored on other seeds than the baseline, so that it is no measure of the best. */
  uneven?: boolean;
  usd: number | null;
  elapsed: number;
  eta: number | null;
}

/** The facts that a status answer holds. */
export function factsOf(view: JobView): Facts {
  const { progress, cost } = view;
  return {
    status: view.status,
    done: progress.rollouts_completed,
    budget: progress.rollouts_total,
    fraction: progress.percent_overall,
    generation: progress.generation,
    generations: progress.generations_total ?? 0,
    best: view.best_score,
    baseline: view.baseline_score,
    usd: cost.total_usd,
    elapsed: progress.elapsed_seconds,
    eta: progress.eta_seconds,
  };
}

/** The facts, brought forward by what an event tells (protocol §2.5). Counts never fall: answers may overtake. */
export function withEvent(facts: Facts, event: JobEvent): Facts {
  const { data } = event;
  if (event.type === "prompt.learning.progress") {
    return {
      ...facts,
      done: Math.max(facts.done, numberIn(data, "rollouts_completed") ?? 0),
      budget: numberIn(data, "rollouts_total") ?? facts.budget,
      fraction: numberIn(data, "percent_overall") ?? facts.fraction,
      best: numberIn(data, "best_score") ?? facts.best,
      baseline: numberIn(data, "baseline_score") ?? facts.baseline,
      elapsed: Math.max(facts.elapsed, numberIn(data, "elapsed_seconds") ?? 0),
      eta: numberIn(data, "eta_seconds") ?? facts.eta,
    };
  }
  if (event.type.endsWith(".generation.complete")) {
    return { ...facts, generation: Math.max(facts.generation, numberIn(data, "generation") ?? 0) };
  }
  if (event.type.endsWith(".new_best")) return { ...facts, best: numberIn(data, "accuracy") ?? facts.best };
  return facts;
}

const BAR_WIDTH = 20;

/**
 * One line such as `[█████░░░░░] 42% · 210/500 rollouts · gen 3/10 · best 0.812 (+0.210) · $0.0123 · 1m 20s left`,
 * never wider than `width`: what matters least, at its end, goes first.
 */
export function statusLine(facts: Facts, width: number): string {
  const parts = [bar(facts.fraction), ...partsOf(facts)];
  return fitted(parts, width);
}

/** As {@link statusLine}, with the curve of rewards in place of the bar. */
export function chartLine(facts: Facts, curve: readonly CurvePoint[], width: number): string {
  return fitted([sparkline(curve, BAR_WIDTH * 2), ...partsOf(facts)], width);
}

function fitted(parts: string[], width: number): string {
  const kept = parts.filter((part) => part !== "");
  while (kept.length > 1 && kept.join(" · ").length > width) kept.pop();
  return clip(kept.join(" · "), width);
}

function partsOf(facts: Facts): string[] {
  const total = facts.budget === null ? "" : `/${count(facts.budget)}`;
  const generations = facts.generations > 0 ? `/${facts.generations}` : "";
  const gain = facts.uneven ? "" : change(facts.baseline, facts.best);
  return [
    facts.status === "running" ? "" : facts.status,
    `${count(facts.done)}${total} rollouts`,
    `gen ${facts.generation}${generations}`,
    facts.best === null ? "" : `best ${reward(facts.best)}${gain === "" ? "" : ` (${gain})`}`,
    facts.usd === null ? "cost unknown" : usd(facts.usd),
    facts.eta === null ? duration(facts.elapsed) : `${duration(facts.eta)} left`,
  ];
}

function bar(fraction: number | null): string {
  if (fraction === null) return "";
  const share = Math.min(1, Math.max(0, fraction));
  const full = Math.round(share * BAR_WIDTH);
  return `[${"█".repeat(full)}${"░".repeat(BAR_WIDTH - full)}] ${Math.floor(share * 100)}%`;
}
