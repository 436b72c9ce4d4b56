// One limit on a call's time, with a timer that is always cleared, joined with the caller's own wish to stop.

/** Why a call was cut short. */
type CutReason = "timeout" | "cancelled";

/** A running limit. Whoever starts one must `clear` it on every path. */
export interface Deadline {
  /** Aborts when the time is up or the caller gives up. */
  readonly signal: AbortSignal;
  /** Why the signal aborted; undefined while it has not. */
  reason(): CutReason | undefined;
  /** Give up now, as the caller does by leaving. */
  cancel(): void;
  /** Stop the timer and forget the caller's signal. */
  clear(): void;
}

/** Start a limit of `ms` milliseconds; `caller` may end it earlier. */
export function startDeadline(ms: number, caller?: AbortSignal): Deadline {
  const controller = new AbortController();
  let reason: CutReason | undefined;
  const stop = (why: CutReason) => {
    if (reason !== undefined) return;
    reason = why;
    controller.abort();
  };
  const cancel = () => stop("cancelled");
  const timer = setTimeout(() => stop("timeout"), ms);
  if (caller?.aborted === true) cancel();
  caller?.addEventListener("abort", cancel, { once: true });
  return {
    signal: controller.signal,
    reason: () => reason,
    cancel,
    clear: () => {
      clearTimeout(timer);
      caller?.removeEventListener("abort", cancel);
    },
  };
}
