// From a command line to an exit status: finds the command, runs it, and tells what went wrong.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import {
  ApiError,
  ConfigFileNotFoundError,
  ConfigInvalidError,
  CultivarError,
  InvalidJobIdError,
  MissingSettingError,
  NetworkError,
} from "../client/index.ts";
import { type Command, parseCall } from "./command.ts";
import { events } from "./commands/events.ts";
import { list } from "./commands/list.ts";
import { probe } from "./commands/probe.ts";
import { results } from "./commands/results.ts";
import { status } from "./commands/status.ts";
import { cancel, pause, remove, resume, stop } from "./commands/steer.ts";
import { train } from "./commands/train.ts";
import { validate } from "./commands/validate.ts";
import { verifiers } from "./commands/verifiers.ts";
import { verify } from "./commands/verify.ts";
import { watch } from "./commands/watch.ts";
import { EXIT, UsageError } from "./exit.ts";
import { commandHelp, overview } from "./help.ts";
import { errPaint, type Io, printJson, programName } from "./io.ts";
import { problemLines } from "./problems.ts";
import { oneLine, printable } from "./text.ts";

const COMMANDS: readonly Command[] = [
  train,
  validate,
  status,
  list,
  watch,
  results,
  pause,
  resume,
  stop,
  cancel,
  events,
  verify,
  remove,
  verifiers,
  probe,
];

/** Runs `cultivar` with these arguments. Never throws. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    return report(error, argv, io);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === "--version" || name === "version") return printVersion(io);
  if (name === undefined || name === "--help" || name === "-h" || name === "help")
    return printHelp(name, rest, io);
  const command = commandNamed(name);
  const call = parseCall(command, rest, io);
  if (call.flag("help")) {
    io.out(commandHelp(command));
    return EXIT.ok;
  }
  const env = await environmentOf(call.text("env"), io);
  return command.run(call.in({ ...io, env }));
}

/** @throws UsageError */
function commandNamed(name: string): Command {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) throw new UsageError(`there is no command ${name}`);
  return command;
}

function printHelp(name: string | undefined, rest: readonly string[], io: Io): number {
  const topic = name === "help" ? rest[0] : undefined;
  if (topic !== undefined) {
    io.out(commandHelp(commandNamed(topic)));
    return EXIT.ok;
  }
  if (name !== undefined) {
    io.out(overview(COMMANDS));
    return EXIT.ok;
  }
  io.err(overview(COMMANDS));
  return EXIT.usage;
}

async function printVersion(io: Io): Promise<number> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const { version }: { version: string } = JSON.parse(text);
  io.out(`cultivar ${version}\n`);
  return EXIT.ok;
}

/** The environment with the variables of a file; what is set already wins. @throws UsageError */
async function environmentOf(file: string | undefined, io: Io): Promise<Io["env"]> {
  if (file === undefined) return io.env;
  const text = await readFile(resolve(io.cwd, file), "utf8").catch(() => {
    throw new UsageError(`cannot read --env ${file}`);
  });
  return { ...parseEnv(text), ...io.env };
}

/** Tells what went wrong, to people on stderr and with `--json` also on stdout; returns the exit status. */
function report(error: unknown, argv: readonly string[], io: Io): number {
  const isUsage = error instanceof UsageError;
  const message = error instanceof Error ? error.message : String(error);
  if (io.interrupt.aborted) return EXIT.interrupted;
  const paint = errPaint(io);
  io.err(`${paint.red("error:")} ${printable(message)}\n`);
  if (error instanceof ConfigInvalidError) {
    for (const line of problemLines(error.errors, { file: "config", text: "" }, paint)) io.err(`${line}\n`);
  }
  const hint = hintFor(error, argv, programName(io.env));
  if (hint !== undefined) io.err(`${hint}\n`);
  if (argv.includes("--json")) printJson(io, { error: errorDocument(error, isUsage, message) });
  return isUsage || isMistakeOfCaller(error) ? EXIT.usage : EXIT.failed;
}

function errorDocument(error: unknown, isUsage: boolean, message: string): unknown {
  if (error instanceof ApiError) return error.problem;
  const code = isUsage ? "usage" : error instanceof CultivarError ? error.code : "internal";
  return { code, message };
}

function isMistakeOfCaller(error: unknown): boolean {
  return (
    error instanceof ConfigInvalidError ||
    error instanceof ConfigFileNotFoundError ||
    error instanceof MissingSettingError ||
    error instanceof InvalidJobIdError
  );
}

function hintFor(error: unknown, argv: readonly string[], program: string): string | undefined {
  if (error instanceof UsageError) {
    const known = COMMANDS.some((command) => command.name === argv[0]);
    return `See: ${program} help${known ? ` ${argv[0]}` : ""}`;
  }
  if (error instanceof MissingSettingError) return "On the command line: --api-key KEY, --backend URL.";
  if (error instanceof NetworkError)
    return "Is the service running? Name another one by --backend or CULTIVAR_BASE_URL.";
  if (error instanceof ApiError && error.status === 401)
    return "Is the key right? It comes from --api-key or CULTIVAR_API_KEY.";
  if (error instanceof ApiError && error.code === "task_app_unhealthy")
    return "Is the task app running? Its address is the config's task_app_url, or --task-url.";
  if (error instanceof ApiError && error.requestId !== undefined && error.status >= 500) {
    return `Request id, for the service's operator: ${oneLine(error.requestId)}`;
  }
  return undefined;
}
