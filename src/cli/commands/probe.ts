// `cultivar probe`: how many calls a deployment really keeps in flight, by each way of making them. Deploys nothing.

import { type ProbeMode, type ProbeReport, PromptLearningClient } from "../../client/index.ts";
import { resolveConnection } from "../../client/settings.ts";
import type { Call, Command } from "../command.ts";
import { EXIT, UsageError } from "../exit.ts";
import { type Io, outPaint, printJson } from "../io.ts";
import { duration, oneLine, plural } from "../text.ts";

const MODES: readonly ProbeMode[] = ["lanes", "inline", "unbounded"];
const DEFAULT_CONCURRENCY = "1,6,24,100";
const DEFAULT_HOLD_MS = 500;
const DEFAULT_SECONDS = 3;
/** Connections that one object may have waiting (Workers platform limit). */
const PLATFORM_LIMIT = 6;

/** Measures one deployment; the exit status says whether all calls were answered. */
export const probe: Command = {
  name: "probe",
  positionals: ["[URL]"],
  summary: "measure how many calls a service keeps in flight",
  options: {
    concurrency: {
      type: "string",
      value: "N,…",
      help: `calls to ask for at a time (${DEFAULT_CONCURRENCY})`,
    },
    mode: {
      type: "string",
      multiple: true,
      value: MODES.join("|"),
      help: "one way of making calls (all of them)",
    },
    against: { type: "string", value: "URL", help: "an echo to call (the service's own)" },
    hold: { type: "string", value: "MS", help: `how long the echo holds a call (${DEFAULT_HOLD_MS})` },
    seconds: {
      type: "string",
      value: "S",
      help: `how long calls are started, for each line (${DEFAULT_SECONDS})`,
    },
    key: { type: "string", value: "KEY", help: "the same as --api-key" },
  },
  run,
};

async function run(call: Call): Promise<number> {
  const { backendUrl, apiKey, env } = call.connection();
  const given = { backendUrl: call.positionals[0] ?? backendUrl, apiKey: apiKey ?? call.text("key"), env };
  const client = new PromptLearningClient(given);
  const url = resolveConnection(given, env).apiBase;
  const hold_ms = call.whole("hold", 10, DEFAULT_HOLD_MS);
  const seconds = call.number("seconds", 0.1, DEFAULT_SECONDS);
  const against = call.text("against");
  const isShown = !call.flag("json");
  const reports: ProbeReport[] = [];
  for (const mode of modesOf(call)) {
    for (const concurrency of concurrencyOf(call)) {
      const request = { mode, concurrency, hold_ms, seconds, ...(against === undefined ? {} : { against }) };
      const report = await client.probe(request, { signal: call.io.interrupt });
      if (isShown && reports.length === 0) call.io.out(head(report, against));
      if (isShown) call.io.out(line(report, call.io));
      reports.push(report);
    }
  }
  const notes = notesOn(reports, url);
  if (isShown) call.io.out(["", ...notes, ""].join("\n"));
  else printJson(call.io, { reports, notes });
  return reports.every(({ errors }) => errors === 0) ? EXIT.ok : EXIT.failed;
}

/** @throws UsageError */
function modesOf(call: Call): ProbeMode[] {
  const names = call.list("mode");
  if (names.length === 0) return [...MODES];
  return names.map((name) => {
    const mode = MODES.find((known) => known === name);
    if (!mode) throw new UsageError(`--mode must be one of ${MODES.join(", ")}, and is ${name}`);
    return mode;
  });
}

/** @throws UsageError */
function concurrencyOf(call: Call): number[] {
  const text = call.text("concurrency") ?? DEFAULT_CONCURRENCY;
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= 1_000)) return numbers;
  throw new UsageError(
    `--concurrency must be whole numbers from 1 to 1000 with commas between, and is ${text}`,
  );
}

const WIDTHS = [9, 6, 6, 9, 8, 8, 7];

function row(cells: readonly string[]): string {
  return cells
    .map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[at] ?? 0) : cell.padStart(WIDTHS[at] ?? 0)))
    .join("  ");
}

function head({ execution_mode, hold_ms, seconds }: ProbeReport, against: string | undefined): string {
  const echo = against === undefined ? "the service's own echo" : `the echo at ${oneLine(against)}`;
  return [
    `Jobs here use "${execution_mode}". Each line calls ${echo} for ${duration(seconds)}; it holds a call for ${hold_ms} ms.`,
    "",
    row(["mode", "asked", "peak", "calls/s", "p50 ms", "p95 ms", "errors"]),
    "",
  ].join("\n");
}

function line(report: ProbeReport, io: Io): string {
  const paint = outPaint(io);
  const ms = (value: number | null) => (value === null ? "–" : String(Math.round(value)));
  const cells = row([
    report.mode,
    String(report.concurrency),
    String(report.peak),
    report.per_second.toFixed(1),
    ms(report.p50_ms),
    ms(report.p95_ms),
    String(report.errors),
  ]);
  const faults = report.messages.map(
    ({ message, count }) => `  ${paint.red("error:")} ${plural(count, "call")}: ${oneLine(message)}`,
  );
  return `${[cells, ...faults].join("\n")}\n`;
}

/** What the figures say, and what they do not. */
function notesOn(reports: readonly ProbeReport[], url: string): string[] {
  const [lanes, unbounded] = [mostIn(reports, "lanes"), mostIn(reports, "unbounded")];
  const largest = reports
    .filter(({ mode }) => mode === "lanes")
    .toSorted((a, b) => b.concurrency - a.concurrency)[0];
  const notes: string[] = [];
  if (isLocal(url)) {
    notes.push(
      "This is a local runtime, which does not enforce the platform's limit of six connections that wait for headers. Only a deployed service shows whether lanes go past it.",
    );
  } else if (unbounded > PLATFORM_LIMIT) {
    notes.push(
      `The platform let one object have ${unbounded} calls waiting, more than the six it documents.`,
    );
  }
  const { concurrency = 0, peak = 0 } = largest ?? {};
  if (concurrency > PLATFORM_LIMIT && lanes > 0 && lanes <= PLATFORM_LIMIT) {
    notes.push(
      'Lanes did not get past six calls: EXECUTION_MODE = "inline" does as well here, with fewer objects.',
    );
  } else if (peak < concurrency) {
    notes.push(`Of ${concurrency} calls asked for, lanes had ${peak} in flight at a time.`);
  }
  return notes;
}

function mostIn(reports: readonly ProbeReport[], mode: ProbeMode): number {
  return Math.max(0, ...reports.filter((report) => report.mode === mode).map(({ peak }) => peak));
}

function isLocal(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "localhost" || host.endsWith(".localhost") || host.startsWith("127.") || host === "[::1]";
}
