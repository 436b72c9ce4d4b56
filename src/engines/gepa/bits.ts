// Sets of front positions as words of 32 bits, for the two questions that dominance removal asks of many of them.

/** A set of small whole numbers. All sets that meet in one operation have the same length. */
export type Bits = Int32Array;

/** An empty set with room for `count` members. */
export function emptyBits(count: number): Bits {
  return new Int32Array(Math.max(1, (count + 31) >>> 5));
}

/** The same set with room for more. */
export function widened(bits: Bits, count: number): Bits {
  const wider = emptyBits(count);
  wider.set(bits);
  return wider;
}

export function setBit(bits: Bits, at: number): void {
  bits[at >>> 5] = word(bits, at >>> 5) | (1 << (at & 31));
}

export function clearBit(bits: Bits, at: number): void {
  bits[at >>> 5] = word(bits, at >>> 5) & ~(1 << (at & 31));
}

/** Adds all members of `more` to `bits`. */
export function addAll(bits: Bits, more: Bits): void {
  for (let i = 0; i < bits.length; i++) bits[i] = word(bits, i) | word(more, i);
}

/** The members of `bits` that are not in `without`; undefined when there are none. */
export function minus(bits: Bits, without: Bits): Bits | undefined {
  const out = new Int32Array(bits.length);
  let any = 0;
  for (let i = 0; i < bits.length; i++) {
    const left = word(bits, i) & ~word(without, i);
    out[i] = left;
    any |= left;
  }
  return any === 0 ? undefined : out;
}

/** Whether a member of `bits` is not in `without`. */
export function exceeds(bits: Bits, without: Bits): boolean {
  for (let i = 0; i < bits.length; i++) {
    if ((word(bits, i) & ~word(without, i)) !== 0) return true;
  }
  return false;
}

/** The smallest member; -1 of an empty set. */
export function lowest(bits: Bits): number {
  for (let i = 0; i < bits.length; i++) {
    const one = word(bits, i);
    if (one !== 0) return i * 32 + (31 - Math.clz32(one & -one));
  }
  return -1;
}

function word(bits: Bits, at: number): number {
  return bits[at] ?? 0;
}
