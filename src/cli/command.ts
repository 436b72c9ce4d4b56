// What a command is, and how its command line is read.

import { parseArgs } from "node:util";
import type { ClientOptions } from "../client/index.ts";
import { UsageError } from "./exit.ts";
import type { Io } from "./io.ts";

/** An option of a command. */
export interface OptionSpec {
  type: "string" | "boolean";
  /** May be given more than once. */
  multiple?: boolean;
  /** What stands for the value in the help, such as `URL`. */
  value?: string;
  help: string;
}

/** A command of `cultivar`. */
export interface Command {
  name: string;
  /** Positional arguments in the help, such as `ID`; those in brackets may be left out. */
  positionals: readonly string[];
  summary: string;
  options: Readonly<Record<string, OptionSpec>>;
  /** Does the work and returns the exit status. */
  run(call: Call): Promise<number>;
}

/** Options that every command takes. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  backend: {
    type: "string",
    value: "URL",
    help: "the service (else CULTIVAR_BASE_URL, BACKEND_BASE_URL, local)",
  },
  "api-key": { type: "string", value: "KEY", help: "the key (else CULTIVAR_API_KEY, SYNTH_API_KEY)" },
  env: { type: "string", value: "FILE", help: "read variables from FILE; those already set win" },
  json: { type: "boolean", help: "one JSON document on stdout" },
  help: { type: "boolean", help: "show this help" },
};

/** Options of commands that stay with a job. */
export const FOLLOW_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  "poll-timeout": { type: "string", value: "SECONDS", help: "stop waiting after this long (3600)" },
  "poll-interval": { type: "string", value: "SECONDS", help: "ask for the status this often (5)" },
  "stream-format": { type: "string", value: "cli|chart|none", help: "how to show progress on stderr (cli)" },
};

/** Options by name, as `parseArgs` gives them. */
type OptionValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** A command line, read. */
export class Call {
  readonly io: Io;
  readonly positionals: readonly string[];
  readonly #values: OptionValues;

  constructor(io: Io, positionals: readonly string[], values: OptionValues) {
    this.io = io;
    this.positionals = positionals;
    this.#values = values;
  }

  /** The same call in another world. */
  in(io: Io): Call {
    return new Call(io, this.positionals, this.#values);
  }

  /** Whether the option was given. */
  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  /** @throws UsageError when both of two options were given */
  notBoth(name: string, other: string): void {
    if (this.flag(name) && this.flag(other))
      throw new UsageError(`--${name} and --${other} exclude each other`);
  }

  /** The value of an option; undefined when it was not given. */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  /** The values of an option that may be repeated. */
  list(name: string): string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
  }

  /** A number of at least `least`. @throws UsageError */
  number(name: string, least: number, fallback: number): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = text.trim() === "" ? Number.NaN : Number(text);
    if (!(value >= least)) throw new UsageError(`--${name} must be a number from ${least}, and is ${text}`);
    return value;
  }

  /** A whole number of at least `least`. @throws UsageError */
  whole(name: string, least: number, fallback: number): number {
    const value = this.number(name, least, fallback);
    if (!Number.isInteger(value)) throw new UsageError(`--${name} must be a whole number, and is ${value}`);
    return value;
  }

  /** One of some words. @throws UsageError */
  choice<Word extends string>(name: string, words: readonly Word[], fallback: Word): Word {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const word = words.find((candidate) => candidate === text);
    if (word === undefined)
      throw new UsageError(`--${name} must be one of ${words.join(", ")}, and is ${text}`);
    return word;
  }

  /** The one positional argument. @throws UsageError when it is missing */
  only(name: string): string {
    const [value] = this.positionals;
    if (value === undefined) throw new UsageError(`${name} is missing`);
    return value;
  }

  /** How to reach the service. */
  connection(): ClientOptions {
    return { backendUrl: this.text("backend"), apiKey: this.text("api-key"), env: this.io.env };
  }
}

/** Reads a command's arguments. @throws UsageError for an option or argument it does not take */
export function parseCall(command: Command, argv: readonly string[], io: Io): Call {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, ...COMMON_OPTIONS }).map(([name, { type, multiple }]) => [
      name,
      { type, multiple: multiple ?? false },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [extra] = positionals.slice(command.positionals.length);
    if (extra !== undefined) throw new UsageError(`unexpected argument ${extra}`);
    return new Call(io, positionals, values);
  } catch (error) {
    if (error instanceof UsageError || !(error instanceof Error)) throw error;
    // Node adds advice about arguments that begin with a dash.
    throw new UsageError(error.message.split(". ")[0] ?? error.message);
  }
}
