// Draws progress on stderr: on a terminal one line redrawn in place, else plain lines, and not too many of them.

import type { JobEvent, JobView } from "../client/index.ts";
import { type CurvePoint, withPoint } from "./curve.ts";
import { NO_SEEDS, withSeedsOf } from "./evenness.ts";
import { errPaint, type Io } from "./io.ts";
import { type Note, noteOf } from "./notes.ts";
import type { Paint } from "./paint.ts";
import { chartLine, type Facts, factsOf, statusLine, withEvent } from "./progress.ts";

/** `cli`: bar and notes. `chart`: the curve of rewards in place of the bar. `none`: nothing. */
export type StreamFormat = "cli" | "chart" | "none";

/** Least milliseconds between two plain progress lines. */
const PLAIN_EVERY_MS = 10_000;
/** Least milliseconds between two drawings of the live line. */
const REDRAW_EVERY_MS = 50;
/** Longest plain line, in columns. */
const PLAIN_WIDTH = 160;

/** Shows what a job does while it runs. */
export class Display {
  readonly #io: Io;
  readonly #format: StreamFormat;
  readonly #paint: Paint;
  #curve: CurvePoint[] = [];
  #seeds = NO_SEEDS;
  #facts: Facts | undefined;
  #shown = "";
  #shownAt = Number.NEGATIVE_INFINITY;
  #isDrawn = false;

  constructor(io: Io, format: StreamFormat) {
    this.#io = io;
    this.#format = format;
    this.#paint = errPaint(io);
  }

  /** Takes an event of the log. */
  event(event: JobEvent): void {
    this.#curve = withPoint(this.#curve, event);
    this.#seeds = withSeedsOf(this.#seeds, event);
    if (this.#facts) this.#facts = withEvent(this.#facts, event);
    const note = noteOf(event);
    if (note) this.note(note);
    else this.#progress();
  }

  /** Takes a status answer. */
  view(view: JobView): void {
    const facts = factsOf(view);
    const done = Math.max(facts.done, this.#facts?.done ?? 0);
    this.#facts = { ...facts, done };
    this.#progress();
  }

  /** Prints a line that stays. */
  note(note: Note): void {
    if (this.#format === "none") return;
    this.#erase();
    this.#io.err(`${this.#toned(note)}\n`);
    if (this.#io.errIsTty) this.#draw();
  }

  /** Clears the live line; what is printed after it starts on a fresh one. */
  close(): void {
    this.#erase();
  }

  #progress(): void {
    if (this.#format === "none" || !this.#facts) return;
    const gap = this.#io.errIsTty ? REDRAW_EVERY_MS : PLAIN_EVERY_MS;
    if (this.#io.now() - this.#shownAt < gap) return;
    if (this.#io.errIsTty) this.#draw();
    else this.#plain();
  }

  #draw(): void {
    if (!this.#facts) return;
    // One column is left free: a full last column makes some terminals wrap.
    const line = this.#line(this.#facts, Math.max(20, this.#io.columns() - 1));
    this.#erase();
    this.#io.err(line);
    this.#isDrawn = true;
    this.#shownAt = this.#io.now();
  }

  #plain(): void {
    if (!this.#facts) return;
    // Times change at every poll; alone they are no news.
    const news = this.#line({ ...this.#facts, elapsed: 0, eta: null }, PLAIN_WIDTH);
    if (news === this.#shown) return;
    this.#io.err(`${this.#line(this.#facts, PLAIN_WIDTH)}\n`);
    this.#shown = news;
    this.#shownAt = this.#io.now();
  }

  #line(facts: Facts, width: number): string {
    const told = { ...facts, uneven: this.#seeds.differ };
    if (this.#format === "chart") return chartLine(told, this.#curve, width);
    return statusLine(told, width);
  }

  #erase(): void {
    if (this.#isDrawn) this.#io.err("\r\u001b[2K");
    this.#isDrawn = false;
  }

  #toned({ text, tone }: Note): string {
    if (tone === "good") return this.#paint.green(text);
    if (tone === "warning") return this.#paint.yellow(text);
    return tone === "bad" ? this.#paint.red(text) : text;
  }
}
