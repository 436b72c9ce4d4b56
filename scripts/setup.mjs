// Makes a fresh clone ready: installs the packages of the lock file when they are not there yet, or another lock file's.
// Plain JavaScript without a dependency, because it runs before anything is installed, on whatever Node there is.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const marker = `${root}node_modules/.cultivar-setup`;
const wanted = createHash("sha256")
  .update(readFileSync(`${root}package-lock.json`))
  .digest("hex");

if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
  console.error("Installing packages (once)…");
  const flags = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const npm = process.env.npm_execpath;
  // The npm that runs this script, so that the same version installs; else the one on the path.
  const [command, args] = npm ? [process.execPath, [npm, ...flags]] : ["npm", flags];
  execFileSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  writeFileSync(marker, wanted);
}
