// One measurement of a probe: so many places, each with one call after the other, for so long. Calls go through lanes as
// rollouts do, and an echo answers each with the number of calls that it has in flight, as the reward.

import type { RolloutOrder } from "../rollouts/order.ts";
import type { ProbeReport } from "../wire/probe.ts";
import { platformFault } from "./dispatcher.ts";
import type { AskedLane } from "./lane-api.ts";

/** Calls of one measurement: an invocation may make 10,000 (Workers platform default). */
const MAX_PROBE_CALLS = 5_000;
/** Messages told of what went wrong. */
const MAX_MESSAGES = 5;

/** What is measured. */
export interface Measurement {
  lanes: readonly AskedLane[];
  /** Calls to keep in flight. */
  concurrency: number;
  /** Milliseconds during which calls are started. */
  during_ms: number;
  order(n: number): RolloutOrder;
  now(): number;
}

/** What was measured. */
export type Measured = Pick<
  ProbeReport,
  "peak" | "calls" | "per_second" | "p50_ms" | "p95_ms" | "errors" | "messages"
>;

/** Measures. Never rejects; nothing is in flight when it returns. */
export async function measure(what: Measurement): Promise<Measured> {
  const { lanes, concurrency, now } = what;
  const seen = { peak: 0, times: [] as number[], faults: new Map<string, number>() };
  const started = now();
  let last = started;
  let orders = 0;
  const keepBusy = async (lane: AskedLane): Promise<void> => {
    do {
      orders += 1;
      const sent = now();
      const attempt = await lane.rollout(what.order(orders)).catch((error) => platformFault<never>(error));
      const fault = attempt.kind === "answer" ? faultOf(attempt.value.reward) : attempt.message;
      if (fault !== undefined) {
        seen.faults.set(fault, (seen.faults.get(fault) ?? 0) + 1);
        return;
      }
      last = now();
      seen.times.push(last - sent);
      if (attempt.kind === "answer") seen.peak = Math.max(seen.peak, attempt.value.reward);
    } while (now() < started + what.during_ms && orders < MAX_PROBE_CALLS);
  };
  const places = Array.from({ length: concurrency }, (_, i) => lanes[i % lanes.length]);
  await Promise.all(places.map((lane) => lane && keepBusy(lane)));
  return { ...timesOf(seen.times, last - started), peak: seen.peak, ...faults(seen.faults) };
}

/** What is wrong with an answer that is no echo's; undefined where nothing is. */
function faultOf(reward: number): string | undefined {
  if (Number.isInteger(reward) && reward >= 1) return undefined;
  return `the answer's reward is ${reward}, and not the number of calls in flight: this is no echo`;
}

function timesOf(times: readonly number[], ms: number): Omit<Measured, "peak" | "errors" | "messages"> {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  const per_second = ms > 0 ? times.length / (ms / 1000) : 0;
  return { calls: times.length, per_second, p50_ms: at(0.5), p95_ms: at(0.95) };
}

function faults(found: ReadonlyMap<string, number>): Pick<Measured, "errors" | "messages"> {
  const messages = [...found]
    .map(([message, count]) => ({ message, count }))
    .sort((a, b) => b.count - a.count);
  const errors = messages.reduce((sum, { count }) => sum + count, 0);
  return { errors, messages: messages.slice(0, MAX_MESSAGES) };
}
