// That a script which started processes ends them whichever way it is told to end.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it, vi } from "vitest";

const LIB = fileURLToPath(new URL("../../../scripts/lib/", import.meta.url));
const SCRIPT = `
  import { startNode } from "${LIB}process.ts";
  import { toldToEnd } from "${LIB}told-to-end.ts";
  const told = toldToEnd();
  const server = startNode({ args: ["-e", "setInterval(() => {}, 1000)"] });
  console.log(process.pid, server.pid);
  const status = await told;
  await server.stop();
  process.exit(status);
`;

let left: number[] = [];

afterEach(() => {
  for (const pid of left.filter(isAlive)) process.kill(pid, "SIGKILL");
  left = [];
});

/** Runs the script below a shell, as npm does; answers the ids of script and server. */
async function startBelowShell(env: Record<string, string>) {
  const shell = spawn("sh", ["-c", '"$NODE" --input-type=module -e "$SCRIPT"; exit $?'], {
    env: { PATH: process.env.PATH, NODE: process.execPath, SCRIPT, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(shell.stdout, "data");
  const [script = 0, server = 0] = String(line).trim().split(" ").map(Number);
  left = [script, server];
  return { shell, script, server };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("a script told by %s ends its servers, then itself with %i", async (signal, status) => {
  const { shell, script, server } = await startBelowShell({});
  process.kill(script, signal);
  expect(await once(shell, "exit")).toEqual([status, null]);
  expect(isAlive(server)).toBe(false);
});

it("a script whose npm has gone ends its servers and itself", async () => {
  const { shell, script, server } = await startBelowShell({ npm_lifecycle_event: "dev" });
  shell.kill("SIGKILL");
  await vi.waitFor(() => expect([script, server].filter(isAlive)).toEqual([]), 4_000);
});
