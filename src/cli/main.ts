#!/usr/bin/env node
// The `cultivar` command: joins the process to the CLI.

import { runCli } from "./run.ts";

const DEFAULT_COLUMNS = 80;

const interrupt = new AbortController();
// Once: a second Ctrl-C ends the process at once, as usual.
process.once("SIGINT", () => interrupt.abort(new Error("interrupted")));

// A reader that went away (`cultivar events … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outIsTty: process.stdout.isTTY ?? false,
  errIsTty: process.stderr.isTTY ?? false,
  // Some pseudo-terminals say 0.
  columns: () => process.stderr.columns || DEFAULT_COLUMNS,
  now: () => performance.now(),
  interrupt: interrupt.signal,
});
