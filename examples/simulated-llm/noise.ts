// Chance that repeats itself: numbers that look random but depend on their key alone.

/** A number in [0, 1) that depends on the key alone. */
export function chance(key: string): number {
  return hash32(key) / 2 ** 32;
}

/** `bell` of keys that begin alike: the beginning, which may be long, is hashed once. */
export function bellsAfter(beginning: string): (rest: string) => number {
  const state = mixed(FNV_START, beginning);
  const part = (rest: string) => finished(mixed(state, rest)) / 2 ** 32;
  return (rest) => (part(`${rest}/a`) + part(`${rest}/b`) + part(`${rest}/c`) - 1.5) * 2;
}

/** Eight hexadecimal digits of a text. */
export function fingerprint(text: string): string {
  return hash32(text).toString(16).padStart(8, "0");
}

/** FNV-1a with a final mix, so that keys that differ in one character give unrelated numbers. */
function hash32(text: string): number {
  return finished(mixed(FNV_START, text));
}

const FNV_START = 0x811c9dc5;

function mixed(start: number, text: string): number {
  let state = start;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state;
}

function finished(hash: number): number {
  let state = hash;
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
