import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { candidateDigest } from "../../../src/durable/journal.ts";
import type { Candidate } from "../../../src/engines/engine.ts";

const texts = { system: "Sort it.", user: "{ticket}" };
const demo = { values: { ticket: "late" }, input: "late", output: "delivery", seed: 3, bootstrapped: true };

test("a candidate's digest tells its demos, and is that of the texts where there are none", async () => {
  const bare = await candidateDigest({ texts });
  const told = JSON.stringify([
    ["system", "Sort it."],
    ["user", "{ticket}"],
  ]);
  expect(bare).toBe(createHash("sha256").update(told).digest("hex").slice(0, 32));
  expect(await candidateDigest({ texts, demos: {} })).toBe(bare);
  expect(await candidateDigest({ texts, demos: { "": [] } })).toBe(bare);
  const shown = await candidateDigest({ texts, demos: { "": [demo] } });
  expect(shown).not.toBe(bare);
  expect(await candidateDigest({ texts, demos: { "": [{ ...demo, seed: 4, bootstrapped: false }] } })).toBe(
    shown,
  );
  const others: NonNullable<Candidate["demos"]>[] = [
    { "": [demo, demo] },
    { other: [demo] },
    { "": [{ ...demo, output: "repair" }] },
    { "": [{ ...demo, values: {} }] },
  ];
  for (const demos of others) expect(await candidateDigest({ texts, demos })).not.toBe(shown);
});
