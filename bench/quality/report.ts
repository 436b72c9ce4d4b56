// The tables of the quality benchmark: gains with standard errors, and differences in pairs, split by split.

/** One optimiser on one split. */
export interface Run {
  rollouts: number;
  proposals: number;
  /** Words of the instruction that it returned. */
  words: number;
  /** Mean reward on the test rows, of the baseline and of the instruction returned. */
  before: number;
  after: number;
}

/** Runs by optimiser, in the order of the splits. */
export type Runs = ReadonlyMap<string, readonly Run[]>;

/** The table of one simulator at one budget; differences are of `ours` to each other optimiser. */
export function table(runs: Runs, ours: string): string {
  const gainsOf = (name: string) => (runs.get(name) ?? []).map(({ before, after }) => after - before);
  const mine = gainsOf(ours);
  const lines = [...runs].map(([name, all]) => {
    const gains = gainsOf(name);
    const ahead = name === ours ? [] : mine.map((gain, split) => gain - (gains[split] ?? 0));
    const z = ahead.length < 2 ? "" : (mean(ahead) / standardError(ahead)).toFixed(1);
    return [
      name,
      mean(all.map(({ rollouts }) => rollouts)).toFixed(0),
      mean(all.map(({ proposals }) => proposals)).toFixed(1),
      mean(all.map(({ words }) => words)).toFixed(0),
      mean(all.map(({ after }) => after)).toFixed(3),
      withError(gains),
      ahead.length === 0 ? "" : withError(ahead),
      z,
    ];
  });
  const head = [
    "optimiser",
    "rollouts",
    "proposals",
    "words",
    "test",
    "gain",
    `${ours} is ahead by`,
    "in SE",
  ];
  return aligned([head, head.map(() => "---"), ...lines]);
}

function withError(values: readonly number[]): string {
  const error = values.length < 2 ? "" : ` ± ${standardError(values).toFixed(4)}`;
  return `${mean(values).toFixed(4)}${error}`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function standardError(values: readonly number[]): number {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`)
    .join("\n");
}
