// Who a candidate descends from.

/**
 * The lineage of candidates, each worked out once: all ancestors, in the order in which a walk from parent to parent, depth first,
 * comes upon them. Long lineages need no deep stack.
 */
export function ancestry(
  parents: (candidate: number) => readonly number[],
): (candidate: number) => readonly number[] {
  const known = new Map<number, readonly number[]>();
  return (candidate) => {
    const before = known.get(candidate);
    if (before) return before;
    const lineage = walk(candidate, parents);
    known.set(candidate, lineage);
    return lineage;
  };
}

function walk(candidate: number, parents: (candidate: number) => readonly number[]): number[] {
  const found = new Set<number>();
  const stack = [...parents(candidate)].reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    stack.push(...[...parents(next)].reverse());
  }
  return [...found];
}
