// Keys that nobody knows: warned about, with the nearest known key, since most are typing mistakes.

import * as z from "zod";
import type { Algorithm } from "../wire/job.ts";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { olderNames } from "./aliases.ts";
import { type Finding, remark } from "./findings.ts";
import { MAX_CONFIG_WARNINGS } from "./limits.ts";
import { nearestWord } from "./nearest.ts";
import { dotted, type Path, SECTION } from "./path.ts";
import { isListed, listedKeys } from "./support.ts";

type Schema = z.core.$ZodType;

/** Warnings for the keys of `section` that neither the schema nor the list of unsupported options knows. */
export function unknownKeys(section: JsonObject, schema: Schema, algorithm: Algorithm): Finding[] {
  const names = namesOf(schema, algorithm);
  return strayPaths(section, schema, []).map((stray, i) =>
    remark(stray.path, `is unknown and ignored${i < MAX_CONFIG_WARNINGS ? hint(stray, names) : ""}`),
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
  const isFree = schema.def.catchall !== undefined;
  return Object.entries(value).flatMap(([key, inner]) => {
    const place = [...path, key];
    if (Object.hasOwn(shape, key) && shape[key] !== undefined) return strayPaths(inner, shape[key], place);
    const isKnown = isFree || isListed(place) || (isObject(inner) && isTableOfListed(place));
    return isKnown ? [] : [{ path: place, known: [...Object.keys(shape), ...listedKeys(path)] }];
  });
}

/** A table that only has listed options, such as `gepa.mutation`, or free ones besides, as a prompt's `metadata`. */
function isTableOfListed(path: Path): boolean {
  return listedKeys(path).length > 0;
}

/** Shorter names are near to too many others. */
const LEAST_FAR_CHARS = 6;

interface Names {
  /** Each option name with the first path that ends in it. */
  homes: ReadonlyMap<string, Path>;
  /** Other names, dotted, with what they are taken as. */
  older: ReadonlyMap<string, string>;
}

/** An option of that name elsewhere, else the nearest name in the same table, an older one included, else anywhere. */
function hint({ path, known }: Stray, { homes, older }: Names): string {
  const key = String(path.at(-1));
  const home = homes.get(key);
  if (home !== undefined) return meant([SECTION, ...home]);
  const nearest = nearestWord(key, known);
  if (nearest !== undefined) return meant([nearest]);
  const table = path.slice(0, -1).join(".");
  const beside = [...older.keys()].filter(
    (name) => name.slice(0, Math.max(0, name.lastIndexOf("."))) === table,
  );
  const other = nearestWord(
    key,
    beside.map((name) => name.slice(name.lastIndexOf(".") + 1)),
  );
  if (other !== undefined)
    return meant([SECTION, ...(older.get(table === "" ? other : `${table}.${other}`) ?? "").split(".")]);
  const far = key.length < LEAST_FAR_CHARS ? undefined : nearestWord(key, [...homes.keys()]);
  const place = far === undefined ? undefined : homes.get(far);
  return place === undefined ? "" : meant([SECTION, ...place]);
}

function meant(path: Path): string {
  return `; did you mean ${dotted(path)}?`;
}

/** The names of a schema, without those of the other algorithm's section; made once. */
function namesOf(schema: Schema, algorithm: Algorithm): Names {
  const known = knownNames[algorithm].get(schema);
  if (known !== undefined) return known;
  const others = algorithm === "gepa" ? "mipro" : "gepa";
  const names = { homes: homesOf(schema, others), older: olderNames(algorithm) };
  knownNames[algorithm].set(schema, names);
  return names;
}

/** Each option name of the schema with the first path that ends in it, the table `except` left out. */
function homesOf(
  schema: Schema,
  except: string,
  path: Path = [],
  homes = new Map<string, Path>(),
): Map<string, Path> {
  const table = unwrapped(schema);
  if (!(table instanceof z.ZodObject)) return homes;
  const shape: Record<string, Schema> = table.shape;
  for (const [key, inner] of Object.entries(shape)) {
    if (key === except) continue;
    const place = [...path, key];
    if (!homes.has(key)) homes.set(key, place);
    homesOf(inner, except, place, homes);
  }
  return homes;
}

// Schemas never change, and walking one takes longer than reading a config.
const knownNames = { gepa: new WeakMap<Schema, Names>(), mipro: new WeakMap<Schema, Names>() };
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
