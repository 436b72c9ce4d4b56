// Opaque cursors of job lists.

import * as z from "zod";
import { ProblemError } from "./problem.ts";

const Place = z.object({ created_at: z.int(), job_id: z.string() });

/** Where a page ended, as text to hand out. */
export function encodeCursor(place: z.infer<typeof Place>): string {
  return btoa(JSON.stringify(place)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The place behind a cursor. @throws ProblemError 400 for a text that is none of ours. */
export function decodeCursor(cursor: string): z.infer<typeof Place> {
  try {
    return Place.parse(JSON.parse(atob(cursor.replaceAll("-", "+").replaceAll("_", "/"))));
  } catch {
    throw new ProblemError(400, "bad_cursor", "Bad cursor", "The cursor is not one that this list gave out.");
  }
}
