// One child: planned with all of the step's random draws made beforehand, then bred by asking the work port.

import type { Budget, Candidate, CandidateRecord, Evaluation, RejectReason, Seed, Work } from "../engine.ts";
import type { Random } from "../random.ts";
import { oneGroup } from "./examples.ts";
import { nextMinibatch, type SamplerState } from "./minibatches.ts";
import { moduleOf, placeOf, rulesFor } from "./modules.ts";
import { type ProposedText, proposeText } from "./proposing.ts";
import type { FormerAttempt } from "./reflection.ts";
import type { GepaSettings } from "./state.ts";

/** How many rejected texts a reflection is shown. */
const ATTEMPTS_SHOWN = 4;

/** What is decided about a child before any work starts. */
export interface ChildPlan {
  parent: CandidateRecord;
  component: string;
  /** Texts that were tried in the place of this one and turned down. */
  attempts: FormerAttempt[];
  minibatch: Seed[];
  /** Whether the child must beat its parent on the minibatch before it is scored in full. */
  gated: boolean;
  /** Number of the child in the run; makes its proposal a question of its own. */
  replicate: number;
}

/** What became of a child. */
export type Offspring =
  | { kind: "rejected"; reason: RejectReason; detail: string; texts: Candidate["texts"]; gate?: Gate }
  | { kind: "scored"; texts: Candidate["texts"]; evaluations: Evaluation[]; gate?: Gate };

/** Sums of rewards on the minibatch. */
export interface Gate {
  parent: number;
  child: number;
}

/** Rollouts that a child may need at most: its parent and itself on the minibatch, itself on the Pareto seeds. */
function worstCost(settings: GepaSettings, gated: boolean): number {
  const minibatch = Math.min(settings.minibatch_size, settings.feedback_seeds.length);
  return minibatch * (gated ? 2 : 1) + settings.pareto_seeds.length;
}

/** How many children of that kind the budget can hold at their worst cost, once `reserved` rollouts are set aside. */
export function affordable(budget: Budget, reserved: number, settings: GepaSettings, gated: boolean): number {
  return Math.max(0, Math.floor((budget.rollouts - reserved) / worstCost(settings, gated)));
}

/** Plans `parents.length` children: a minibatch each, and the component whose turn it is with that parent. */
export function planChildren(
  parents: readonly CandidateRecord[],
  gated: boolean,
  from: {
    sampler: SamplerState;
    turns: Readonly<Record<string, number>>;
    candidates: readonly CandidateRecord[];
  },
  settings: GepaSettings,
  random: Random,
): { plans: ChildPlan[]; sampler: SamplerState; turns: Record<string, number> } {
  let { sampler } = from;
  const turns = { ...from.turns };
  const components = Object.keys(settings.baseline);
  const plans = parents.map((parent, index) => {
    const drawn = nextMinibatch(sampler, settings.feedback_seeds, settings.minibatch_size, random);
    sampler = drawn.sampler;
    const turn = turns[parent.id] ?? 0;
    turns[parent.id] = turn + 1;
    const component = components[turn % components.length] ?? "";
    const attempts = formerAttempts(from.candidates, parent.id, component);
    const replicate = from.candidates.length + index;
    return { parent, component, attempts, minibatch: drawn.minibatch, gated, replicate };
  });
  return { plans, sampler, turns };
}

/** The last few texts that came from this parent for this component, could be tried, and did not get past their minibatch. */
function formerAttempts(
  candidates: readonly CandidateRecord[],
  parent: string,
  component: string,
): FormerAttempt[] {
  const verdicts = new Map<string, string>();
  const origin = candidates.find(({ id }) => id === parent)?.texts[component];
  for (const { parents, texts, reject_reason, reject_detail } of candidates) {
    const text = texts[component];
    if (reject_reason !== "not_better" || !parents.includes(parent) || text === undefined) continue;
    if (text !== origin) verdicts.set(text, reject_detail ?? "it did no better than the text it came from");
  }
  return [...verdicts].slice(-ATTEMPTS_SHOWN).map(([text, verdict]) => ({ text, verdict }));
}

/** Reflects on the parent's minibatch, checks the new text, gates it and scores it (GEPA paper, algorithm 1, lines 7-16). */
export async function breed(
  plan: ChildPlan,
  known: ReadonlySet<string>,
  settings: GepaSettings,
  work: Work,
): Promise<Offspring> {
  const { parent, component, minibatch } = plan;
  const before = await work.evaluate(parent, minibatch, "feedback");
  const stay = (reason: RejectReason, detail: string): Offspring => ({
    kind: "rejected",
    reason,
    detail,
    texts: parent.texts,
  });
  if (before.every(({ reward }) => reward >= 1)) {
    return stay(
      "minibatch_perfect",
      "the parent makes no mistake on this minibatch, so there is nothing to learn",
    );
  }
  const proposed = await reflect(plan, before, settings, work);
  const texts = { ...parent.texts, [component]: proposed.text };
  if (proposed.kind === "fault") {
    const { reason, detail } = proposed;
    return { kind: "rejected", reason, detail, texts };
  }
  if (known.has(textsKey(texts))) {
    return { kind: "rejected", reason: "duplicate", detail: "these texts were tried before", texts };
  }
  const gate = plan.gated ? await runGate(texts, before, minibatch, work) : undefined;
  if (gate && !(gate.child > gate.parent)) {
    const detail = `the child scores ${round(gate.child)} on the minibatch, its parent ${round(gate.parent)}`;
    return { kind: "rejected", reason: "not_better", detail, texts, gate };
  }
  const evaluations = await work.evaluate({ texts }, settings.pareto_seeds, "pareto");
  return { kind: "scored", texts, evaluations, gate };
}

/** Asks for a better text for the component, by what became of the parent. */
function reflect(
  { parent, component, attempts, replicate }: ChildPlan,
  before: readonly Evaluation[],
  settings: GepaSettings,
  work: Work,
): Promise<ProposedText> {
  const subject = {
    component,
    text: parent.texts[component] ?? "",
    groups: oneGroup(before, moduleOf(component, settings).name),
    attempts,
    ...placeOf(component, parent.texts, settings),
  };
  const rules = rulesFor(component, parent.texts, settings);
  return proposeText(subject, rules, settings.proposer, replicate, work);
}

async function runGate(
  texts: Candidate["texts"],
  before: readonly Evaluation[],
  minibatch: readonly Seed[],
  work: Work,
): Promise<Gate> {
  const after = await work.evaluate({ texts }, minibatch, "feedback");
  return { parent: sumOf(before), child: sumOf(after) };
}

/** A candidate's texts as one string, equal for equal texts. */
export function textsKey(texts: Candidate["texts"]): string {
  return JSON.stringify(Object.keys(texts).map((name) => [name, texts[name]]));
}

function sumOf(evaluations: readonly Evaluation[]): number {
  return evaluations.reduce((sum, { reward }) => sum + reward, 0);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
