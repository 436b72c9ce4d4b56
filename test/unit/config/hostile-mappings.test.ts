// Whatever is given as a mapping or as overrides ends in a config or in a config error. Beside hostile.test.ts, so that the two
// run at the same time; the same variables hold.

import { describe, test } from "vitest";
import { fromMapping } from "../../../src/config/index.ts";
import { baseSection } from "./base-config.ts";
import { hostileMapping, hostileOverrides } from "./hostile-inputs.ts";
import { holds, INPUTS, SEED } from "./hostile-property.ts";

describe(`hostile mappings (HOSTILE_SEED=${SEED} repeats them)`, { timeout: 300_000 }, () => {
  test("mappings with anything in them", () => {
    holds(hostileMapping, 0.15 * INPUTS, (mapping) => fromMapping(mapping));
  });

  test("overrides of anything", () => {
    holds(hostileOverrides, 0.1 * INPUTS, (overrides) => fromMapping(baseSection(), { overrides }));
  });
});
