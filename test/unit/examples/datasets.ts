// The example tasks as the tests use them. Banking77 is not part of the project; tests on it are skipped where it is missing.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { banking77 } from "../../../examples/banking77/task-app.ts";
import type { Example } from "../../../examples/task-app-kit/dataset.ts";
import type { LabelTask } from "../../../examples/task-app-kit/task.ts";
import { fixturesFolder } from "../../support/fixtures.ts";

const folder = join(fixturesFolder() ?? "", "data", "banking77");

/** The folder with Banking77; undefined where it is missing. */
export const bankingFolder = existsSync(join(folder, "train.csv")) ? folder : undefined;

/** The task over Banking77. */
export function banking(): LabelTask {
  return banking77(bankingFolder);
}

/** The examples of all pools. */
export function everyExample({ pools }: LabelTask): Example[] {
  return [...pools.train, ...pools.validation, ...pools.test];
}
