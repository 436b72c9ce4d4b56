// The names under which the journal keeps the answers of a job's models.

import { proposerFor } from "../config/models.ts";
import { sectionOf } from "../config/section.ts";
import type { JobFacts } from "./facts.ts";
import type { ModelNames } from "./work.ts";

/** The models of a job. */
export function modelNamesOf({ config, proxy }: JobFacts): ModelNames {
  return {
    policy: (proxy?.hi ?? config.policy).model,
    proposer: proposerFor(sectionOf(config)).model,
    ...(proxy ? { proxy: `${proxy.lo.provider}/${proxy.lo.model}` } : {}),
  };
}
