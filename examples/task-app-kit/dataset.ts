// Labelled texts and their split into pools: deterministic, so that a seed means the same example on every machine.

/** A text with the label it should get. */
export interface Example {
  text: string;
  label: string;
}

/** Names of the pools, in the order in which seeds run through them when no pool is asked for. */
export const POOL_NAMES = ["train", "validation", "test"] as const;
export type PoolName = (typeof POOL_NAMES)[number];

/** Names the shuffle: another name deals other pools. This one gives pools that are about equally hard. */
const DEAL = "b";

/** Examples by pool. No example is in two of them. */
export type Pools = Readonly<Record<PoolName, readonly Example[]>>;

/** The labels of some examples, each once, in alphabetical order. */
export function labelsOf(examples: readonly Example[]): string[] {
  return [...new Set(examples.map((example) => example.label))].sort();
}

/**
 * Cut examples into pools that hold `perLabel[i]` examples of every label. Within a pool the labels come in rounds, each
 * round in an order of its own, so that any stretch of seeds is balanced too.
 *
 * @throws RangeError when a label has too few examples.
 */
export function balancedPools(examples: readonly Example[], perLabel: readonly number[]): Example[][] {
  const wanted = perLabel.reduce((sum, count) => sum + count, 0);
  const byLabel = labelsOf(examples).map((label) => {
    const mine = examples.filter((example) => example.label === label);
    if (mine.length < wanted)
      throw new RangeError(`${label} has ${mine.length} examples, ${wanted} are needed`);
    return shuffled(mine, label);
  });
  let from = 0;
  return perLabel.map((count, pool) => {
    const rounds = Array.from({ length: count }, (_, i) =>
      shuffled(
        byLabel.flatMap((mine) => mine.slice(from + i, from + i + 1)),
        `round ${pool} ${i}`,
      ),
    );
    from += count;
    return rounds.flat();
  });
}

/** The example of a seed: an index, modulo the size of the pool, or of all pools in a row when none is named. */
export function exampleAt(pools: Pools, seed: number, pool?: PoolName): Example {
  const examples = pool === undefined ? POOL_NAMES.flatMap((name) => pools[name]) : pools[pool];
  const index = ((seed % examples.length) + examples.length) % examples.length;
  const example = examples[index];
  if (example === undefined) throw new RangeError("the pool is empty");
  return example;
}

/** A copy in an order that depends on the key alone. */
function shuffled<T>(items: readonly T[], key: string): T[] {
  return items
    .map((item, index) => ({ item, rank: hash(`${DEAL} ${key}\n${index}`) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

/** FNV-1a with a final mix; 32 bits. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
