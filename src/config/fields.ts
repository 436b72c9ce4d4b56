// The field kinds that the schemas are built from. Numbers written as strings are taken as numbers, as the protocol's
// own clients do (§1.0). The error text of a field is what it expects, in words that follow "must be".

import * as z from "zod";

const numeric = (value: unknown): unknown => {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  // JSON has no -0.
  return Number.isFinite(number) ? number + 0 : value;
};

/** A whole number of at least `min`, and at most `max`. */
export const integer = (min: number, max = Infinity) => {
  const error =
    max === Infinity ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  const schema = z.int({ error }).min(min, { error });
  return z.preprocess(numeric, max === Infinity ? schema : schema.max(max, { error }));
};

/** Any whole number. */
export const wholeNumber = () => z.preprocess(numeric, z.int({ error: "a whole number" }));

/** A finite number in [`min`, `max`]. */
export const number = (min = -Infinity, max = Infinity) => {
  const error = numberWords(min, max);
  return z.preprocess(numeric, z.number({ error }).min(min, { error }).max(max, { error }));
};

/** One of a set of words, in any case; stored as given in the set. `also` maps other words for them, in lower case. */
export const word = <const T extends readonly [string, ...string[]]>(
  words: T,
  also: Readonly<Record<string, T[number]>> = {},
) =>
  z.preprocess((value) => {
    if (typeof value !== "string") return value;
    const lower = value.trim().toLowerCase();
    if (Object.hasOwn(also, lower)) return also[lower];
    return words.find((known) => known.toLowerCase() === lower) ?? value;
  }, z.enum(words));

/** A number above `over`, and below `under`. */
export const between = (over: number, under = Infinity) => {
  const error = under === Infinity ? `a number above ${over}` : `a number above ${over} and below ${under}`;
  const schema = z.number({ error }).gt(over, { error });
  return z.preprocess(numeric, under === Infinity ? schema : schema.lt(under, { error }));
};

const YES = ["true", "1", "yes", "on"];
const NO = ["false", "0", "no", "off"];

/** True or false, also as the words that the protocol's own clients take for them. */
export const flag = () =>
  z.preprocess((value) => {
    const said = String(value).trim().toLowerCase();
    if (typeof value !== "string" && value !== 1 && value !== 0) return value;
    return YES.includes(said) ? true : NO.includes(said) ? false : value;
  }, z.boolean());

/** A table that is passed on as it is. */
export const freeTable = () => z.record(z.string(), z.json());

/** Trimmed, non-empty text. */
export const identifier = () =>
  z.string({ error: "non-empty text" }).trim().min(1, { error: "non-empty text" });

/** An http or https address. */
export const webUrl = () =>
  z
    .string({ error: WEB_URL_WORDS })
    .trim()
    .refine((url) => url.startsWith("http://") || url.startsWith("https://"), { error: WEB_URL_WORDS });

/** What an address must be, in words. */
const WEB_URL_WORDS = "text that begins with http:// or https://";

/** Non-empty text. */
export const text = () => z.string({ error: "non-empty text" }).min(1, { error: "non-empty text" });

/**
 * Options that a config may leave out though their schemas ask for them, because the reader fills them in first (fill.ts);
 * each with what it fills in, in words. Editors must not ask for them.
 */
export const FILLED_IN = z.registry<{ from: string }>();

/** Marks such an option. Comes last: a copy of the schema, as `describe` makes one, has lost the mark. */
export const filledIn = <T extends z.ZodType>(from: string, schema: T): T => {
  FILLED_IN.add(schema, { from });
  return schema;
};

/** The file of a specification of `subject`. */
export const specPath = (subject: string) =>
  z
    .string()
    .optional()
    .describe(
      `File with a specification of ${subject}. The CLI and the SDK read it, in the config's folder or the current one, and send it as [spec_text](#specifications).`,
    );

/** The text of that file. */
export const specText = () => z.string().optional().describe("The text of spec_path.");

function numberWords(min: number, max: number): string {
  if (Number.isFinite(min) && Number.isFinite(max)) return `a number from ${min} to ${max}`;
  if (Number.isFinite(min)) return `a number of at least ${min}`;
  return Number.isFinite(max) ? `a number of at most ${max}` : "a number";
}
