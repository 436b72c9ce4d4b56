// The options of a schema, one by one.

import * as z from "zod";

/** An option of a schema. */
export interface Leaf {
  /** Dotted; `0` stands for each item of a list. */
  path: string;
  schema: z.core.$ZodType;
  isTable: boolean;
}

/** Every option of a schema and of the tables in it. */
export function leaves(schema: z.core.$ZodType, path = "", seen = new Set<object>()): Leaf[] {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodArray) return leaves(bare.element, `${path}.0`, seen);
  if (!(bare instanceof z.ZodObject) || seen.has(bare.def.shape)) return [];
  // A description makes a copy of the schema, with the same shape.
  seen.add(bare.def.shape);
  return Object.entries(bare.shape).flatMap(([key, inner]) => {
    const place = path === "" ? key : `${path}.${key}`;
    const item = unwrapped(inner);
    const isTable =
      item instanceof z.ZodObject ||
      (item instanceof z.ZodArray && unwrapped(item.element) instanceof z.ZodObject);
    return [{ path: place, schema: inner, isTable }, ...leaves(inner, place, seen)];
  });
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe && schema.in instanceof z.ZodTransform) return unwrapped(schema.out);
  const isWrapper =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional;
  return isWrapper ? unwrapped(schema.unwrap()) : schema;
}
