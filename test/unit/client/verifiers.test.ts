// Verifiers by the SDK and by the command line, against a real server.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError, ConfigInvalidError, VerifierClient } from "../../../src/client/index.ts";
import { runCommand } from "../../support/command-line.ts";
import { API_KEY } from "../../support/fake-service.ts";
import { type FakeVerifiers, startFakeVerifiers } from "../../support/fake-verifiers.ts";

const RUBRIC = { outcome: { criteria: [{ id: "accuracy", description: "The answer is right." }] } };

let service: FakeVerifiers;
let folder: string;
beforeEach(async () => {
  service = await startFakeVerifiers();
  folder = await mkdtemp(join(tmpdir(), "cultivar-"));
});
afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

describe("VerifierClient", () => {
  const client = () => new VerifierClient({ backendUrl: service.url, apiKey: API_KEY, env: {} });

  it("registers, reads and deletes a verifier", async () => {
    const made = await client().register({ name: "tone", rubric: RUBRIC });
    expect(made).toMatchObject({ id: "tone@1", rubric: RUBRIC });
    expect(await client().get("tone")).toEqual(made);
    await client().delete("tone");
    await expect(() => client().get("tone")).rejects.toThrow(ApiError);
  });

  it("lists all verifiers, page after page", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) await client().register({ name, rubric: RUBRIC });
    const names: string[] = [];
    for await (const { name } of client().list()) names.push(name);
    expect(names).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("names every mistake of a verifier that is refused", async () => {
    const refused = await client()
      .register({ name: "bad" })
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConfigInvalidError);
    expect(refused).toMatchObject({ errors: [{ path: "rubric" }, { path: "graph" }] });
  });
});

describe("cultivar verifiers", () => {
  const cultivar = (...argv: string[]) =>
    runCommand(["verifiers", ...argv, "--backend", service.url, "--api-key", API_KEY], {}, folder);

  const file = (name: string, text: string) => writeFile(join(folder, name), text);

  it("adds a file's verifier, shows it, lists it and removes it", async () => {
    expect((await cultivar()).out).toBe("No verifiers.\n");
    await file("tone.json", JSON.stringify({ name: "tone", description: "how it sounds", rubric: RUBRIC }));
    expect(await cultivar("add", "tone.json")).toEqual({ code: 0, out: "tone@1\n", err: "" });
    expect(JSON.parse((await cultivar("show", "tone")).out)).toMatchObject({ rubric: RUBRIC });
    const [heads, row] = (await cultivar("list")).out.split("\n");
    expect(heads).toMatch(/^name +version +created +description/);
    expect(row).toMatch(/^tone +1 +2026-01-02T03:04:05.000Z +how it sounds/);
    expect(JSON.parse((await cultivar("list", "--json")).out)).toHaveLength(1);
    expect((await cultivar("remove", "tone")).err).toBe("deleted tone\n");
    expect(service.kept.size).toBe(0);
  });

  it("prints every mistake of a verifier that is refused, and exits with 2", async () => {
    await file("bad.json", '{"name": "bad"}');
    const run = await cultivar("add", "bad.json");
    expect(run.code).toBe(2);
    expect(run.err).toContain("rubric must be better");
    expect(run.err).toContain("graph must be better");
  });

  it.each([
    ["an unknown action", ["judge"], "verifiers must be followed by list, add, show, remove, not judge"],
    ["no file", ["add"], "FILE is missing"],
    ["a file that is not there", ["add", "no.json"], "cannot read no.json"],
    ["a file that is no JSON", ["add", "text.json"], "text.json is not JSON"],
    ["no name", ["remove"], "NAME is missing"],
  ])("exits with 2 for %s", async (_, argv, message) => {
    await file("text.json", "name = 1");
    const run = await cultivar(...argv);
    expect(run.code).toBe(2);
    expect(run.err).toContain(message);
  });

  it("exits with 1 for a verifier that is not there", async () => {
    expect((await cultivar("show", "nobody")).code).toBe(1);
  });
});
