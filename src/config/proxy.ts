// Proxy models: a cheap model that stands in for the policy's once its scores predict the other's (protocol §1.7).

import * as z from "zod";
import { integer, number, text } from "./fields.ts";

/** Two models, and when the cheaper one may stand in for the other. */
export const ProxyModelsConfig = z.object({
  hi_provider: text().describe("Who serves the model that counts."),
  hi_model: text().describe("The model that counts. Rollouts run on it, also where it is not policy.model."),
  lo_provider: text().describe("Who serves the cheaper model."),
  lo_model: text().describe(
    "The cheaper model. Its rewards, by a regression, stand in for the other's on GEPA's Pareto seeds and in MIPRO's trials; reflection, demos, the ranking and held-out scores are on hi_model alone.",
  ),
  n_min_hi: integer(0)
    .default(5)
    .describe("Fewest evaluations on both models before the cheaper one may stand in."),
  r2_thresh: number(0, 1).default(0.5).describe("R² from which on the cheaper model stands in."),
  r2_stop: number(0, 1)
    .default(0.2)
    .describe("R² below which hi_model scores alone again, from 20 pairs on, and not before n_min_hi."),
  sigma_max: number(0)
    .default(1e6)
    .describe("The most residual variance at which the cheaper model stands in."),
  sigma_stop: number(0)
    .default(1e9)
    .describe(
      "Residual variance above which hi_model scores alone again, from 20 pairs on, and not before n_min_hi.",
    ),
  verify_every: integer(0)
    .default(0)
    .describe(
      "Ask both after so many evaluations on one alone; 0 for never. So a proxy that drifts is noticed, and one that recovers is taken again.",
    ),
  proxy_patience_usd: number()
    .default(-100)
    .describe(
      "Net gain in USD below which the proxy is given up: what hi_model would have cost, less all that the cheaper one did. Not looked at while a price is unknown.",
    ),
});
export type ProxyModelsConfig = z.infer<typeof ProxyModelsConfig>;
