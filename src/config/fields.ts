// The field kinds that the schemas are built from. Numbers written as strings are taken as numbers, as the protocol's
// own clients do (§1.0). The error text of a field is what it expects, in words that follow "must be".

import * as z from "zod";

const numeric = (value: unknown): unknown =>
  typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;

/** A whole number of at least `min`. */
export const integer = (min: number) => {
  const error = `a whole number of at least ${min}`;
  return z.preprocess(numeric, z.int({ error }).min(min, { error }));
};

/** Any whole number. */
export const wholeNumber = () => z.preprocess(numeric, z.int({ error: "a whole number" }));

/** A finite number in [`min`, `max`]. */
export const number = (min = -Infinity, max = Infinity) => {
  const error = numberWords(min, max);
  return z.preprocess(numeric, z.number({ error }).min(min, { error }).max(max, { error }));
};

/** One of a set of words, in any case; stored as given in the set. */
export const word = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.preprocess((value) => {
    if (typeof value !== "string") return value;
    return words.find((known) => known.toLowerCase() === value.trim().toLowerCase()) ?? value;
  }, z.enum(words));

/** Non-empty text. */
export const text = () => z.string({ error: "non-empty text" }).min(1, { error: "non-empty text" });

function numberWords(min: number, max: number): string {
  if (Number.isFinite(min) && Number.isFinite(max)) return `a number from ${min} to ${max}`;
  if (Number.isFinite(min)) return `a number of at least ${min}`;
  return Number.isFinite(max) ? `a number of at most ${max}` : "a number";
}
