// In which order sets of candidates are walked, where that is anybody's choice. It decides which of equal candidates is
// drawn for the same random number. Ours is ascending; a replay of recorded runs brings the order that was in force there.

/** What a front was restricted to before it is walked. */
interface Restriction {
  /** The only candidates that count, best first. */
  readonly within?: readonly number[];
  /** Those of them that dominance removal left. */
  readonly kept?: ReadonlySet<number>;
}

/** The order of walking sets of candidates or seeds, all given by number. */
export interface WalkOrder {
  /** The holders of a front, given by age, as far as a restriction leaves them. */
  front(holders: readonly number[], restriction: Restriction): readonly number[];
  /** Each of the values once. */
  unique(values: readonly number[]): readonly number[];
  /** The values that are in both lists. */
  common(a: readonly number[], b: readonly number[]): readonly number[];
  /** The components of a prompt. */
  components(names: readonly string[]): readonly string[];
}

/** Numbers ascending, components by name. */
export const ASCENDING: WalkOrder = {
  front(holders, { within, kept }) {
    const counted = within === undefined ? undefined : new Set(within);
    return holders.filter((holder) => (counted?.has(holder) ?? true) && (kept?.has(holder) ?? true));
  },
  unique: (values) => ascending([...new Set(values)]),
  common(a, b) {
    const other = new Set(b);
    return ascending([...new Set(a)].filter((value) => other.has(value)));
  },
  components: (names) => [...names].sort(),
};

function ascending(values: number[]): number[] {
  return values.sort((a, b) => a - b);
}
