// The reward of a task app's answer, in every shape that task apps write it (protocol §3.6).

import { asList, asObject, at } from "./read-json.ts";
import { oneLine, textOf } from "./text.ts";

/** Rewards beyond this, either way, are refused: sums of them could overflow. */
const MAX_REWARD = 1e12;

/** A finite reward; or `none` where the answer has none, or `bad` where what it has is no usable number. */
export type RewardReading =
  | { kind: "reward"; value: number }
  | { kind: "none"; message: string }
  | { kind: "bad"; message: string };

/** Where a reward may be, the newest spelling first. */
const REWARD_PATHS: readonly (readonly string[])[] = [
  ["outcome_objectives", "reward"],
  ["outcome_reward"],
  ["outcome_score"],
  ["mean_return"],
  ["reward_mean"],
  ["reward"],
];
/** Lists of rewards, of which the mean counts. */
const LIST_PATHS: readonly (readonly string[])[] = [["episode_returns"], ["episode_rewards"]];

/**
 * Read the reward of an answer.
 *
 * The first place that holds anything but null decides: in the metrics, then at the top level, then in the last
 * step of the trajectories. What stands there must be a finite number, or a string that is one (`"0.5"`); a
 * boolean, NaN or Infinity is refused, and not passed over for another place, which would score by another measure.
 */
export function readReward(body: unknown): RewardReading {
  for (const [name, holder] of [
    ["metrics.", metricsOf(body)],
    ["", body],
  ] as const) {
    for (const path of [...REWARD_PATHS, ...LIST_PATHS]) {
      const reading = readingAt(`${name}${path.join(".")}`, at(holder, ...path));
      if (reading !== undefined) return reading;
    }
  }
  return stepReward(body) ?? { kind: "none", message: `no reward in the answer: looked for ${placesText()}` };
}

/** The answer's metrics, also under the name that newer task apps use. */
export function metricsOf(body: unknown): Readonly<Record<string, unknown>> | undefined {
  return asObject(at(body, "metrics")) ?? asObject(at(body, "reward_info"));
}

/** The steps of the last trajectory that has any. */
export function stepsOf(body: unknown): readonly unknown[] {
  const trajectories = asList(at(body, "trajectories"));
  return asList(
    at(
      trajectories.findLast((trajectory) => asList(at(trajectory, "steps")).length > 0),
      "steps",
    ),
  );
}

/** A finite number, or a string that is one; undefined for anything else. */
export function finiteNumber(value: unknown): number | undefined {
  const number = typeof value === "string" && isDecimal(value.trim()) ? Number(value) : value;
  // Adding 0 turns -0 into 0, which JSON could not keep apart.
  return typeof number === "number" && Number.isFinite(number) ? number + 0 : undefined;
}

function readingAt(place: string, value: unknown): RewardReading | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) return numberReading(place, value);
  if (value.length === 0) return undefined;
  const numbers = value.map(finiteNumber).filter((number) => number !== undefined);
  if (numbers.length < value.length) return bad(place, value);
  return numberReading(place, numbers.reduce((sum, number) => sum + number, 0) / numbers.length);
}

function numberReading(place: string, value: unknown): RewardReading {
  const number = finiteNumber(value);
  return number === undefined || Math.abs(number) > MAX_REWARD
    ? bad(place, value)
    : { kind: "reward", value: number };
}

function bad(place: string, value: unknown): RewardReading {
  const shown = typeof value === "number" ? String(value) : oneLine(textOf(value), [], 80);
  const wanted = `a finite number between ${-MAX_REWARD} and ${MAX_REWARD}`;
  return { kind: "bad", message: `the reward at ${place} is ${shown}, not ${wanted}` };
}

function stepReward(body: unknown): RewardReading | undefined {
  const rewards = stepsOf(body).map((step) => at(step, "reward"));
  const last = rewards.findLast((reward) => reward !== undefined && reward !== null);
  return last === undefined ? undefined : numberReading("the last step of trajectories", last);
}

function placesText(): string {
  const places = [...REWARD_PATHS, ...LIST_PATHS].map((path) => `metrics.${path.join(".")}`);
  return `${places.join(", ")}, the same at the top level, and the last step of trajectories`;
}

function isDecimal(text: string): boolean {
  return text.length <= 64 && /^[-+.0-9eE]+$/.test(text);
}
