// A dry run's report as a person wants to read it: the config with the origin of each value, then the estimate.

import type {
  Json,
  JsonObject,
  ModelEstimate,
  Range,
  ValidationReport,
  ValueOrigin,
} from "../client/index.ts";
import type { Paint } from "./paint.ts";
import { clip, count, duration, oneLine, plural, table, usd } from "./text.ts";

const MAX_VALUE = 60;
const MAX_LISTED = 8;
/** Every path begins with it. */
const SECTION = "prompt_learning.";

/** The whole report. */
export function reportLines(report: ValidationReport, file: string, paint: Paint): string[] {
  const { estimate, warnings } = report;
  const noted = warnings.length === 0 ? "" : `, with ${plural(warnings.length, "warning")}`;
  return [
    `${file}: ${paint.green("valid")}${noted}`,
    "",
    ...configTable(report, paint),
    "",
    ...estimateTable(report),
    "",
    ...estimate.assumptions.map((line) => paint.dim(oneLine(line))),
  ];
}

function configTable({ config, origins }: ValidationReport, paint: Paint): string[] {
  const rows = Object.entries(origins).map(([path, origin]) => [
    oneLine(path.startsWith(SECTION) ? path.slice(SECTION.length) : path),
    shown(valueAt(config, path)),
    originText(origin),
  ]);
  const [head = "", ...lines] = table([["field", "value", "from"], ...rows]);
  return [paint.bold(head), ...lines];
}

function originText({ from, line, variables }: ValueOrigin): string {
  if (variables !== undefined) return variables.map((name) => `$${oneLine(name)}`).join(", ");
  return line === undefined ? from.replaceAll("_", " ") : `line ${line}`;
}

/** The value at a dotted path, keys being quoted where they are not plain. */
function valueAt(config: JsonObject, path: string): Json | undefined {
  let value: Json | undefined = config;
  for (const part of partsOf(path)) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Array.isArray(value) ? value[Number(part)] : value[part];
  }
  return value;
}

function partsOf(path: string): string[] {
  const parts: string[] = [];
  for (let at = 0; at < path.length; ) {
    if (path[at] === ".") at++;
    const [part, end] = path[at] === '"' ? quotedAt(path, at) : plainAt(path, at);
    parts.push(part);
    at = end;
  }
  return parts;
}

function plainAt(path: string, from: number): [string, number] {
  if (path[from] === "[") {
    const close = path.indexOf("]", from);
    const end = close < 0 ? path.length : close;
    return [path.slice(from + 1, end), end + 1];
  }
  let end = from;
  while (end < path.length && path[end] !== "." && path[end] !== "[") end++;
  return [path.slice(from, end), Math.max(end, from + 1)];
}

function quotedAt(path: string, from: number): [string, number] {
  let end = from + 1;
  while (end < path.length && path[end] !== '"') end += path[end] === "\\" ? 2 : 1;
  try {
    return [String(JSON.parse(path.slice(from, end + 1))), end + 1];
  } catch {
    return [path.slice(from), path.length];
  }
}

/** A value on one line; long lists by their ends. */
function shown(value: Json | undefined): string {
  if (value === undefined) return "";
  if (Array.isArray(value) && value.length > MAX_LISTED) {
    return `[${value.slice(0, 3).join(", ")}, …, ${value.at(-1)}] (${value.length})`;
  }
  return clip(JSON.stringify(value), MAX_VALUE);
}

function estimateTable({ estimate }: ValidationReport): string[] {
  const { rollouts, policy, proposer, verifier, seconds } = estimate;
  const models = verifier ? [policy, proposer, verifier] : [policy, proposer];
  const cap = rollouts.limit === null ? "no limit" : `at most ${count(rollouts.limit)}`;
  const phases = Object.entries(rollouts.by_phase).map(([phase, range]) => [
    `  ${oneLine(phase).replaceAll("_", " ")}`,
    span(range),
    "",
  ]);
  return table([
    ["estimate", "", ""],
    ["rollouts", span(rollouts.total), cap],
    ...phases,
    ["proposals", span(proposer.calls), modelText(proposer)],
    ...(verifier ? [["verdicts", span(verifier.calls), modelText(verifier)]] : []),
    ["tokens in", span(models.map((one) => one.prompt_tokens).reduce(added)), ""],
    ["tokens out", span(models.map((one) => one.completion_tokens).reduce(added)), ""],
    ["cost", money(estimate.usd), ""],
    ["  policy", money(policy.usd), modelText(policy)],
    ["  proposer", money(proposer.usd), modelText(proposer)],
    ...(verifier ? [["  verifier", money(verifier.usd), modelText(verifier)]] : []),
    ["time", span(seconds, duration), ""],
  ]);
}

function modelText({ provider, model }: ModelEstimate): string {
  return oneLine(`${provider} ${model}`);
}

function money(range: Range | null): string {
  return range === null ? "unknown: the model has no known price" : span(range, usd);
}

function span({ low, high }: Range, text: (value: number) => string = count): string {
  const [from, to] = [text(low), text(high)];
  return from === to ? from : `${from} to ${to}`;
}

function added(a: Range, b: Range): Range {
  return { low: a.low + b.low, high: a.high + b.high };
}
