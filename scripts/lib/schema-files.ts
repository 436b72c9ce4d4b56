// The files of `schema/`: what is in them, without writing it.

import { configJsonSchema } from "../../src/config/json-schema.ts";

/** Each file by its path from the project's folder. */
export function schemaFiles(): { path: string; text: string }[] {
  return [
    { path: "schema/prompt-learning.json", text: textOf(configJsonSchema("draft-2020-12")) },
    { path: "schema/prompt-learning.draft-4.json", text: textOf(configJsonSchema("draft-4")) },
  ];
}

function textOf(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
