// The order in which CPython walks a set, which decided draws of recorded runs: `Objects/setobject.c` of 3.11 for small whole
// numbers, whose hash is their value, and for strings under PYTHONHASHSEED=0.

import { siphash13 } from "./siphash.ts";

const LINEAR_PROBES = 9;
const SMALLEST = 8;

/** A set of CPython: a table of slots that is walked from its beginning. */
export class PythonSet<T extends number | string> {
  #slots: ({ value: T; hash: bigint } | undefined)[] = new Array(SMALLEST).fill(undefined);
  #used = 0;

  /** `set()` with the values added one by one, as `{a}`, `.add`, `set(list)` and comprehensions do. */
  static of<T extends number | string>(values: Iterable<T>): PythonSet<T> {
    const set = new PythonSet<T>();
    for (const value of values) set.add(value);
    return set;
  }

  /** `set(other)` of another set: the table is made large enough at once. */
  copy(): PythonSet<T> {
    const copy = new PythonSet<T>();
    if (this.#used === 0) return copy;
    if (this.#used * 5 >= copy.#mask * 3) copy.#resize(this.#used * 2);
    if (copy.#mask === this.#mask) copy.#slots = [...this.#slots];
    else for (const value of this) copy.#put(value);
    copy.#used = this.#used;
    return copy;
  }

  /** `this & other`: walks the smaller one, the right one of two of a size. */
  and(other: PythonSet<T>): PythonSet<T> {
    const [walked, asked] = other.#used > this.#used ? [this, other] : [other, this];
    return PythonSet.of([...walked].filter((value) => asked.has(value)));
  }

  has(value: T): boolean {
    return this.#slots[this.#find(value)] !== undefined;
  }

  add(value: T): void {
    const at = this.#find(value);
    if (this.#slots[at] !== undefined) return;
    this.#slots[at] = { value, hash: hashOf(value) };
    this.#used += 1;
    if (this.#used * 5 >= this.#mask * 3) this.#resize(this.#used > 50_000 ? this.#used * 2 : this.#used * 4);
  }

  *[Symbol.iterator](): Generator<T> {
    for (const slot of this.#slots) if (slot) yield slot.value;
  }

  get #mask(): number {
    return this.#slots.length - 1;
  }

  #resize(wanted: number): void {
    let size = SMALLEST;
    while (size <= wanted) size *= 2;
    const values = [...this];
    this.#slots = new Array(size).fill(undefined);
    for (const value of values) this.#put(value);
  }

  #put(value: T): void {
    this.#slots[this.#find(value)] = { value, hash: hashOf(value) };
  }

  /** Where a value stands, or would. */
  #find(value: T): number {
    const hash = hashOf(value);
    const mask = BigInt(this.#mask);
    let perturb = hash;
    let at = hash & mask;
    for (;;) {
      const start = Number(at);
      const probes = start + LINEAR_PROBES <= this.#mask ? LINEAR_PROBES : 0;
      for (let slot = start; slot <= start + probes; slot++) {
        const held = this.#slots[slot];
        if (held === undefined || held.value === value) return slot;
      }
      perturb >>= 5n;
      at = (at * 5n + 1n + perturb) & mask;
    }
  }
}

/** The hash as the unsigned 64-bit number that the table works with. */
function hashOf(value: number | string): bigint {
  return typeof value === "number" ? BigInt(value) : stringHash(value);
}

/** The hash of a string under PYTHONHASHSEED=0: SipHash-1-3 with a zero key over the string's own bytes. */
function stringHash(text: string): bigint {
  if (text === "") return 0n;
  const hash = siphash13(bytesOf(text));
  return hash === 2n ** 64n - 1n ? 2n ** 64n - 2n : hash;
}

/** A string as CPython holds it: one, two or four bytes a character, by its largest. */
function bytesOf(text: string): Uint8Array {
  const points = [...text].map((char) => char.codePointAt(0) ?? 0);
  const largest = Math.max(...points);
  const width = largest < 0x100 ? 1 : largest < 0x10000 ? 2 : 4;
  const bytes = new Uint8Array(points.length * width);
  for (const [index, point] of points.entries()) {
    for (let byte = 0; byte < width; byte++) bytes[index * width + byte] = (point >>> (8 * byte)) & 0xff;
  }
  return bytes;
}
