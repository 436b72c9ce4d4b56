// The search space: one categorical parameter for each instruction slot and each demo slot of every stage, over what the
// stage's bank offers; and the candidate that a choice for each of them makes.

import type { Candidate, Demo } from "../engine.ts";
import type { MiproSettings, StageSettings } from "./settings.ts";
import type { StageBank } from "./state.ts";
import type { Parameter } from "./tpe.ts";

/** A parameter, and which entries of the bank it offers. */
export interface Slot extends Parameter {
  /** Position in `settings.stages`. */
  stage: number;
  kind: "instruction" | "demos";
  /** Position among the stage's slots of its kind. */
  slot: number;
  /** The bank's entries that may be chosen, rising. */
  options: number[];
}

/**
 * The slots in the order in which choices are made: by stage, instructions before demos. They are named as in the reference,
 * `0_predictor_instruction` and `0_predictor_demos`, since the sampler goes by their names; further slots end in their number.
 */
export function slotsOf(settings: MiproSettings, banks: readonly StageBank[]): Slot[] {
  return settings.stages.flatMap((stage, at) => {
    const bank = banks[at];
    if (bank === undefined) return [];
    const instructions = bank.instructions.map((entries, slot) =>
      slotOf(at, "instruction", slot, offered(entries)),
    );
    const sets = bank.demo_sets.flatMap((set, i) =>
      set.length > 0 || offersEmpty(settings, bank) ? [i] : [],
    );
    const demos = Array.from({ length: demoSlots(stage) }, (_, slot) => slotOf(at, "demos", slot, sets));
    return [...instructions, ...demos];
  });
}

function demoSlots(stage: StageSettings): number {
  return stage.demo_module === null ? 0 : stage.demo_slots;
}

function offered(entries: StageBank["instructions"][number]): number[] {
  return entries.flatMap(({ retired }, i) => (retired ? [] : [i]));
}

/** A prompt without demos is tried unless the settings say not to, and where there are no demos. */
function offersEmpty({ strategy, demos }: MiproSettings, bank: StageBank): boolean {
  return strategy === "reference" || demos.include_empty || bank.demo_sets.every((set) => set.length === 0);
}

function slotOf(stage: number, kind: Slot["kind"], slot: number, options: number[]): Slot {
  const suffix = slot === 0 ? "" : `_${slot + 1}`;
  return { name: `${stage}_predictor_${kind}${suffix}`, choices: options.length, stage, kind, slot, options };
}

/** The candidate of a choice for each slot. */
export function candidateOf(
  slots: readonly Slot[],
  choices: readonly number[],
  settings: MiproSettings,
  banks: readonly StageBank[],
): Candidate {
  const texts = { ...settings.baseline };
  const demos: Record<string, readonly Demo[]> = {};
  for (const [at, stage] of settings.stages.entries()) {
    const bank = banks[at];
    if (bank === undefined) continue;
    const chosen = (kind: Slot["kind"]) =>
      slots.flatMap((slot, i) => (slot.stage === at && slot.kind === kind ? [choices[i] ?? 0] : []));
    texts[stage.component] = chosen("instruction")
      .map((choice, slot) => bank.instructions[slot]?.[choice]?.text ?? "")
      .filter((text) => text !== "")
      .join("\n");
    const shown = demosOf(chosen("demos"), bank, largestSet(settings));
    if (stage.demo_module !== null && shown.length > 0) demos[stage.demo_module] = shown;
  }
  return Object.keys(demos).length === 0 ? { texts } : { texts, demos };
}

/** The most demos that a prompt shows. */
function largestSet({ demos }: MiproSettings): number {
  return Math.max(demos.max_labelled, demos.max_bootstrapped);
}

/** The demos of some sets together, each seed once, no more than one set may have. */
function demosOf(sets: readonly number[], bank: StageBank, most: number): Demo[] {
  const [first = []] = sets.map((set) => bank.demo_sets[set] ?? []);
  if (sets.length < 2) return first.flatMap((i) => bank.demos[i] ?? []);
  const seeds = new Set<number>();
  const union = sets.flatMap((set) => bank.demo_sets[set] ?? []).flatMap((i) => bank.demos[i] ?? []);
  return union.filter(({ seed }) => !seeds.has(seed) && seeds.add(seed)).slice(0, most);
}

/** A choice of bank entries as positions among what the slots offer now; -1 where the entry is not offered any more. */
export function positionsOf(choices: readonly number[], slots: readonly Slot[]): number[] {
  return slots.map(({ options }, i) => options.indexOf(choices[i] ?? -1));
}

/** Positions among what the slots offer as bank entries. */
export function entriesOf(positions: readonly number[], slots: readonly Slot[]): number[] {
  return slots.map(({ options }, i) => options[positions[i] ?? 0] ?? 0);
}
