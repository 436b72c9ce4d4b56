// Colours, when the reader is a terminal that wants them (NO_COLOR, FORCE_COLOR, TERM=dumb).

import type { Environment } from "../client/index.ts";

/** Wraps text in a colour, or returns it as it is. */
export interface Paint {
  enabled: boolean;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
  /** For the changed words within a changed line. */
  reverse(text: string): string;
}

/** The colours for a stream. NO_COLOR wins over FORCE_COLOR. */
export function painter(isTty: boolean, env: Environment): Paint {
  const isForced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "" && env.FORCE_COLOR !== "0";
  const enabled = !env.NO_COLOR && (isForced || (isTty && env.TERM !== "dumb"));
  const style = (on: number, off: number) => (text: string) =>
    enabled && text !== "" ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    enabled,
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
    dim: style(2, 22),
    bold: style(1, 22),
    reverse: style(7, 27),
  };
}
