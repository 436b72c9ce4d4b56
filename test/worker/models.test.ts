// Which models a job may name at this deployment, and who can widen that.

import { beforeEach, expect, test } from "vitest";
import type { JsonObject } from "../../src/wire/json.ts";
import { jobs, posted, problemOf, smallJob, submit } from "./api.ts";
import { World } from "./world.ts";

const UNLISTED = { "policy.provider": "google", "policy.model": "gemini-9" };
const PATH = "prompt_learning.policy.model";
const WAIT = { auto_start: false };

let world: World;
beforeEach(() => {
  world = new World().install();
});

function refusal(options: JsonObject, more: JsonObject = {}) {
  const overrides = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [`prompt_learning.${name}`, value]),
  );
  return jobs("", posted({ config_body: smallJob(), overrides, ...more })).then((it) => problemOf(it, 422));
}

test("a model that is not on the list is refused with those that are, also when an override names it", async () => {
  const problem = await refusal(UNLISTED);
  expect(problem.errors).toEqual([
    expect.objectContaining({
      path: PATH,
      pointer: "/prompt_learning/policy/model",
      found: '"gemini-9"',
      expected: expect.stringContaining("gemini-2.5-flash-lite, gemini-test-*"),
    }),
  ]);
  expect(world.checks).toBe(0);
});

test("what the operator allows beside the list is taken without a word", async () => {
  const job = await submit({ ...UNLISTED, "policy.model": "gemini-test-1" }, WAIT);
  expect(job.warnings.map(({ path }) => path)).not.toContain(PATH);
});

test("a server of the operator's own is asked for any model", async () => {
  const job = await submit({ "policy.model": "my-own:7b" }, WAIT);
  expect(job.warnings).toEqual([]);
});

test.each<[string, JsonObject]>([
  ["a field of the submission", { allow_experimental: true }],
  ["a label, as the protocol's clients send it", { metadata: { allow_experimental: true } }],
  ["both", { allow_experimental: true, metadata: { allow_experimental: false } }],
])("allow_experimental as %s lifts the list, with a warning, and is kept with the job", async (_, more) => {
  const job = await submit(UNLISTED, { ...WAIT, ...more });
  expect(job.warnings).toContainEqual({
    path: PATH,
    message: `${PATH} is "gemini-9", which is taken because of allow_experimental only`,
  });
  expect(job.metadata).toEqual({ allow_experimental: true });
});

test.each<JsonObject>([
  { allow_experimental: false },
  { allow_experimental: null },
  { metadata: { allow_experimental: "no" } },
  { allow_experimental: false, metadata: { allow_experimental: true } },
])("with %j the list holds", async (more) => {
  expect((await refusal(UNLISTED, more)).errors?.[0]?.path).toBe(PATH);
});

test("gpt-5-pro is refused with the reason, even where everything else is taken", async () => {
  const problem = await refusal({ "policy.model": "gpt-5-pro" }, { allow_experimental: true });
  expect(problem.errors?.[0]?.message).toContain("too expensive");
});
