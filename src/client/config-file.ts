// Reads a config file and the files that it names. The one place of the SDK that needs a file system, which it loads only
// when asked.

import { MAX_SPEC_BYTES } from "../wire/spec.ts";
import { ConfigFileNotFoundError } from "./errors.ts";
import { type SpecContent, specContent, unreadable } from "./spec-files.ts";

/** @throws ConfigFileNotFoundError when the file cannot be read, also where there are no files at all. */
export async function readConfigFile(path: string): Promise<string> {
  try {
    const { readFile } = await import("node:fs/promises");
    return await readFile(path, "utf8");
  } catch (error) {
    throw new ConfigFileNotFoundError(path, error);
  }
}

/**
 * A file that a config names: looked for in the folder of the config, when that is a file, then in the current one.
 * Never throws.
 */
export async function readSpecFile(path: string, configPath: string | undefined): Promise<SpecContent> {
  try {
    const { dirname, resolve } = await import("node:path");
    const folders = configPath === undefined ? ["."] : [dirname(configPath), "."];
    const places = [...new Set(folders.map((folder) => resolve(folder, path)))];
    for (const place of places) {
      const content = await contentOf(place);
      if (content !== undefined) return content;
    }
    return unreadable(`is not there: looked for ${places.join(" and ")}`);
  } catch {
    return unreadable("cannot be read here, where there are no files; give its text as spec_text");
  }
}

/** A file's content; undefined when there is no such file. */
async function contentOf(place: string): Promise<SpecContent | undefined> {
  const { open } = await import("node:fs/promises");
  try {
    const file = await open(place);
    try {
      // One byte more than may be sent: enough to see that it is too much, and no more of a huge file.
      const bytes = new Uint8Array(MAX_SPEC_BYTES + 1);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read) {
        read = (await file.read(bytes, length, bytes.length - length)).bytesRead;
      }
      return specContent(bytes.subarray(0, length));
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    return unreadable(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
