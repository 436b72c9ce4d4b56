// Rules of a MIPRO job across its fields (protocol §1.10).

import { overlap, repeatedSeeds, reserveOf } from "./checks.ts";
import { type Finding, fault, mustBe, remark } from "./findings.ts";
import type { MIPROConfig } from "./mipro.ts";
import { counted } from "./words.ts";

const POOLS = ["bootstrap_train_seeds", "online_pool", "test_pool", "reference_pool", "val_seeds"] as const;

/** The pools: two are needed, none names a seed twice, and the reference seeds are nobody else's. */
export function checkMiproPools(mipro: MIPROConfig): Finding[] {
  const { bootstrap_train_seeds: bootstrap, online_pool: online } = mipro;
  return [
    ...neededPool("bootstrap_train_seeds", bootstrap),
    ...neededPool("online_pool", online),
    ...POOLS.flatMap((key) => repeatedSeeds(["mipro", key], mipro[key] ?? [])),
    ...demoFindings(mipro),
    ...referenceFindings(mipro),
    ...heldOutFindings(mipro),
  ];
}

function neededPool(key: (typeof POOLS)[number], seeds: readonly number[] | undefined): Finding[] {
  return seeds === undefined || seeds.length === 0
    ? [mustBe(["mipro", key], "a non-empty list of seeds", seeds)]
    : [];
}

function demoFindings({ min_bootstrap_demos: least, bootstrap_train_seeds: seeds }: MIPROConfig): Finding[] {
  if (seeds === undefined || least <= seeds.length) return [];
  const says = `must be at most the number of bootstrap seeds, ${seeds.length}, found ${least}`;
  return [fault(["mipro", "min_bootstrap_demos"], says)];
}

function referenceFindings(mipro: MIPROConfig): Finding[] {
  const others = new Set([
    ...(mipro.bootstrap_train_seeds ?? []),
    ...(mipro.online_pool ?? []),
    ...(mipro.test_pool ?? []),
  ]);
  const shared = (mipro.reference_pool ?? []).filter((seed) => others.has(seed));
  if (shared.length === 0) return [];
  const says = `must not overlap the bootstrap, online and test seeds: ${counted(shared.length, "seed")} of it do: ${shared.slice(0, 5).join(", ")}`;
  return [fault(["mipro", "reference_pool"], says)];
}

function heldOutFindings({
  test_pool,
  val_seeds,
  online_pool,
  bootstrap_train_seeds,
  adaptive_pool,
}: MIPROConfig): Finding[] {
  const training = new Set([
    ...(online_pool ?? []),
    ...(bootstrap_train_seeds ?? []),
    ...reserveOf(adaptive_pool),
  ]);
  return [
    ...overlap(["mipro", "test_pool"], test_pool ?? [], training),
    ...overlap(["mipro", "val_seeds"], val_seeds ?? [], training),
  ];
}

/** A remark on each round of proposals that is due after the last iteration. With `auto` the iterations follow from the pools. */
export function checkMiproRounds(mipro: MIPROConfig): Finding[] {
  const { auto, num_iterations, generate_at_iterations, meta_update } = mipro;
  if (auto !== undefined) return [];
  const last = `the last iteration is ${num_iterations - 1}`;
  const late = (generate_at_iterations ?? []).filter((at) => at >= num_iterations);
  const isUpdated = mipro.strategy === "parallel" && meta_update?.enabled !== false;
  const every = isUpdated ? meta_update?.every_iterations : undefined;
  return [
    ...(late.length === 0
      ? []
      : [remark(["mipro", "generate_at_iterations"], `never comes to ${late.join(", ")}: ${last}`)]),
    ...(every === undefined || every < num_iterations
      ? []
      : [remark(["mipro", "meta_update", "every_iterations"], `never comes due: ${last}`)]),
  ];
}
