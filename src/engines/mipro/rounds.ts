// Rounds of proposals as a step of the run: what each is to be shown is drawn first, then all are asked, then the
// banks are filled.

import type { Seed, Work } from "../engine.ts";
import type { Random } from "../random.ts";
import { exampleOf } from "./bootstrap.ts";
import { fullReserved, leftForTrials } from "./budget.ts";
import { scoreOwn, unprovenSeeds, withOwn } from "./combinations.ts";
import * as told from "./events.ts";
import { ground } from "./grounding.ts";
import { type ProposalPlan, type ProposedText, proposeRound } from "./instructions.ts";
import type { ScoredInstruction } from "./proposal-messages.ts";
import type { RenderedParts } from "./render.ts";
import { estimates, meanOf } from "./scores.ts";
import type { MiproSettings } from "./settings.ts";
import { candidateOf, slotsOf } from "./space.ts";
import type { Combination, Instruction, MiproState, ShownExample, StageBank } from "./state.ts";
import { drawTip } from "./tips.ts";

/** Demos that the reference shows in a proposal. */
const REFERENCE_DEMOS = 3;
/** Rewarded and other examples of the baseline's work in a first proposal. */
export const SHOWN_GOOD = 4;
export const SHOWN_BAD = 20;
/** Instructions of the past in a proposal. */
const SHOWN_HISTORY = 5;
/** The least that counts as rewarded where every reward but 0 does. */
const LEAST_REWARD = Number.MIN_VALUE;

/** Whether instructions are proposed before this iteration, and as what. */
export function roundDue(iteration: number, settings: MiproSettings): "first" | "meta" | undefined {
  const { proposals, meta_update } = settings;
  if (proposals.at_iterations.includes(iteration)) return "first";
  if (meta_update === null || iteration === 0) return undefined;
  return iteration % meta_update.every_iterations === 0 ? "meta" : undefined;
}

/** Asks for instructions and takes them into the banks. Asks the incumbent's rollouts again, which costs nothing. */
export async function runRound(
  before: MiproState,
  kind: "first" | "meta",
  random: Random,
  settings: MiproSettings,
  work: Work,
): Promise<MiproState> {
  const { state, examples } =
    before.iteration > 0
      ? await incumbentExamples(before, random, settings, work)
      : { state: before, examples: before.examples };
  const plans =
    settings.strategy === "reference"
      ? referencePlans(state, random, settings)
      : roundPlans(state, kind, examples, random, settings);
  const grounding =
    state.rounds === 0 ? await ground(settings, state.examples, state.proposed, work) : state.grounding;
  const outcome = await proposeRound(
    plans.filter(({ subject }) => subject.count > 0),
    {
      settings,
      grounding,
      round: state.rounds,
      banks: state.banks.map(({ instructions }) => instructions),
      next_replicate: state.proposed + plans.length + 1,
    },
    work,
  );
  const banks = state.banks.map((bank, at) => ({
    ...bank,
    instructions: outcome.banks[at] ?? bank.instructions,
  }));
  tell(outcome.proposed, plans, state, settings, work);
  return { ...state, banks, grounding, rounds: state.rounds + 1, proposed: outcome.next_replicate };
}

/** What the best candidate did on seeds that it was scored on, and the state with what that says of it. */
async function incumbentExamples(
  state: MiproState,
  random: Random,
  settings: MiproSettings,
  work: Work,
): Promise<{ state: MiproState; examples: readonly ShownExample[] }> {
  const best = state.combinations.find(({ id }) => id === state.incumbent);
  if (best === undefined) return { state, examples: state.examples };
  const scored: Seed[] = state.online.filter((seed) => best.rewards[String(seed)] !== undefined);
  const known = settings.proxied ? shownSeeds(best, scored, random, state, settings, work) : scored;
  if (settings.proxied && known.length === 0) return { state, examples: state.examples };
  const own = await scoreOwn(best, known, state, settings, work);
  return { state: withOwn(state, best, own, settings), examples: own.evaluations.flatMap(exampleOf) };
}

/**
 * Where a cheap model scored: seeds on which the model that counts has answered, and of the others as many as a proposal shows, those on
 * which the cheap one did worst before others. A mistake teaches more than a success, and each answer is paid for.
 */
function shownSeeds(
  best: Combination,
  scored: readonly Seed[],
  random: Random,
  state: MiproState,
  settings: MiproSettings,
  work: Work,
): Seed[] {
  const unproven = unprovenSeeds(best, scored);
  const own = scored.filter((seed) => !unproven.includes(seed));
  const reward = (seed: Seed) => best.rewards[String(seed)] ?? 0;
  const worst = random.shuffle(unproven).sort((a, b) => reward(a) - reward(b));
  const room = Math.floor(leftForTrials(settings, fullReserved(state, settings), work));
  return [...own, ...worst.slice(0, Math.min(room, SHOWN_GOOD + SHOWN_BAD))];
}

/** The reference's plans: for every stage, one for each demo set; the first is drawn for and not asked, its place being the baseline's. */
function referencePlans(state: MiproState, random: Random, settings: MiproSettings): ProposalPlan[] {
  return settings.stages.flatMap((stage, at) => {
    const bank = state.banks[at];
    const sets = bank?.demo_sets.slice(0, settings.proposals.count) ?? [];
    return sets.map((_, set): ProposalPlan => {
      const tip = drawTip(random);
      const replicate = random.below(1_000_000_001);
      const subject = {
        stage: at,
        slot: 0,
        current: settings.baseline[stage.component] ?? "",
        tip,
        examples: set === 0 || bank === undefined ? [] : demosNear(set, bank),
        history: [],
        count: set === 0 ? 0 : 1,
      };
      return { subject, replicate, temperature: settings.proposals.temperature };
    });
  });
}

/** Bootstrapped demos of a set, then of those after it, then of those before it. */
function demosNear(set: number, { demos, demo_sets }: StageBank): RenderedParts[] {
  const order = [...demo_sets.slice(set), ...demo_sets.slice(0, set)];
  return order
    .flat()
    .flatMap((i) => demos[i] ?? [])
    .filter(({ bootstrapped }) => bootstrapped)
    .slice(0, REFERENCE_DEMOS)
    .map(({ input, output }) => ({ input, output }));
}

function roundPlans(
  state: MiproState,
  kind: "first" | "meta",
  examples: readonly ShownExample[],
  random: Random,
  settings: MiproSettings,
): ProposalPlan[] {
  const { proposals, meta_update } = settings;
  const decay = (meta_update?.regen_temperature_decay ?? 1) ** state.rounds;
  const temperature = proposals.temperature === null ? null : proposals.temperature * decay;
  let replicate = state.proposed;
  return settings.stages.flatMap((_, stage) =>
    (state.banks[stage]?.instructions ?? []).flatMap((entries, slot) => {
      const room = proposals.max_bank - entries.filter(({ retired }) => !retired).length;
      const wanted = Math.min(proposals.count, Math.max(0, room));
      const calls = Math.ceil(wanted / proposals.per_call);
      return Array.from({ length: calls }, (__, call): ProposalPlan => {
        const subject = {
          stage,
          slot,
          current: currentText(state, stage, settings),
          tip: drawTip(random),
          examples: shownIn(state, stage, kind, examples, random, settings),
          history: historyOf(state, stage, slot, settings),
          count: Math.min(proposals.per_call, wanted - call * proposals.per_call),
        };
        return { subject, replicate: replicate++, temperature };
      });
    }),
  );
}

/** The incumbent's text of a stage; the baseline's before there is one. */
function currentText(state: MiproState, stage: number, settings: MiproSettings): string {
  const component = settings.stages[stage]?.component ?? "";
  const best = state.combinations.find(({ id }) => id === state.incumbent);
  if (best === undefined) return settings.baseline[component] ?? "";
  const { texts } = candidateOf(slotsOf(settings, state.banks), best.choices, settings, state.banks);
  return texts[component] ?? "";
}

/** Examples for one proposal: what went well and what did not. Only the last stage is shown the program's own; others see their demos. */
function shownIn(
  state: MiproState,
  stage: number,
  kind: "first" | "meta",
  examples: readonly ShownExample[],
  random: Random,
  settings: MiproSettings,
): RenderedParts[] {
  const isLast = stage === settings.stages.length - 1;
  const { meta_update, few_shot_score_threshold } = settings;
  const most =
    kind === "meta" && meta_update !== null
      ? { good: meta_update.topk_success, bad: meta_update.topk_failure }
      : { good: SHOWN_GOOD, bad: SHOWN_BAD };
  if (!isLast) {
    const demos = (state.banks[stage]?.demos ?? []).filter(({ bootstrapped }) => bootstrapped);
    return some(demos, most.good, random).map(({ input, output }) => ({ input, output }));
  }
  const isGood = ({ reward }: ShownExample) => reward >= (few_shot_score_threshold ?? LEAST_REWARD);
  return [
    ...some(
      examples.filter((example) => !isGood(example)),
      most.bad,
      random,
    ),
    ...some(examples.filter(isGood), most.good, random),
  ];
}

function some<T>(items: readonly T[], count: number, random: Random): T[] {
  return random.sample(items, Math.min(count, items.length));
}

/** The slot's instructions with what their candidates are worth on the whole, the best first. */
function historyOf(
  state: MiproState,
  stage: number,
  slot: number,
  settings: MiproSettings,
): ScoredInstruction[] {
  const entries = state.banks[stage]?.instructions[slot] ?? [];
  const worth = instructionWorth(state, stage, slot, settings);
  return entries
    .flatMap(({ text }, i) => {
      const score = worth.get(i);
      return score === undefined || text === "" ? [] : [{ text, score }];
    })
    .sort((a, b) => b.score - a.score)
    .slice(0, SHOWN_HISTORY);
}

/** By entry of a slot's bank, the mean over the candidates that use it. */
function instructionWorth(
  state: MiproState,
  stage: number,
  slot: number,
  settings: MiproSettings,
): Map<number, number> {
  const at = slotsOf(settings, state.banks).findIndex(
    (one) => one.stage === stage && one.kind === "instruction" && one.slot === slot,
  );
  const known = estimates(state.combinations);
  const by = new Map<number, number[]>();
  for (const { id, choices } of state.combinations) {
    const mean = known.get(id)?.mean;
    const entry = choices[at];
    if (mean === undefined || entry === undefined) continue;
    by.set(entry, [...(by.get(entry) ?? []), mean]);
  }
  return new Map([...by].map(([entry, means]) => [entry, meanOf(means)]));
}

/** The banks with no more than `keep_k` instructions in each slot offered: the incumbent's, those not tried yet, and the best of the others. */
export function pruned(state: MiproState, settings: MiproSettings): StageBank[] {
  const keep = settings.meta_update?.keep_k;
  if (keep === undefined) return state.banks;
  const slots = slotsOf(settings, state.banks);
  const best = state.combinations.find(({ id }) => id === state.incumbent);
  return state.banks.map((bank, stage) => ({
    ...bank,
    instructions: bank.instructions.map((entries, slot) => {
      const at = slots.findIndex(
        (one) => one.stage === stage && one.kind === "instruction" && one.slot === slot,
      );
      return withBest(entries, keep, instructionWorth(state, stage, slot, settings), best, at);
    }),
  }));
}

function withBest(
  entries: readonly Instruction[],
  keep: number,
  worth: ReadonlyMap<number, number>,
  best: Combination | undefined,
  at: number,
): Instruction[] {
  const value = (i: number) => (best?.choices[at] === i ? Infinity : (worth.get(i) ?? Number.MAX_VALUE));
  const order = entries.flatMap(({ retired }, i) => (retired ? [] : [i])).sort((a, b) => value(b) - value(a));
  const kept = new Set(order.slice(0, keep));
  return entries.map((entry, i) => ({ ...entry, retired: entry.retired || !kept.has(i) }));
}

function tell(
  proposed: readonly ProposedText[],
  plans: readonly ProposalPlan[],
  state: MiproState,
  settings: MiproSettings,
  work: Work,
): void {
  work.emit(told.proposerEvent(state.iteration, plans, settings));
  for (const one of proposed) work.emit(told.instructionEvent(state.iteration, one, settings));
}
