// The demo sets of DSPy's MIPROv2 (`create_n_fewshot_demo_sets`, BootstrapFewShot, LabeledFewShot): every set has a
// teacher of its own, the baseline with labelled demos, whose answers it takes as they come, example by example.

import type { Candidate, Demo, Evaluation, Seed, Work } from "../engine.ts";
import type { Random, RandomSource } from "../random.ts";
import { bootstrappedDemo, isSuccess, labelledDemo } from "./demos.ts";
import type { MiproSettings } from "./settings.ts";
import type { StageBank } from "./state.ts";

/** Bootstrapped demos of a set when prompts without demos are searched: the proposer needs something to see. */
const ZERO_SHOT_DEMOS = 3;

/** What is drawn for one set before any work starts. */
export type SetPlan =
  | { kind: "empty" }
  | { kind: "labelled" }
  | { kind: "bootstrapped"; order: readonly Seed[]; size: number };

/** The sets of every stage, as plans: the empty one, the labelled one, one in the order given, and shuffled ones. */
export function planSets(settings: MiproSettings, random: Random): SetPlan[] {
  const { max_sets, max_labelled } = settings.demos;
  const most = mostBootstrapped(settings);
  const order = settings.bootstrap_seeds;
  return Array.from({ length: max_sets }, (_, i): SetPlan => {
    if (i === 0) return { kind: "empty" };
    if (i === 1 && max_labelled > 0) return { kind: "labelled" };
    if (i === 2) return { kind: "bootstrapped", order, size: most };
    const shuffled = random.shuffle(order);
    return { kind: "bootstrapped", order: shuffled, size: 1 + random.below(most) };
  });
}

function mostBootstrapped({ demos }: MiproSettings): number {
  return demos.max_bootstrapped === 0 && demos.max_labelled === 0 ? ZERO_SHOT_DEMOS : demos.max_bootstrapped;
}

/** What a teacher needs to know. */
interface School {
  settings: MiproSettings;
  source: RandomSource;
  /** The labelled demos of every stage, by seed. */
  labelled: Map<Seed, Demo>[];
  /** The most examples that one set may try. */
  scan_limit: number;
}

/** Makes the sets. `examples` are rollouts of the baseline on the bootstrap seeds, for their inputs and wanted answers. */
export async function referenceBanks(
  plans: readonly SetPlan[],
  examples: readonly Evaluation[],
  scan_limit: number,
  parts: { settings: MiproSettings; source: RandomSource; work: Work },
): Promise<Pick<StageBank, "demos" | "demo_sets">[]> {
  const { settings, source, work } = parts;
  const labelled = settings.stages.map(
    (stage) =>
      new Map(
        examples.flatMap((example): [Seed, Demo][] => {
          const demo = labelledDemo(example, stage, settings);
          return demo === undefined ? [] : [[example.seed, demo]];
        }),
      ),
  );
  const school = { settings, source, labelled, scan_limit };
  // All sets at once: none depends on another.
  const sets = await Promise.all(plans.map((plan) => setOf(plan, school, work)));
  return settings.stages.map((_, at) => bankOf(sets.map((set) => set[at] ?? [])));
}

function bankOf(sets: readonly Demo[][]): Pick<StageBank, "demos" | "demo_sets"> {
  let next = 0;
  return { demos: sets.flat(), demo_sets: sets.map((set) => set.map(() => next++)) };
}

/** A set for every stage. */
function setOf(plan: SetPlan, school: School, work: Work): Promise<Demo[][]> | Demo[][] {
  if (plan.kind === "empty") return school.settings.stages.map(() => []);
  if (plan.kind === "labelled") return labelledSets(school.settings.bootstrap_seeds, school);
  return bootstrappedSets(plan, school, work);
}

/** LabeledFewShot: for every stage random examples, from a generator that always starts alike. */
function labelledSets(order: readonly Seed[], { settings, source, labelled }: School): Demo[][] {
  const random = source.from(source.seed(0));
  const count = Math.min(settings.demos.max_labelled, order.length);
  return settings.stages.map((_, at) =>
    random.sample(order, count).flatMap((seed) => labelled[at]?.get(seed) ?? []),
  );
}

/** BootstrapFewShot with one round. */
async function bootstrappedSets(
  { order, size }: { order: readonly Seed[]; size: number },
  school: School,
  work: Work,
): Promise<Demo[][]> {
  const { settings, source } = school;
  const successes = await scan(order, size, school, work);
  const answered = new Set(successes.map(({ seed }) => seed));
  const rest = order.filter((seed) => !answered.has(seed));
  let raw = source.from(source.seed(0)).shuffle(rest);
  const random = source.from(source.seed(0));
  return settings.stages.map((stage, at) => {
    const own = successes.flatMap(
      (success) =>
        bootstrappedDemo(success, stage, settings, () => source.from(source.seed(success.seed))) ?? [],
    );
    const demos = own.slice(0, mostBootstrapped(settings));
    const wanted = Math.max(0, Math.min(settings.demos.max_labelled - demos.length, raw.length));
    raw = random.sample(raw, wanted);
    return [...demos, ...raw.flatMap((seed) => school.labelled[at]?.get(seed) ?? [])];
  });
}

/** The first `size` successes of the teacher. Asks as many at once as are missing still: one by one it would ask no fewer. */
async function scan(order: readonly Seed[], size: number, school: School, work: Work): Promise<Evaluation[]> {
  const { settings } = school;
  const teacher = settings.demos.max_labelled > 0 ? labelledSets(order, school) : [];
  const successes: Evaluation[] = [];
  const most = Math.min(order.length, school.scan_limit);
  for (let at = 0; at < most && successes.length < size; ) {
    const wave = order.slice(at, Math.min(most, at + size - successes.length));
    at += wave.length;
    const answers = await Promise.all(
      wave.map((seed) => work.evaluate(teacherFor(seed, teacher, settings), [seed], "bootstrap")),
    );
    successes.push(...answers.flat().filter((one) => isSuccess(one, settings.few_shot_score_threshold)));
  }
  return successes;
}

/** The baseline with the teacher's demos, but for those of the example itself. */
function teacherFor(seed: Seed, teacher: readonly Demo[][], settings: MiproSettings): Candidate {
  const demos: Record<string, Demo[]> = {};
  for (const [at, { demo_module }] of settings.stages.entries()) {
    const shown = (teacher[at] ?? []).filter((demo) => demo.seed !== seed);
    if (demo_module !== null && shown.length > 0) demos[demo_module] = shown;
  }
  const texts = settings.baseline;
  return Object.keys(demos).length === 0 ? { texts } : { texts, demos };
}
