// `cultivar verifiers`: the verifiers that configs can name.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { VerifierClient, type VerifierSubmission, type VerifierSummary } from "../../client/index.ts";
import type { Call, Command } from "../command.ts";
import { EXIT, UsageError } from "../exit.ts";
import { printJson } from "../io.ts";
import { oneLine, printable, table } from "../text.ts";

const ACTIONS = ["list", "add", "show", "remove"] as const;
type Action = (typeof ACTIONS)[number];

/** Lists, registers, shows and deletes verifiers. */
export const verifiers: Command = {
  name: "verifiers",
  positionals: ["[list|add|show|remove]", "[FILE|NAME]"],
  summary: "list verifiers; add FILE (JSON), show or remove NAME or NAME@VERSION",
  options: {},
  run,
};

function run(call: Call): Promise<number> {
  const action = actionOf(call.positionals[0] ?? "list");
  const client = new VerifierClient(call.connection());
  switch (action) {
    case "list":
      return list(call, client);
    case "add":
      return add(call, client);
    case "show":
      return show(call, client);
    case "remove":
      return remove(call, client);
  }
}

async function list(call: Call, client: VerifierClient): Promise<number> {
  const found: VerifierSummary[] = [];
  for await (const one of client.list({ signal: call.io.interrupt })) found.push(one);
  if (call.flag("json")) printJson(call.io, found);
  else call.io.out(`${tableOf(found).join("\n")}\n`);
  return EXIT.ok;
}

async function add(call: Call, client: VerifierClient): Promise<number> {
  const submission = await readSubmission(call, argument(call, "FILE"));
  const verifier = await client.register(submission, { signal: call.io.interrupt });
  if (call.flag("json")) printJson(call.io, verifier);
  else call.io.out(`${printable(verifier.id)}\n`);
  return EXIT.ok;
}

async function show(call: Call, client: VerifierClient): Promise<number> {
  printJson(call.io, await client.get(argument(call, "NAME"), { signal: call.io.interrupt }));
  return EXIT.ok;
}

async function remove(call: Call, client: VerifierClient): Promise<number> {
  const id = argument(call, "NAME");
  await client.delete(id, { signal: call.io.interrupt });
  if (call.flag("json")) printJson(call.io, { id, deleted: true });
  else call.io.err(`deleted ${printable(id)}\n`);
  return EXIT.ok;
}

function actionOf(word: string): Action {
  const action = ACTIONS.find((known) => known === word);
  if (action === undefined)
    throw new UsageError(`verifiers must be followed by ${ACTIONS.join(", ")}, not ${word}`);
  return action;
}

function argument(call: Call, name: string): string {
  const value = call.positionals[1];
  if (value === undefined) throw new UsageError(`${name} is missing`);
  return value;
}

async function readSubmission(call: Call, file: string): Promise<VerifierSubmission> {
  const text = await readFile(resolve(call.io.cwd, file), "utf8").catch(() => {
    throw new UsageError(`cannot read ${file}`);
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tableOf(found: readonly VerifierSummary[]): string[] {
  if (found.length === 0) return ["No verifiers."];
  const rows = found.map(({ name, version, description, created_at }) => [
    oneLine(name),
    String(version),
    oneLine(created_at),
    oneLine(description ?? ""),
  ]);
  return table([["name", "version", "created", "description"], ...rows], [1]);
}
