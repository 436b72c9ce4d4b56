// One child, from its plan to what becomes of it, by asking the work port. It goes on as soon as its own answers are in.

import type { Candidate, Evaluation, RejectReason, Seed, Work } from "../engine.ts";
import type { PartlyScored } from "../pool/compare.ts";
import { childMean, seedsDiffer } from "./comparison.ts";
import type { Estimates } from "./estimates.ts";
import { oneGroup } from "./examples.ts";
import { moduleOf, placeOf, rulesFor } from "./modules.ts";
import type { ChildPlan } from "./planning.ts";
import { type ProposedText, proposeText } from "./proposing.ts";
import { type Gate, outOfRace, raceParts } from "./racing.ts";
import type { GepaSettings } from "./state.ts";

/** What became of a child. */
export type Offspring =
  | {
      kind: "rejected";
      reason: RejectReason;
      detail: string;
      texts: Candidate["texts"];
      gate?: Gate;
      /** What it was run on before it was out. */
      evaluations: Evaluation[];
    }
  | { kind: "scored"; texts: Candidate["texts"]; evaluations: Evaluation[]; gate?: Gate };

/** What a child is judged by. All of it was known before its generation. */
export interface Yardstick {
  settings: GepaSettings;
  estimates: Estimates;
  /** What the candidates before it scored. */
  scores: readonly PartlyScored[];
  /** Its parent's position in the estimates. */
  parent: number;
  round: number;
  /** Texts that were tried before. */
  known: ReadonlySet<string>;
  /** Tells feedback rollouts of this generation from earlier ones, where answers are not to be used again; else 0. */
  replicate: number;
  /** By id of a candidate, the seeds on which a cheap model has answered alone. */
  predicted: Readonly<Record<string, readonly Seed[]>>;
}

type Written = { kind: "texts"; texts: Candidate["texts"] } | Extract<Offspring, { kind: "rejected" }>;

/** Writes the child's texts and scores them (GEPA paper, algorithm 1, lines 7-16, with a race in the place of the minibatch gate). */
export async function breed(plan: ChildPlan, by: Yardstick, work: Work): Promise<Offspring> {
  const written = await write(plan, by, work);
  if (written.kind === "rejected") return written;
  if (by.known.has(textsKey(written.texts))) {
    return rejected("duplicate", "these texts were tried before", written.texts);
  }
  return race(written.texts, plan, by, work);
}

async function write(plan: ChildPlan, by: Yardstick, work: Work): Promise<Written> {
  const base = plan.made ?? plan.parent.texts;
  if (plan.components.length === 0) return { kind: "texts", texts: base };
  const { search } = by.settings;
  const [evidence = [], partners = []] = plan.made
    ? [await show({ texts: base, seeds: plan.evidence }, by, work)]
    : await Promise.all(asked(plan).map((one) => show(one, by, work)));
  const perfect = evidence.every(({ reward }) => reward >= search.perfect_score);
  if (perfect && search.skip_perfect_score) {
    const detail = "the parent makes no mistake on this minibatch, so there is nothing to learn";
    return rejected("minibatch_perfect", detail, base);
  }
  const texts = { ...base };
  const answers = plan.components.map((name) => reflect(name, base, plan, { evidence, partners }, by, work));
  for (const [at, proposed] of (await Promise.all(answers)).entries()) {
    texts[plan.components[at] ?? ""] = proposed.text;
    if (proposed.kind === "fault") return rejected(proposed.reason, proposed.detail, texts);
  }
  return { kind: "texts", texts };
}

/** What a proposer is shown: the parent's rollouts, and its partner's. */
interface Shown {
  /** Whose rollouts; absent for texts that are no candidate's yet. */
  id?: string;
  texts: Candidate["texts"];
  seeds: readonly Seed[];
}

/** Whose rollouts a child's proposer is shown, of candidates that are scored; none where nothing is proposed. */
export function asked({
  parent,
  partner,
  made,
  components,
  evidence,
  minibatch,
}: ChildPlan): (Shown & { id: string })[] {
  if (made || components.length === 0) return [];
  return [{ ...parent, seeds: evidence }, ...(partner ? [{ ...partner, seeds: minibatch }] : [])];
}

/** Asks for rollouts to show. Shared seeds of a candidate were asked when the candidate was scored, of a cheap model perhaps; a proposer is shown what the policy's own model did. */
async function show(
  { id = "", texts, seeds }: Shown,
  { settings, replicate, predicted }: Yardstick,
  work: Work,
): Promise<Evaluation[]> {
  // Texts that are no candidate's have no scores to share; as scores of theirs, their answers would be none that a cheap model saves later.
  const shares = settings.search.shared_seeds && id !== "";
  if (!shares) return work.evaluate({ texts }, seeds, "feedback", replicate);
  const cheap = new Set(replicate === 0 ? predicted[id] : []);
  const parts = [seeds.filter((seed) => cheap.has(seed)), seeds.filter((seed) => !cheap.has(seed))] as const;
  if (parts[0].length === 0) return work.evaluate({ texts }, seeds, "pareto", replicate, "hi");
  const answers = await Promise.all([
    work.evaluate({ texts }, parts[0], "pareto", replicate, "proof"),
    work.evaluate({ texts }, parts[1], "pareto", replicate, "hi"),
  ]);
  const bySeed = new Map(answers.flat().map((answer) => [answer.seed, answer]));
  return seeds.flatMap((seed) => bySeed.get(seed) ?? []);
}

/** Asks for a better text for one component. */
function reflect(
  component: string,
  texts: Candidate["texts"],
  plan: ChildPlan,
  shown: { evidence: readonly Evaluation[]; partners: readonly Evaluation[] },
  { settings }: Yardstick,
  work: Work,
): Promise<ProposedText> {
  const { name } = moduleOf(component, settings);
  const other = plan.made === undefined ? plan.partner?.texts[component] : undefined;
  const subject = {
    component,
    text: texts[component] ?? "",
    groups: oneGroup(shown.evidence, name),
    attempts: plan.attempts[component] ?? [],
    ...placeOf(component, texts, settings),
    ...(other === undefined ? {} : { partner: { text: other, groups: oneGroup(shown.partners, name) } }),
  };
  const rules = rulesFor(component, texts, settings);
  return proposeText(subject, rules, settings.proposer, plan.replicate, work);
}

async function race(
  texts: Candidate["texts"],
  plan: ChildPlan,
  by: Yardstick,
  work: Work,
): Promise<Offspring> {
  const { settings, estimates, parent, round } = by;
  const minibatch = Math.min(settings.minibatch_size, settings.feedback_seeds.length);
  const { first, rest } = raceParts(plan.race, minibatch);
  const evaluations = await work.evaluate({ texts }, first, "pareto");
  const rewards = new Map(evaluations.map(({ seed, reward }) => [String(seed), reward]));
  const racer = { parent, round, parentRewards: plan.parent.rewards };
  const { gate, detail } = outOfRace(rewards, racer, estimates, settings.breeding);
  if (detail !== undefined) return { ...rejected("not_better", detail, texts, evaluations), gate };
  const all = [...evaluations, ...(await work.evaluate({ texts }, rest, "pareto"))];
  const { min_score_threshold: least } = settings.breeding;
  const scored = { kind: "scored", texts, evaluations: all, gate } as const;
  if (least === null) return scored;
  const mean = childMean(all, by.scores, settings);
  if (mean >= least) return scored;
  const over = seedsDiffer(settings) ? ", over all seeds by what others score there," : "";
  const says = `its mean of ${mean.toFixed(3)}${over} is below min_score_threshold = ${least}`;
  return { ...rejected("below_threshold", says, texts, all), gate };
}

function rejected(
  reason: RejectReason,
  detail: string,
  texts: Candidate["texts"],
  evaluations: Evaluation[] = [],
): Extract<Offspring, { kind: "rejected" }> {
  return { kind: "rejected", reason, detail, texts, evaluations };
}

/** A candidate's texts as one string, equal for equal texts. */
export function textsKey(texts: Candidate["texts"]): string {
  return JSON.stringify(Object.keys(texts).map((name) => [name, texts[name]]));
}
