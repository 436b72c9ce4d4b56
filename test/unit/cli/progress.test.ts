import { describe, expect, it } from "vitest";
import { type CurvePoint, sparkline, withPoint } from "../../../src/cli/curve.ts";
import { Display, type StreamFormat } from "../../../src/cli/display.ts";
import { NO_SEEDS, withSeedsOf } from "../../../src/cli/evenness.ts";
import type { Io } from "../../../src/cli/io.ts";
import { noteOf } from "../../../src/cli/notes.ts";
import { chartLine, factsOf, statusLine, withEvent } from "../../../src/cli/progress.ts";
import { change, clip, duration, oneLine, table, usd } from "../../../src/cli/text.ts";
import type { JobEvent } from "../../../src/client/index.ts";
import { jobEvent, jobView } from "../../support/fake-service.ts";

const facts = factsOf(jobView());

describe("numbers as text", () => {
  it.each([
    [0, "0s"],
    [59.4, "59s"],
    [65, "1m 05s"],
    [3599.6, "1h 00m"],
    [7620, "2h 07m"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it("an unknown cost is unknown, not zero, and small costs keep their digits", () => {
    expect([null, 0, 0.0123, 12.345].map(usd)).toEqual(["unknown", "$0.00", "$0.0123", "$12.35"]);
  });

  it("a change has its sign, and none when a side is missing", () => {
    expect([change(0.4, 0.5), change(0.5, 0.4), change(0.5, 0.5), change(null, 1)]).toEqual([
      "+0.100",
      "-0.100",
      "+0.000",
      "",
    ]);
  });

  it("columns line up, and long or hostile text stays on its line", () => {
    expect(
      table(
        [
          ["a", "1"],
          ["bbb", "22"],
        ],
        [1],
      ),
    ).toEqual(["a     1", "bbb  22"]);
    expect(clip("abcdef", 4)).toBe("abc…");
    expect(oneLine("a\nb\u001b[31m\u009b")).toBe("a b\\x1b[31m\\x9b");
  });
});

describe("the progress line", () => {
  it("tells rollouts, generation, best reward, cost and time left", () => {
    expect(statusLine(facts, 200)).toBe(
      "[████████░░░░░░░░░░░░] 42% · 210/500 rollouts · gen 3/10 · best 0.500 (+0.100) · $0.0123 · 1m 20s left",
    );
  });

  it("never exceeds the width: the last parts go first", () => {
    expect(statusLine(facts, 60)).toBe("[████████░░░░░░░░░░░░] 42% · 210/500 rollouts · gen 3/10");
    for (let width = 1; width < 110; width++)
      expect(statusLine(facts, width).length).toBeLessThanOrEqual(width);
  });

  it("says so when there is no budget, no reward, no price or no forecast yet", () => {
    const bare = {
      ...facts,
      budget: null,
      fraction: null,
      best: null,
      usd: null,
      eta: null,
      status: "queued" as const,
    };
    expect(statusLine(bare, 200)).toBe("queued · 210 rollouts · gen 3/10 · cost unknown · 1m 05s");
    expect(statusLine({ ...facts, fraction: 1.7 }, 28)).toBe("[████████████████████] 100%");
  });

  it("follows the events between two polls, and never counts back", () => {
    const ahead = withEvent(
      facts,
      jobEvent(1, "prompt.learning.progress", { rollouts_completed: 300, percent_overall: 0.6 }),
    );
    expect([ahead.done, ahead.fraction, ahead.budget]).toEqual([300, 0.6, 500]);
    expect(withEvent(ahead, jobEvent(2, "prompt.learning.progress", { rollouts_completed: 250 })).done).toBe(
      300,
    );
    expect(withEvent(facts, jobEvent(3, "prompt.learning.gepa.new_best", { accuracy: 0.9 })).best).toBe(0.9);
    expect(
      withEvent(facts, jobEvent(4, "prompt.learning.gepa.generation.complete", { generation: 4 })).generation,
    ).toBe(4);
  });

  it("tells no change where candidates are scored on other seeds than the baseline", () => {
    const isUneven = (...events: JobEvent[]) => events.reduce(withSeedsOf, NO_SEEDS).differ;
    const baseline = jobEvent(1, "prompt.learning.gepa.baseline", { accuracy: 0.4, seeds_evaluated: [0, 1] });
    const pool = (iteration: number) => jobEvent(2, "prompt.learning.mipro.pool.updated", { iteration });
    const scored = (accepted: boolean, seeds_evaluated: number[]) =>
      jobEvent(3, "prompt.learning.gepa.candidate.evaluated", { accepted, seeds_evaluated });
    expect([isUneven(baseline), isUneven(pool(0)), isUneven(scored(true, [1]))]).toEqual([
      false,
      false,
      false,
    ]);
    expect(isUneven(baseline, scored(true, [1, 0]), scored(false, []))).toBe(false);
    expect([isUneven(pool(0), pool(3)), isUneven(baseline, scored(true, [1]))]).toEqual([true, true]);
    expect(statusLine({ ...facts, uneven: true }, 200)).toContain("best 0.500 · $0.0123");
  });

  it("draws the curve of rewards, flat when they agree, cut to the last ones", () => {
    const points = (...rewards: number[]) =>
      rewards.map((reward) => ({ id: undefined, reward, proxied: false }));
    expect(sparkline(points(0, 0.5, 1), 10)).toBe("▁▅█");
    expect(sparkline(points(0.3, 0.3), 10)).toBe("▁▁");
    expect(sparkline(points(9, 0, 1), 2)).toBe("▁█");
    expect(sparkline([], 10)).toBe("");
    expect(chartLine(facts, points(0, 1), 30)).toBe("▁█ · 210/500 rollouts");
  });

  it("marks predicted rewards in the curve, until the policy's model has given its own", () => {
    const scored = (id: string, accuracy: number, proxied: boolean) =>
      jobEvent(1, "prompt.learning.gepa.candidate.evaluated", {
        candidate_id: id,
        accuracy,
        ...(proxied ? { proxied } : {}),
      });
    const events = [
      jobEvent(1, "prompt.learning.gepa.baseline", { accuracy: 0 }),
      scored("a", 1, true),
      scored("b", 0.5, false),
    ];
    const curve = events.reduce(withPoint, [] as CurvePoint[]);
    expect(sparkline(curve, 10)).toBe("▁⣿▅ (dotted: predicted)");
    expect(sparkline(curve, 1)).toBe("▁");
    const proven = jobEvent(1, "prompt.learning.gepa.candidate.proven", {
      candidate_id: "a",
      accuracy: 0.5,
      predicted: 1,
    });
    expect(sparkline(withPoint(curve, proven), 10)).toBe("▁██");
  });

  it("draws the trials of MIPRO, those that are predicted marked, and nothing that scores no candidate", () => {
    const curve = [
      jobEvent(1, "mipro.baseline.evaluated", { accuracy: 0, baseline_score: 0 }),
      jobEvent(1, "mipro.trial.started", { trial: 1 }),
      jobEvent(1, "mipro.trial.minibatch", { candidate_id: "a", minibatch_score: 1, proxied: true }),
      jobEvent(1, "mipro.trial.complete", { candidate_id: "a", minibatch_score: 1, proxied: true }),
      jobEvent(1, "prompt.learning.progress", { best_score: 1, baseline_score: 0 }),
    ].reduce(withPoint, [] as CurvePoint[]);
    expect(sparkline(curve, 10)).toBe("▁⣿ (dotted: predicted)");
  });
});

describe("notes", () => {
  it.each([
    [
      "prompt.learning.gepa.baseline",
      { accuracy: 0.4, seeds_evaluated: [1, 2] },
      "baseline    0.400 on 2 seeds",
    ],
    [
      "prompt.learning.gepa.new_best",
      { accuracy: 0.6, previous_best_score: 0.4, version_id: "t1" },
      "new best    0.600 (+0.200)  t1",
    ],
    [
      "prompt.learning.gepa.new_best",
      { accuracy: 0.5, previous_best_score: 0.6, improvement: 0.05, by_estimate: true, version_id: "t1" },
      "new best    0.500 (+0.050 by estimate)  t1",
    ],
    [
      "prompt.learning.gepa.new_best",
      { accuracy: 0.6, previous_best_score: 0.4, version_id: "t1", proxied: true },
      "new best    0.600 (+0.200)  t1  predicted",
    ],
    [
      "prompt.learning.gepa.generation.complete",
      { generation: 2, best_accuracy: 0.6, candidates_proposed: 5, candidates_accepted: 1 },
      "generation  2  best 0.600  1 of 5 accepted",
    ],
    ["prompt.learning.phase.changed", { to_phase: "validation" }, "phase       validation"],
    [
      "prompt.learning.validation.scored",
      { rank: -1, accuracy: 0.5, is_baseline: true },
      "validation  0.500  baseline",
    ],
    ["prompt.learning.test.scored", { rank: 1, accuracy: 0.5 }, "test        0.500  rank 1"],
    ["prompt.learning.validation.scored", { rank: 1, accuracy: 0.5 }, "validation  0.500  rank 1"],
    ["prompt.learning.gepa.termination.triggered", { reason: "budget" }, "stopping    budget"],
  ])("%s %o", (type, data, text) => {
    expect(noteOf(jobEvent(1, type, data))?.text).toBe(text);
  });

  it("are made of warnings and errors too, but not of routine, nor of the end", () => {
    expect(noteOf({ ...jobEvent(1, "x.y"), level: "warning" })).toEqual({ text: "event 1", tone: "warning" });
    expect(noteOf(jobEvent(1, "prompt.learning.gepa.candidate.evaluated", { accuracy: 1 }))).toBeUndefined();
    expect(noteOf({ ...jobEvent(1, "prompt.learning.failed"), level: "error" })).toBeUndefined();
  });
});

describe("the display", () => {
  function screen(isTty: boolean, format: StreamFormat = "cli") {
    let shown = "";
    let now = 0;
    const io: Io = {
      env: { NO_COLOR: "1" },
      cwd: "/",
      out: () => undefined,
      err: (text) => {
        shown += text;
      },
      outIsTty: isTty,
      errIsTty: isTty,
      columns: () => 41,
      now: () => now,
      interrupt: new AbortController().signal,
    };
    const pass = (ms: number) => {
      now += ms;
    };
    return { display: new Display(io, format), shown: () => shown, pass };
  }
  const better = jobEvent(1, "prompt.learning.gepa.new_best", { accuracy: 0.6 });

  it("redraws one line on a terminal, prints notes above it, and leaves a clean line", () => {
    const { display, shown } = screen(true);
    display.view(jobView());
    display.event(better);
    display.close();
    const line = "[████████░░░░░░░░░░░░] 42%";
    expect(shown()).toBe(`${line}\r\u001b[2Knew best    0.600\n${line}\r\u001b[2K`);
  });

  it("prints plain lines elsewhere, no escapes, not for every poll, and not when only time went by", () => {
    const { display, shown, pass } = screen(false);
    display.view(jobView());
    pass(5_000);
    display.view(jobView({ progress: { ...jobView().progress, rollouts_completed: 220 } }));
    pass(5_000);
    display.view(jobView({ progress: { ...jobView().progress, rollouts_completed: 230 } }));
    pass(60_000);
    display.view(
      jobView({ progress: { ...jobView().progress, rollouts_completed: 230, elapsed_seconds: 900 } }),
    );
    display.event(better);
    display.close();
    const counts = shown()
      .split("\n")
      .map((line) => line.split(" · ")[1] ?? line);
    expect(counts).toEqual(["210/500 rollouts", "230/500 rollouts", "new best    0.600", ""]);
    expect(shown()).not.toContain("\u001b");
  });

  it("remembers from before the first poll that the best is not to be held against the baseline", () => {
    const { display, shown } = screen(false);
    display.event(jobEvent(1, "prompt.learning.gepa.pool.updated", { iteration: 1 }));
    display.view(jobView());
    expect(shown()).toContain("best 0.500 · $0.0123");
  });

  it("shows the curve in chart format, and nothing at all in format none", () => {
    const chart = screen(true, "chart");
    chart.display.event(jobEvent(1, "prompt.learning.gepa.candidate.evaluated", { accuracy: 0.1 }));
    chart.display.event(jobEvent(2, "prompt.learning.gepa.candidate.evaluated", { accuracy: 0.9 }));
    chart.display.view(jobView());
    expect(chart.shown()).toBe("▁█ · 210/500 rollouts · gen 3/10");
    const silent = screen(true, "none");
    silent.display.view(jobView());
    silent.display.event(better);
    silent.display.close();
    expect(silent.shown()).toBe("");
  });
});
