// What is said about each of the configs that the protocol's makers published. The snapshot holds our words only.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/errors.ts";
import { type ConfigInput, readConfig } from "../../../src/config/read.ts";
import { fixturesFolder, NO_FIXTURES } from "../../support/fixtures.ts";

const base = fixturesFolder();
const folder = base === undefined ? undefined : join(base, "configs");
const files = folder === undefined ? [] : readdirSync(folder).sort();

function inputOf(name: string): ConfigInput {
  const text = readFileSync(join(folder ?? "", name), "utf8");
  if (!name.endsWith(".json")) return { toml: text };
  return { mapping: JSON.parse(text) };
}

function said(name: string, strict: boolean) {
  try {
    const { config, warnings, refusals } = readConfig(inputOf(name), {}, { strict });
    const words = (items: { message: string }[]) => items.map(({ message }) => message);
    return { accepted: config.algorithm, refusals: words(refusals), warnings: words(warnings) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { errors: error.message.split("\n"), warnings: error.warnings.map(({ message }) => message) };
  }
}

describe.skipIf(folder === undefined)(
  `published configs${folder === undefined ? ` (${NO_FIXTURES})` : ""}`,
  () => {
    test.each(files)("what is said about %s", (name) => {
      expect(said(name, false)).toMatchSnapshot();
    });

    test.each(files)("what is said about %s when it is read strictly", (name) => {
      expect(said(name, true)).toMatchSnapshot();
    });

    test.each(files.filter((name) => name.includes("cookbooks-public")))(
      "%s is known for what it is, and how to write it here is said",
      (name) => {
        const { errors = [] } = said(name, false);
        expect(errors[0]).toContain("this is a config for optimizers that start a task container themselves");
        expect(errors.join("\n")).toContain('container.url = "http://127.0.0.1:');
        expect(errors.join("\n")).toContain("→ prompt_learning.task_app_url");
        expect(errors.join("\n")).toMatch(
          /dataset\.train_seeds = \[\d+ items\] → prompt_learning\.gepa\.evaluation\.seeds/,
        );
      },
    );
  },
);
