// Text that is kept only up to a size: the head and the tail, with a note of what is missing between them.

/** Collects text piece by piece in bounded memory and linear time. */
export class CappedText {
  readonly #headMax: number;
  readonly #tailMax: number;
  #head = "";
  #tail = "";
  #total = 0;

  /** @param max - characters kept, the note not counted */
  constructor(max: number) {
    this.#headMax = Math.ceil((max * 2) / 3);
    this.#tailMax = Math.max(1, max - this.#headMax);
  }

  /** Append a piece. */
  add(piece: string): void {
    this.#total += piece.length;
    const room = this.#headMax - this.#head.length;
    this.#head += piece.slice(0, room);
    this.#tail += piece.slice(room);
    // Cut only now and then, so that many small pieces cost no more than their own length.
    if (this.#tail.length > 2 * this.#tailMax) this.#tail = this.#tail.slice(-this.#tailMax);
  }

  /** What is kept, well-formed Unicode even where a cut went through a character. */
  text(): string {
    const missing = this.#total - this.#head.length - this.#tailMax;
    if (missing <= 0) return this.#head + this.#tail;
    const tail = this.#tail.slice(-this.#tailMax);
    return `${this.#head} [… ${missing} characters left out …] ${tail}`.toWellFormed();
  }
}

/** The text itself when it has at most `max` characters, else its head and tail with a note between them. */
export function excerpt(text: string, max: number): string {
  const capped = new CappedText(max);
  capped.add(text);
  return capped.text();
}
