// The JSON Schema that editors read: the fields as a user writes them, in words that draft-4 knows.

import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { integer, number, word } from "../../../src/config/fields.ts";
import { PromptLearningConfig } from "../../../src/config/job.ts";
import {
  configJsonSchema,
  DRAFT_4_KEYWORDS,
  jsonSchemaOf,
  type SchemaDraft,
} from "../../../src/config/json-schema.ts";
import { readConfig } from "../../../src/config/read.ts";
import { SeedList } from "../../../src/config/seeds.ts";
import { parseToml } from "../../../src/config/toml.ts";
import { isObject, type Json, type JsonObject } from "../../../src/wire/json.ts";
import { baseSection, sectionWith } from "./base-config.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DRAFTS: readonly SchemaDraft[] = ["draft-4", "draft-2020-12"];

/** Every schema inside a schema, itself included, with the keywords it uses. */
function schemasIn(schema: Json): JsonObject[] {
  if (!isObject(schema)) return [];
  const nested = Object.entries(schema).flatMap(([key, value]) => {
    if (["enum", "default", "required", "const"].includes(key)) return [];
    if (["properties", "definitions", "$defs", "patternProperties"].includes(key)) {
      return isObject(value) ? Object.values(value).flatMap(schemasIn) : [];
    }
    return Array.isArray(value) ? value.flatMap(schemasIn) : schemasIn(value);
  });
  return [schema, ...nested];
}

function fieldAt(schema: JsonObject, path: string): JsonObject {
  let place: Json | undefined = schema;
  for (const key of ["prompt_learning", ...path.split(".")]) {
    const table: Json | undefined = isObject(place) ? place.properties : undefined;
    place = isObject(table) ? table[key] : undefined;
  }
  if (!isObject(place)) throw new Error(`no field ${path}`);
  return place;
}

interface Field {
  path: string;
  /** Without its default and what is done to the value first. */
  field: z.core.$ZodType;
  absent: unknown;
}

/** Every field of a zod schema, with the tables inside. */
function fieldsOf(schema: z.core.$ZodType, path: string): Field[] {
  const { bare } = unwrapped(schema);
  if (bare instanceof z.ZodArray) return fieldsOf(bare.element, `${path}[]`);
  if (!(bare instanceof z.ZodObject)) return [];
  return Object.entries(bare.shape).flatMap(([key, inner]) => {
    const place = `${path}.${key}`;
    const { bare: field, absent } = unwrapped(inner);
    return [{ path: place, field, absent }, ...fieldsOf(inner, place)];
  });
}

function unwrapped(schema: z.core.$ZodType, absent?: unknown): { bare: z.core.$ZodType; absent?: unknown } {
  if (schema instanceof z.ZodPipe && schema.in instanceof z.ZodTransform)
    return unwrapped(schema.out, absent);
  if (schema instanceof z.ZodDefault) return unwrapped(schema.unwrap(), schema.def.defaultValue);
  const isWrapper = schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapper ? unwrapped(schema.unwrap(), absent) : { bare: schema, absent };
}

/** The part of a JSON Schema for a field, `[]` standing for the items of a list. */
function partAt(schema: JsonObject, path: string): JsonObject {
  let part: Json = schema;
  for (const key of path.replaceAll("[]", ".[]").split(".")) {
    const tables: Json | undefined = isObject(part) ? (key === "[]" ? part : part.properties) : undefined;
    const next: Json | undefined = isObject(tables) ? tables[key === "[]" ? "items" : key] : undefined;
    if (!isObject(next)) throw new Error(`the schema has no ${path}`);
    part = next;
  }
  return isObject(part) ? part : {};
}

/** Everything that a zod schema can be built of, whatever the config uses today. */
const EVERYTHING = z.object({
  fixed: z.literal("a"),
  fixed_number: z.literal(3),
  over: z.number().gt(0).lt(1),
  pair: z.tuple([z.string(), z.int()]),
  open: z.record(z.string(), z.json()),
  named: z.record(z.enum(["a", "b"]), z.number()),
  either: z.union([z.int(), z.object({ start: z.int() }).transform(({ start }) => [start])]),
  kinds: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("x"), a: z.string() }),
    z.object({ kind: z.literal("y") }),
  ]),
  nothing: z.null(),
  maybe: z.string().nullable().optional(),
  strict: z.strictObject({ a: z.string() }).optional(),
  get self() {
    return z.array(z.object({ inner: z.lazy(() => Node) })).optional();
  },
});
const Node: z.ZodType<unknown> = z.object({ next: z.lazy(() => Node).optional() });

describe("draft-4, which is all that TOML editors know", () => {
  test.each([
    ["the config", configJsonSchema("draft-4")],
    ["every kind of schema", jsonSchemaOf(EVERYTHING, "draft-4")],
  ])("%s uses no keyword above it", (_, schema) => {
    const all = schemasIn(schema);
    expect(all.length).toBeGreaterThan(10);
    for (const part of all) {
      expect(Object.keys(part).filter((key) => !DRAFT_4_KEYWORDS.has(key))).toEqual([]);
      if (part.$ref !== undefined) expect(Object.keys(part)).toEqual(["$ref"]);
      for (const key of ["exclusiveMinimum", "exclusiveMaximum"]) {
        expect(["undefined", "boolean"]).toContain(typeof part[key]);
      }
      if (part.required !== undefined) expect(part.required).not.toEqual([]);
      for (const key of ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"]) {
        expect(["undefined", "number"]).toContain(typeof part[key]);
      }
    }
  });

  test("says which draft it is", () => {
    expect(configJsonSchema("draft-4").$schema).toBe("http://json-schema.org/draft-04/schema#");
    expect(configJsonSchema("draft-2020-12").$schema).toBe("https://json-schema.org/draft/2020-12/schema");
  });

  test("a reference leads to a definition of the document", () => {
    for (const schema of [configJsonSchema("draft-4"), jsonSchemaOf(EVERYTHING, "draft-4")]) {
      const names = Object.keys(isObject(schema.definitions) ? schema.definitions : {});
      for (const { $ref } of schemasIn(schema)) {
        if ($ref !== undefined) expect(names.map((name) => `#/definitions/${name}`)).toContain($ref);
      }
    }
  });
});

describe.each(DRAFTS)("as %s", (draft) => {
  const schema = configJsonSchema(draft);
  const zodSchema = z.fromJSONSchema(schema);

  test("every field of the config has its path as title, a description, its words and its default", () => {
    const wrong = fieldsOf(PromptLearningConfig, "prompt_learning").flatMap(({ path, field, absent }) => {
      const made = partAt(schema, path);
      const told = typeof made.description === "string" && made.description !== "" && made.title === path;
      const words = field instanceof z.ZodEnum ? field.options : undefined;
      const worded = JSON.stringify(made.enum) === JSON.stringify(words);
      const fallback = absent === undefined || (isObject(absent) && Object.keys(absent).length === 0);
      const defaulted = fallback || JSON.stringify(made.default) === JSON.stringify(absent);
      return told && worded && defaulted ? [] : [path];
    });
    expect(wrong).toEqual([]);
  });

  test("defaults, ranges and words are there", () => {
    expect(fieldAt(schema, "gepa.rollout.minibatch_size")).toMatchObject({
      type: "integer",
      minimum: 1,
      default: 16,
    });
    expect(fieldAt(schema, "gepa.archive.feedback_fraction")).toMatchObject({ minimum: 0, maximum: 1 });
    expect(fieldAt(schema, "gepa.proposer_effort")).toMatchObject({
      enum: ["LOW_CONTEXT", "LOW", "MEDIUM", "HIGH"],
      default: "LOW",
    });
    expect(fieldAt(schema, "policy").required).toEqual(["model", "provider"]);
    expect(JSON.stringify(schema)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  });

  test("a seed list is a list or a range, as users write it", () => {
    const branches = fieldAt(schema, "gepa.evaluation.seeds").anyOf;
    expect(branches).toMatchObject([{ type: "array" }, { type: "object", required: ["start", "end"] }]);
  });

  test.each(globSync("examples/*/gepa.toml", { cwd: ROOT }))("%s fits it", (path) => {
    expect(zodSchema.safeParse(parseToml(readFileSync(ROOT + path, "utf8"))).error).toBeUndefined();
  });

  test("what the reader fills in is not asked for: policies of modules and stages, seeds of the minimal form", () => {
    const modules = [{ module_id: "a", stages: [{ stage_id: "b" }] }];
    const pools = { bootstrap_train_seeds: [1], online_pool: [2] };
    const sections: JsonObject[] = [
      sectionWith("gepa.modules", [{ module_id: "a" }]),
      { ...baseSection(), algorithm: "mipro", mipro: { ...pools, modules } },
      { ...baseSection(), total_seeds: 60, gepa: { population: { num_generations: 3 } } },
    ];
    for (const section of sections) {
      expect(zodSchema.safeParse({ prompt_learning: section }).error).toBeUndefined();
      expect(() => readConfig({ mapping: section })).not.toThrow();
    }
    expect(partAt(schema, "prompt_learning.gepa.modules[].policy").description).toContain(
      "When absent: the job's policy.",
    );
  });

  test("what is wrong does not fit it, and unknown fields do", () => {
    const fits = (section: JsonObject) => zodSchema.safeParse({ prompt_learning: section }).success;
    expect(fits(baseSection())).toBe(true);
    expect(fits({ ...baseSection(), display: { local_backend: true } })).toBe(true);
    expect(fits(sectionWith("gepa.rollout.budget", 0))).toBe(false);
    expect(fits(sectionWith("gepa.proposer_effort", "HIGHEST"))).toBe(false);
    expect(fits(sectionWith("policy.model", undefined))).toBe(false);
    expect(fits(sectionWith("gepa.evaluation.seeds", "all"))).toBe(false);
  });
});

test("fields that forgive come out as what they are about", () => {
  const fields = z.object({
    whole: integer(2).default(4),
    share: number(0, 1).optional(),
    word: word(["A", "B"]),
    seeds: SeedList.default([]),
  });
  expect(jsonSchemaOf(fields, "draft-4")).toMatchObject({
    properties: {
      whole: { title: "prompt_learning.whole", type: "integer", minimum: 2, default: 4 },
      share: { type: "number", minimum: 0, maximum: 1 },
      word: { type: "string", enum: ["A", "B"] },
      seeds: { default: [] },
    },
    required: ["word"],
  });
});

test("the files in schema/ are up to date (npm run docs writes them)", async () => {
  const { schemaFiles } = await import("../../../scripts/lib/schema-files.ts");
  for (const { path, text } of schemaFiles()) expect(readFileSync(ROOT + path, "utf8"), path).toBe(text);
});

test.each(globSync("examples/*/gepa.toml", { cwd: ROOT }))(
  "%s names the draft-4 schema in its first line",
  (path) => {
    const [first = ""] = readFileSync(ROOT + path, "utf8").split("\n", 1);
    expect(first).toBe("#:schema ../../schema/prompt-learning.draft-4.json");
  },
);
