// The command as people run it: a process of its own, against a real server.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  API_KEY,
  type FakeScript,
  type FakeService,
  frame,
  JOB_ID,
  jobEvent,
  jobResults,
  jobView,
  startFakeService,
  validationReport,
  verification,
} from "../../support/fake-service.ts";

const MAIN = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url));
const CONFIG = '[prompt_learning]\nalgorithm = "gpea"\ntask_app_url = "$TASK_APP"\n';

interface Finished {
  code: number | null;
  out: string;
  err: string;
}

let folder: string;
let service: FakeService | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cultivar-"));
  await writeFile(join(folder, "job.toml"), CONFIG);
});
afterEach(async () => {
  await service?.close();
  service = undefined;
});
afterAll(() => rm(folder, { recursive: true }));

async function start(script: FakeScript): Promise<FakeService> {
  service = await startFakeService(script);
  return service;
}

function launch(
  args: string[],
  env: Record<string, string> = {},
): { child: ChildProcess; finished: Promise<Finished> } {
  const base = {
    PATH: process.env.PATH,
    CULTIVAR_API_KEY: API_KEY,
    CULTIVAR_BASE_URL: service?.url ?? "http://127.0.0.1:9",
  };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { ...base, ...env } });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const finished = new Promise<Finished>((resolve) =>
    child.on("close", (code) => resolve({ code, out, err })),
  );
  return { child, finished };
}

function cultivar(args: string[], env?: Record<string, string>): Promise<Finished> {
  return launch(args, env).finished;
}

// Each test starts a process or a few of them.
vi.setConfig({ testTimeout: 30_000 });

const FAST = ["--poll-interval", "0.02"];
const done = jobView({ status: "succeeded", finish_reason: "budget" });

describe("cultivar train", () => {
  it("submits the config of the folder, shows progress on stderr and the results on stdout, and exits with 0", async () => {
    const log = [
      jobEvent(1, "prompt.learning.gepa.baseline", { accuracy: 0.4 }),
      jobEvent(2, "prompt.learning.gepa.new_best", { accuracy: 0.8, previous_best_score: 0.4 }),
      jobEvent(3, "prompt.learning.completed"),
    ];
    const warnings = [{ path: "a.b", message: "a.b is deprecated", line: 2 }];
    const pieces = log.map(frame);
    const fake = await start({
      views: [jobView({ warnings }), jobView(), done],
      streams: [{ pieces, ends: "hold" }],
    });
    const run = await cultivar(
      ["train", "--type", "prompt", "--override", "prompt_learning.gepa.rollout.budget=50", ...FAST],
      { TASK_APP: "http://app", ENVIRONMENT_API_KEY: "secret" },
    );
    expect(run.code).toBe(0);
    expect(run.out).toContain("training       0.400  0.800  +0.400");
    expect(run.err).toContain("job.toml:2: warning: a.b is deprecated");
    expect(run.err).toContain(`submitted ${JOB_ID}`);
    expect(run.err).toContain("new best    0.800 (+0.400)");
    expect(run.err).toContain("210/500 rollouts");
    expect(fake.received[0]?.body).toEqual({
      config_toml: CONFIG,
      overrides: {
        "prompt_learning.task_app_url": "http://app",
        "prompt_learning.task_app_api_key": "secret",
        "prompt_learning.gepa.rollout.budget": 50,
      },
      metadata: {},
      auto_start: true,
    });
  });

  it("prints one JSON document with --json: the results", async () => {
    await start({ views: [done] });
    const run = await cultivar(["train", "job.toml", "--json", ...FAST]);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.out)).toEqual(jobResults());
  });

  it("prints the id alone with --no-poll", async () => {
    const fake = await start({});
    const run = await cultivar(["train", "--no-poll", "--task-url", "http://given"]);
    expect(run).toMatchObject({ code: 0, out: `${JOB_ID}\n` });
    expect(fake.received).toHaveLength(1);
    expect(fake.received[0]?.body).toMatchObject({
      overrides: { "prompt_learning.task_app_url": "http://given" },
    });
  });

  it("sends --strict as the config's own option", async () => {
    const fake = await start({});
    await cultivar(["train", "--no-poll", "--strict"], { TASK_APP: "http://app" });
    await cultivar(["train", "--no-poll"], { TASK_APP: "http://app" });
    const strict = { "prompt_learning.strict": true };
    expect(fake.received.map(({ body }) => body)).toEqual([
      expect.objectContaining({ overrides: expect.objectContaining(strict) }),
      expect.objectContaining({ overrides: expect.not.objectContaining(strict) }),
    ]);
  });

  it("sends --allow-experimental, and overrides with their variables filled in", async () => {
    const fake = await start({});
    const key = "prompt_learning.task_app_api_key";
    const args = ["train", "--no-poll", "--override", `${key}=$MINE`, "--override", "policy.model=gpt-9"];
    await cultivar([...args, "--allow-experimental"], { MINE: "mine", TASK_APP: "http://app" });
    await cultivar([...args, "--no-allow-experimental"], { TASK_APP: "http://app" });
    expect(fake.received.map(({ body }) => body)).toEqual([
      expect.objectContaining({
        overrides: expect.objectContaining({ [key]: "mine", "policy.model": "gpt-9" }),
        metadata: { allow_experimental: true },
      }),
      expect.objectContaining({ overrides: expect.objectContaining({ [key]: "$MINE" }), metadata: {} }),
    ]);
  });

  it("reads variables from --env FILE, those already set winning", async () => {
    const fake = await start({});
    await writeFile(join(folder, "vars"), "TASK_APP=http://file\nENVIRONMENT_API_KEY=file\n");
    await cultivar(["train", "--no-poll", "--env", "vars"], { ENVIRONMENT_API_KEY: "shell" });
    expect(fake.received[0]?.body).toMatchObject({
      overrides: {
        "prompt_learning.task_app_url": "http://file",
        "prompt_learning.task_app_api_key": "shell",
      },
    });
  });

  it("shows every mistake of the config at its line, and exits with 2", async () => {
    const errors = [
      { pointer: "/a", path: "algorithm", message: "algorithm must be gepa or mipro", line: 2, column: 13 },
      { pointer: "/b", path: "policy", message: "policy is required" },
    ];
    await start({
      problem: { type: "t", title: "t", status: 422, detail: "2 errors", code: "config_invalid", errors },
    });
    const run = await cultivar(["train", "--json"]);
    expect(run.code).toBe(2);
    expect(run.err).toContain(
      'job.toml:2:13: error: algorithm must be gepa or mipro\n    2 | algorithm = "gpea"\n',
    );
    expect(run.err).toContain("job.toml: error: policy is required\n");
    expect(run.err).toContain("2 mistakes in job.toml; nothing was submitted");
    expect(JSON.parse(run.out)).toMatchObject({ error: { code: "config_invalid", errors } });
  });

  it("exits with 1 when the job failed or was cancelled, and tells why", async () => {
    await start({ views: [jobView(), jobView({ status: "failed", error: "task app is down" })] });
    const failed = await cultivar(["train", ...FAST]);
    expect(failed.code).toBe(1);
    expect(failed.out).toContain("task app is down");
    await service?.close();
    await start({ views: [jobView({ status: "cancelled" })] });
    expect((await cultivar(["watch", JOB_ID, ...FAST])).code).toBe(1);
  });

  it("exits with 3 at the time-out, and says how to go on", async () => {
    await start({});
    const run = await cultivar(["train", "--poll-timeout", "0.1", "--json", ...FAST]);
    expect(run.code).toBe(3);
    expect(run.err).toContain(`cultivar watch ${JOB_ID}`);
    expect(JSON.parse(run.out)).toMatchObject({ error: { code: "poll_timeout", job_id: JOB_ID } });
  });

  it("asks for the status at once when the last event came, however long the interval", async () => {
    const pieces = [frame(jobEvent(1, "prompt.learning.completed"))];
    await start({ views: [jobView(), done], streams: [{ pieces, ends: "hold" }] });
    expect((await cultivar(["watch", JOB_ID, "--poll-interval", "600"])).code).toBe(0);
  });

  it("detaches at Ctrl-C with 130 and leaves the job alone", async () => {
    const fake = await start({ streams: [{ pieces: [": hello\n\n"], ends: "hold" }] });
    const { child, finished } = launch(["train", "--backend", fake.url]);
    child.stderr?.on("data", (text: string) => {
      if (text.includes("rollouts")) child.kill("SIGINT");
    });
    const run = await finished;
    expect(run.code).toBe(130);
    expect(run.err).toContain(`to cancel it:  cultivar cancel ${JOB_ID} --backend ${fake.url}`);
    expect(fake.to("/cancel")).toHaveLength(0);
  });
});

describe("cultivar validate", () => {
  it("shows the config with its origins and the estimate, warnings on stderr, and exits with 0", async () => {
    const fake = await start({});
    const run = await cultivar(["validate", "job.toml", "--override", "a.b=1"], { TASK_APP: "http://app" });
    expect(run.code).toBe(0);
    expect(run.out).toContain("job.toml: valid, with 1 warning\n");
    expect(run.out).toMatch(/\nalgorithm +"gepa" +line 2\n/);
    expect(run.out).toMatch(/\nenv_config\."a\.b" +\["x"\] +override\n/);
    expect(run.out).toMatch(/\nrollouts +20 to 1,500 +at most 1,500\n/);
    expect(run.out).toMatch(/\nproposals +2 to 9 +openai p\n/);
    expect(run.out).toMatch(/\ncost +unknown/);
    expect(run.out).toMatch(/\ntime +40s to 5m 00s\n/);
    expect(run.err).toBe("job.toml:2: warning: a.b is deprecated\n");
    expect(fake.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /api/prompt-learning/validate",
    ]);
    expect(fake.received[0]?.body).toMatchObject({
      config_toml: CONFIG,
      overrides: { "a.b": 1, "prompt_learning.task_app_url": "http://app" },
    });
  });

  it("prints the report as one JSON document with --json", async () => {
    await start({});
    const run = await cultivar(["validate", "--json"]);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.out)).toEqual(validationReport());
  });

  it("shows every mistake at its line, as train does, and exits with 1", async () => {
    const errors = [{ pointer: "/a", path: "algorithm", message: "must be gepa", line: 2, column: 13 }];
    const warnings = [{ path: "polcy", message: "polcy is unknown; did you mean policy?", line: 3 }];
    await start({
      problem: { type: "t", title: "t", status: 422, detail: "d", code: "config_invalid", errors, warnings },
    });
    const run = await cultivar(["validate", "--json"]);
    expect(run.code).toBe(1);
    expect(run.err).toContain("job.toml:3: warning: polcy is unknown; did you mean policy?\n");
    expect(run.err).toContain('job.toml:2:13: error: algorithm: must be gepa\n    2 | algorithm = "gpea"\n');
    expect(run.err).toContain("1 mistake in job.toml");
    expect(JSON.parse(run.out)).toMatchObject({
      valid: false,
      error: { code: "config_invalid", errors, warnings },
    });
  });

  it("shows a specification that cannot be read at its line, asks nobody, and exits with 1", async () => {
    const fake = await start({});
    await writeFile(join(folder, "spec.toml"), `${CONFIG}[prompt_learning.gepa]\nspec_path = "none.md"\n`);
    const run = await cultivar(["validate", "spec.toml"]);
    expect(run.code).toBe(1);
    expect(run.err).toContain(
      'spec.toml:5: error: prompt_learning.gepa.spec_path names "none.md", which is not there',
    );
    expect(fake.received).toEqual([]);
  });

  it("exits with 2 for a file that is not there", async () => {
    await start({});
    expect((await cultivar(["validate", "nothing.toml"])).code).toBe(2);
  });
});

describe("the other commands", () => {
  it("show, list and cancel jobs", async () => {
    const jobIds = ["a", "b", "c"].map((digit) => `pl_${digit.repeat(16)}`);
    const fake = await start({ jobIds });
    const status = await cultivar(["status", JOB_ID]);
    expect(status.out).toContain("42% · 210/500 rollouts");
    const list = await cultivar(["list", "--limit", "3"]);
    expect(
      list.out
        .split("\n")
        .slice(1, 4)
        .map((line) => line.split(" ")[0]),
    ).toEqual(jobIds);
    expect(JSON.parse((await cultivar(["list", "--json", "--limit", "2"])).out)).toHaveLength(2);
    expect((await cultivar(["cancel", JOB_ID, "--reason", "too dear"])).code).toBe(0);
    expect(fake.to("/cancel")[0]?.body).toEqual({ reason: "too dear" });
  });

  it("pause, resume and stop a job, and say where it stands", async () => {
    const fake = await start({});
    const pause = await cultivar(["pause", JOB_ID, "--reason", "lunch"]);
    expect(pause).toMatchObject({ code: 0, err: `${JOB_ID} is running\n` });
    expect(fake.to("/pause")[0]?.body).toEqual({ reason: "lunch" });
    expect((await cultivar(["resume", JOB_ID, "--json"])).out).toContain('"status": "running"');
    expect((await cultivar(["stop", JOB_ID])).code).toBe(0);
    expect((await cultivar(["stop", JOB_ID, "--now"])).code).toBe(0);
    expect(fake.to("/stop").map(({ body }) => body)).toEqual([{ held_out: true }, { held_out: false }]);
  });

  it("delete a job", async () => {
    const fake = await start({});
    expect(await cultivar(["delete", JOB_ID])).toMatchObject({ code: 0, err: `deleted ${JOB_ID}\n` });
    expect(fake.to("").map(({ method }) => method)).toEqual(["DELETE"]);
  });

  it("verify a job, with an exit status that says whether all holds", async () => {
    await start({});
    const sound = await cultivar(["verify", JOB_ID]);
    expect(sound).toMatchObject({ code: 0 });
    expect(sound.out).toContain("succeeded: verified");
    const checks = [{ name: "budget" as const, outcome: "fails" as const, detail: "101 rollouts" }];
    await start({ verification: verification({ holds: false, checks }) });
    const unsound = await cultivar(["verify", JOB_ID]);
    expect(unsound.code).toBe(1);
    expect(unsound.out).toMatch(/does not hold\nbudget +no 101 rollouts/);
    expect(JSON.parse((await cultivar(["verify", JOB_ID, "--json"])).out).checks).toEqual(checks);
  });

  it("print a prompt as it is, and say when there is none of that rank", async () => {
    await start({});
    const best = jobResults().top_prompts[0]?.full_text;
    expect((await cultivar(["results", JOB_ID, "--prompt"])).out).toBe(`${best}\n`);
    expect((await cultivar(["results", JOB_ID, "--rank", "1"])).out).toContain(
      "training 0.800, validation 0.750",
    );
    expect(await cultivar(["results", JOB_ID, "--rank", "2"])).toMatchObject({ code: 1, out: "" });
    expect((await cultivar(["results", JOB_ID])).out).toContain(
      "+ Classify the banking query by its intent.",
    );
  });

  it("print the event log after a number", async () => {
    const events = [1, 2, 3].map((seq) => jobEvent(seq, "prompt.learning.progress"));
    await start({ events });
    const run = await cultivar(["events", JOB_ID, "--since", "1"]);
    expect(
      run.out
        .trimEnd()
        .split("\n")
        .map((line) => line.trim().split(" ")[0]),
    ).toEqual(["2", "3"]);
    expect(JSON.parse((await cultivar(["events", JOB_ID, "--json"])).out)).toEqual(events);
  });

  it("exit with 2 for a command line that is wrong, and with nothing on stdout", async () => {
    const run = await cultivar(["trian"]);
    expect(run).toMatchObject({ code: 2, out: "" });
    expect(run.err).toContain("there is no command trian\nSee: cultivar help");
    const option = await cultivar(["train", "--bogus"]);
    expect(option.err).toBe("error: Unknown option '--bogus'\nSee: cultivar help train\n");
  });

  it("say where the address of a task app that is down comes from", async () => {
    const problem = { type: "t", title: "t", status: 422, detail: "down", code: "task_app_unhealthy" };
    await start({ problem });
    const run = await cultivar(["train", "job.toml"], { TASK_APP: "http://127.0.0.1:9" });
    expect(run.code).toBe(2);
    expect(run.err).toContain("error: down\nIs the task app running?");
  });

  it("name the command to type as it was typed, also through npm", async () => {
    const run = await cultivar(["trian"], { npm_lifecycle_event: "cultivar" });
    expect(run.err).toContain("See: npm run cultivar -- help");
  });

  it("exit with 1 when the service cannot be reached or refuses, as JSON too", async () => {
    await start({});
    const refused = await cultivar(["status", JOB_ID, "--api-key", "wrong", "--json"]);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.out)).toMatchObject({ error: { code: "unauthorized", status: 401 } });
    const { url } = service ?? { url: "" };
    await service?.close();
    service = undefined;
    const away = await cultivar(["cancel", JOB_ID, "--backend", url]);
    expect(away.code).toBe(1);
    expect(away.err).toContain("Is the service running?");
  });
});
