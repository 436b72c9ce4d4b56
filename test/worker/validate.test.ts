// A dry run over HTTP: told what a submission would come to, without one.

import { beforeEach, expect, test } from "vitest";
import type { JobSummary, Page } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import type { ValidationReport } from "../../src/wire/validate.ts";
import { ALPHA, call, ended, jobs, posted, problemOf, results, smallJob, submit } from "./api.ts";
import { TASK_APP_KEY, World } from "./world.ts";

const PATH = "/api/prompt-learning/validate";

let world: World;
beforeEach(() => {
  world = new World().install();
});

function validate(init: RequestInit, key = ALPHA): Promise<Response> {
  return call(PATH, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
}

async function valid(init: RequestInit): Promise<ValidationReport> {
  const answer = await validate(init);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.json();
}

test("a config that can run is given back with its defaults, their origins, warnings and an estimate, and nothing is created or called", async () => {
  const overrides = { "prompt_learning.gepa.rollout.budget": 40, "gepa.archive.sise": 3 };
  const report = await valid(posted({ config_body: smallJob(), overrides }));
  expect(report.valid).toBe(true);
  expect(report.config).toMatchObject({
    prompt_learning: { gepa: { rollout: { budget: 40 }, proposer_effort: "LOW" } },
  });
  expect(report.origins).toMatchObject({
    "prompt_learning.gepa.rollout.budget": { from: "override" },
    "prompt_learning.policy.model": { from: "file" },
    "prompt_learning.gepa.proposer_effort": { from: "default" },
  });
  const paths = report.warnings.map(({ path }) => path);
  expect(paths).toContain("prompt_learning.gepa.archive.sise");
  // Too little for three children.
  expect(paths).toContain("prompt_learning.gepa.rollout.budget");
  expect(report.estimate.rollouts).toMatchObject({
    limit: 40,
    by_phase: { baseline: { low: 10, high: 10 } },
  });
  expect(report.estimate.sensible_budget).toBeGreaterThan(40);
  expect(report.estimate.usd?.high).toBeGreaterThan(report.estimate.usd?.low ?? 0);
  expect(JSON.stringify(report)).not.toContain(TASK_APP_KEY);

  expect(world.checks).toBe(0);
  expect(world.rollouts).toEqual([]);
  const page: Page<JobSummary> = await (await jobs()).json();
  expect(page.items).toEqual([]);
});

test("a TOML file is taken as for submitting, and its lines are named", async () => {
  const toml = '[prompt_learning]\nalgorithm = "gepa"\ntask_app_url = "nowhere"\n';
  const init = { method: "POST", headers: { "content-type": "application/toml" }, body: toml };
  const problem = await problemOf(await validate(init), 422);
  expect(problem.code).toBe("config_invalid");
  expect(problem.errors).toContainEqual(
    expect.objectContaining({ path: "prompt_learning.task_app_url", line: 3 }),
  );
});

test("a misspelling is told beside the mistake that it led to", async () => {
  const mapping = { ...smallJob(), polcy: { model: "gpt-4o" } } as JsonObject;
  delete mapping.policy;
  for (const config_body of [mapping, { prompt_learning: mapping }]) {
    const problem = await problemOf(await validate(posted({ config_body })), 422);
    expect(problem.errors?.map(({ path }) => path)).toEqual(["prompt_learning.policy"]);
    expect(problem.warnings).toContainEqual({
      path: "prompt_learning.polcy",
      message: "prompt_learning.polcy is unknown and ignored; did you mean policy?",
    });
  }
  // Mistakes that are found after reading come with the warnings of the reading too.
  const small = { "gepa.rollout.budget": 5, "gepa.archive.sise": 3 };
  const late = await problemOf(await validate(posted({ config_body: smallJob(), overrides: small })), 422);
  expect(late.warnings?.map(({ path }) => path)).toContain("prompt_learning.gepa.archive.sise");
});

test("a file that only the caller can see is refused, and its text in its place is taken", async () => {
  const named = { "gepa.spec_path": "rules.md" };
  const problem = await problemOf(await validate(posted({ config_body: smallJob(), overrides: named })), 422);
  expect(problem.errors).toEqual([
    {
      pointer: "/prompt_learning/gepa/spec_path",
      path: "prompt_learning.gepa.spec_path",
      message:
        'prompt_learning.gepa.spec_path names the file "rules.md", which the service cannot see: the CLI and the SDK send ' +
        "its text with the config; over HTTP, send it as prompt_learning.gepa.spec_text",
      found: '"rules.md"',
    },
  ]);
  const overrides = { ...named, "gepa.spec_text": "Be kind." };
  const { config } = await valid(posted({ config_body: smallJob(), overrides }));
  expect(config).toMatchObject({
    prompt_learning: { gepa: { spec_path: "rules.md", spec_text: "Be kind." } },
  });
});

test("it refuses what submitting would refuse: bodies, budgets, addresses, missing providers, strangers", async () => {
  await problemOf(await validate(posted({})), 400);
  const refused: JsonObject[] = [
    { "gepa.rollout.budget": 5 },
    { task_app_url: "https://localhost" },
    { "gepa.proposer_effort": "LOW_CONTEXT" },
  ];
  for (const overrides of refused) {
    await problemOf(await validate(posted({ config_body: smallJob(), overrides })), 422);
  }
  await problemOf(await validate(posted({ config_body: smallJob() }), "stranger"), 401);
});

test("a price that nobody knows is null, not nothing", async () => {
  const report = await valid(
    posted({ config_body: smallJob(), overrides: { "policy.model": "simulated-one" } }),
  );
  expect(report.estimate).toMatchObject({ usd: null, policy: { usd: null } });
  expect(report.estimate.proposer.usd).not.toBeNull();
});

test("a job that is then run stays within the estimate", async () => {
  const { estimate } = await valid(posted({ config_body: smallJob() }));
  const { job_id } = await submit();
  await ended(job_id);
  const { rollouts, attempted_candidates } = await results(job_id);
  expect(rollouts).toBeGreaterThanOrEqual(estimate.rollouts.total.low);
  expect(rollouts).toBeLessThanOrEqual(estimate.rollouts.total.high);
  expect(attempted_candidates.length - 1).toBeLessThanOrEqual(estimate.proposer.calls.high);
});
