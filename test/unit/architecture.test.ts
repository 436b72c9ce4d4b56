// Imports point one way, engines stay pure, and the platform's traps stay unsprung: rules of the design, over all of src.

import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { MAY_IMPORT, violations } from "./architecture-rules.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What is wrong with one file that does not exist. */
function found(path: string, text: string): string[] {
  return violations([{ path, text }]).map((line) => line.slice(path.length));
}

test("every file of src keeps the rules", () => {
  const paths = globSync("src/**/*.{ts,tsx}", { cwd: ROOT }).map((path) => path.replaceAll("\\", "/"));
  expect(paths.length).toBeGreaterThan(100);
  expect(violations(paths.map((path) => ({ path, text: readFileSync(ROOT + path, "utf8") })))).toEqual([]);
});

describe("import arrows", () => {
  const folders = Object.keys(MAY_IMPORT);
  const pairs = folders.flatMap((own) => folders.map((other) => ({ own, other })));
  const refused = pairs.filter(({ own, other }) => own !== other && !MAY_IMPORT[own]?.includes(other));

  test("no folder can reach itself through others", () => {
    const reach = (folder: string): string[] =>
      (MAY_IMPORT[folder] ?? []).flatMap((other) => [other, ...reach(other)]);
    for (const folder of folders) expect(reach(folder)).not.toContain(folder);
  });

  test.each(refused)("$own may not import $other", ({ own, other }) => {
    const message = `:1: ${own} may not import ${other}`;
    expect(found(`src/${own}/a.ts`, `import { b } from "../${other}/b.ts";`)).toEqual([message]);
    expect(found(`src/${own}/deep/a.ts`, `import type { B } from "../../${other}/b.ts";`)).toEqual([message]);
  });

  test("a re-export, a dynamic import and a type's import count as imports", () => {
    const message = ":1: wire may not import config";
    expect(found("src/wire/a.ts", `export { b } from "../config/b.ts";`)).toEqual([message]);
    expect(found("src/wire/a.ts", `export * from "../config/b.ts";`)).toEqual([message]);
    expect(found("src/wire/a.ts", `const b = await import("../config/b.ts");`)).toEqual([message]);
    expect(found("src/wire/a.ts", `type B = import("../config/b.ts").B;`)).toEqual([message]);
    expect(found("src/wire/a.ts", `import "../config/b.ts";`)).toEqual([message]);
  });

  test("an import that nobody can read is refused", () => {
    expect(found("src/cli/a.ts", "await import(name);")).toEqual([
      ":1: what is imported must be written out",
    ]);
  });

  test.each(["test/support/a.ts", "examples/a.ts", "bench/a.ts", "scripts/a.ts", "package.json.ts"])(
    "src may not import %s",
    (target) => {
      expect(found("src/cli/a.ts", `import "../../${target}";`)).toEqual([
        `:1: src may not import ${target}`,
      ]);
    },
  );

  test("a new folder of src needs a rule", () => {
    const message = ":1: no rule says what src/plugins may import";
    expect(found("src/plugins/a.ts", `import "../wire/json.ts";`)).toEqual([message]);
  });

  test("a relative import carries its extension", () => {
    expect(found("src/cli/a.ts", `import "./b";`)).toEqual([`:1: "./b" lacks its .ts extension`]);
    expect(found("src/cli/a.ts", `import "./b.js";`)).toEqual([`:1: "./b.js" lacks its .ts extension`]);
  });

  test("an import in a comment or a string is none", () => {
    const text = `// import "../config/b.ts";\nexport const s = 'import "../config/b.ts"';`;
    expect(found("src/wire/a.ts", text)).toEqual([]);
  });
});

describe("packages and platforms", () => {
  test.each(["wire", "engines", "client", "cli"])("%s takes no package", (folder) => {
    expect(found(`src/${folder}/a.ts`, `import { a } from "hono";`)).toEqual([
      `:1: ${folder} may not use the package hono`,
    ]);
  });

  test.each(["wire", "config", "engines", "inference", "rollouts", "durable", "worker", "dashboard"])(
    "%s may not use Node",
    (folder) => {
      expect(found(`src/${folder}/a.ts`, `import "node:fs";`)).toEqual([`:1: ${folder} may not use node:fs`]);
    },
  );

  test("the client loads Node's modules only when it needs them", () => {
    const message = ":1: client may load node:fs only when it needs it";
    expect(found("src/client/a.ts", `import { readFile } from "node:fs";`)).toEqual([message]);
    expect(found("src/client/a.ts", `await import("node:fs");`)).toEqual([]);
  });

  test.each(["wire", "config", "engines", "inference", "rollouts", "client", "cli", "dashboard"])(
    "%s may not use the Workers runtime",
    (folder) => {
      const message = `:1: ${folder} may not use cloudflare:workers`;
      expect(found(`src/${folder}/a.ts`, `import "cloudflare:workers";`)).toEqual([message]);
    },
  );

  test.each([
    `import { z } from "zod";`,
    `import z from "zod";`,
    `import * as z from "zod/v4";`,
    `export * from "zod";`,
  ])("zod is imported whole, not by %s", (text) => {
    expect(found("src/config/a.ts", text)).toEqual([expect.stringContaining(":1: zod is imported as")]);
  });
});

describe("what no file may do", () => {
  test.each([
    "Date.now()",
    "new Date()",
    "fetch(url)",
    "setTimeout(run, 1)",
    "setInterval(run, 1)",
    "queueMicrotask(run)",
    "crypto.randomUUID()",
    "console.log(1)",
    "performance.now()",
    "globalThis.fetch",
    "process.env",
    "run({ fetch })",
  ])("an engine may not say %s", (code) => {
    expect(found("src/engines/a.ts", `${code};`)).toEqual([
      expect.stringMatching(/^:1: engines are pure and may not use \w+$/),
    ]);
    expect(found("src/rollouts/a.ts", `${code};`)).toEqual([]);
  });

  test("an engine may not draw from Math.random", () => {
    const message = ":2: engines draw from the state's generator, not from Math.random";
    expect(found("src/engines/a.ts", "\nMath.random();")).toEqual([message]);
    expect(found("src/engines/a.ts", `\nMath["random"]();`)).toEqual([message]);
    expect(found("src/engines/a.ts", "Math.floor(random());")).toEqual([]);
  });

  test("a field of an engine may be called like a global", () => {
    expect(found("src/engines/a.ts", "work.fetch(); export const o = { process: 1 };")).toEqual([]);
  });

  test("nothing uses AbortSignal.timeout", () => {
    expect(found("src/client/a.ts", "fetch(u, { signal: AbortSignal.timeout(5) });")).toEqual([
      expect.stringContaining(":1: AbortSignal.timeout leaks its timer"),
    ]);
  });

  test.each([`fetch(u, { redirect: "error" });`, `fetch(u, { "redirect": "error" });`])(
    "no request is made with %s",
    (text) => {
      expect(found("src/rollouts/a.ts", text)).toEqual([
        expect.stringContaining("workerd has no `redirect:"),
      ]);
    },
  );

  test.each([
    `sql.exec("DELETE FROM job");`,
    "const { exec } = this.ctx.storage.sql;",
    "const { sql } = this.ctx.storage;",
    `ctx.storage.put("key", 1);`,
    "ctx.storage.transactionSync(work);",
    `this.ctx.storage.kv.get("key");`,
  ])("only one file may say %s", (text) => {
    const message = ":1: only src/durable/sql.ts talks to the object's storage";
    expect(found("src/durable/a.ts", text)).toEqual([message]);
    expect(found("src/durable/sql.ts", text)).toEqual([]);
  });

  test("any file may set an alarm, or hand storage on", () => {
    const text = "objectSql(ctx.storage); ctx.storage.setAlarm(1); ctx.storage.deleteAll(); get(storage);";
    expect(found("src/durable/a.ts", text)).toEqual([]);
  });

  test("a file has at most 350 lines, a function at most 70", () => {
    expect(found("src/cli/a.ts", `${"\n".repeat(348)}run();\n`)).toEqual([]);
    expect(found("src/cli/a.ts", `${"\n".repeat(350)}run();\n`)).toEqual([
      ":1: 351 lines; a file has at most 350",
    ]);
    const body = (lines: number) => `{${"\n".repeat(lines - 1)}}`;
    expect(found("src/cli/a.ts", `function a() ${body(70)}`)).toEqual([]);
    const message = ":1: 71 lines; a function has at most 70";
    expect(found("src/cli/a.ts", `function a() ${body(71)}`)).toEqual([message]);
    expect(found("src/cli/a.ts", `const a = async () => ${body(71)};`)).toEqual([message]);
    expect(found("src/cli/a.ts", `class A { a() ${body(71)} }`)).toEqual([message]);
  });
});
