// What the example servers do when they are started from a shell: say where they listen, and close on SIGTERM.

import type { Serving } from "./serve.ts";

/** Print `listening on URL` once the server is up, and close it on SIGTERM or SIGINT. */
export async function runServer(start: () => Promise<Serving>): Promise<void> {
  const server = await start();
  console.log(`listening on ${server.url}`);
  const close = () => {
    server.close().catch((error: unknown) => console.error(error));
  };
  process.once("SIGTERM", close);
  process.once("SIGINT", close);
}

/** Run what a file does as a command: an error is its message and status 2, without a trace of the stack. */
export async function asCommand(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 2;
  }
}

/**
 * A whole number given on the command line.
 *
 * @throws RangeError when it is none, or negative.
 */
export function wholeNumber(text: string, option: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value) || value < 0) {
    throw new RangeError(`--${option} wants a whole number, not ${JSON.stringify(text)}`);
  }
  return value;
}
