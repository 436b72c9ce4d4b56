// The estimate of a dry run as people see it.

import { expect, test } from "vitest";
import { painter } from "../../../src/cli/paint.ts";
import { reportLines } from "../../../src/cli/validation.ts";
import { validationReport } from "../../support/fake-service.ts";

const report = validationReport();
const { estimate } = report;
const lines = (changes: Partial<typeof estimate>) =>
  reportLines({ ...report, estimate: { ...estimate, ...changes } }, "job.toml", painter(false, {})).join(
    "\n",
  );

test("phases stand by their names, whatever the algorithm has", () => {
  const by_phase = { bootstrap: { low: 8, high: 8 }, full_evaluations: { low: 0, high: 140 } };
  const text = lines({ rollouts: { ...estimate.rollouts, by_phase } });
  expect(text).toMatch(/\n {2}bootstrap +8\n {2}full evaluations +0 to 140\n/);
});

test("a verifier has its calls and its cost, and its tokens count", () => {
  const verifier = { ...estimate.proposer, model: "v", calls: { low: 20, high: 1_500 } };
  const text = lines({ verifier });
  expect(text).toMatch(/\nverdicts +20 to 1,500 +openai v\n/);
  expect(text).toMatch(/\n {2}verifier +\$0\.5\d* to \$2\.\d+ +openai v\n/);
  expect(text).toMatch(/\ntokens in +150 to 2,700\n/);
  expect(lines({})).not.toContain("verdicts");
});
