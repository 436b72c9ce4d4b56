// The help texts, made from what the commands say of themselves.

import { COMMON_OPTIONS, type Command, type OptionSpec } from "./command.ts";
import { table } from "./text.ts";

/** The overview. */
export function overview(commands: readonly Command[]): string {
  const rows = commands.map((command) => [
    `  ${[command.name, ...command.positionals].join(" ")}`,
    command.summary,
  ]);
  return [
    "cultivar: improve prompts on a Cultivar service",
    "",
    "Usage: cultivar COMMAND [options]",
    "",
    ...table([...rows, ["  help [COMMAND]", "show the options of a command"]]),
    "",
    "Exit status: 0 succeeded, 1 failed or cancelled, 2 wrong command line or config, 3 time-out, 130 interrupted.",
    "",
  ].join("\n");
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  return [
    `cultivar ${command.name}: ${command.summary}`,
    "",
    `Usage: cultivar ${[command.name, ...command.positionals].join(" ")} [options]`,
    "",
    ...table([...optionRows(command.options), ...optionRows(COMMON_OPTIONS)]),
    "",
  ].join("\n");
}

function optionRows(options: Readonly<Record<string, OptionSpec>>): string[][] {
  return Object.entries(options).map(([name, spec]) => [
    `  --${name}${spec.value === undefined ? "" : ` ${spec.value}`}`,
    spec.help,
  ]);
}
