// Command lines that need no service, within this process.

import { describe, expect, it } from "vitest";
import { runCommand } from "../../support/command-line.ts";

const JOB_ID = "pl_0123456789abcdef";

const cultivar = (args: string[], env = {}) =>
  runCommand(args, { CULTIVAR_API_KEY: "key", CULTIVAR_BASE_URL: "http://127.0.0.1:9", ...env });

describe("cultivar", () => {
  it("explain themselves", async () => {
    expect((await cultivar(["--version"])).out).toMatch(/^cultivar \d+\.\d+\.\d+\n$/);
    expect((await cultivar(["help"])).out).toContain("train [CONFIG]");
    expect((await cultivar(["help", "train"])).out).toContain("--poll-timeout SECONDS");
    expect((await cultivar(["train", "--help"])).out).toContain("--override KEY=VALUE");
  });

  it.each([
    [[], "Usage:"],
    [["trian"], "there is no command trian"],
    [["status"], "ID is missing"],
    [["status", "pl_x"], "Invalid prompt learning job ID format"],
    [["status", JOB_ID, "extra"], "unexpected argument extra"],
    [["list", "--nope"], "--nope"],
    [["train", "--type", "rl"], "--type must be one of prompt_learning, prompt"],
    [["train", "--poll-timeout", "soon"], "--poll-timeout must be a number"],
    [["train", "--poll", "--no-poll"], "exclude each other"],
    [["train", "--allow-experimental", "--no-allow-experimental"], "exclude each other"],
    [["train", "nowhere.toml"], "Config not found"],
    [["train", "--env", "nowhere"], "cannot read --env nowhere"],
    [["list", "--api-key", "", "--env", "none.env"], "cannot read"],
  ])("exit with 2 for a command line that is wrong: %j", async (args, message) => {
    const run = await cultivar(args);
    expect(run).toMatchObject({ code: 2, out: "" });
    expect(run.err).toContain(message);
  });

  it("names the key when there is none, as JSON too", async () => {
    const run = await cultivar(["list", "--json"], { CULTIVAR_API_KEY: undefined });
    expect(run.code).toBe(2);
    expect(run.err).toContain("api_key is required");
    expect(JSON.parse(run.out)).toMatchObject({ error: { code: "missing_setting" } });
  });
});
