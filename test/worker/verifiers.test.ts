// The registry of verifiers over HTTP.

import { expect, test } from "vitest";
import type { Page } from "../../src/wire/job.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import type { VerifierSummary, VerifierView } from "../../src/wire/verifier.ts";
import { ALPHA, BETA, call, posted, problemOf } from "./api.ts";

const verifiers = (path = "", init: RequestInit = {}, key = ALPHA) =>
  call(`/api/verifiers${path}`, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });

const rubric = (name: string, description = "The answer is right."): JsonObject => ({
  name,
  description: `looks at ${name}`,
  rubric: { outcome: { criteria: [{ id: "accuracy", description }] } },
});

async function register(body: JsonObject, status = 201, key = ALPHA): Promise<VerifierView> {
  const answer = await verifiers("", posted(body), key);
  expect(answer.status, await answer.clone().text()).toBe(status);
  return answer.json();
}

test("a verifier is registered, read back whole, and another content of its name is another version", async () => {
  const first = await register(rubric("tone"));
  expect(first).toMatchObject({ id: "tone@1", name: "tone", version: 1, description: "looks at tone" });
  const second = await register(rubric("tone", "The answer is kind."));
  expect(second.id).toBe("tone@2");
  const criteria = [{ id: "accuracy", description: "The answer is kind.", weight: 1 }];
  expect(await (await verifiers("/tone")).json()).toEqual({ ...second, rubric: { outcome: { criteria } } });
  expect(await (await verifiers("/tone@1")).json()).toEqual(first);
});

test("the same content again makes no new version, as a retry must not", async () => {
  await register(rubric("again"));
  expect((await register(rubric("again"), 200)).id).toBe("again@1");
  await register(rubric("again", "Other."));
  expect((await register(rubric("again"))).id).toBe("again@3");
});

test("a deleted version is gone, its number is not used again, and a name without versions is unknown", async () => {
  await register(rubric("gone"));
  await register(rubric("gone", "Other."));
  expect((await verifiers("/gone@2", { method: "DELETE" })).status).toBe(204);
  expect(((await (await verifiers("/gone")).json()) as VerifierView).version).toBe(1);
  expect((await register(rubric("gone", "Third."))).version).toBe(3);
  expect((await verifiers("/gone", { method: "DELETE" })).status).toBe(204);
  expect((await problemOf(await verifiers("/gone"), 404)).code).toBe("verifier_not_found");
  await problemOf(await verifiers("/gone", { method: "DELETE" }), 404);
});

test("verifiers are listed by name, the latest version of each, page by page", async () => {
  for (const name of ["list-b", "list-a", "list-c"]) await register(rubric(name), 201, BETA);
  await register(rubric("list-b", "Other."), 201, BETA);
  const page = async (query: string): Promise<Page<VerifierSummary>> =>
    (await verifiers(query, {}, BETA)).json();
  const first = await page("?limit=2");
  expect(first.items.map(({ id }) => id)).toEqual(["list-a@1", "list-b@2"]);
  const second = await page(`?limit=2&cursor=${first.next_cursor}`);
  expect(second.items.map(({ id }) => id)).toEqual(["list-c@1"]);
  expect(second.next_cursor).toBeNull();
});

test("a tenant neither sees nor touches the verifiers of another", async () => {
  await register(rubric("secret"));
  await problemOf(await verifiers("/secret", {}, BETA), 404);
  await problemOf(await verifiers("/secret", { method: "DELETE" }, BETA), 404);
  expect((await verifiers("/secret")).status).toBe(200);
  await problemOf(await call("/api/verifiers"), 401);
});

test("a wrong verifier is refused with every mistake and its place", async () => {
  const criteria: JsonObject[] = [{ id: "a", description: "b", weight: -1 }, { id: "a" }];
  const problem = await problemOf(
    await verifiers("", posted({ name: "q", rubric: { outcome: { criteria } } })),
    422,
  );
  expect(problem.code).toBe("verifier_invalid");
  expect(problem.errors?.map(({ pointer }) => pointer)).toEqual([
    "/rubric/outcome/criteria/0/weight",
    "/rubric/outcome/criteria/1/description",
  ]);
  expect(problem.errors?.[0]?.message).toBe(
    "rubric.outcome.criteria[0].weight must be a number of at least 0, found -1",
  );
});

test.each([
  ["no JSON", "{", 400],
  ["no object", "[1]", 400],
  ["nested too deep", `{"name":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, 400],
  ["too large", JSON.stringify({ name: "q", description: "x".repeat(300_000) }), 413],
])("a body that is %s is refused", async (_, body, status) => {
  const answer = await verifiers("", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  await problemOf(answer, status);
});

test.each(["a b", "a@0", "a@b", "@1", "a@1@2", `${"x".repeat(65)}`])(
  "there is no verifier %j",
  async (id) => {
    await problemOf(await verifiers(`/${encodeURIComponent(id)}`), 404);
  },
);
