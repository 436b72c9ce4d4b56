// Reads a config that the test knows to be a GEPA job's.

import type { GepaJobConfig } from "../../src/config/job.ts";
import { type ConfigReading, readRunnable } from "../../src/config/read.ts";

/** As `readRunnable`, for GEPA jobs. @throws Error for another algorithm, too */
export function readGepa(
  ...args: Parameters<typeof readRunnable>
): ConfigReading & { config: GepaJobConfig } {
  const reading = readRunnable(...args);
  const { config } = reading;
  if (config.algorithm !== "gepa") throw new Error(`the config is for ${config.algorithm}`);
  return { ...reading, config };
}
