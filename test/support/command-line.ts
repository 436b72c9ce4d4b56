// The CLI in this process: what it prints, and how it ends.

import { runCli } from "../../src/cli/run.ts";

/** How a command ended. */
export interface CliRun {
  code: number;
  out: string;
  err: string;
}

/** Runs a command. `cwd` is its folder. */
export async function runCommand(
  args: string[],
  env: Record<string, string> = {},
  cwd = "/",
): Promise<CliRun> {
  let out = "";
  let err = "";
  const code = await runCli(args, {
    env,
    cwd,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outIsTty: false,
    errIsTty: false,
    columns: () => 80,
    now: () => 0,
    interrupt: new AbortController().signal,
  });
  return { code, out, err };
}
