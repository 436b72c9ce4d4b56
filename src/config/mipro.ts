// MIPRO's settings with `MIPROConfig.simple`, which makes them from a budget and a prompt (protocol §1.10).

import type * as z from "zod";
import { MiproSection } from "./mipro-section.ts";
import { type SimpleMiproOptions, simpleMiproJob, simpleMiproTable } from "./mipro-simple.ts";

/** All of MIPRO's settings. */
export const MIPROConfig = Object.assign(MiproSection, {
  /** Settings for a rollout budget. @throws RangeError for a budget or a prompt that is no use, ZodError for other values. */
  simple: (options: SimpleMiproOptions): MIPROConfig => MiproSection.parse(simpleMiproTable(options)),
  /** The mapping of a whole job around `simple`, to submit or to read. @throws RangeError as `simple` does. */
  simpleJob: simpleMiproJob,
});
export type MIPROConfig = z.infer<typeof MiproSection>;
