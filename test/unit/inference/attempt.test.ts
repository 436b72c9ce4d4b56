import { describe, expect, it } from "vitest";
import { MAX_BACKOFF_MS } from "../../../src/config/limits.ts";
import {
  backoffMs,
  classifyStatus,
  isCongested,
  retryAfterMs,
  retryAfterOf,
} from "../../../src/inference/attempt.ts";

const NOW = Date.parse("2026-11-22T10:00:00Z");

describe("retryAfterMs", () => {
  it.each([
    ["seconds", "2", 2_000],
    ["fractional seconds", "0.25", 250],
    ["surrounding space", " 3 ", 3_000],
    ["zero", "0", 0],
    ["a negative number as zero", "-5", 0],
    ["a huge number as the longest wait", "1000000000", MAX_BACKOFF_MS],
    ["a date", "Sun, 22 Nov 2026 10:00:07 GMT", 7_000],
    ["a date gone by as zero", "Sun, 22 Nov 2026 09:00:00 GMT", 0],
    ["a date far off as the longest wait", "Sun, 22 Nov 2099 09:00:00 GMT", MAX_BACKOFF_MS],
    ["no header", null, null],
    ["an empty header", "", null],
    ["garbage", "soon 1", null],
    ["garbage that looks like a date", "nonsense GMT", null],
    ["hexadecimal", "0x10", null],
    ["an overlong header", "1".repeat(1_000), null],
  ])("reads %s", (_, header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });

  it("takes milliseconds before seconds when a provider sends both", () => {
    const headers = new Headers({ "retry-after-ms": "120", "retry-after": "9" });
    expect(retryAfterOf(headers, NOW)).toBe(120);
    expect(retryAfterOf(new Headers({ "retry-after-ms": "x", "retry-after": "9" }), NOW)).toBe(9_000);
    expect(retryAfterOf(undefined, NOW)).toBeNull();
  });
});

describe("backoffMs", () => {
  it("draws from zero up to a ceiling that doubles, and never more than the longest wait", () => {
    const ceilings = [1, 2, 3, 4, 7, 8, 50, 5_000].map((attempt) => backoffMs(attempt, () => 1));
    expect(ceilings).toEqual([500, 1_000, 2_000, 4_000, 32_000, 60_000, 60_000, 60_000]);
    expect(backoffMs(5, () => 0)).toBe(0);
    expect(backoffMs(1, () => 0.5)).toBe(250);
  });
});

describe("classifyStatus", () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 520, 527, 529])("asks for a retry on %d", (status) => {
    expect(classifyStatus(status)).toBe("retry");
  });
  it.each([301, 307, 400, 401, 403, 404, 409, 410, 422])("calls %d final", (status) => {
    expect(classifyStatus(status)).toBe("final");
  });
  it("tells overload from other faults", () => {
    expect([429, 503, 504, 408].every(isCongested)).toBe(true);
    expect([500, 502, 400].some(isCongested)).toBe(false);
  });
});
