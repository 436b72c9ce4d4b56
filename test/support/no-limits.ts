// The limits of a job that has none.

import type { JobLimits } from "../../src/config/job-limits.ts";

export const NO_LIMITS: JobLimits = {
  tokens: null,
  usd: null,
  category_usd: {},
  seconds: null,
  trials: null,
  trials_without_improvement: null,
  pessimistic: true,
};
