// When a script that started processes must stop: they are in groups of their own, so nobody else tells them.

import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const LOOK_EVERY_MS = 500;

/**
 * Resolves with the exit status that tells of it when this process is told to end: by Ctrl-C, by a signal, or by the
 * end of the npm that runs it. (npm passes SIGTERM to its shell only, which ends without passing it on.) From then on
 * signals do nothing: whoever waits for this has begun to clean up.
 */
export function toldToEnd(): Promise<number> {
  return new Promise((resolve) => {
    for (const name of SIGNALS) process.on(name, () => resolve(128 + constants.signals[name]));
    if (process.env.npm_lifecycle_event === undefined) return;
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      resolve(128 + constants.signals.SIGTERM);
    }, LOOK_EVERY_MS);
    watch.unref();
  });
}
