// How fast attempts may start, learnt from how they end. Owns the estimate of the rate that the other side takes. Does not own: who waits,
// how many at a time it takes, where that is what it limits (the ceiling): refusals that this explains slow nothing down.
//
// Nothing is held back until the other side says that it has too much to do. As long as it has answered too little to tell, the window is
// halved, and good answers widen it again. Once answers came back, their rate is what it takes, and starts are paced by it: a little below
// at first, then ever more slowly up to it, and beyond it ever faster (the curve of TCP CUBIC, over good answers in the place of time), so
// that the limit is tried rarely and a higher one is found soon. Where it takes next to nothing for a time, the pace is halved again and
// again, and every good answer quickens it, until it is too much once more. A refusal that comes alone tells nothing.

import { Ceiling } from "./ceiling.ts";

/** Share of the rate that is given up when the other side has too much to do. */
const STEP_BACK = 0.08;
/** Good answers until the rate is tried again at which that was, at least: one refusal or two in so many are bearable. */
const LEAST_PLATEAU = 75;
/** How many times the length of an answer that takes, at least. */
const ROUNDS = 6;
/** Refusals in a row that are answered by small steps. */
const MOST_BLIND = 6;
/** Share of the rate that is left, at least, when the limit was only tried. */
const LEAST_TRIED = 0.75;
/** How many times longer than the other side wants to be left alone it is not tried. */
const REST_SHARE = 20;
/** Good answers that make a rate. */
const LEAST_GOODS = 8;
/** Milliseconds of good answers that the rate is measured over, at least. */
const SPAN_MS = 1_000;
/** Good answers that are remembered at most. */
const MAX_GOODS = 2_000;
/** The slowest pace, in starts per millisecond. */
const SLOWEST = 1 / 5_000;
/** How much a good answer quickens a pace that had to be halved, at most; all of a round together double it. */
const MOST_QUICKENING = 0.25;
/** Weight of the newest good answer in the running mean of how long they take. */
const NEWEST = 0.05;

/** Good answers after which a refusal is alone: where there is too much to do, the next comes sooner. */
const ALONE = 20;
/** Share of the plateau from which on a refusal is expected. */
const TRIED = 0.9;
/** Share of the even gap that is kept between starts while the ceiling is tried. */
const EVENNESS = 0.9;

/** An attempt that ended. */
export interface Ended {
  now: number;
  tookMs: number;
  /** How many were in flight with it when it began, itself among them, without those that were refused. */
  together: number;
}

/** An attempt that was refused. */
export interface Refused extends Omit<Ended, "tookMs"> {
  /** How long the other side wants to be left alone. */
  retryAfterMs: number;
  /** Whether it is the first of those that were in flight with it. */
  isNews: boolean;
}

/** The pace of a gate. Times are in milliseconds, rates in starts per millisecond. */
export class Pace {
  readonly #limit: number;
  readonly #ceiling = new Ceiling();
  #window: number;
  /** The rate at which there was too much to do last; Infinity where starts are not paced. */
  #peak = Number.POSITIVE_INFINITY;
  #plateau = LEAST_PLATEAU;
  /** Good answers since. */
  #since = 0;
  /** Whether too little is known of what it takes, so that every good answer quickens the pace. */
  #isSearching = false;
  #goodMs = 0;
  #goods: number[] = [];
  /** Refusals in a row, of attempts that were not in flight together, with too few good answers to tell. */
  #blind = 0;
  /** When the present pace began to be measured, and when the first answers at it can have come. */
  #resetAt = 0;
  #measuredFrom = 0;
  /** Good answers since the last refusal. */
  #undisturbed = 0;
  /** Whether the last refusal was passed over. */
  #isPassedOver = false;

  /** `limit`: attempts in flight at most. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#window = limit;
  }

  /** How many may be in flight. */
  get window(): number {
    const most = this.#most;
    if (!this.#isPaced) return Math.min(most, Math.max(1, Math.floor(this.#window)));
    // One more than there are on the average, so that it is the pace that holds.
    return Math.min(most, Math.floor(this.#rate * this.#goodMs) + 2);
  }

  /** Milliseconds between two starts; 0 where they are not paced. */
  get gap(): number {
    if (this.#isPaced) return 1 / this.#rate;
    return this.#ceiling.isTrying ? (EVENNESS * this.#goodMs) / this.window : 0;
  }

  /** An attempt went well. `tells`: it began at the present pace, and others wait for its place, so that the pace was put to use. */
  good({ now, tookMs, together }: Ended, tells: boolean): void {
    this.#undisturbed += 1;
    this.#ceiling.good(together, tells);
    this.#goodMs += (this.#goodMs === 0 ? 1 : NEWEST) * (tookMs - this.#goodMs);
    if (now - tookMs >= this.#resetAt) this.#goods.push(now);
    if (this.#goods.length > 2 * MAX_GOODS) this.#goods = this.#goods.slice(-MAX_GOODS);
    if (!this.#isPaced) {
      this.#window = Math.min(this.#limit, this.#window + 1 / this.#window);
      return;
    }
    if (tells && this.#isSearching) {
      this.#peak *= 1 + Math.min(MOST_QUICKENING, 1 / Math.max(1, this.#rate * this.#goodMs));
    } else if (tells) this.#since += 1;
    if (this.#rate * this.#goodMs >= 2 * this.#limit) this.#setFree();
  }

  /** The other side has too much to do, and may want to be left alone for a time. */
  congested({ now, together, isNews: isFirst, retryAfterMs }: Refused): void {
    const isNews = isFirst || this.#isPassedOver;
    // Who says for how long to be left alone means it.
    const isAlone = retryAfterMs === 0 && this.#undisturbed >= ALONE;
    this.#isPassedOver = isAlone && !this.#isTrying(together);
    this.#undisturbed = 0;
    if (this.#isPassedOver) return;
    const most = this.#most;
    const restGoods = (retryAfterMs * most) / Math.max(1, this.#goodMs);
    if (this.#ceiling.refused({ together, isNews, restGoods })) this.#setFree();
    else if (isNews) this.#slowDown(now, retryAfterMs, most);
  }

  /** Whether more is tried than is known to be taken, with `together` in flight. */
  #isTrying(together: number): boolean {
    if (together > this.#ceiling.known) return true;
    return this.#isPaced && (this.#isSearching || this.#since >= TRIED * this.#plateau);
  }

  /** How many are let in at most, whatever the pace. */
  get #most(): number {
    return Math.min(this.#limit, this.#ceiling.window);
  }

  #setFree(): void {
    this.#peak = Number.POSITIVE_INFINITY;
    this.#window = this.#limit;
  }

  /** `most`: how many were in flight at most till now. */
  #slowDown(now: number, retryAfterMs: number, most: number): void {
    this.#window = Math.min(this.#window, most);
    const delivered = this.#delivered(now);
    const isTooSoon = this.#isPaced && now < this.#measuredFrom + (2 * LEAST_GOODS) / this.#rate;
    if (retryAfterMs > 0 || !isTooSoon) {
      this.#resetAt = now;
      this.#measuredFrom = now + retryAfterMs + this.#goodMs;
    }
    this.#blind = delivered === undefined ? this.#blind + 1 : 0;
    if (delivered === undefined) {
      // Every rest is dear: it is better to begin far below.
      if (isTooSoon && this.#blind <= MOST_BLIND) this.#peak *= retryAfterMs > 0 ? 0.5 : 1 - STEP_BACK;
      else this.#halve();
      return;
    }
    const rate = Math.min(this.#rate, most / Math.max(1, this.#goodMs));
    // Soon after the last time the estimate is far off; later, the limit was only tried.
    const isTrial = this.#isPaced && !this.#isSearching && this.#since >= LEAST_PLATEAU / 2;
    const least = (isTrial ? LEAST_TRIED : 0.5) * rate;
    this.#isSearching = false;
    this.#peak = Math.min(rate, Math.max(delivered, least));
    const rest = isTrial ? REST_SHARE * retryAfterMs : 0;
    this.#plateau = Math.max(LEAST_PLATEAU, this.#peak * Math.max(ROUNDS * this.#goodMs, rest));
    this.#since = 0;
  }

  #halve(): void {
    if (!this.#isPaced) this.#window = Math.max(1, this.#window / 2);
    // How long answers take is not known yet, and so no pace.
    if (this.#goodMs === 0) return;
    const half = this.#isPaced ? this.#rate / 2 : this.#window / this.#goodMs;
    this.#peak = Math.max(SLOWEST, half);
    this.#since = this.#plateau;
    this.#isSearching = true;
  }

  get #isPaced(): boolean {
    return this.#peak !== Number.POSITIVE_INFINITY;
  }

  get #rate(): number {
    const way = this.#since / this.#plateau - 1;
    return this.#peak * (1 + STEP_BACK * way ** 3);
  }

  /** Good answers per millisecond of late, at the present pace; undefined where there are too few. */
  #delivered(now: number): number | undefined {
    const span = Math.max(SPAN_MS, 2 * this.#goodMs, (2 * LEAST_GOODS) / this.#rate);
    const from = Math.max(this.#measuredFrom, now - span);
    this.#goods = this.#goods.filter((at) => at > from);
    return this.#goods.length < LEAST_GOODS ? undefined : this.#goods.length / (now - from);
  }
}
