// The package as somebody else would use it: packed, unpacked into a folder of its own, and used from there, without a network, with
// none of the Worker's packages at hand.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What the parts of the package that are not the Worker need at run time. */
const NEEDED = ["zod", "smol-toml", "@pydantic"];
const run = promisify(execFile);
const GOOD_CONFIG = `[prompt_learning]
algorithm = "gepa"
task_app_url = "https://task.example.com"
[[prompt_learning.initial_prompt.messages]]
role = "system"
pattern = "Answer {question}"
[prompt_learning.policy]
model = "gpt-4o-mini"
provider = "openai"
[prompt_learning.gepa.evaluation]
seeds = { start = 0, end = 50 }
`;

let folder: string;
let files: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cultivar-package-"));
  await run(process.execPath, ["scripts/build.ts"], { cwd: ROOT });
  // The build is what `npm pack` would run first.
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const { stdout } = await run("npm", pack, { cwd: ROOT, shell: process.platform === "win32" });
  const [packed]: { filename: string; files: { path: string }[] }[] = JSON.parse(stdout);
  files = (packed?.files ?? []).map(({ path }) => path);
  const home = join(folder, "node_modules/cultivar");
  await mkdir(home, { recursive: true });
  await run("tar", ["-xzf", join(folder, packed?.filename ?? ""), "-C", home, "--strip-components=1"]);
  for (const name of NEEDED)
    await symlink(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rm(folder, { recursive: true }));

/** What a program in that folder prints. */
async function prints(program: string): Promise<unknown> {
  await writeFile(join(folder, "program.js"), program);
  const { stdout } = await run(process.execPath, ["program.js"], { cwd: folder });
  return JSON.parse(stdout);
}

describe("the package", () => {
  test("holds the SDK, the config module, the command line with what it estimates by, and the schemas, and nothing of the Worker or the tests", async () => {
    expect(files).toEqual(expect.arrayContaining(["README.md", "LICENSE", "schema/prompt-learning.json"]));
    const folders = new Set(files.map((path) => path.split("/").slice(0, 2).join("/")));
    expect([...folders].filter((path) => path.startsWith("dist/")).sort()).toEqual([
      "dist/cli",
      "dist/client",
      "dist/config",
      "dist/engines",
      "dist/inference",
      "dist/validation",
      "dist/wire",
    ]);
    expect(files.filter((path) => /^(src|test|bench|scripts|examples)\//.test(path))).toEqual([]);
    expect(await readdir(join(folder, "node_modules"))).toEqual(
      expect.arrayContaining(["cultivar", ...NEEDED]),
    );
  });

  test("has the SDK, which needs nothing else", async () => {
    const program = `
      import { PromptLearningJob, ConfigInvalidError } from "cultivar";
      const job = PromptLearningJob.fromMapping({}, { apiKey: "k", env: {} });
      console.log(JSON.stringify([job.jobId ?? null, ConfigInvalidError.name]));`;
    expect(await prints(program)).toEqual([null, "ConfigInvalidError"]);
  });

  test("has the config module: schemas, reading and writing, resolvers, presets, ranges, and whole MIPRO jobs", async () => {
    const program = `
      import { readFile } from "node:fs/promises";
      import * as config from "cultivar/config";
      const job = config.MIPROConfig.simpleJob({
        task_app_url: "https://task.example.com", task_app_api_key: "key", env_name: "mine", rollout_budget: 60,
        initial_prompt_messages: [{ role: "system", content: "Answer." }],
      });
      const read = config.fromMapping(job);
      const again = config.fromMapping(config.toDict(read));
      const missing = await config.fromPath("none.toml", { read: (path) => readFile(path, "utf8") }).catch((error) => error.code);
      console.log(JSON.stringify({
        same: JSON.stringify(again) === JSON.stringify(read),
        online: read.mipro.online_pool.length,
        pool: config.resolveAdaptivePoolConfig({ level: "high" }).anchor_size,
        batch: config.resolveAdaptiveBatchConfig({ level: "LOW" }).reflection_minibatch_size,
        range: config.SeedRange.toList({ start: 0, end: 6, step: 2 }),
        missing,
      }));`;
    expect(await prints(program)).toEqual({
      same: true,
      online: 20,
      pool: 20,
      batch: 5,
      range: [0, 2, 4],
      missing: "config_invalid",
    });
  });

  test("has the JSON Schemas, by their names", async () => {
    const program = `
      import { readFileSync } from "node:fs";
      const drafts = ["cultivar/schema", "cultivar/schema/draft-4"].map(
        (name) => JSON.parse(readFileSync(new URL(import.meta.resolve(name)), "utf8")).$schema,
      );
      console.log(JSON.stringify(drafts));`;
    expect(await prints(program)).toEqual([
      "https://json-schema.org/draft/2020-12/schema",
      "http://json-schema.org/draft-04/schema#",
    ]);
  });

  test("has the command line", async () => {
    const main = join(folder, "node_modules/cultivar/dist/cli/main.js");
    const { stdout } = await run(process.execPath, [main, "--version"], { cwd: folder });
    expect(stdout).toMatch(/^cultivar \d+\.\d+\.\d+/);
    const refused = run(process.execPath, [main, "validate", "none.toml"], { cwd: folder, env: {} });
    await expect(refused).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("none.toml") });
    await writeFile(join(folder, "job.toml"), GOOD_CONFIG);
    const checked = await run(process.execPath, [main, "validate", "job.toml"], { cwd: folder, env: {} });
    expect(checked.stdout).toContain("job.toml: valid");
  });

  test("has types that a strict compiler is content with", async () => {
    await writeFile(
      join(folder, "typed.ts"),
      `import { type JobView, PromptLearningJob } from "cultivar";
       import { fromMapping, type JobConfig, MIPROConfig, PromptLearningConfig } from "cultivar/config";
       const config: JobConfig = fromMapping({});
       const seeds: number[] = config.algorithm === "gepa" ? config.gepa.evaluation.seeds : (config.mipro.online_pool ?? []);
       const job: PromptLearningJob = PromptLearningJob.fromMapping({});
       const view: Promise<JobView> = job.getStatus();
       // @ts-expect-error the algorithm is one of two words
       const wrong: PromptLearningConfig["algorithm"] = "sgd";
       export { MIPROConfig, seeds, view, wrong };`,
    );
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "--lib",
      "es2024,dom",
    ];
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    await run(process.execPath, [tsc, ...options, "typed.ts"], { cwd: folder }).catch(
      (error: { stdout: string }) => {
        throw new Error(error.stdout);
      },
    );
  });
});
