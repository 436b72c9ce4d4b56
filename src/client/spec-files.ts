// Specifications that a config names by `spec_path`: read here and sent inline, since the service sees no files.

import type { ProblemItem } from "../wire/job.ts";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import { MAX_SPEC_BYTES, SPEC_HOLDERS, SPEC_PATH, SPEC_TEXT } from "../wire/spec.ts";
import { ConfigInvalidError } from "./errors.ts";

const SECTION = "prompt_learning";
/** The older name of a verifier's table. */
const OLDER_NAMES: Readonly<Record<string, string>> = { verifier: "judge" };
const OUTER_KEYS = [SECTION, "overrides"];

/** A file to read, and the table whose `spec_path` names it. */
export interface SpecFile {
  /** Dotted, as the config writes it: `prompt_learning.gepa`. */
  holder: string;
  path: string;
  /** 1-based line in the config file, where it is known. */
  line?: number;
}

/** A file's content, or why there is none. */
export type SpecContent = { kind: "text"; text: string } | { kind: "unreadable"; says: string };

/**
 * The files of a config, `settings` being its text by table, and of the overrides, which come first. A table that has
 * its `spec_text` already needs none.
 */
export function specFilesOf(settings: JsonObject, overrides: JsonObject): SpecFile[] {
  const laid = flattened(overrides);
  return holders().flatMap((holder) => {
    const given = (key: string) =>
      textAt(sectionOf(settings), [...holder, key]) ?? textAt(settings, [...holder, key]);
    const over = (key: string) => laid.get([...holder, key].join("."));
    const path = over(SPEC_PATH) ?? (over(SPEC_TEXT) === undefined ? given(SPEC_PATH) : undefined);
    const isKnown = over(SPEC_PATH) === undefined && given(SPEC_TEXT) !== undefined;
    const isNeeded = path !== undefined && path !== "" && over(SPEC_TEXT) === undefined && !isKnown;
    return isNeeded ? [{ holder: [SECTION, ...holder].join("."), path }] : [];
  });
}

/** The overrides that carry the files' texts. @throws ConfigInvalidError naming every file that cannot be sent */
export async function specOverrides(
  files: readonly SpecFile[],
  read: (path: string) => Promise<SpecContent>,
): Promise<JsonObject> {
  const contents = await Promise.all(files.map(async (file) => ({ file, content: await read(file.path) })));
  const mistakes = contents.flatMap(({ file, content }) =>
    content.kind === "text" ? [] : [mistake(file, content.says)],
  );
  if (mistakes.length > 0) throw refusal(mistakes);
  return Object.fromEntries(
    contents.flatMap(({ file, content }): [string, Json][] =>
      content.kind === "text" ? [[`${file.holder}.${SPEC_TEXT}`, content.text]] : [],
    ),
  );
}

/** Each file's line: the first one that has the option and the file's name. */
export function withLines(files: readonly SpecFile[], configText: string): SpecFile[] {
  const lines = configText.split("\n");
  return files.map((file) => {
    const at = lines.findIndex((line) => line.includes(SPEC_PATH) && line.includes(file.path));
    return at < 0 ? file : { ...file, line: at + 1 };
  });
}

/** The text of a file's bytes. */
export function specContent(bytes: Uint8Array): SpecContent {
  if (bytes.byteLength > MAX_SPEC_BYTES) {
    return unreadable(`is too large: the limit is ${MAX_SPEC_BYTES} bytes`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return text.includes("\0") ? unreadable("holds no text") : { kind: "text", text };
  } catch {
    return unreadable("holds no text: it is not UTF-8");
  }
}

/** A file that cannot be sent, and why, in words that follow its name. */
export function unreadable(says: string): SpecContent {
  return { kind: "unreadable", says };
}

function holders(): string[][] {
  return SPEC_HOLDERS.flatMap((path) => {
    const older = path.map((part) => OLDER_NAMES[part] ?? part);
    return older.join(".") === path.join(".") ? [[...path]] : [[...path], older];
  });
}

function sectionOf(settings: JsonObject): JsonObject {
  const { [SECTION]: section } = settings;
  return isObject(section) ? section : {};
}

function textAt(root: JsonObject, path: readonly string[]): string | undefined {
  let value: Json | undefined = root;
  for (const part of path) value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** The texts of overrides, tables and dotted keys alike, by dotted key without the section in front. */
function flattened(
  overrides: JsonObject,
  prefix = "",
  depth = 0,
  texts = new Map<string, string>(),
): Map<string, string> {
  for (const [key, value] of Object.entries(overrides)) {
    const bare = prefix === "" && key.startsWith(`${SECTION}.`) ? key.slice(SECTION.length + 1) : key;
    const path = prefix === "" ? bare : `${prefix}.${bare}`;
    const isOuter = prefix === "" && OUTER_KEYS.includes(key);
    if (typeof value === "string") texts.set(path, value);
    // No holder is deeper.
    else if (isObject(value) && depth < 5) flattened(value, isOuter ? "" : path, depth + 1, texts);
  }
  return texts;
}

function mistake({ holder, path, line }: SpecFile, says: string): ProblemItem {
  const name = `${holder}.${SPEC_PATH}`;
  return {
    pointer: `/${name.replaceAll(".", "/")}`,
    path: name,
    message: `${name} names ${JSON.stringify(path)}, which ${says}`,
    found: JSON.stringify(path),
    expected: `a text file of at most ${MAX_SPEC_BYTES} bytes`,
    ...(line === undefined ? {} : { line }),
  };
}

function refusal(errors: ProblemItem[]): ConfigInvalidError {
  return new ConfigInvalidError({
    type: "about:blank",
    title: "Invalid config",
    status: 422,
    detail: errors.map(({ message }) => message).join("; "),
    code: "config_invalid",
    errors,
  });
}
