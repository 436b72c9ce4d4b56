// `npm run parity -- FOLDER_OR_FILE…`: replays recorded runs of the reference implementations against the engines, and
// tells the first decision in which each differs. The last line is `N passed, M failed`.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fixturesFolder, NO_FIXTURES } from "../support/fixtures.ts";
import { KINDS } from "./all-kinds.ts";
import { type Recording, recordingsIn } from "./collect.ts";
import type { Difference, ParityCase } from "./kinds.ts";

interface Tally {
  passed: number;
  failed: number;
}

async function main(paths: readonly string[]): Promise<number> {
  const folder = fixturesFolder();
  const given = paths.length > 0 ? paths : folder === undefined ? [] : [join(folder, "parity")];
  if (given.length === 0) console.log(`Nothing to replay: ${NO_FIXTURES}, or name a folder.`);
  const total: Tally = { passed: 0, failed: 0 };
  for (const path of given.filter((one) => !existsSync(one))) {
    console.log(`FAILED   ${path}: there is no such file or folder`);
    total.failed += 1;
  }
  for (const recording of recordingsIn(given.filter(existsSync), KINDS)) {
    const { passed, failed } = await replay(recording);
    total.passed += passed;
    total.failed += failed;
  }
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

async function replay(recording: Recording): Promise<Tally> {
  if (recording.skipped !== undefined) {
    console.log(`skipped  ${recording.path}: ${recording.skipped}`);
    return { passed: 0, failed: 0 };
  }
  const tally: Tally = { passed: 0, failed: 0 };
  if (recording.cases.length === 0) {
    console.log(`read     ${recording.path}: it belongs to a recording beside it`);
    return tally;
  }
  for (const one of recording.cases) {
    const difference = await outcome(one);
    tally[difference ? "failed" : "passed"] += 1;
    if (difference) {
      console.log(`FAILED   ${recording.path}, ${one.name}, at ${difference.at}`);
      console.log(`         recorded: ${difference.expected}`);
      console.log(`         replayed: ${difference.found}`);
    }
  }
  const counts = `${tally.passed} passed${tally.failed > 0 ? `, ${tally.failed} failed` : ""}`;
  console.log(
    `${tally.failed > 0 ? "FAILED  " : "ok      "} ${recording.path} (${recording.kind?.name}): ${counts}`,
  );
  return tally;
}

async function outcome(one: ParityCase): Promise<Difference | undefined> {
  try {
    return await one.run();
  } catch (error) {
    return {
      at: "its end",
      expected: "no error",
      found: error instanceof Error ? (error.stack ?? "") : `${error}`,
    };
  }
}

process.exitCode = await main(process.argv.slice(2));
