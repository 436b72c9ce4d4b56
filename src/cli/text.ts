// Numbers, times and tables as text, and text from elsewhere made safe to print.

/** A reward, to three places; `–` when there is none. */
export function reward(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : value.toFixed(3);
}

/** The difference of two rewards with its sign; empty when one is missing. */
export function change(from: number | null | undefined, to: number | null | undefined): string {
  if (from === null || from === undefined || to === null || to === undefined) return "";
  const difference = to - from;
  return `${difference < 0 ? "-" : "+"}${Math.abs(difference).toFixed(3)}`;
}

/** US dollars; `unknown` when null, which is never 0. */
export function usd(value: number | null): string {
  if (value === null) return "unknown";
  return `$${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 4 : 2)}`;
}

/** A span such as `42s`, `3m 05s`, `2h 07m`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

/** A count with its thousands set apart: `12,345`. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 rollout`, `2 rollouts`. */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Rows as aligned columns; columns named in `right` are set to the right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/**
 * Text from a model or a service, without the power to steer the terminal: control characters other than line feed
 * and tab become visible.
 */
export function printable(text: string): string {
  let safe = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isControl = (code < 32 && code !== 10 && code !== 9) || (code >= 127 && code < 160);
    safe += isControl ? `\\x${code.toString(16).padStart(2, "0")}` : character;
  }
  return safe;
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text).replaceAll("\n", " ").replaceAll("\t", " ");
}

/** Cuts to a width, with an ellipsis. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}
