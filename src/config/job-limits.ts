// The limits of a job, from its config: each limit once, whatever the names it is given under; the stricter one holds.

import { DEFAULT_CONSECUTIVE_ERRORS } from "./limits.ts";
import type { StoredConfig } from "./section.ts";

/** When rollouts that fail pause the job; null for never. */
export interface ErrorLimits {
  /** Failed rollouts in a row. */
  consecutive: number | null;
  /** Share of the latest rollouts, from 0 to 1. */
  rate: number | null;
}

/** What `max_consecutive_errors` and `max_error_rate` come to. */
export function errorLimits({ termination_config }: Pick<StoredConfig, "termination_config">): ErrorLimits {
  const { max_consecutive_errors = DEFAULT_CONSECUTIVE_ERRORS, max_error_rate } = termination_config;
  return {
    consecutive: max_consecutive_errors === 0 ? null : max_consecutive_errors,
    rate: max_error_rate ?? null,
  };
}
