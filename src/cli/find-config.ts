// Which config to train: the one named, else the only one in the working folder.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { UsageError } from "./exit.ts";

/**
 * The path named by position or by `--config`, else the only `*.toml` of `folder` with a `prompt_learning` table.
 * @throws UsageError when both are given and differ, or when there is not exactly one candidate
 */
export async function chooseConfig(
  named: { positional?: string; option?: string },
  folder: string,
): Promise<string> {
  const { positional, option } = named;
  if (positional !== undefined && option !== undefined && positional !== option) {
    throw new UsageError(`two configs are named: ${positional} and ${option}`);
  }
  const path = positional ?? option;
  if (path !== undefined) return path;
  const found = await findConfigs(folder);
  const [only, ...others] = found;
  if (only === undefined)
    throw new UsageError(`no config named, and no *.toml with [prompt_learning] in ${folder}`);
  if (others.length > 0) {
    throw new UsageError(
      `more than one config here; name one of:\n${found.map((name) => `  ${name}`).join("\n")}`,
    );
  }
  return only;
}

async function findConfigs(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".toml")).toSorted();
  const checked = await Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), "utf8").catch(() => "");
      return isTrainConfig(text) ? [name] : [];
    }),
  );
  return checked.flat();
}

/** Whether a TOML text has a `prompt_learning` table, or a part of it. */
export function isTrainConfig(text: string): boolean {
  return text.split("\n").some((raw) => {
    const header = raw.trim().replaceAll(" ", "");
    return ["[prompt_learning]", "[prompt_learning.", "[[prompt_learning."].some((start) =>
      header.startsWith(start),
    );
  });
}
