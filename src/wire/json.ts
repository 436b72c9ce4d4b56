// Plain data: what a snapshot, an event or an answer over the wire may hold.

/** A JSON object: string keys, JSON values. */
export interface JsonObject {
  [key: string]: Json;
}

/** Anything JSON can write and read back unchanged. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
