// Reading values of unknown shape: JSON that somebody else wrote.

/** A JSON object whose fields are still to be checked. */
export type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Fields = {};

/** The value as an object; an empty one where it is none. */
export function fields(value: unknown): Fields {
  return isFields(value) ? value : NOTHING;
}

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an array; an empty one where it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The first of some values that is a non-empty string. */
export function firstText(...values: unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === "string" && value !== "");
}

/** The JSON value of a text; undefined where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
