// SipHash-1-3 (Aumasson and Bernstein) with a key of zeros, which is how CPython hashes strings when told not to randomise.

const MASK = 2n ** 64n - 1n;

/** The 64-bit hash of some bytes. */
export function siphash13(bytes: Uint8Array): bigint {
  const state: State = [0x736f6d6570736575n, 0x646f72616e646f6dn, 0x6c7967656e657261n, 0x7465646279746573n];
  for (let at = 0; at + 8 <= bytes.length; at += 8) absorb(state, littleEndian(bytes.subarray(at, at + 8)));
  const rest = littleEndian(bytes.subarray(bytes.length - (bytes.length % 8)));
  absorb(state, rest | (BigInt(bytes.length & 0xff) << 56n));
  state[2] ^= 0xffn;
  for (let round = 0; round < 3; round++) sipRound(state);
  return state[0] ^ state[1] ^ state[2] ^ state[3];
}

type State = [bigint, bigint, bigint, bigint];

function absorb(state: State, word: bigint): void {
  state[3] ^= word;
  sipRound(state);
  state[0] ^= word;
}

function sipRound(state: State): void {
  let [a, b, c, d] = state;
  a = (a + b) & MASK;
  b = rotate(b, 13n) ^ a;
  a = rotate(a, 32n);
  c = (c + d) & MASK;
  d = rotate(d, 16n) ^ c;
  a = (a + d) & MASK;
  d = rotate(d, 21n) ^ a;
  c = (c + b) & MASK;
  b = rotate(b, 17n) ^ c;
  c = rotate(c, 32n);
  state.splice(0, 4, a, b, c, d);
}

function rotate(word: bigint, by: bigint): bigint {
  return ((word << by) | (word >> (64n - by))) & MASK;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n);
}
