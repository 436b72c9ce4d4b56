// Reads a config file. The one place of the SDK that needs a file system, which it loads only when asked.

import { ConfigFileNotFoundError } from "./errors.ts";

/** @throws ConfigFileNotFoundError when the file cannot be read, also where there are no files at all. */
export async function readConfigFile(path: string): Promise<string> {
  try {
    const { readFile } = await import("node:fs/promises");
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigFileNotFoundError(path, error);
  }
}
