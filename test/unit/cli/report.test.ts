import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/cli/exit.ts";
import { chooseConfig, isTrainConfig } from "../../../src/cli/find-config.ts";
import { parseOverrides } from "../../../src/cli/overrides.ts";
import { painter } from "../../../src/cli/paint.ts";
import { problemLines, warningLines } from "../../../src/cli/problems.ts";
import { summaryLines } from "../../../src/cli/summary.ts";
import { jobResults, jobView } from "../../support/fake-service.ts";

const plain = painter(false, {});

describe("config mistakes", () => {
  const source = { file: "job.toml", text: '[prompt_learning]\nalgorithm = "gpea"\n\tsise\t= 64\n' };

  it("are shown with place, line and caret, in the order of the file", () => {
    const late = {
      pointer: "/b",
      path: "b.sise",
      message: "unknown key; did you mean size?",
      line: 3,
      column: 2,
    };
    const early = {
      pointer: "/a",
      path: "a.algorithm",
      message: "a.algorithm is not known (line 2)",
      found: '"gpea"',
      expected: "gepa or mipro",
      line: 2,
      column: 13,
    };
    expect(problemLines([late, early], source, plain)).toEqual([
      "job.toml:2:13: error: a.algorithm is not known",
      '    2 | algorithm = "gpea"',
      "      |             ^^^^^^",
      '        expected gepa or mipro; found "gpea"',
      "job.toml:3:2: error: b.sise: unknown key; did you mean size?",
      "    3 |  sise = 64",
      "      |  ^^^^",
    ]);
  });

  it("without a line, or beyond the file, are shown without one", () => {
    const item = { pointer: "", path: "x", message: "is required" };
    expect(problemLines([item], source, plain)).toEqual(["job.toml: error: x: is required"]);
    expect(problemLines([{ ...item, line: 99, column: 1 }], source, plain)).toHaveLength(1);
  });

  it("in a value of the command line are laid to the command line, not to the file", () => {
    const overridden = ["prompt_learning.policy.model", "gepa.rollout.budget"];
    const model = { pointer: "", path: "prompt_learning.policy.model", message: "is wrong" };
    const budget = { pointer: "", path: "prompt_learning.gepa.rollout.budget", message: "is wrong" };
    const seeds = { pointer: "", path: "prompt_learning.gepa.evaluation.seeds", message: "is missing" };
    const lines = problemLines([model, budget, seeds], { ...source, overridden }, plain);
    expect(lines.map((line) => line.split(":")[0])).toEqual(["command line", "command line", "job.toml"]);
  });

  it("of a missing option do not say that nothing was found", () => {
    const item = { pointer: "", path: "a", message: "a is missing: it must be text", found: "nothing" };
    expect(problemLines([{ ...item, expected: "text" }], source, plain)).toEqual([
      "job.toml: error: a is missing: it must be text",
    ]);
  });

  it("in a very long line are shown with a window around them", () => {
    const text = `pattern = "${"x".repeat(500)} {oops} ${"y".repeat(500)}"`;
    const column = text.indexOf("{oops}") + 1;
    const item = { pointer: "", path: "p", message: "m", line: 1, column };
    const [, excerpt, carets] = problemLines([item], { file: "f", text }, plain);
    expect(excerpt?.length).toBeLessThan(120);
    expect(excerpt?.slice(carets?.indexOf("^"))).toMatch(/^\{oops/);
  });

  it("that are only warnings take one line each", () => {
    const warnings = [
      { path: "a.b", message: "a.b is deprecated", line: 4 },
      { path: "c", message: "is ignored" },
    ];
    expect(warningLines(warnings, "job.toml", plain)).toEqual([
      "job.toml:4: warning: a.b is deprecated",
      "job.toml: warning: c: is ignored",
    ]);
  });
});

describe("the summary", () => {
  const done = jobView({ status: "succeeded", finish_reason: "budget" });

  it("sets baseline and best side by side on training and held-out seeds, with the change of the prompt", () => {
    expect(summaryLines(done, jobResults(), plain)).toEqual([
      "pl_0123456789abcdef succeeded (budget)",
      "",
      "reward      baseline   best  change",
      "training       0.400  0.800  +0.400",
      "validation     0.450  0.750  +0.300",
      "",
      "From the baseline prompt to the best:",
      "  [system | system]",
      "- Classify the query.",
      "+ Classify the banking query by its intent.",
      "  Answer with one label.",
      "",
      "cost  $0.0123; 500 rollouts, 215 model calls, 12,000 + 800 tokens",
      "time  1m 05s",
    ]);
  });

  it("takes the change on training seeds from those that both were scored on, where there are others", () => {
    const candidate = (
      candidate_id: string,
      mutation_type: string,
      instance_scores: Record<string, number>,
    ) => ({
      ...{ candidate_id, mutation_type, instance_scores, rank: 1, generation: 0, parent_ids: [] },
      ...{ accepted: true, reject_reason: null, accuracy: 0, is_pareto: true },
      object: { text_replacements: [] },
    });
    const baseline = candidate("trans_00000", "baseline", { 0: 1, 1: 0.2, 2: 0.2 });
    const linesOf = (best: Record<string, number>) =>
      summaryLines(
        done,
        jobResults({ attempted_candidates: [baseline, candidate("trans_00003", "reflection", best)] }),
        plain,
      );
    const fair = linesOf({ 1: 0.1, 2: 0.2, 3: 1 });
    expect(fair).toContain("training       0.400  0.800  -0.050");
    expect(fair).toContain("The change on training seeds is that on the 2 seeds that both were scored on.");
    expect(linesOf({ 2: 1, 1: 1, 0: 1 })).toContain("training       0.400  0.800  +0.400");
    expect(linesOf({ 7: 1 })).toContain("training       0.400  0.800");
  });

  it("has a row for test seeds only when they were scored, and no price that is not known", () => {
    const [baseline] = jobResults().validation_results;
    const cost = { ...jobResults().cost, total_usd: null };
    const lines = summaryLines(done, jobResults({ test_results: baseline ? [baseline] : [], cost }), plain);
    expect(lines).toContain("test           0.450      –");
    expect(lines.at(-2)).toContain("cost  unknown;");
  });

  it("of a cancelled job says so once", () => {
    const cancelled = jobView({ status: "cancelled", finish_reason: "cancelled" });
    expect(summaryLines(cancelled, jobResults(), plain)[0]).toBe(`${cancelled.job_id} cancelled`);
  });

  it("of a job that failed early tells the error, and that there is no prompt", () => {
    const failed = jobView({ status: "failed", error: "task app is\ndown" });
    const nothing = jobResults({
      top_prompts: [],
      best_prompt: null,
      best_score: null,
      baseline_score: null,
    });
    const lines = summaryLines(failed, nothing, plain);
    expect(lines.slice(0, 2)).toEqual(["pl_0123456789abcdef failed", "task app is down"]);
    expect(lines).toContain("No prompt was scored.");
  });

  it("says when nothing beat the baseline", () => {
    const same = jobResults().baseline_prompt;
    const top = jobResults().top_prompts.map((prompt) => ({ ...prompt, full_text: same.full_text }));
    expect(summaryLines(done, jobResults({ top_prompts: top }), plain)).toContain(
      "The baseline prompt is still the best.",
    );
  });
});

describe("colours", () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { TERM: "dumb" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ])("on a terminal %s with %o: %s", (isTty, env, enabled) => {
    expect(painter(isTty, env).enabled).toBe(enabled);
  });
});

describe("overrides", () => {
  it("are JSON where they look like it, else text, and may hold an equals sign", () => {
    expect(parseOverrides(["a.b=3", "c=[1,2]", "d=true", "e=gpt-4.1-nano", "f=x=y", "a.b=4"])).toEqual({
      "a.b": 4,
      c: [1, 2],
      d: true,
      e: "gpt-4.1-nano",
      f: "x=y",
    });
  });

  it("need a key and a value", () => {
    expect(() => parseOverrides(["a"])).toThrow(UsageError);
    expect(() => parseOverrides(["=1"])).toThrow(UsageError);
  });
});

describe("choosing the config", () => {
  it("knows a training config by its tables", () => {
    expect(
      [
        "[prompt_learning]",
        "  [ prompt_learning.gepa ]",
        "[[prompt_learning.initial_prompt.messages]]",
      ].every(isTrainConfig),
    ).toBe(true);
    expect(["[tool]", "prompt_learning = 1", "[prompt_learning_old]"].some(isTrainConfig)).toBe(false);
  });

  it("takes the one named, else the only one in the folder, else lists them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "cultivar-"));
    try {
      await expect(() => chooseConfig({}, folder)).rejects.toThrow("no config named");
      await writeFile(join(folder, "pyproject.toml"), "[tool]\n");
      await writeFile(join(folder, "b.toml"), "[prompt_learning]\n");
      expect(await chooseConfig({}, folder)).toBe("b.toml");
      await writeFile(join(folder, "a.toml"), "[prompt_learning]\n");
      await expect(() => chooseConfig({}, folder)).rejects.toThrow("name one of:\n  a.toml\n  b.toml");
      expect(await chooseConfig({ option: "x" }, folder)).toBe("x");
      await expect(() => chooseConfig({ option: "x", positional: "y" }, folder)).rejects.toThrow(
        "two configs",
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
