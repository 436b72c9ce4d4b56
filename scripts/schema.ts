// `npm run docs`, first part: writes the JSON Schemas of a config to `schema/`, for editors that read them from a file.

import { mkdirSync, writeFileSync } from "node:fs";
import { schemaFiles } from "./lib/schema-files.ts";
import { ROOT } from "./lib/service.ts";

mkdirSync(`${ROOT}schema`, { recursive: true });
for (const { path, text } of schemaFiles()) {
  writeFileSync(ROOT + path, text);
  console.log(`wrote ${path}`);
}
