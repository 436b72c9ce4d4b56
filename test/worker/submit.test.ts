// Submitting a job: what is taken, what is turned away and how that is told. Nothing is created by halves.

import { beforeEach, expect, test } from "vitest";
import type { JobSummary, JobView, Page } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { BASELINE, ended, jobs, posted, problemOf, smallJob, submit, view } from "./api.ts";
import { TASK_APP, World } from "./world.ts";

const TOML = `[prompt_learning]
algorithm = "gepa"
task_app_url = "${TASK_APP}"

[[prompt_learning.initial_prompt.messages]]
role = "system"
pattern = "${BASELINE}"

[prompt_learning.policy]
model = "gpt-4.1-nano"
provider = "openai"

[prompt_learning.gepa.evaluation]
seeds = { start = 0, end = 13 }

[prompt_learning.gepa.rollout]
budget = 60
minibatch_size = 3
`;
const BAD_TOML = TOML.replace("budget = 60", 'budget = "lots"\nmax_concurent = 4');

let world: World;
beforeEach(() => {
  world = new World().install();
});

async function created(init: RequestInit): Promise<JobView> {
  const answer = await jobs("", init);
  expect(answer.status, await answer.clone().text()).toBe(201);
  const job: JobView = await answer.json();
  expect(answer.headers.get("location")).toBe(`/api/prompt-learning/online/jobs/${job.job_id}`);
  return job;
}

async function jobIds(): Promise<string[]> {
  const page: Page<JobSummary> = await (await jobs()).json();
  return page.items.map(({ job_id }) => job_id);
}

/** Posts something that must be turned away, and checks that there is no more job than before. */
async function refused(init: RequestInit, status: number) {
  const before = await jobIds();
  const problem = await problemOf(await jobs("", init), status);
  expect(await jobIds()).toEqual(before);
  expect(world.rollouts).toEqual([]);
  return problem;
}

function toml(body: string, type = "application/toml"): RequestInit {
  return { method: "POST", headers: { "content-type": type }, body };
}

test("a config comes as a JSON table, as TOML text in JSON, or as the TOML file itself, and makes the same job", async () => {
  const waiting = { auto_start: false };
  const made = await Promise.all([
    created(posted({ config_body: smallJob(), ...waiting })),
    created(posted({ config_body: { prompt_learning: smallJob() }, ...waiting })),
    created(posted({ config_toml: TOML, ...waiting })),
    created(toml(TOML)),
    created(toml(TOML, "text/toml; charset=utf-8")),
  ]);
  for (const { job_id, algorithm, best_prompt } of made) {
    expect(job_id).toMatch(/^pl_[0-9a-f]{16}$/);
    expect({ algorithm, best_prompt }).toEqual({ algorithm: "gepa", best_prompt: null });
  }
  expect(made.map(({ status }) => status)).toEqual(["pending", "pending", "pending", "queued", "queued"]);
  expect(made.map(({ progress }) => progress.rollouts_total)).toEqual([120, 120, 60, 60, 60]);
  await Promise.all([made[3], made[4]].map((job) => ended(job?.job_id ?? "")));
});

test("overrides by dotted key are laid over the config, and metadata is given back", async () => {
  const overrides = { "prompt_learning.gepa.rollout.budget": 77, "gepa.population.num_generations": 4 };
  const metadata = { team: "search", tries: [1, 2], nested: { deep: null } };
  const job = await created(posted({ config_toml: TOML, overrides, metadata, auto_start: false }));
  expect(job.progress).toMatchObject({ rollouts_total: 77, generations_total: 4 });
  expect(job.metadata).toEqual(metadata);
  expect((await view(job.job_id)).metadata).toEqual(metadata);
});

test("a config with mistakes is answered with every mistake: its path, its pointer, what to do, and its line in the TOML", async () => {
  const problem = await refused(posted({ config_toml: BAD_TOML }), 422);
  expect(problem.code).toBe("config_invalid");
  const lines = BAD_TOML.split("\n");
  const lineOf = (text: string) => lines.findIndex((line) => line.startsWith(text)) + 1;
  expect(problem.errors).toContainEqual(
    expect.objectContaining({
      path: "prompt_learning.gepa.rollout.budget",
      pointer: "/prompt_learning/gepa/rollout/budget",
      line: lineOf("budget"),
      message: expect.stringContaining("budget"),
    }),
  );
  expect(world.checks).toBe(0);
});

test("a mistake in a JSON config is placed by pointer, without a line", async () => {
  const problem = await refused(posted({ config_body: { ...smallJob(), algorithm: "magic" } }), 422);
  const [mistake] = problem.errors ?? [];
  expect(mistake).toMatchObject({ pointer: "/prompt_learning/algorithm", path: "prompt_learning.algorithm" });
  expect(mistake?.line).toBeUndefined();
});

test("a budget too small for the baseline and one child is refused, at its line in the TOML", async () => {
  const small = TOML.replace("budget = 60", "budget = 12");
  const problem = await refused(posted({ config_toml: small }), 422);
  const line = small.split("\n").indexOf("budget = 12") + 1;
  expect(problem.errors).toEqual([
    expect.objectContaining({ path: "prompt_learning.gepa.rollout.budget", line }),
  ]);
  expect(problem.errors?.[0]?.message).toContain("at least 23");
});

test("a warning is kept with the job, and named in its first event", async () => {
  const job = await created(
    posted({
      config_toml: TOML.replace("[prompt_learning.gepa.rollout]", "$&\nmax_concurent = 4"),
      auto_start: false,
    }),
  );
  expect(job.warnings).toContainEqual(
    expect.objectContaining({ path: "prompt_learning.gepa.rollout.max_concurent", line: expect.any(Number) }),
  );
  const page = (await (await jobs(`/${job.job_id}/events`)).json()) as {
    events: { type: string; level: string }[];
  };
  expect(page.events).toEqual([
    expect.objectContaining({ type: "prompt.learning.created", level: "warning" }),
  ]);
});

test("a body that cannot be read is a bad request", async () => {
  const bodies = [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    "{}",
    '{"config_body": 1}',
    '{"config_body": {}, "config_toml": ""}',
  ];
  for (const body of bodies) {
    await refused({ method: "POST", headers: { "content-type": "application/json" }, body }, 400);
  }
  for (const odd of [{ auto_start: "yes" }, { metadata: 3 }, { overrides: [] }] as JsonObject[]) {
    await refused(posted({ config_toml: TOML, ...odd }), 400);
  }
});

test("TOML that is none is a mistake with its line", async () => {
  const problem = await refused(toml('[prompt_learning]\nalgorithm = "gepa\n'), 422);
  expect(problem.errors?.[0]?.line).toBe(2);
});

test("a body nested too deep is a bad request, wherever it is, and brackets in text are no nesting", async () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  const body = (metadata: string, overrides = "{}") =>
    `{"config_body":${JSON.stringify(smallJob())},"auto_start":false,"metadata":{"a":${metadata}},"overrides":${overrides}}`;
  const json = (text: string) => ({ ...posted(null), body: text });
  for (const levels of [150, 10_000, 100_000]) {
    for (const text of [
      body(nested(levels)),
      body("0", `{"env_config":${nested(levels)}}`),
      `{"config_body":{"a":${nested(levels)}}}`,
    ]) {
      const problem = await problemOf(await jobs("", json(text)), 400);
      expect(problem.detail).toContain("nested more than 100 levels");
    }
  }
  const harmless = JSON.stringify(`\\"${"[".repeat(1_000)}`);
  for (const metadata of [nested(90), harmless]) {
    const answer = await jobs("", json(body(metadata)));
    expect(answer.status).toBe(201);
    expect((await answer.json<JobView>()).metadata).toEqual({ a: JSON.parse(metadata) });
  }
});

test("another content type is unsupported", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    expect((await refused(toml(TOML, type), 415)).code).toBe("unsupported_media_type");
  }
});

test("a body over the cap is turned away, declared or streamed", async () => {
  const chunk = new TextEncoder().encode(" ".repeat(100_000));
  expect((await refused(posted({ config_toml: "#".repeat(1_000_000) }), 413)).code).toBe("body_too_large");
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(chunk);
    },
  });
  await refused({ method: "POST", headers: { "content-type": "application/json" }, body: endless }, 413);
  expect(sent).toBeLessThan(20);
});

test("a config over its own cap is a mistake of the config", async () => {
  await refused(posted({ config_toml: `${TOML}${"#".repeat(300_000)}` }), 422);
});

test("mistakes and warnings that are found after the config was read have their line as well", async () => {
  const elsewhere = TOML.replace(TASK_APP, "https://localhost");
  const problem = await refused(posted({ config_toml: elsewhere }), 422);
  expect(problem.errors).toEqual([expect.objectContaining({ line: 3 })]);

  const tight = TOML.replace("budget = 60", "budget = 30");
  const job = await created(posted({ config_toml: tight, auto_start: false }));
  const line = tight.split("\n").indexOf("budget = 30") + 1;
  expect(job.warnings).toContainEqual(
    expect.objectContaining({ path: "prompt_learning.gepa.rollout.budget", line }),
  );
});

test("a task app that is not well is refused, in its own words", async () => {
  world.health = () => Response.json({ detail: "the dataset is missing" }, { status: 500 });
  const problem = await refused(posted({ config_body: smallJob() }), 422);
  expect(problem).toMatchObject({
    code: "task_app_unhealthy",
    detail: expect.stringContaining("the dataset is missing"),
  });
  expect(problem.detail).toContain("/health=500");
});

test("a task app inside the service's own network, or the service itself, is refused before it is called", async () => {
  const urls = [
    "http://task.example.com",
    "https://127.0.0.1",
    "https://localhost",
    "https://cultivar.example.org/x",
  ];
  for (const task_app_url of urls) {
    const problem = await refused(posted({ config_body: { ...smallJob(), task_app_url } }), 422);
    expect(problem.errors?.[0]).toMatchObject({ path: "prompt_learning.task_app_url", found: task_app_url });
  }
  expect(world.checks).toBe(0);
});

test("a proposer whose provider the operator has not set up is refused; a policy without one is warned of", async () => {
  const refusedBody = { config_body: smallJob(), overrides: { "gepa.proposer_effort": "LOW_CONTEXT" } };
  const problem = await refused(posted(refusedBody), 422);
  expect(problem.errors?.[0]?.message).toContain("GROQ_API_KEY");
  const job = await submit(
    { "policy.provider": "google", "policy.model": "gemini-2.5-flash" },
    { auto_start: false },
  );
  expect(job.warnings).toContainEqual(
    expect.objectContaining({ message: expect.stringContaining("GOOGLE_API_KEY") }),
  );
});

test("the task app's key is used at the door and never told again", async () => {
  const { job_id } = await submit();
  await ended(job_id);
  const told = await Promise.all(
    ["", "/results", "/events"].map(async (path) => (await jobs(`/${job_id}${path}`)).text()),
  );
  expect(told.join()).not.toContain("task-app-key");
});
