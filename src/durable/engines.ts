// What the durable layer knows of each algorithm: which engine runs a job, and how much of it there is. Everything else
// here is the same for all.

import type { Engine, Seed } from "../engines/engine.ts";
import { gepaEngine } from "../engines/gepa/gepa.ts";
import { heldOutCost } from "../engines/gepa/heldout.ts";
import { proofCost } from "../engines/gepa/proof.ts";
import { referenceEngine } from "../engines/gepa/reference.ts";
import { childrenOf } from "../engines/gepa/sampling.ts";
import { proofCost as proofCostOfMipro, testCost } from "../engines/mipro/budget.ts";
import { miproEngine } from "../engines/mipro/mipro.ts";
import { proxiedEngine } from "../engines/pool/proxied.ts";
import type { JobFacts } from "./facts.ts";

/** The engine of a job, with the settings it was created with. Its state is plain data that nobody else looks into. */
export function engineFor(facts: JobFacts): Engine<unknown> {
  const engine = ownEngine(facts);
  return facts.proxy ? proxiedEngine(engine, facts.proxy.plan) : engine;
}

function ownEngine({ algorithm, settings }: JobFacts): Engine<unknown> {
  if (algorithm === "mipro") return miproEngine(settings);
  return settings.strategy === "reference" ? referenceEngine(settings) : gepaEngine(settings);
}

/** Generations or iterations after which the search ends at the latest; null where it is not known. */
export function roundsOf({ algorithm, settings }: JobFacts): number | null {
  if (algorithm === "mipro") return settings.num_iterations;
  return settings.strategy === "reference" ? settings.search.max_iterations : settings.num_generations;
}

/** The most proposals that a step asks for at the same time. */
export function proposalsTogether({ algorithm, settings, max_concurrent }: JobFacts): number {
  // All instructions of a round are proposed together.
  if (algorithm === "mipro") return max_concurrent;
  if (settings.strategy === "reference") {
    const components = settings.search.module_selector === "all" ? Object.keys(settings.baseline).length : 1;
    return components * childrenOf(settings.search);
  }
  return Math.max(1, settings.children_per_generation, settings.initial_size - 1);
}

/** The seeds that the search uses. */
export function trainingSeeds({ algorithm, settings }: JobFacts): Seed[] {
  if (algorithm === "mipro") return [...new Set([...settings.bootstrap_seeds, ...settings.online_seeds])];
  return [...new Set([...settings.pareto_seeds, ...settings.feedback_seeds])];
}

/** Rollouts that prove the best before they are ranked, at most; none without a proxy. */
export function proofRollouts({ algorithm, settings }: JobFacts): number {
  return algorithm === "mipro" ? proofCostOfMipro(settings) : proofCost(settings);
}

/** Rollouts of the held-out scores at the end. */
export function heldOutRollouts({ algorithm, settings }: JobFacts): number {
  return algorithm === "mipro" ? testCost(settings) : heldOutCost(settings);
}
