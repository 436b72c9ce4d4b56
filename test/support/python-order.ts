// The order in which the reference walked its sets, for replays of its runs.

import type { WalkOrder } from "../../src/engines/gepa/walk-order.ts";
import { PythonSet } from "./python-set.ts";

/**
 * CPython's. A front is a set to which its holders were added one by one; selections work on a copy of it, intersected with
 * the set of the k best where need be, and rebuilt from those that dominance removal leaves.
 */
export const PYTHON_ORDER: WalkOrder = {
  front(holders, { within, kept }) {
    const copy = PythonSet.of(holders).copy();
    const set = within === undefined ? copy : copy.and(PythonSet.of(within));
    return kept === undefined ? [...set] : [...PythonSet.of([...set].filter((one) => kept.has(one)))];
  },
  unique: (values) => [...PythonSet.of(values)],
  common: (a, b) => [...PythonSet.of(a).and(PythonSet.of(b))],
  components: (names) => [...PythonSet.of(names)],
};
