// Configs that the protocol's makers published. They are read where they are, never copied here.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { planBudget } from "../../../src/config/budget.ts";
import { ConfigError } from "../../../src/config/errors.ts";
import { readRunnable } from "../../../src/config/read.ts";
import { fixturesFolder, NO_FIXTURES } from "../../support/fixtures.ts";
import { readGepa } from "../../support/read-gepa.ts";

const base = fixturesFolder();
const folder = base === undefined ? undefined : join(base, "configs");
const files = folder === undefined ? [] : readdirSync(folder);
const load = (name: string) => readFileSync(join(folder ?? "", name), "utf8");

/** Published configs that are right as they stand. */
const WHOLE = ["training_prompt_learning_gepa_config@68f0533.toml", "banking77_gepa_demo@68f0533.toml"];

describe.skipIf(folder === undefined)(
  `published configs${folder === undefined ? ` (${NO_FIXTURES})` : ""}`,
  () => {
    test.each(WHOLE)("%s can run as it stands", (end) => {
      const name = files.find((file) => file.endsWith(end)) ?? "";
      const { config, mapping } = readGepa({ toml: load(name) });
      expect(readGepa({ mapping }).config).toEqual(config);
      expect(planBudget(config).issues).toEqual([]);
    });

    const ours = files.filter((file) => file.endsWith(".toml") && load(file).includes("[prompt_learning]"));
    test.each(ours)("%s ends in a config or in an error with lines", (name) => {
      try {
        const { config, warnings } = readRunnable({ toml: load(name) });
        expect(config.algorithm).toBe(name.includes("mipro") ? "mipro" : "gepa");
        for (const warning of warnings) expect(warning.line).toBeGreaterThan(0);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const issue of error.issues) {
          expect(issue.path).toMatch(/^prompt_learning\./);
          expect(issue.line).toBeGreaterThan(0);
        }
      }
    });

    test("a placeholder URL is all that keeps the smoke test from running", () => {
      const name = files.find((file) => file.includes("gepa_smoke_test")) ?? "";
      const { config } = readGepa({ toml: load(name) }, { task_url: "http://localhost:8001" });
      expect(config.gepa.archive.pareto_set_size).toBe(10);
      expect(planBudget(config).issues).toEqual([]);
    });

    test("seeds under the wrong header are pointed out", () => {
      const name = files.find((file) => file.includes("banking77_gepa_local@")) ?? "";
      expect(() => readGepa({ toml: load(name) })).toThrow(
        "prompt_learning.env_config.evaluation_seeds stands under the [prompt_learning.env_config] header",
      );
    });
  },
);
