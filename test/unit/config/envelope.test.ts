// A submission that was saved as a file, in the place of the config in it.

import { expect, test } from "vitest";
import { fromMapping } from "../../../src/config/index.ts";
import { readConfig } from "../../../src/config/read.ts";
import { baseSection, errorOf } from "./base-config.ts";

const config_body = { prompt_learning: baseSection() };

test("its config is what counts, and a warning says so", () => {
  const { config, warnings } = readConfig({ mapping: { algorithm: "gepa", config_body } });
  expect(config).toEqual(fromMapping(config_body));
  expect(warnings.map(({ message }) => message)).toEqual([
    "prompt_learning is taken from the config_body of a whole submission",
  ]);
  expect(readConfig({ mapping: { config_body: baseSection() } }).config).toEqual(config);
});

test("its overrides are laid over its config, and the caller's over them", () => {
  const mapping = {
    config_body,
    overrides: { "prompt_learning.task_app_id": "inner", task_app_url: "http://a.example" },
  };
  const { config } = readConfig({ mapping }, { "prompt_learning.task_app_id": "outer" });
  expect(config).toMatchObject({ task_app_id: "outer", task_app_url: "http://a.example" });
});

test("what only means something where it is sent is named", () => {
  const mapping = { config_body, metadata: { team: "a" }, auto_start: false };
  expect(readConfig({ mapping }).warnings[0]?.message).toBe(
    "prompt_learning is taken from the config_body of a whole submission; metadata and auto_start of it have no effect in a file",
  );
});

test("mistakes are told as of the config itself", () => {
  const { policy: _, ...rest } = baseSection();
  expect(errorOf({ mapping: { config_body: { prompt_learning: rest } } }).issues).toMatchObject([
    { pointer: "/prompt_learning/policy", path: "prompt_learning.policy" },
  ]);
});
