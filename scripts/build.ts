// `npm run build`: the package's JavaScript and its types in `dist/`: the SDK, the config module and the command line, without
// the Worker. `npm pack` runs it first.

import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { ROOT } from "./lib/service.ts";

// Files of an older build would be packed too.
rmSync(`${ROOT}dist`, { recursive: true, force: true });
const tsc = `${ROOT}node_modules/typescript/bin/tsc`;
const { status } = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
  cwd: ROOT,
  stdio: "inherit",
});
process.exitCode = status ?? 1;
