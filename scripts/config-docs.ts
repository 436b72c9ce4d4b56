// `npm run docs`, second part: writes the tables of docs/config.md.

import { readFileSync, writeFileSync } from "node:fs";
import { configJsonSchema } from "../src/config/json-schema.ts";
import { withTables } from "./lib/config-docs.ts";
import { factTables } from "./lib/config-facts.ts";
import { ROOT } from "./lib/service.ts";

const path = "docs/config.md";
const text = readFileSync(ROOT + path, "utf8");
writeFileSync(ROOT + path, withTables(text, configJsonSchema("draft-2020-12"), factTables()));
console.log(`wrote ${path}`);
