// `cultivar validate` where no service is named.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MIPROConfig } from "../../../src/config/index.ts";
import { runCommand } from "../../support/command-line.ts";
import { TOML } from "../config/base-config.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cultivar-offline-"));
  await writeFile(join(folder, "good.toml"), TOML);
  await writeFile(join(folder, "bad.toml"), TOML.replace('algorithm = "gepa"', 'algorithm = "gpea"'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const validate = (args: string[], env = {}) => runCommand(["validate", ...args], env, folder);

test("a config is checked and estimated all the same, and what was taken on trust is said", async () => {
  const { code, out, err } = await validate(["good.toml"]);
  expect(err).toMatch(/^checked without a service: .* taken on trust; --backend and --api-key name one\n/);
  expect(code).toBe(0);
  expect(out).toContain("good.toml: valid");
  expect(out).toMatch(/\nrollouts +\d/);
});

test("mistakes are told with their lines, and end in exit status 1", async () => {
  const { code, out, err } = await validate(["bad.toml", "--json"]);
  expect(code).toBe(1);
  expect(err).toMatch(/bad\.toml:2:\d+: error: prompt_learning\.algorithm must be/);
  expect(JSON.parse(out)).toMatchObject({
    valid: false,
    error: {
      status: 422,
      code: "config_invalid",
      errors: [{ pointer: "/prompt_learning/algorithm", line: 2 }],
    },
  });
});

test("overrides, strictness and further models hold as with a service", async () => {
  const own = ["good.toml", "--override", "prompt_learning.policy.model=mine"];
  expect((await validate(own)).err).toContain("prompt_learning.policy.model must be a model of openai");
  const allowed = await validate([...own, "--allow-experimental", "--json"]);
  expect(allowed.code).toBe(0);
  expect(JSON.parse(allowed.out).config.prompt_learning.policy.model).toBe("mine");
  const strict = ["good.toml", "--strict", "--override", "gepa.rollout_budget=100"];
  expect((await validate(strict)).code).toBe(1);
});

test("a named service is asked, unless --offline says not to", async () => {
  const env = { CULTIVAR_API_KEY: "key", CULTIVAR_BASE_URL: "http://127.0.0.1:9" };
  expect((await validate(["good.toml", "--offline"], env)).code).toBe(0);
  const { code, err } = await validate(["good.toml"], {
    CULTIVAR_API_KEY: "key",
    CULTIVAR_BASE_URL: "ftp://a",
  });
  expect(code).toBe(2);
  expect(err).toContain("it must start with http");
});

test("what MIPROConfig.simple makes is valid", async () => {
  const job = MIPROConfig.simpleJob({
    task_app_url: "https://task.example.com",
    task_app_api_key: "key",
    env_name: "banking77",
    rollout_budget: 100,
    initial_prompt_messages: [
      { role: "system", content: "Answer." },
      { role: "user", content: "{q}" },
    ],
  });
  await writeFile(join(folder, "simple.json"), JSON.stringify(job));
  const { code, out } = await validate(["simple.json", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out).estimate.rollouts.total.high).toBeLessThanOrEqual(100);
});

test("what a variable or a file of this machine filled in is told as such, and what was laid over it as an override", async () => {
  const url = 'task_app_url = "https://$TASK_HOST/app"';
  const spec = '[prompt_learning.gepa]\nproposer_type = "spec"\nspec_path = "rules.md"\n';
  const toml = `${TOML.replace(/task_app_url = ".*"/, url)}\n${spec}`;
  await writeFile(join(folder, "filled.toml"), toml);
  await writeFile(join(folder, "rules.md"), "Be brief.");
  const env = { TASK_HOST: "task.example.com" };
  const originsOf = async (args: string[]) => {
    const { out, code, err } = await validate(["filled.toml", "--json", ...args], env);
    expect(code, err).toBe(0);
    return JSON.parse(out).origins;
  };
  expect(await originsOf([])).toMatchObject({
    "prompt_learning.task_app_url": { from: "environment", variables: ["TASK_HOST"] },
    "prompt_learning.gepa.spec_text": { from: "spec_file" },
    "prompt_learning.gepa.spec_path": { from: "file" },
  });
  expect(await originsOf(["--override", "task_app_url=https://other.example.com"])).toMatchObject({
    "prompt_learning.task_app_url": { from: "override" },
  });
  expect(await originsOf(["--override", "gepa.spec_text=Be long."])).toMatchObject({
    "prompt_learning.gepa.spec_text": { from: "override" },
  });
  const { out } = await validate(["filled.toml"], env);
  expect(out).toMatch(/\ngepa\.spec_text +.*spec file\n/);
  expect(out).toMatch(/\ntask_app_url +"https:\/\/task\.example\.com\/app" +\$TASK_HOST\n/);
});

test("an address that the command line finds in the environment is told as such, and one that it is given is not", async () => {
  await writeFile(join(folder, "bare.toml"), TOML.replace(/task_app_url = ".*"\n/, ""));
  const env = { TASK_APP_URL: "https://task.example.com", HOST: "host.example.com" };
  const rowOf = async (...args: string[]) => {
    const { out, code, err } = await validate(["bare.toml", ...args], env);
    expect(code, err).toBe(0);
    return /\ntask_app_url +"(.*)\n/.exec(out)?.[1]?.split(/" +/);
  };
  expect(await rowOf()).toEqual(["https://task.example.com", "$TASK_APP_URL"]);
  expect(await rowOf("--task-url", "https://given.example.com")).toEqual([
    "https://given.example.com",
    "override",
  ]);
  expect(await rowOf("--task-url", "https://$HOST")).toEqual(["https://host.example.com", "$HOST"]);
});
