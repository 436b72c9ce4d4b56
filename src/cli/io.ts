// What a command knows of the terminal it runs in. stdout carries data, stderr what is meant for people.

import type { Environment } from "../client/index.ts";
import { type Paint, painter } from "./paint.ts";

/** The world of a command. */
export interface Io {
  env: Environment;
  cwd: string;
  out(text: string): void;
  err(text: string): void;
  outIsTty: boolean;
  errIsTty: boolean;
  /** Width of the terminal now, in columns. */
  columns(): number;
  /** Milliseconds, from any origin. */
  now(): number;
  /** Aborts at Ctrl-C. */
  interrupt: AbortSignal;
}

/** Colours for stdout. */
export function outPaint(io: Io): Paint {
  return painter(io.outIsTty, io.env);
}

/** Colours for stderr. */
export function errPaint(io: Io): Paint {
  return painter(io.errIsTty, io.env);
}

/** What to type before a command's name: the CLI is not on the path of who started it through npm. */
export function programName(env: Environment): string {
  return env.npm_lifecycle_event === "cultivar" ? "npm run cultivar --" : "cultivar";
}

/** One JSON document on stdout. */
export function printJson(io: Io, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
