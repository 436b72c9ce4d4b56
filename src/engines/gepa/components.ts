// Which components of a parent a child changes.

/** One component after the other, or all at once. */
export type ModuleSelector = "round_robin" | "all";

/**
 * The components to change and the parent's turn afterwards. With `round_robin` the parent's turn (0, 1, …) says which one;
 * `all` leaves the turn alone.
 */
export function componentsToChange(
  selector: ModuleSelector,
  components: readonly string[],
  turn: number,
): { names: string[]; turn: number } {
  if (selector === "all") return { names: [...components], turn };
  const at = turn % components.length;
  return { names: components.slice(at, at + 1), turn: (at + 1) % components.length };
}

/** The turn that a child begins with: the furthest of its parents'. */
export function inheritedTurn(parents: readonly number[]): number {
  return Math.max(0, ...parents);
}
