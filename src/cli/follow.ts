// Stays with a job until it ends: events for what happens, polls for where it stands. Either alone would do; a stream
// that fails only makes the display coarser.

import {
  type ClientOptions,
  type JobView,
  PollTimeoutError,
  PromptLearningJob,
  sleep,
} from "../client/index.ts";
import type { Display } from "./display.ts";
import { oneLine } from "./text.ts";

/** Milliseconds the last events get to arrive once the job is known to have ended. */
const LAST_EVENTS_MS = 2_000;

/** How staying with a job came to its end. */
export type FollowEnd =
  | { kind: "ended"; view: JobView }
  | { kind: "timed_out"; error: PollTimeoutError }
  | { kind: "detached" };

/** How long and how often. */
export interface FollowTiming {
  /** Seconds. */
  timeout: number;
  /** Seconds between polls. */
  interval: number;
}

/** Follows a job; never throws for a time-out or an interrupt. @throws the client's other errors */
export async function follow(
  jobId: string,
  options: ClientOptions,
  timing: FollowTiming,
  display: Display,
  interrupt: AbortSignal,
): Promise<FollowEnd> {
  const bell = new Bell();
  const poller = PromptLearningJob.fromJobId(jobId, {
    ...options,
    transport: { ...options.transport, sleep: (ms, signal) => bell.sleep(ms, signal) },
  });
  const events = new AbortController();
  const reading = readEvents(jobId, options, display, events.signal).then(() => bell.ring());
  try {
    const onStatus = (view: JobView) => display.view(view);
    const view = await poller.pollUntilComplete({ ...timing, onStatus, signal: interrupt });
    await Promise.race([reading, sleep(LAST_EVENTS_MS, events.signal)]);
    return { kind: "ended", view };
  } catch (error) {
    if (interrupt.aborted) return { kind: "detached" };
    if (error instanceof PollTimeoutError) return { kind: "timed_out", error };
    throw error;
  } finally {
    events.abort();
    display.close();
  }
}

async function readEvents(
  jobId: string,
  options: ClientOptions,
  display: Display,
  signal: AbortSignal,
): Promise<void> {
  try {
    const job = PromptLearningJob.fromJobId(jobId, options);
    for await (const event of job.events({ signal })) display.event(event);
  } catch (error) {
    if (signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    display.note({ text: oneLine(`no live events (${reason}); polling`), tone: "warning" });
  }
}

/** A sleep that can be cut short: the last event makes the next poll come at once. */
class Bell {
  #wake: (() => void) | undefined;
  #isRung = false;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const early = new AbortController();
    const forward = () => early.abort();
    signal?.addEventListener("abort", forward, { once: true });
    this.#wake = forward;
    try {
      if (!this.#isRung) await sleep(ms, early.signal);
    } catch {
      // Woken: by the bell, or by the signal, which is looked at below.
    } finally {
      this.#isRung = false;
      this.#wake = undefined;
      signal?.removeEventListener("abort", forward);
    }
    signal?.throwIfAborted();
  }
}
