import { expect, test } from "vitest";
import { migrateTenant } from "../../../src/durable/schema.ts";
import { VerifierStore, verifierReference } from "../../../src/durable/verifier-store.ts";
import { nodeSql } from "../../support/node-sql.ts";

function store(): VerifierStore {
  const sql = nodeSql();
  migrateTenant(sql);
  return new VerifierStore(sql);
}

const body = (description: string) => JSON.stringify({ description, rubric: {} });

test("a version never changes and its number is never used again", () => {
  const verifiers = store();
  for (const text of ["one", "two", "three"]) verifiers.register({ name: "a", body: body(text) }, 0);
  expect(verifiers.remove("a", 3)).toBe(1);
  expect(verifiers.find("a", null)?.version).toBe(2);
  const next = verifiers.register({ name: "a", body: body("four") }, 0);
  expect(next.kind === "created" && next.verifier.version).toBe(4);
  expect(verifiers.find("a", 1)?.description).toBe("one");
  expect(verifiers.find("a", 3)).toBeNull();
});

test("a tenant keeps a thousand versions at most, and deleting makes room", () => {
  const verifiers = store();
  for (let at = 0; at < 1_000; at++) verifiers.register({ name: `v${at % 7}`, body: body(String(at)) }, 0);
  expect(verifiers.register({ name: "one-more", body: body("x") }, 0)).toEqual({
    kind: "full",
    limit: 1_000,
  });
  expect(verifiers.register({ name: "v5", body: body("999") }, 0).kind).toBe("same");
  verifiers.remove("v0", 1);
  expect(verifiers.register({ name: "one-more", body: body("x") }, 0).kind).toBe("created");
});

test.each([
  ["tone", { name: "tone", version: null }],
  [" tone@12 ", { name: "tone", version: 12 }],
  ["a.b-c_d@1", { name: "a.b-c_d", version: 1 }],
  ["tone@0", undefined],
  ["tone@latest", undefined],
  ["tone/..", undefined],
  ["", undefined],
])("%j means %j", (text, reference) => {
  expect(verifierReference(text)).toEqual(reference);
});
