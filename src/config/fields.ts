// The field kinds that the schemas are built from. Numbers written as strings are taken as numbers, as the protocol's
// own clients do (§1.0).

import * as z from "zod";

const numeric = (value: unknown): unknown =>
  typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;

/** A whole number of at least `min`. */
export const integer = (min: number) => z.preprocess(numeric, z.int().min(min));

/** A finite number in [`min`, `max`]. */
export const number = (min = -Infinity, max = Infinity) =>
  z.preprocess(numeric, z.number().min(min).max(max));

/** One of a set of words, in any case; stored as given in the set. */
export const word = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.preprocess((value) => {
    if (typeof value !== "string") return value;
    return words.find((known) => known.toLowerCase() === value.trim().toLowerCase()) ?? value;
  }, z.enum(words));

/** Non-empty text. */
export const text = () => z.string().min(1);
