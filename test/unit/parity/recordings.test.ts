import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KINDS } from "../../parity/all-kinds.ts";
import { recordingsIn } from "../../parity/collect.ts";
import { fixturesFolder, NO_FIXTURES } from "../../support/fixtures.ts";

const folder = fixturesFolder();

describe.skipIf(folder === undefined)(`recordings of the reference (${NO_FIXTURES})`, () => {
  const recordings = folder === undefined ? [] : recordingsIn([join(folder, "parity")], KINDS);
  for (const { path, kind, cases } of recordings.filter(({ cases }) => cases.length > 0)) {
    test(`${kind?.name} in ${path.slice(folder?.length)} are replayed decision by decision`, async () => {
      for (const one of cases) expect(await one.run(), one.name).toBeUndefined();
    }, 120_000);
  }
});
