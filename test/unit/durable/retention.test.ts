import { expect, test } from "vitest";
import { isOddTraceDays, tracesDue } from "../../../src/durable/retention.ts";

const ENDED = { status: "succeeded", finished_at: 1_000 } as const;
const DAY_MS = 86_400_000;

test("traces are due so many days after the end, for every end, and only once", () => {
  expect(tracesDue({ TRACE_DAYS: "2" }, ENDED, {})).toBe(1_000 + 2 * DAY_MS);
  expect(tracesDue({ TRACE_DAYS: "0" }, { ...ENDED, status: "cancelled" }, {})).toBe(1_000);
  expect(tracesDue({ TRACE_DAYS: "0.5" }, { ...ENDED, status: "failed" }, {})).toBe(1_000 + DAY_MS / 2);
  expect(tracesDue({ TRACE_DAYS: "2" }, ENDED, { traces_dropped_at: 5 })).toBeNull();
  expect(tracesDue({ TRACE_DAYS: "2" }, { status: "running", finished_at: null }, {})).toBeNull();
});

test.each([undefined, "", " "])("TRACE_DAYS = %j drops them after 30 days", (TRACE_DAYS) => {
  expect(tracesDue({ TRACE_DAYS }, ENDED, {})).toBe(1_000 + 30 * DAY_MS);
  expect(isOddTraceDays({ TRACE_DAYS })).toBe(false);
});

test.each(["never", " never ", "soon", "30d", "-1", "Infinity", "1e9"])(
  "TRACE_DAYS = %j drops nothing",
  (TRACE_DAYS) => {
    expect(tracesDue({ TRACE_DAYS }, ENDED, {})).toBeNull();
    expect(isOddTraceDays({ TRACE_DAYS })).toBe(TRACE_DAYS.trim() !== "never");
  },
);
