// Child processes that stand for a server: started in a group of their own, known to be ready, ended by their own id.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A process with what it printed. */
export interface Server {
  /** Process id, which is its group's too. */
  pid: number;
  /** Everything printed so far, both streams. */
  output(): string;
  /** Asks the group to end, and waits until it has. */
  stop(): Promise<void>;
  /** Ends the group at once, as a power cut would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Its exit status, once it has ended; 1 when a signal ended it. */
  exited: Promise<number>;
}

/** How to start a process. */
export interface ServerOptions {
  /** The program; this Node by default. */
  command?: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Prints to the terminal what it prints; `output` then stays empty. */
  show?: boolean;
}

const STOP_MS = 5_000;

/** Starts a program, Node unless another is named, on these arguments. */
export function startNode({ command = process.execPath, args, env, cwd, show }: ServerOptions): Server {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: show ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
    // A group of its own, so that what it starts itself ends with it.
    detached: true,
  });
  let text = "";
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-100_000);
  };
  child.stdout?.on("data", add);
  child.stderr?.on("data", add);
  const pid = child.pid ?? 0;
  const stop = () => end(child, "SIGTERM");
  const abandon = () => signal(child, "SIGKILL");
  process.once("exit", abandon);
  child.once("exit", () => process.off("exit", abandon));
  const exited = new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  return { pid, output: () => text, stop, kill: () => end(child, "SIGKILL"), exited };
}

/** Waits until `ready` answers something, asking every `everyMs`. @throws Error with the process's output when it takes longer than `ms`. */
export async function whenReady<T>(
  server: Pick<Server, "output">,
  ready: () => Promise<T | undefined>,
  ms = 60_000,
  everyMs = 50,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = await ready().catch(() => undefined);
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`not ready after ${ms} ms:\n${server.output()}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** Starts a server that prints `listening on URL`, and waits for that line. */
export async function startListening(options: ServerOptions): Promise<Server & { url: string }> {
  const server = startNode(options);
  const url = await whenReady(server, async () => /listening on (http:\S+)/.exec(server.output())?.[1]);
  return { ...server, url };
}

async function end(child: ChildProcess, how: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  signal(child, how);
  const late = setTimeout(() => signal(child, "SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(late);
}

function signal(child: ChildProcess, how: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, how);
  } catch {
    // Already gone.
  }
}
