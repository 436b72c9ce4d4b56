// Example configs and recordings of the protocol's own makers. They are not part of this repository; tests that use
// them skip where they are not there.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder with fixtures: `$CULTIVAR_FIXTURES`, else `../shared` beside the repository; undefined when there is none. */
export function fixturesFolder(): string | undefined {
  const folder = process.env.CULTIVAR_FIXTURES ?? fileURLToPath(new URL("../../../shared", import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

/** What to tell when fixtures are missing. */
export const NO_FIXTURES = "no fixtures here: set CULTIVAR_FIXTURES to their folder";
