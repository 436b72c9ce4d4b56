// When failures are an outage, and when they are only failures.

import { expect, test } from "vitest";
import { errorLimits } from "../../../src/config/job-limits.ts";
import { TerminationConfig } from "../../../src/config/termination.ts";
import { ErrorWatch, type QuestionEnd } from "../../../src/durable/error-watch.ts";

const GOOD: QuestionEnd = { failed: false };

function bad(of = "a", code = "connection"): QuestionEnd {
  return { failed: true, of, error: { code, message: `${code} of ${of}` } };
}

function watch(limits: { consecutive: number | null; rate: number | null }, proven = true): ErrorWatch {
  return new ErrorWatch("rollouts", limits, proven);
}

function noted(subject: ErrorWatch, ends: readonly QuestionEnd[]): number {
  return ends.findIndex((end) => subject.note(end) !== undefined);
}

test("as many failures in a row as the limit says are an outage, and what was seen is told", () => {
  const subject = watch({ consecutive: 4, rate: null });
  expect(noted(subject, [GOOD, bad("a"), bad("b"), bad("a")])).toBe(-1);
  expect(subject.note(bad("b"))).toEqual({
    what: "rollouts",
    consecutive_errors: 4,
    failed: 4,
    of: 5,
    last_error: { code: "connection", message: "connection of b" },
  });
});

test("one success in between, and the count begins anew", () => {
  const subject = watch({ consecutive: 3, rate: null });
  expect(noted(subject, [bad("a"), bad("b"), GOOD, bad("a"), bad("b")])).toBe(-1);
  expect(subject.isSuspicious()).toBe(false);
});

test("a single candidate that always fails is no outage, but worth a question", () => {
  const subject = watch({ consecutive: 4, rate: null });
  expect(
    noted(
      subject,
      Array.from({ length: 50 }, () => bad("a")),
    ),
  ).toBe(-1);
  expect(subject.isSuspicious()).toBe(true);
  // Nothing has failed since.
  expect(subject.isSuspicious()).toBe(false);
});

test("failures that only a candidate can cause do not count", () => {
  const subject = watch({ consecutive: 2, rate: null });
  expect(noted(subject, [bad("a", "prompt_mismatch"), bad("b", "prompt_mismatch"), bad("c")])).toBe(-1);
});

test("before anything has succeeded, failures are the job's own", () => {
  const subject = watch({ consecutive: 2, rate: 0.1 }, false);
  expect(
    noted(
      subject,
      Array.from({ length: 40 }, (_, i) => bad(String(i))),
    ),
  ).toBe(-1);
  subject.note(GOOD);
  expect(noted(subject, [bad("a"), bad("b")])).toBeGreaterThanOrEqual(0);
});

test("more failures than the rate allows among the latest 50, at least 20, are an outage", () => {
  const every = (n: number, count: number) =>
    Array.from({ length: count }, (_, i) => ((i + 1) % n === 0 ? bad() : GOOD));
  expect(noted(watch({ consecutive: null, rate: 0.5 }), every(2, 200))).toBe(-1);
  expect(noted(watch({ consecutive: null, rate: 0.3 }), every(2, 19))).toBe(-1);
  expect(noted(watch({ consecutive: null, rate: 0.3 }), every(2, 20))).toBe(19);
  const old = [...every(1, 15), ...every(1000, 100)].slice(15);
  expect(noted(watch({ consecutive: null, rate: 0.2 }), [...old, ...every(10, 100)])).toBe(-1);
});

test("a step that failed as a whole is worth a question, however short it was; one that failed in part is not", () => {
  const subject = watch({ consecutive: 20, rate: null });
  noted(subject, [bad("a"), bad("a")]);
  expect(subject.isSuspicious()).toBe(true);
  noted(subject, [GOOD, bad("b"), bad("b")]);
  expect(subject.isSuspicious()).toBe(false);
  noted(subject, [bad("c", "prompt_mismatch"), bad("c")]);
  expect(subject.isSuspicious()).toBe(true);
});

test("a step that failed more often than the rate allows is worth a question, though the latest 50 are within it", () => {
  const subject = watch({ consecutive: null, rate: 0.3 });
  const step = [bad(), GOOD, bad(), GOOD, bad(), GOOD];
  const before = Array.from({ length: 50 }, () => GOOD);
  expect(noted(subject, before)).toBe(-1);
  expect(subject.isSuspicious()).toBe(false);
  expect(noted(subject, step)).toBe(-1);
  expect(subject.isSuspicious()).toBe(true);
  expect(noted(subject, [...step, ...before.slice(40)])).toBe(-1);
  expect(subject.isSuspicious()).toBe(false);
});

test("where neither number nor rate is set, no failures are worth a question", () => {
  const subject = watch({ consecutive: null, rate: null });
  expect(noted(subject, [bad("a"), bad("b"), bad("c")])).toBe(-1);
  expect(subject.isSuspicious()).toBe(false);
});

test("what failed of a step in an earlier slice is looked at again, unless something has succeeded since", () => {
  const subject = watch({ consecutive: 20, rate: null });
  const earlier = [GOOD, bad("a"), bad("a"), bad("a")];
  subject.recall(earlier);
  expect(subject.isSuspicious()).toBe(true);
  expect(subject.seen()).toMatchObject({ consecutive_errors: 3, last_error: { message: "connection of a" } });
  subject.recall(earlier);
  subject.note(GOOD);
  expect(subject.isSuspicious()).toBe(false);
});

test("a config that says nothing pauses after 20 in a row, 0 never pauses", () => {
  const of = (limits: object) => errorLimits({ termination_config: TerminationConfig.parse(limits) });
  expect(of({})).toEqual({ consecutive: 20, rate: null });
  expect(of({ max_consecutive_errors: 0, max_error_rate: 0.25 })).toEqual({ consecutive: null, rate: 0.25 });
  expect(of({ max_consecutive_errors: 7 })).toEqual({ consecutive: 7, rate: null });
});
