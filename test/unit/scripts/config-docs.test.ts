// The tables of docs/config.md come from the schemas, and nothing else of the page is touched.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { fieldTables, withTables } from "../../../scripts/lib/config-docs.ts";
import { factTables } from "../../../scripts/lib/config-facts.ts";
import { integer, number, word } from "../../../src/config/fields.ts";
import { configJsonSchema, jsonSchemaOf } from "../../../src/config/json-schema.ts";
import { readConfig } from "../../../src/config/read.ts";
import { SeedList } from "../../../src/config/seeds.ts";
import { baseSection } from "../config/base-config.ts";

const DOCS = fileURLToPath(new URL("../../../docs/config.md", import.meta.url));
const Inner = z.object({ deep: integer(1).optional().describe("Deep | down.") }).describe("An inner table.");
const Sample = z.object({
  name: z.string().min(1),
  size: integer(1).default(2_000).describe("How\nmany."),
  share: number(0, 1).default(0.5),
  over: z.number().gt(0).optional(),
  level: word(["LOW", "HIGH"]).default("LOW"),
  seeds: SeedList.default([]),
  labels: z.record(z.string(), z.string()).default({}),
  free: z.record(z.string(), z.json()).optional(),
  pairs: z.array(z.tuple([z.string(), z.int()])).default([]),
  codes: z
    .array(z.union([z.string(), z.number()]))
    .length(2)
    .optional(),
  blank: z.string().default(""),
  inner: Inner.nullable().optional(),
  items: z.array(z.object({ flag: z.boolean().default(false) })).min(1),
});
const SAMPLE = { properties: { prompt_learning: jsonSchemaOf(Sample, "draft-2020-12") } };

test("docs/config.md is up to date (npm run docs writes it)", () => {
  const text = readFileSync(DOCS, "utf8");
  expect(withTables(text, configJsonSchema("draft-2020-12"), factTables())).toBe(text);
});

test("every table of the config stands in docs/config.md", () => {
  const text = readFileSync(DOCS, "utf8");
  for (const { name, rows } of fieldTables(configJsonSchema("draft-2020-12"))) {
    for (const [field = ""] of rows) expect(text, name).toContain(`| ${field}`);
  }
});

test("every table that comes from the code stands in docs/config.md", () => {
  const text = readFileSync(DOCS, "utf8");
  for (const name of Object.keys(factTables())) expect(text).toContain(`<!-- fields:begin ${name} -->`);
});

test("the table of Pareto seeds says what a config without a size comes to", () => {
  const [head = [], ...rows] = factTables()["seed split"] ?? [];
  for (const row of rows) {
    const budget = row[0] === "none" ? null : Number(row[0]?.replace(",", ""));
    for (const [i, title] of head.slice(1).entries()) {
      const seeds = { start: 0, end: Number.parseInt(title, 10) };
      const gepa = { evaluation: { seeds }, rollout: { budget } };
      const { config } = readConfig({ mapping: { ...baseSection(), gepa } });
      expect(String(config.gepa?.archive.pareto_set_size), `${title}, budget ${row[0]}`).toBe(row[i + 1]);
    }
  }
});

describe("a table's rows", () => {
  test("say type, default, range and description in a user's words", () => {
    const [outer] = fieldTables(SAMPLE);
    expect(outer?.name).toBe("prompt_learning");
    expect(outer?.rows).toEqual([
      ["`name`", "text", "required", "not empty", ""],
      ["`size`", "whole number", "`2000`", "from 1", "How\nmany."],
      ["`share`", "number", "`0.5`", "0 to 1", ""],
      ["`over`", "number", "", "over 0", ""],
      ["`level`", "word", "`LOW`", "`LOW`, `HIGH`", ""],
      [
        "`seeds`",
        "list of whole numbers or `{ start, end, step }`",
        "`[]`",
        "at most 10,000 items, each from 0",
        "",
      ],
      ["`labels`", "table of texts", "`{}`", "", ""],
      ["`free`", "table", "", "", ""],
      ["`pairs`", "list of `[`text, whole number`]`", "`[]`", "", ""],
      ["`codes`", "list of texts or numbers", "", "2 items", ""],
      ["`blank`", "text", '`""`', "", ""],
      ["`inner`", "table", "", "", "An inner table."],
      ["`items`", "list of tables", "required", "not empty", ""],
    ]);
  });

  test("of inner tables stand under their own path, those of lists with []", () => {
    expect(fieldTables(SAMPLE).map(({ name }) => name)).toEqual(["prompt_learning", "inner", "items[]"]);
  });
});

describe("a page", () => {
  const page = (name: string) =>
    `# Title\n\n<!-- fields:begin ${name} -->\nold\n<!-- fields:end -->\n\nProse.`;

  test("has its prose kept and what is between markers replaced, twice the same", () => {
    const once = withTables(page("inner"), SAMPLE);
    expect(once).toBe(
      [
        "# Title",
        "",
        "<!-- fields:begin inner -->",
        "",
        "| field  | type         | default | range  | what it does |",
        "| ------ | ------------ | ------- | ------ | ------------ |",
        "| `deep` | whole number |         | from 1 | Deep \\| down. |",
        "",
        "<!-- fields:end -->",
        "",
        "Prose.",
      ].join("\n"),
    );
    expect(withTables(once, SAMPLE)).toBe(once);
  });

  test("has the tables without markers where * is, under headings", () => {
    const text = withTables(`${page("prompt_learning")}\n${page("*")}`, SAMPLE);
    expect(text).toContain("### `inner`\n\nAn inner table.\n\n| field  |");
    expect(text).toContain("### `items[]`");
    expect(text).not.toContain("### `prompt_learning`");
  });

  test("with a marker that is wrong is refused", () => {
    expect(() => withTables(page("innner"), SAMPLE)).toThrow("names no table");
    expect(() => withTables("<!-- fields:begin inner -->", SAMPLE)).toThrow("is not closed");
  });
});
