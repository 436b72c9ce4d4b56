import { expect, test } from "vitest";
import { readRolloutReply } from "../../../src/rollouts/reply.ts";

const DEEP = `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`;

test.each([
  ["a million nested lists", DEEP],
  ["a million open brackets", "[".repeat(1_000_000)],
  ["depth inside of the texts", `{"reward": 1, "metrics": {"feedback": ${DEEP}, "details": ${DEEP}}}`],
  ["depth inside of the reward", `{"reward": ${DEEP}}`],
  ["depth inside of the steps", `{"trajectories": [{"steps": ${DEEP}, "trace": ${DEEP}}], "trace": ${DEEP}}`],
  [
    "wrong types everywhere",
    '{"metrics": "x", "trajectories": [null, 1, {"steps": [null, 1, "x", []]}], "trace": 5}',
  ],
  [
    "wrong types in a trace",
    '{"reward": 1, "trace": {"event_history": [null, {"call_record": 7}, {"llm_request": "x"}]}}',
  ],
  [
    "names of prototypes",
    '{"reward": 1, "__proto__": {"polluted": 1}, "metrics": {"details": {"__proto__": 3}}}',
  ],
  ["a constructor", '{"constructor": {"prototype": {"polluted": 1}}, "metrics": {"reward": 1}}'],
  [
    "a hundred thousand steps",
    `{"reward": 1, "trajectories": [{"steps": [${'{"info":{"feedback":"x"}},'.repeat(1e5)}{}]}]}`,
  ],
])("Hostile JSON with %s neither throws nor pollutes", (_, text) => {
  const reply = readRolloutReply(text, null, []);
  expect(["answer", "malformed"]).toContain(reply.kind);
  expect(JSON.stringify(reply).length).toBeLessThan(20_000);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
