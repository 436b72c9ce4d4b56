// Plain data: what a snapshot, an event or an answer over the wire may hold.

/** A JSON object: string keys, JSON values. */
export interface JsonObject {
  [key: string]: Json;
}

/** Anything JSON can write and read back unchanged. */
export type Json = string | number | boolean | null | Json[] | JsonObject;

/** Whether a value is a JSON object, so not null and no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
