// `npm run bundle`: builds the Worker as a deploy would, and prints what it weighs. A warning counts as a failure.

import { spawnSync } from "node:child_process";
import { ROOT } from "./lib/service.ts";

const { status, stdout, stderr, error } = spawnSync(
  process.execPath,
  [`${ROOT}node_modules/wrangler/bin/wrangler.js`, "deploy", "--dry-run"],
  { cwd: ROOT, encoding: "utf8", env: { ...process.env, FORCE_COLOR: "0", WRANGLER_SEND_METRICS: "false" } },
);
const output = `${stdout}${stderr}`;
const size = /^Total Upload: .+$/m.exec(output)?.[0];

if (error || status !== 0 || size === undefined || output.includes("WARNING") || output.includes("▲")) {
  console.error(error ? error.message : output);
  process.exit(1);
}
console.log(size);
