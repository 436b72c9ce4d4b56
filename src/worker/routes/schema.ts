// The JSON Schemas of a config, for editors: open to everyone, since editors send no key.

import { Hono } from "hono";
import { configJsonSchema, type SchemaDraft } from "../../config/json-schema.ts";
import type { AppEnv } from "../context.ts";

const HEADERS = {
  "content-type": "application/schema+json",
  "cache-control": "public, max-age=3600",
  // Editors that run in a browser.
  "access-control-allow-origin": "*",
};

const made = new Map<SchemaDraft, string>();

/** Routes below `/schema`. */
export const schemaRoutes = new Hono<AppEnv>();

schemaRoutes.get("/prompt-learning.json", () => answer("draft-2020-12"));
schemaRoutes.get("/prompt-learning.draft-4.json", () => answer("draft-4"));

/** Made at the first question: a Worker's start should not pay for it. */
function answer(draft: SchemaDraft): Response {
  const text = made.get(draft) ?? JSON.stringify(configJsonSchema(draft));
  made.set(draft, text);
  return new Response(text, { headers: HEADERS });
}
