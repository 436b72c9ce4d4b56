// TOML to plain JSON, within limits, with errors that show the place.

import { parse, TomlError } from "smol-toml";
import type { JsonObject } from "../wire/json.ts";
import { ConfigError, type ConfigIssue, toIssue } from "./errors.ts";
import { MAX_CONFIG_BYTES } from "./limits.ts";
import { locator } from "./locate.ts";
import { SECTION, underSection } from "./path.ts";
import { plainCopy } from "./plain.ts";
import { isSecretKey, quoted } from "./words.ts";

const MAX_EXCERPT_CHARS = 80;

/** A TOML text as JSON, and the values of it that JSON cannot hold (null in the table). */
export interface TomlReading {
  table: JsonObject;
  issues: ConfigIssue[];
}

/**
 * Parse TOML into plain JSON. Throws ConfigError for text over MAX_CONFIG_BYTES, wrong syntax, more than
 * MAX_CONFIG_DEPTH levels or MAX_CONFIG_KEYS keys, dates, numbers that are not finite, and keys like `__proto__`.
 */
export function parseToml(text: string): JsonObject {
  const { table, issues } = readToml(text);
  if (issues.length > 0) throw new ConfigError(issues);
  return table;
}

/** Like `parseToml`, but values that JSON cannot hold are reported, not thrown, so that other mistakes are found too. */
export function readToml(text: string): TomlReading {
  if (isOverBytes(text, MAX_CONFIG_BYTES)) {
    throw new ConfigError([wholeFile(`is too large: the limit is ${MAX_CONFIG_BYTES} bytes`)]);
  }
  const { table, findings } = plainCopy(parseSyntax(text));
  if (findings.length === 0) return { table, issues: [] };
  const locate = locator(text);
  return {
    table,
    issues: findings.map((finding) => toIssue(finding, underSection(finding.path), locate(finding.path))),
  };
}

function parseSyntax(text: string): object {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new ConfigError([syntaxIssue(text, error)]);
  }
}

function syntaxIssue(text: string, error: TomlError): ConfigIssue {
  const { line, column } = error;
  const [headline = ""] = error.message.split("\n", 1);
  const reason = headline.replace("Invalid TOML document: ", "");
  const excerpt = excerptOf(text.split("\n", line)[line - 1] ?? "", column);
  return {
    ...wholeFile(`is not valid TOML: ${reason} (line ${line}, column ${column})${excerpt}`),
    line,
    column,
  };
}

/** The part of a line around a column; nothing where the line may show a secret. */
function excerptOf(line: string, column: number): string {
  const key = line.split("=", 1)[0] ?? "";
  // A line without a key of its own may continue a value whose key says that it is secret.
  const isHeader = line.trimStart().startsWith("[") && !line.includes('"') && !line.includes("'");
  const showable = (line.includes("=") || isHeader) && !isSecretKey(line);
  if (!showable) return line.includes("=") && isSecretKey(key) ? `, at ${quoted(`${key.trim()} = …`)}` : "";
  const start = Math.max(0, Math.min(column - MAX_EXCERPT_CHARS / 2, line.length - MAX_EXCERPT_CHARS));
  return `, at ${quoted(line.slice(start).trim(), MAX_EXCERPT_CHARS)}`;
}

function wholeFile(says: string): ConfigIssue {
  return { pointer: "", path: SECTION, message: `The config ${says}` };
}

/** Whether a text has more bytes than that in UTF-8. */
export function isOverBytes(text: string, limit: number): boolean {
  return text.length > limit || new TextEncoder().encode(text).length > limit;
}
