// What the SDK needs of its host: `fetch`, time and chance. Each can be replaced, so tests need neither a clock nor luck.

/** The host's side of the SDK. */
export interface Transport {
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Waits; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Milliseconds since the epoch. */
  now(): number;
  /** A number from [0, 1). */
  random(): number;
}

/** The given parts, and the host's own for the rest. */
export function transportOf(parts: Partial<Transport> = {}): Transport {
  return {
    fetch: (url, init) => globalThis.fetch(url, init),
    sleep,
    now: Date.now,
    random: Math.random,
    ...parts,
  };
}

/** Waits `ms` milliseconds, leaving no timer behind when aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** An abort signal that fires at a time-out or with another signal, and says which it was. */
export interface Deadline {
  signal: AbortSignal;
  timedOut(): boolean;
  /** Must be called; else the timer stays. */
  clear(): void;
}

/** Starts a {@link Deadline}. (`AbortSignal.timeout` cannot be cleared, and leaks a timer on some hosts.) */
export function deadline(timeoutMs: number, outer?: AbortSignal): Deadline {
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort();
  }, timeoutMs);
  const forward = () => controller.abort(outer?.reason);
  if (outer?.aborted) forward();
  else outer?.addEventListener("abort", forward, { once: true });
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    clear: () => {
      clearTimeout(timer);
      outer?.removeEventListener("abort", forward);
    },
  };
}
