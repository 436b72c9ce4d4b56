// Seed lists (protocol §1.1): a list of whole numbers, or a range as Python's `range(start, end, step)`.

import * as z from "zod";
import { integer } from "./fields.ts";
import { MAX_SEEDS } from "./limits.ts";

/** `{start, end, step}`; `end` is exclusive, `step` may be negative but not 0. */
export const SeedRange = z.object({
  start: z.int(),
  end: z.int(),
  step: z
    .int()
    .refine((step) => step !== 0, "step must not be 0")
    .default(1),
});
export type SeedRange = z.infer<typeof SeedRange>;

/** The seeds of a range, in order. */
export function seedsOfRange({ start, end, step }: SeedRange): number[] {
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (count > MAX_SEEDS) throw new RangeError(`a range of ${count} seeds is over the limit of ${MAX_SEEDS}`);
  return Array.from({ length: count }, (_, i) => start + i * step);
}

/** A seed list, or a range that is expanded into one. */
export const SeedList = z.union([
  z.array(integer(0)).max(MAX_SEEDS),
  SeedRange.refine((range) => Math.ceil((range.end - range.start) / range.step) <= MAX_SEEDS).transform(
    seedsOfRange,
  ),
]);
