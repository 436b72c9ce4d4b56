// The life of a job: every status by every command.

import { describe, expect, test } from "vitest";
import { type Command, type Life, transition } from "../../../src/durable/lifecycle.ts";
import type { JobStatus } from "../../../src/wire/job.ts";

const COMMANDS: readonly Command[] = ["start", "pause", "resume", "stop", "cancel"];

/** Status, and what start, pause, resume, stop and cancel make of it: a new status, `=` for no change, `-` for a refusal. */
const TABLE: readonly [JobStatus, string][] = [
  ["pending", "queued    -       -       -       cancelled"],
  ["queued", "=         paused  =       queued  cancelled"],
  ["running", "=         paused  =       running cancelled"],
  ["paused", "-         =       queued  queued  cancelled"],
  ["succeeded", "-         -       -       -       -"],
  ["failed", "-         -       -       -       -"],
  ["cancelled", "-         -       -       -       ="],
];

function outcome(life: Life, command: Command): string {
  const result = transition(life, command);
  if (result.kind !== "change") return result.kind === "keep" ? "=" : "-";
  return result.life.status;
}

describe("a job that is", () => {
  for (const [status, row] of TABLE) {
    test(`${status} takes start, pause, resume, stop, cancel as: ${row}`, () => {
      const life: Life = { status, stop_wish: null };
      expect(COMMANDS.map((command) => outcome(life, command))).toEqual(row.split(/\s+/));
    });
  }
});

test("every command has, twice, the effect of once", () => {
  for (const [status] of TABLE) {
    for (const command of COMMANDS) {
      const first = transition({ status, stop_wish: null }, command);
      if (first.kind === "change") expect(transition(first.life, command)).toEqual({ kind: "keep" });
    }
  }
});

test("a job that was told to stop keeps that through a pause, and can still be cancelled", () => {
  const stopping = transition({ status: "running", stop_wish: null }, "stop");
  expect(stopping).toEqual({ kind: "change", life: { status: "running", stop_wish: "score" } });
  const paused = transition({ status: "running", stop_wish: "score" }, "pause");
  expect(paused).toEqual({ kind: "change", life: { status: "paused", stop_wish: "score" } });
  expect(transition({ status: "paused", stop_wish: "score" }, "resume")).toEqual({
    kind: "change",
    life: { status: "queued", stop_wish: "score" },
  });
  expect(transition({ status: "running", stop_wish: "score" }, "cancel")).toMatchObject({
    life: { status: "cancelled" },
  });
});

test("a stop may become more urgent, and never less", () => {
  const life: Life = { status: "running", stop_wish: "score" };
  expect(transition(life, "stop", "at_once")).toMatchObject({ life: { stop_wish: "at_once" } });
  expect(transition({ ...life, stop_wish: "at_once" }, "stop", "score")).toEqual({ kind: "keep" });
});

test("stopping a job that ended because it was stopped is fine; one that ended by itself was not stopped", () => {
  expect(transition({ status: "succeeded", stop_wish: "score" }, "stop")).toEqual({ kind: "keep" });
  expect(transition({ status: "succeeded", stop_wish: null }, "stop")).toEqual({ kind: "refuse" });
});
