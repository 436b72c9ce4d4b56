// How many attempts at a time the other side takes, where that is what it limits: it refuses every attempt that comes to so many
// in flight, and none that comes to fewer. Owns the estimate. Does not own: starts in time, and what other refusals mean (the pace).
//
// The first refusal is taken for such a ceiling. Nothing above it is let in then, but now and then one more on trial, and if it is
// taken ever more; in time the ceiling is met exactly, and hardly ever passed. A limit on the rate looks the same where attempts come
// in bunches, so before a trial starts are spread: the rate would take one more then. A refusal that came to fewer disproves the
// ceiling. The next is believed only when more refusals agree.

/** Good answers between two trials, at least: one refusal in so many is bearable. */
const LEAST_REST = 75;
/** How many times all that are in flight are answered between two trials, at least. */
const ROUNDS = 8;
/** How many times longer than the other side wants to be left alone nothing is tried. */
const REST_SHARE = 20;
/** How much longer the time to the next trial gets with each that was refused, until it is as long as it should be. */
const PATIENCE = 4;
/** Refusals that must agree, at most. */
const MOST_DOUBT = 4;
/** Good answers that prove a ceiling that rose: one alone may have been quicker than a refusal that was counted as in flight with it. */
const PROOFS = 3;

/** A refusal, and how it came about. */
export interface Refusal {
  /** How many were in flight with it, itself among them. */
  together: number;
  /** Whether it is the first of those that were in flight with it. */
  isNews: boolean;
  /** Good answers in the time for which the other side wants to be left alone. */
  restGoods: number;
}

/** Attempts at a time that are taken, as far as is known. */
export class Ceiling {
  /** So many are taken; Infinity where nothing is known. */
  #most = Number.POSITIVE_INFINITY;
  /** How many more are let in on trial. */
  #more = 0;
  /** Good answers with as many in flight, since it rose. */
  #proofs = PROOFS;
  /** Good answers since the last trial, and how many there must be until the next. */
  #since = 0;
  #rest = 0;
  /** What refusals agree on while nothing is known, how many do, and how many must. */
  #refusedAt = Number.POSITIVE_INFINITY;
  #agreed = 0;
  #doubt = 1;

  /** How many are taken; Infinity where nothing is known. */
  get known(): number {
    return this.#most;
  }

  /** How many are let in; Infinity where nothing is known. */
  get window(): number {
    return this.#most + this.#more;
  }

  /** Whether a trial is under way or near, so that starts are to be spread evenly. */
  get isTrying(): boolean {
    return this.#isKnown && this.#since >= this.#rest - this.#most;
  }

  /** An attempt went well with `together` in flight, itself among them. `tells`: it began after the last refusal, and others wait for its place. */
  good(together: number, tells: boolean): void {
    if (together >= this.#refusedAt) this.#agreed = 0;
    if (!tells || !this.#isKnown) return;
    if (together > this.#most) this.#rise(together);
    if (together === this.#most) this.#proofs += 1;
    this.#since += 1;
    if (this.#more === 0 && this.#since >= this.#rest) this.#more = 1;
  }

  /** An attempt was refused. True where the ceiling explains it. */
  refused(refusal: Refusal): boolean {
    if (!this.#isKnown) return this.#believes(refusal);
    if (this.#explains(refusal)) {
      this.#meet(refusal);
      return true;
    }
    this.#most = Number.POSITIVE_INFINITY;
    this.#more = 0;
    this.#agreed = 0;
    this.#doubt = Math.min(MOST_DOUBT, 2 * this.#doubt);
    return false;
  }

  get #isKnown(): boolean {
    return this.#most !== Number.POSITIVE_INFINITY;
  }

  #believes({ together, isNews }: Refusal): boolean {
    if (together !== this.#refusedAt) this.#agreed = 0;
    this.#refusedAt = together;
    if (isNews) this.#agreed += 1;
    // Who is refused with nobody else in flight is refused for another reason.
    if (together < 2 || this.#agreed < this.#doubt) return false;
    this.#most = together - 1;
    this.#proofs = PROOFS;
    // Others may have been in flight that are not ours, and the true ceiling above.
    this.#more = this.#doubt > 1 ? 1 : 0;
    this.#since = 0;
    this.#rest = this.#most;
    return true;
  }

  #explains({ together, isNews }: Refusal): boolean {
    if (together < 2) return false;
    const isMistaken = together === this.#most && this.#proofs < PROOFS;
    return together > this.#most || isMistaken || !isNews;
  }

  #meet({ together, isNews, restGoods }: Refusal): void {
    this.#more = 0;
    this.#since = 0;
    if (isNews) {
      const longest = Math.max(LEAST_REST, ROUNDS * this.#most);
      this.#rest = Math.max(Math.min(PATIENCE * this.#rest, longest), REST_SHARE * restGoods);
    }
    if (together > this.#most + 1) return;
    // Of those that came to fewer, any that were refused will say so.
    this.#most = together - 1;
    this.#proofs = PROOFS;
  }

  #rise(together: number): void {
    const top = this.window;
    this.#more = together >= top ? 2 * this.#more : top - together;
    this.#most = together;
    this.#proofs = 0;
  }
}
