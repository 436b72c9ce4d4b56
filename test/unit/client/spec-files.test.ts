// `spec_path`: the file is read where the config is, and its text goes with the submission.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { ConfigInvalidError, type JsonObject, PromptLearningJob } from "../../../src/client/index.ts";
import { specFilesOf } from "../../../src/client/spec-files.ts";
import { MAX_SPEC_BYTES } from "../../../src/wire/spec.ts";
import { cleanups, optionsFor, start } from "../../support/client-setup.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cultivar-"));
  cleanups.push(() => rm(folder, { recursive: true }));
});

const TOML = '[prompt_learning]\nalgorithm = "gepa"\n\n[prompt_learning.gepa]\nspec_path = "rules.md"\n';

async function written(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

/** The overrides that a job is submitted with. */
async function sent(path: string, overrides: JsonObject = {}): Promise<unknown> {
  const service = await start({});
  const job = await PromptLearningJob.fromConfig(path, { ...optionsFor(service).options, overrides });
  await job.validate();
  await job.submit();
  const [first, second] = service.received.map(({ body }) => body as JsonObject);
  expect(second).toEqual(first);
  return first?.overrides;
}

async function refusal(path: string): Promise<ConfigInvalidError> {
  const service = await start({});
  const job = await PromptLearningJob.fromConfig(path, optionsFor(service).options);
  const error = await job.submit().catch((thrown: unknown) => thrown);
  expect(service.received).toEqual([]);
  if (error instanceof ConfigInvalidError) return error;
  throw error;
}

describe("a file that a config names", () => {
  it("is read in the config's folder and sent as spec_text, the config itself as it is", async () => {
    await written("rules.md", "Be kind. é\n");
    expect(await sent(await written("job.toml", TOML))).toEqual({
      "prompt_learning.gepa.spec_text": "Be kind. é\n",
    });
    const json = { prompt_learning: { judge: { spec_path: "rules.md" } } };
    expect(await sent(await written("job.json", JSON.stringify(json)))).toEqual({
      "prompt_learning.judge.spec_text": "Be kind. é\n",
    });
  });

  it("may be named by its whole path, and by an override", async () => {
    await mkdir(join(folder, "specs"));
    const other = await written("specs/other.md", "Other.");
    await written("rules.md", "Rules.");
    const config = await written("job.toml", TOML);
    expect(await sent(config, { "gepa.spec_path": other })).toMatchObject({
      "prompt_learning.gepa.spec_text": "Other.",
    });
  });

  it("is not read where its text is given", async () => {
    const config = await written("job.toml", `${TOML}spec_text = "Given."\n`);
    expect(await sent(config)).toEqual({});
    const bare = await written("bare.toml", TOML);
    expect(await sent(bare, { "prompt_learning.gepa.spec_text": "Over." })).toEqual({
      "prompt_learning.gepa.spec_text": "Over.",
    });
  });

  it("that is not there is an error with its place, and nothing is sent", async () => {
    const error = await refusal(await written("job.toml", TOML));
    expect(error.errors).toEqual([
      {
        pointer: "/prompt_learning/gepa/spec_path",
        path: "prompt_learning.gepa.spec_path",
        message: expect.stringContaining(
          `prompt_learning.gepa.spec_path names "rules.md", which is not there: looked for ${join(folder, "rules.md")} and `,
        ),
        found: '"rules.md"',
        expected: `a text file of at most ${MAX_SPEC_BYTES} bytes`,
        line: 5,
      },
    ]);
  });

  it("is looked for again when the job is asked again", async () => {
    const service = await start({});
    const path = await written("job.toml", TOML);
    const job = await PromptLearningJob.fromConfig(path, optionsFor(service).options);
    await expect(() => job.validate()).rejects.toThrow("is not there");
    await written("rules.md", "Rules.");
    await job.submit();
    expect(service.received[0]?.body).toMatchObject({
      overrides: { "prompt_learning.gepa.spec_text": "Rules." },
    });
  });

  it.each<[string, string | Uint8Array, string]>([
    ["too large", "x".repeat(MAX_SPEC_BYTES + 1), `which is too large: the limit is ${MAX_SPEC_BYTES} bytes`],
    ["no UTF-8", new Uint8Array([0xff, 0xfe, 0x41]), "which holds no text: it is not UTF-8"],
    ["binary", "a\0b", "which holds no text"],
  ])("that is %s is refused", async (_, content, says) => {
    await written("rules.md", content);
    expect((await refusal(await written("job.toml", TOML))).message).toContain(says);
  });

  it("of the largest size is sent", async () => {
    await written("rules.md", "x".repeat(MAX_SPEC_BYTES));
    const overrides = (await sent(await written("job.toml", TOML))) as JsonObject;
    expect(overrides["prompt_learning.gepa.spec_text"]).toHaveLength(MAX_SPEC_BYTES);
  });

  it("that is a folder cannot be read, and all such files are named at once", async () => {
    await mkdir(join(folder, "rules.md"));
    const config = `${TOML}[prompt_learning.verifier]\nspec_path = "none.md"\n`;
    const { errors } = await refusal(await written("job.toml", config));
    expect(errors.map(({ path, line }) => [path, line])).toEqual([
      ["prompt_learning.gepa.spec_path", 5],
      ["prompt_learning.verifier.spec_path", 7],
    ]);
    expect(errors[0]?.message).toContain("cannot be read");
  });
});

describe("the tables that may name a file", () => {
  const spec = { spec_path: "s" };
  it.each<[JsonObject, string]>([
    [{ prompt_learning: { gepa: spec } }, "prompt_learning.gepa"],
    [{ gepa: spec }, "prompt_learning.gepa"],
    [{ mipro: spec }, "prompt_learning.mipro"],
    [{ prompt_learning: { mipro: { judge: spec } } }, "prompt_learning.mipro.judge"],
    [{ prompt_learning: { gepa: { verifier: spec } } }, "prompt_learning.gepa.verifier"],
    [{ prompt_learning: {}, verifier: spec }, "prompt_learning.verifier"],
  ])("%j: %s", (config, holder) => {
    expect(specFilesOf(config, {})).toEqual([{ holder, path: "s" }]);
  });

  it.each<JsonObject>([
    { "prompt_learning.gepa.spec_path": "s" },
    { "gepa.spec_path": "s" },
    { gepa: { spec_path: "s" } },
    { prompt_learning: { gepa: { spec_path: "s" } } },
    { overrides: { "gepa.spec_path": "s" } },
  ])("and overrides in any form: %j", (overrides) => {
    expect(specFilesOf({ gepa: { spec_path: "other" } }, overrides)).toEqual([
      { holder: "prompt_learning.gepa", path: "s" },
    ]);
  });

  it("an override's file comes before the config's text, its text before any file", () => {
    const config = { gepa: { spec_path: "file", spec_text: "text" } };
    expect(specFilesOf(config, {})).toEqual([]);
    expect(specFilesOf(config, { "gepa.spec_path": "s" })).toHaveLength(1);
    expect(specFilesOf(config, { "gepa.spec_path": "s", "gepa.spec_text": "t" })).toEqual([]);
  });

  it("what is no text names no file", () => {
    expect(specFilesOf({ gepa: { spec_path: 7 }, mipro: { spec_path: "" }, verifier: [spec] }, {})).toEqual(
      [],
    );
  });
});
