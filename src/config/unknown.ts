// Keys that nobody knows: warned about, with the nearest known key, since most are typing mistakes.

import * as z from "zod";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { type Finding, remark } from "./findings.ts";
import { MAX_CONFIG_WARNINGS } from "./limits.ts";
import { nearestWord } from "./nearest.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import { isListed, listedKeys } from "./support.ts";

type Schema = z.core.$ZodType;

/** Warnings for the keys of `section` that neither the schema nor the list of unsupported options knows. */
export function unknownKeys(section: JsonObject, schema: Schema): Finding[] {
  return strayPaths(section, schema, []).map(({ path, known }, i) =>
    remark(path, `is unknown and ignored${i < MAX_CONFIG_WARNINGS ? hint(path, known, schema) : ""}`),
  );
}

/** The option names of a schema's table. */
export function optionNames(schema: Schema): string[] {
  const table = unwrapped(schema);
  return table instanceof z.ZodObject ? Object.keys(table.shape) : [];
}

interface Stray {
  path: Path;
  /** The known keys of its table. */
  known: string[];
}

function strayPaths(value: Json, wrapped: Schema, path: Path): Stray[] {
  const schema = unwrapped(wrapped);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.flatMap((item, i) => strayPaths(item, schema.element, [...path, i]));
  }
  if (!(schema instanceof z.ZodObject) || !isObject(value)) return [];
  const shape: Record<string, Schema> = schema.shape;
  const known = [...Object.keys(shape), ...listedKeys(path)];
  const isFree = schema.def.catchall !== undefined;
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = [...path, key];
    if (Object.hasOwn(shape, key) && shape[key] !== undefined) return strayPaths(inner, shape[key], place);
    const isKnown = isFree || isListed(place) || (isObject(inner) && isTableOfListed(place));
    return isKnown ? [] : [{ path: place, known }];
  });
}

/** A table that only has listed options, such as `gepa.mutation`, or free ones besides, as a prompt's `metadata`. */
function isTableOfListed(path: Path): boolean {
  return listedKeys(path).length > 0;
}

function hint(path: Path, known: readonly string[], schema: Schema): string {
  const key = String(path.at(-1));
  const homes = knownHomes.get(schema) ?? homesOf(schema);
  knownHomes.set(schema, homes);
  const home = homes.get(key);
  if (home !== undefined) return `; did you mean ${dotted([SECTION, ...home])}?`;
  const nearest = nearestWord(key, known);
  return nearest === undefined ? "" : `; did you mean ${dotted([nearest])}?`;
}

/** Each option name of the schema with the first path that ends in it. */
function homesOf(schema: Schema, path: Path = [], homes = new Map<string, Path>()): Map<string, Path> {
  const table = unwrapped(schema);
  if (!(table instanceof z.ZodObject)) return homes;
  const shape: Record<string, Schema> = table.shape;
  for (const [key, inner] of Object.entries(shape)) {
    const place = [...path, key];
    if (!homes.has(key)) homes.set(key, place);
    homesOf(inner, place, homes);
  }
  return homes;
}

// Schemas never change, and walking one takes longer than reading a config.
const knownHomes = new WeakMap<Schema, ReadonlyMap<string, Path>>();
const knownBare = new WeakMap<Schema, Schema>();

/** The schema of the value itself, without its default and what is done to the value before it is looked at. */
function unwrapped(schema: Schema): Schema {
  const known = knownBare.get(schema) ?? unwrap(schema);
  knownBare.set(schema, known);
  return known;
}

function unwrap(schema: Schema): Schema {
  if (schema instanceof z.ZodPipe && schema.in instanceof z.ZodTransform) return unwrapped(schema.out);
  const isWrapper =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}
