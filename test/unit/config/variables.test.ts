// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are what is tested

import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/errors.ts";
import { type ConfigInput, readRunnable } from "../../../src/config/read.ts";
import type { Variables } from "../../../src/config/variables.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection, readWith, sectionWith, TOML } from "./base-config.ts";

/** A service that lets configs name one address and one key. */
const variables: Variables = {
  url: (name) => (name === "TASK_APP_URL" ? "https://named.example.com" : undefined),
  hasKey: (name) => name === "TASK_APP_KEY",
  names: "names that begin with TASK_APP_",
};
const NOWHERE =
  "which is set neither in the environment of the CLI or SDK that sent the config, nor among the service's secrets " +
  "that a config may name (names that begin with TASK_APP_)";

function issuesOf(input: ConfigInput, overrides: JsonObject = {}) {
  try {
    readRunnable(input, overrides, { variables });
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  throw new Error("the config was taken");
}

describe("a key that names a variable", () => {
  test.each(["$TASK_APP_KEY", "${TASK_APP_KEY}", " ${TASK_APP_KEY} "])(
    "%j stays a name where the service has that key",
    (key) => {
      const mapping = sectionWith("task_app_api_key", key);
      const { config, warnings } = readRunnable({ mapping }, {}, { variables });
      expect(config.task_app_api_key).toBe(key);
      expect(warnings).toEqual([]);
    },
  );

  test.each(["$OPENAI_API_KEY", "${nothing}"])("%j is an error where it has none", (key) => {
    const name = key.replaceAll(/[{}]/g, "");
    expect(issuesOf({ mapping: sectionWith("task_app_api_key", key) })).toEqual([
      {
        pointer: "/prompt_learning/task_app_api_key",
        path: "prompt_learning.task_app_api_key",
        message: `prompt_learning.task_app_api_key names ${name}, ${NOWHERE}`,
        found: name,
        expected: "a variable that is set",
      },
    ]);
  });

  test.each(["$ecret", "sk-${A}", "$1", "${a b}", "pa$$WORD"])("%j is a key like any other", (key) => {
    const mapping = sectionWith("task_app_api_key", key);
    expect(readRunnable({ mapping }, {}, { variables }).config.task_app_api_key).toBe(key);
  });

  test("is taken on trust where nobody knows what is set", () => {
    expect(readWith("task_app_api_key", "$ANY").config.task_app_api_key).toBe("$ANY");
  });
});

describe("a URL with variables", () => {
  test.each([
    ["$TASK_APP_URL", "https://named.example.com"],
    ["${TASK_APP_URL}/task", "https://named.example.com/task"],
    ["https://a.example.com/$top", "https://a.example.com/$top"],
  ])("%j becomes %j", (url, filled) => {
    const mapping = sectionWith("task_app_url", url);
    expect(readRunnable({ mapping }, {}, { variables }).config.task_app_url).toBe(filled);
  });

  test("is one error with its line where a variable is not set, or is no address", () => {
    const toml = TOML.replace("https://task.example.com", "https://${HOST}/$TASK_APP_KEY/${HOST}");
    expect(issuesOf({ toml })).toEqual([
      expect.objectContaining({
        path: "prompt_learning.task_app_url",
        found: "$HOST and $TASK_APP_KEY",
        line: 3,
      }),
    ]);
  });

  test("is an error where nobody knows what is set", () => {
    expect(() => readWith("task_app_url", "$TASK_APP_URL")).toThrow(
      "prompt_learning.task_app_url names $TASK_APP_URL, which is set neither in the environment of the CLI or SDK",
    );
  });
});

test("what overrides or stands beside the table fills a variable that is not set", () => {
  const mapping = { ...sectionWith("task_app_url", "$GONE"), task_app_api_key: "$GONE" };
  const given = { task_app_url: "https://here.example.com", task_app_api_key: "given" };
  expect(readRunnable({ mapping }, given, { variables }).config).toMatchObject(given);
  const beside = { prompt_learning: mapping, ...given };
  expect(readRunnable({ mapping: beside }, {}, { variables }).config).toMatchObject(given);
});

test("a variable beside the table or in the overrides is looked for like any other", () => {
  expect(issuesOf({ toml: `task_app_api_key = "$GONE"\n${TOML}` })).toEqual([
    expect.objectContaining({ path: "prompt_learning.task_app_api_key", found: "$GONE", line: 1 }),
  ]);
  expect(issuesOf({ mapping: baseSection() }, { task_url: "$GONE" })).toEqual([
    expect.objectContaining({ path: "prompt_learning.task_app_url", found: "$GONE" }),
  ]);
});
