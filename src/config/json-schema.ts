// JSON Schema of a config file, made from the zod schemas that read it: 2020-12 for JSON, draft-4 for TOML editors, which
// know nothing newer. It describes what a user writes; what the reader also forgives is left open (no field is forbidden).

import * as z from "zod";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { FILLED_IN } from "./fields.ts";
import { PromptLearningConfig } from "./job.ts";
import { SECTION } from "./path.ts";

/** The versions of JSON Schema that are made. */
export type SchemaDraft = "draft-2020-12" | "draft-4";

/** All keywords of draft-4, `$schema` and `$ref` included; an editor that stops at draft-4 may choke on any other. */
export const DRAFT_4_KEYWORDS: ReadonlySet<string> = new Set([
  ...["$schema", "$ref", "id", "title", "description", "default", "definitions", "type", "enum", "format"],
  ...["allOf", "anyOf", "oneOf", "not", "dependencies"],
  ...["multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"],
  ...["maxLength", "minLength", "pattern"],
  ...["items", "additionalItems", "maxItems", "minItems", "uniqueItems"],
  ...[
    "properties",
    "patternProperties",
    "additionalProperties",
    "required",
    "maxProperties",
    "minProperties",
  ],
]);

/** Keywords whose value is a table of schemas by name. */
const NAMED = ["properties", "patternProperties", "definitions", "$defs"];
/** Keywords whose value is one schema or a list of them. */
const NESTED = ["items", "prefixItems", "additionalItems", "additionalProperties", "propertyNames"];
const BRANCHES = ["allOf", "anyOf", "oneOf", "not"];
/** The kinds of value that "any JSON" is spelled out as. */
const ANY_KINDS = ["array", "boolean", "null", "number", "object", "string"];

const TITLE = "Cultivar config";
const DESCRIPTION = `A prompt-learning job: its [${SECTION}] table.`;

/**
 * The JSON Schema of a whole config file, `{prompt_learning: {…}}`: titles (each field's dotted path), descriptions,
 * types, ranges, words and defaults.
 */
export function configJsonSchema(draft: SchemaDraft): JsonObject {
  const { $schema, definitions, $defs, ...section } = jsonSchemaOf(PromptLearningConfig, draft);
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: TITLE,
    description: DESCRIPTION,
    type: "object",
    properties: { [SECTION]: section },
    required: [SECTION],
    ...(definitions === undefined ? {} : { definitions }),
    ...($defs === undefined ? {} : { $defs }),
  };
}

/** The JSON Schema of what a zod schema of `src/config` reads, its titles beginning with `prompt_learning`. */
export function jsonSchemaOf(schema: z.core.$ZodType, draft: SchemaDraft): JsonObject {
  const made = z.toJSONSchema(schema, {
    target: draft,
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      // Zod leaves it out where reading turns the value into another; ours are what a user would write.
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default = z.json().parse(zodSchema.def.defaultValue);
      if (zodSchema instanceof z.ZodObject) leaveOpen(jsonSchema, zodSchema.shape);
    },
  });
  const plain: Json = JSON.parse(JSON.stringify(made));
  const root: JsonObject = isObject(plain) ? plain : {};
  const tidied = tidy(root, { draft, anything: anythingNames(root), path: SECTION });
  return isObject(tidied) ? withoutEmpty(tidied) : {};
}

/** Ask for no option that the reader fills in, and say what it fills in. */
function leaveOpen(
  made: z.core.JSONSchema.BaseSchema,
  fields: Readonly<Record<string, z.core.$ZodType>>,
): void {
  for (const [key, field] of Object.entries(fields)) {
    const filling = FILLED_IN.get(field);
    const property = made.properties?.[key];
    if (filling === undefined || typeof property !== "object") continue;
    const says = ` When absent: ${filling.from}.`;
    // Zod shows a schema that stands in two places to this more than once.
    if (!property.description?.endsWith(says)) property.description = `${property.description}${says}`;
    made.required = made.required?.filter((name) => name !== key);
  }
}

interface Tidying {
  draft: SchemaDraft;
  /** References to definitions that stand for any JSON. */
  anything: ReadonlySet<string>;
  /** Where the schema stands in a config, dotted, `[]` for the items of a list; undefined where it can be in many places. */
  path: string | undefined;
}

/** A schema without what zod's way of building left in it, with titles. */
function tidy(schema: Json, at: Tidying): Json {
  if (!isObject(schema)) return schema;
  if (typeof schema.$ref === "string") {
    return at.anything.has(schema.$ref) ? namedOnly(schema, at.path) : { $ref: schema.$ref };
  }
  const out: JsonObject = {};
  if (at.path !== undefined && schema.title === undefined) out.title = at.path;
  for (const [key, value] of Object.entries(schema)) {
    if (isNoise(key, value, schema)) continue;
    if (at.draft === "draft-4" && !DRAFT_4_KEYWORDS.has(key)) continue;
    out[key] = tidyKeyword(key, value, at);
  }
  if (isObject(out.additionalProperties) && Object.keys(out.additionalProperties).length === 0)
    delete out.additionalProperties;
  return out;
}

/** What is left of a schema that allows any JSON: its field's title and description. */
function namedOnly({ description }: JsonObject, path: string | undefined): JsonObject {
  if (description === undefined) return {};
  return { ...(path === undefined ? {} : { title: path }), description };
}

function tidyKeyword(key: string, value: Json, at: Tidying): Json {
  if (NAMED.includes(key) && isObject(value)) {
    const kept = Object.entries(value).filter(([name]) => !at.anything.has(`#/${key}/${name}`));
    const path = (name: string) => (key === "properties" && at.path ? `${at.path}.${name}` : undefined);
    return Object.fromEntries(kept.map(([name, inner]) => [name, tidy(inner, { ...at, path: path(name) })]));
  }
  if (!NESTED.includes(key) && !BRANCHES.includes(key)) return value;
  const inner = { ...at, path: innerPath(key, value, at.path) };
  return Array.isArray(value) ? value.map((item) => tidy(item, inner)) : tidy(value, inner);
}

/** Alternatives share their field's title, and need none of their own, unless there is but one beside null. */
function innerPath(key: string, value: Json, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (key === "items") return `${path}[]`;
  const branches = BRANCHES.includes(key) && Array.isArray(value) ? value : [];
  return branches.filter((branch) => isObject(branch) && branch.type !== "null").length === 1
    ? path
    : undefined;
}

/** Bounds that no user meets (infinite ones, which JSON writes as null, and those of exact integers), and empty tables as defaults. */
function isNoise(key: string, value: Json, schema: JsonObject): boolean {
  if (["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].includes(key)) {
    return value === null || (typeof value === "number" && Math.abs(value) >= Number.MAX_SAFE_INTEGER);
  }
  if (key === "propertyNames") return JSON.stringify(value) === '{"type":"string"}';
  if (key === "required") return Array.isArray(value) && value.length === 0;
  const isTable = isObject(schema.properties);
  return key === "default" && isTable && isObject(value) && Object.keys(value).length === 0;
}

/** The references to definitions that allow any JSON value, spelled out. */
function anythingNames(root: JsonObject): Set<string> {
  const names = new Set<string>();
  for (const home of ["definitions", "$defs"]) {
    const table = root[home];
    for (const [name, schema] of isObject(table) ? Object.entries(table) : []) {
      if (isAnything(schema)) names.add(`#/${home}/${name}`);
    }
  }
  return names;
}

function isAnything(schema: unknown): boolean {
  if (!isObject(schema) || !Array.isArray(schema.anyOf)) return false;
  const kinds = schema.anyOf.map((branch: unknown) => (isObject(branch) ? String(branch.type) : ""));
  return ANY_KINDS.every((kind) => kinds.includes(kind));
}

function withoutEmpty({ definitions, $defs, ...schema }: JsonObject): JsonObject {
  const isFilled = (table: Json | undefined) => isObject(table) && Object.keys(table).length > 0;
  return {
    ...schema,
    ...(definitions !== undefined && isFilled(definitions) ? { definitions } : {}),
    ...($defs !== undefined && isFilled($defs) ? { $defs } : {}),
  };
}
