// The tables of docs/config.md, from the JSON Schema of a config. They stand between markers, the prose around them is
// written by hand:
//
//   <!-- fields:begin gepa.rollout -->   the fields of one table of the config; `prompt_learning` is the outermost
//   <!-- fields:end -->
//
// `<!-- fields:begin * -->` stands for all tables that have no markers of their own, each below a heading.

import { isObject, type Json } from "../../src/wire/json.ts";

const BEGIN = "<!-- fields:begin ";
const END = "<!-- fields:end -->";
const CLOSE = " -->";
const REST = "*";
const HEADER = ["field", "type", "default", "range", "what it does"];

type Schema = Record<string, unknown>;

/** One table of the config: a heading and its fields. */
export interface FieldTable {
  /** Dotted, without `prompt_learning.` in front; `[]` for the items of a list. */
  name: string;
  description: string;
  rows: string[][];
}

/**
 * Puts the tables of a config's JSON Schema between the markers, and `others` between those of their names, the first
 * row being the head. @throws Error for a marker that names no table, or is not closed.
 */
export function withTables(
  text: string,
  schema: Schema,
  others: Readonly<Record<string, readonly string[][]>> = {},
): string {
  const tables = fieldTables(schema);
  const out: string[] = [];
  const lines = text.split("\n");
  const placed = new Set(lines.flatMap((line) => nameOf(line) ?? []));
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const name = nameOf(line);
    out.push(line);
    if (name === undefined) continue;
    const end = lines.indexOf(END, at);
    if (end < 0) throw new Error(`${line} is not closed`);
    const other = others[name];
    out.push("", ...(other === undefined ? bodyOf(name, tables, placed) : markdown(other)), "", END);
    at = end;
  }
  return out.join("\n");
}

/** All tables of a config, the outermost first, each with its fields in the order of the schema. */
export function fieldTables(root: Schema): FieldTable[] {
  const [[name, section] = ["", {}]] = Object.entries(tableAt(root, "properties"));
  return tablesOf(name, isObject(section) ? section : {}, root);
}

function bodyOf(name: string, tables: readonly FieldTable[], placed: ReadonlySet<string>): string[] {
  if (name !== REST) {
    const found = tables.find((table) => table.name === name);
    if (found === undefined) throw new Error(`${BEGIN}${name}${CLOSE} names no table of the config`);
    return markdown([HEADER, ...found.rows]);
  }
  return tables
    .filter((table) => !placed.has(table.name))
    .flatMap(({ name, description, rows }, i) => [
      ...(i === 0 ? [] : [""]),
      `### \`${name}\``,
      "",
      ...(description === "" ? [] : [description, ""]),
      ...markdown([HEADER, ...rows]),
    ]);
}

function nameOf(line: string): string | undefined {
  return line.startsWith(BEGIN) && line.endsWith(CLOSE) ? line.slice(BEGIN.length, -CLOSE.length) : undefined;
}

function tablesOf(
  name: string,
  table: Schema,
  root: Schema,
  seen: ReadonlySet<Schema> = new Set(),
): FieldTable[] {
  const required = Array.isArray(table.required) ? table.required : [];
  const fields = Object.entries(tableAt(table, "properties")).map(([key, raw]) => ({
    key,
    schema: resolved(raw, root),
  }));
  const rows = fields.map(({ key, schema }) => [
    `\`${key}\``,
    typeText(schema, root),
    defaultText(schema, required.includes(key)),
    rangeText(schema, root),
    textAt(schema, "description"),
  ]);
  const around = new Set([...seen, table]);
  const inner = fields.flatMap(({ key, schema }) => {
    const place = seen.size === 0 ? key : `${name}.${key}`;
    return childrenOf(place, schema, root)
      .filter(({ table }) => !around.has(table))
      .flatMap(({ name, table }) => tablesOf(name, table, root, around));
  });
  return [{ name, description: textAt(table, "description"), rows }, ...inner];
}

/** The tables that a field holds: itself, or the items of its list. Small ones that are one of several forms stay in its row. */
function childrenOf(name: string, schema: Schema, root: Schema): { name: string; table: Schema }[] {
  if (isObject(schema.properties)) return [{ name, table: schema }];
  if (schema.items === undefined) return [];
  return childrenOf(`${name}[]`, resolved(schema.items, root), root);
}

function typeText(schema: Schema, root: Schema): string {
  const branches = branchesOf(schema).map((branch) => typeText(resolved(branch, root), root));
  if (branches.length > 0) return [...new Set(branches)].join(" or ");
  if (Array.isArray(schema.enum))
    return schema.enum.every((word) => typeof word === "string") ? "word" : "value";
  if (Array.isArray(schema.type)) {
    return schema.type
      .filter((type) => type !== "null")
      .map((type) => typeText({ type }, root))
      .join(" or ");
  }
  switch (schema.type) {
    case "array":
      return listText(schema, root);
    case "object":
      return objectText(schema, root);
    case "integer":
      return "whole number";
    case "string":
      return "text";
    case "boolean":
      return "true or false";
    default:
      return typeof schema.type === "string" ? schema.type : "any";
  }
}

/** A table; one that is an alternative to something else shows its keys. */
function objectText(schema: Schema, root: Schema): string {
  if (isObject(schema.properties)) {
    return schema.title === undefined ? `\`{ ${Object.keys(schema.properties).join(", ")} }\`` : "table";
  }
  const values = isObject(schema.additionalProperties) ? resolved(schema.additionalProperties, root) : {};
  return Object.keys(values).length === 0 ? "table" : `table of ${plural(typeText(values, root))}`;
}

/** A list of anything, or of a fixed number of things. */
function listText(schema: Schema, root: Schema): string {
  if (!Array.isArray(schema.prefixItems))
    return `list of ${plural(typeText(resolved(schema.items, root), root))}`;
  return `\`[\`${schema.prefixItems.map((item) => typeText(resolved(item, root), root)).join(", ")}\`]\``;
}

const PLURALS: Readonly<Record<string, string>> = {
  "whole number": "whole numbers",
  number: "numbers",
  text: "texts",
  word: "words",
  table: "tables",
};

function plural(type: string): string {
  return type
    .split(" or ")
    .map((part) => PLURALS[part] ?? part)
    .join(" or ");
}

function defaultText(schema: Schema, isRequired: boolean): string {
  if (isRequired) return "required";
  const value = schema.default;
  if (value === undefined || value === null) return "";
  return `\`${typeof value === "string" && value !== "" ? value : JSON.stringify(value)}\``;
}

function rangeText(schema: Schema, root: Schema): string {
  const values: unknown[] = Array.isArray(schema.enum) ? schema.enum : [];
  if (values.length > 0) return values.map((value) => `\`${String(value)}\``).join(", ");
  // The number of things in a tuple is told by its type.
  if (Array.isArray(schema.prefixItems)) return "";
  const branches = branchesOf(schema).map((branch) => rangeText(resolved(branch, root), root));
  if (branches.length > 0) return [...new Set(branches.filter((text) => text !== ""))].join("; ");
  const parts = [
    bounds(schema.minimum, schema.maximum, ""),
    schema.minLength === 1 && schema.maxLength === undefined
      ? "not empty"
      : bounds(schema.minLength, schema.maxLength, " characters"),
    schema.minItems === 1 && schema.maxItems === undefined
      ? "not empty"
      : bounds(schema.minItems, schema.maxItems, " items"),
    schema.exclusiveMinimum === undefined ? "" : `over ${above(schema, "Minimum")}`,
    schema.exclusiveMaximum === undefined ? "" : `under ${above(schema, "Maximum")}`,
  ];
  const own = parts.filter((part) => part !== "").join(", ");
  const items = schema.type === "array" ? rangeText(resolved(schema.items, root), root) : "";
  return [own, items === "" ? "" : `each ${items}`].filter((part) => part !== "").join(", ");
}

/** The bound of an exclusive range; draft-4 writes it as a flag beside the bound. */
function above(schema: Schema, which: "Minimum" | "Maximum"): string {
  const value = schema[`exclusive${which}`];
  return String(typeof value === "number" ? value : schema[which.toLowerCase()]);
}

function bounds(least: unknown, most: unknown, unit: string): string {
  const [low, high] = [least, most].map((bound) => (typeof bound === "number" ? count(bound) : undefined));
  if (low !== undefined && low === high) return `${low}${unit}`;
  if (low !== undefined && high !== undefined) return `${low} to ${high}${unit}`;
  if (low !== undefined) return unit === "" ? `from ${low}` : `at least ${low}${unit}`;
  return high === undefined ? "" : `at most ${high}${unit}`;
}

function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 12 });
}

/** Rows as a Markdown table, its head first and its columns aligned but for the last. */
function markdown(rows: readonly string[][]): string[] {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")));
  const [head = [], ...body] = cells;
  const last = head.length - 1;
  const widths = head.map(
    (title, i) => (i === last ? title : longest(cells.map((row) => row[i] ?? ""))).length,
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => (i === last ? cell : cell.padEnd(widths[i] ?? 0))).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)];
}

function longest(texts: readonly string[]): string {
  return texts.reduce((a, b) => (b.length > a.length ? b : a), "");
}

function branchesOf(schema: Schema): unknown[] {
  for (const key of ["anyOf", "oneOf", "allOf"]) if (Array.isArray(schema[key])) return schema[key];
  return [];
}

/** What a reference or a field that may be null stands for. */
function resolved(schema: unknown, root: Schema): Schema {
  if (!isObject(schema)) return {};
  if (typeof schema.$ref === "string") {
    const [, home = "", name = ""] = schema.$ref.split("/");
    const found: unknown = tableAt(root, home)[name];
    return isObject(found) ? found : {};
  }
  const branches = branchesOf(schema);
  const [only, ...others] = branches.filter((branch) => !(isObject(branch) && branch.type === "null"));
  if (only === undefined || others.length > 0) return schema;
  const { anyOf: _, oneOf: __, allOf: ___, ...field } = schema;
  return { ...resolved(only, root), ...field };
}

function tableAt(schema: Schema, key: string): Record<string, Json | unknown> {
  const table = schema[key];
  return isObject(table) ? table : {};
}

function textAt(schema: Schema, key: string): string {
  const value = schema[key];
  return typeof value === "string" ? value : "";
}
