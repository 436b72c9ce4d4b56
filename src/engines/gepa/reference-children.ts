// The reflections of an iteration: parents on their minibatches, new texts, children on the same minibatches, and those that pass
// scored in full. Each stage asks for all children together, as the reference does.

import type { Candidate, CandidateRecord, Evaluation, RejectReason } from "../engine.ts";
import { accepts, sumOf } from "./acceptance.ts";
import { formerAttempts } from "./attempts.ts";
import { textsKey } from "./breeding.ts";
import { componentsToChange } from "./components.ts";
import * as told from "./events.ts";
import type { Iteration } from "./reference-iteration.ts";
import { askForTexts } from "./reference-reflection.ts";
import { sampleTasks, type Task } from "./sampling.ts";
import type { GepaSettings } from "./state.ts";

/** A task whose parent was scored on the minibatch and left something to learn. */
interface OpenTask extends Task {
  components: string[];
  evaluations: Evaluation[];
  /** Number of its first question to the proposer. */
  replicate: number;
}

/** A child that was scored on its minibatch. */
interface Child {
  task: OpenTask;
  texts: Candidate["texts"];
  /** Sums of rewards on the minibatch. */
  gate: { parent: number; child: number };
}

/** Makes the children of the iteration; whether any was accepted. */
export async function reflectTogether(iteration: Iteration): Promise<boolean> {
  const before = [...iteration.draft.candidates];
  const tasks = openTasks(iteration, await scoreParents(iteration, drawTasks(iteration)));
  const children = await scoreChildren(iteration, await makeTexts(iteration, tasks));
  const isNew = children.some(({ texts }) => !before.some((one) => sameTexts(one.texts, texts)));
  iteration.draft.idle = isNew ? 0 : iteration.draft.idle + 1;
  const kept = selected(iteration, children);
  for (const child of children.filter((one) => !kept.includes(one))) turnDown(iteration, child, kept);
  await keepAll(iteration, kept);
  return kept.length > 0;
}

function drawTasks(iteration: Iteration): Task[] {
  const { settings, ports, pool, room } = iteration.parts;
  const { draft, number } = iteration;
  const from = { iteration: number - 1, epoch: draft.epoch };
  const { tasks, epoch } = sampleTasks(pool.fronts, from, settings, iteration.random, room, ports.order);
  draft.epoch = epoch;
  for (const { parent, seeds } of tasks) {
    const score = pool.mean(parent);
    ports.observe({ kind: "candidate_selected", iteration: number, candidate: parent, score });
    ports.observe({ kind: "minibatch_sampled", iteration: number, seeds });
  }
  return tasks;
}

/** The parents on their minibatches; tasks that agree in both share the answers. */
async function scoreParents(
  iteration: Iteration,
  tasks: readonly Task[],
): Promise<(Task & { evaluations: Evaluation[] })[]> {
  const { ports, pool } = iteration.parts;
  const unique = new Map(
    tasks.map((task) => [JSON.stringify([textsKey(pool.texts(task.parent)), task.seeds]), task]),
  );
  const answers = new Map(
    await Promise.all(
      [...unique].map(async ([key, { parent, seeds }]) => {
        return [key, await iteration.onMinibatch(pool.member(parent), seeds)] as const;
      }),
    ),
  );
  const scored = tasks.map((task) => {
    const key = JSON.stringify([textsKey(pool.texts(task.parent)), task.seeds]);
    return { ...task, evaluations: answers.get(key) ?? [] };
  });
  for (const { parent, evaluations } of scored) {
    const rewards = evaluations.map(({ reward }) => reward);
    ports.observe({ kind: "evaluated", iteration: iteration.number, candidate: parent, rewards });
  }
  const evaluated = [...unique.values()].map(({ parent, seeds }) => ({ texts: pool.texts(parent), seeds }));
  ports.meter?.minibatches(iteration.number, evaluated);
  return scored;
}

/** Passes over parents without mistake, and picks the components that the others change. */
function openTasks(
  iteration: Iteration,
  scored: readonly (Task & { evaluations: Evaluation[] })[],
): OpenTask[] {
  const { settings, ports, pool } = iteration.parts;
  const { draft, number } = iteration;
  const { skip_perfect_score, perfect_score, module_selector } = settings.search;
  const names = Object.keys(settings.baseline);
  return scored.flatMap((task) => {
    const isPerfect = task.evaluations.every(({ reward }) => reward >= perfect_score);
    if (skip_perfect_score && isPerfect) {
      const reason = "all_scores_perfect";
      ports.observe({ kind: "skipped", iteration: number, candidate: task.parent, reason });
      return [];
    }
    const { id } = pool.member(task.parent);
    const { names: components, turn } = componentsToChange(module_selector, names, draft.turns[id] ?? 0);
    draft.turns = { ...draft.turns, [id]: turn };
    const replicate = draft.asked;
    draft.asked += components.length;
    ports.observe({
      kind: "proposing",
      iteration: number,
      candidate: task.parent,
      components,
      seeds: task.seeds,
    });
    return [{ ...task, components, replicate }];
  });
}

/** New texts for all open tasks. A task without a usable one is over, with a record of why. */
async function makeTexts(
  iteration: Iteration,
  tasks: readonly OpenTask[],
): Promise<{ task: OpenTask; texts: Candidate["texts"] }[]> {
  const { settings, ports, pool, work } = iteration.parts;
  const before = [...iteration.draft.candidates];
  const answers = await Promise.all(
    tasks.map(async (task) => {
      const { id, texts } = pool.member(task.parent);
      const tried = task.components.map((name) => [name, formerAttempts(before, id, name)]);
      const question = { ...task, texts, attempts: Object.fromEntries(tried) };
      return { task, answer: await askForTexts(question, settings, ports.fault, work) };
    }),
  );
  return answers.flatMap(({ task, answer }) => {
    if (answer.kind === "fault") {
      record(iteration, task, answer);
      return [];
    }
    ports.observe({ kind: "proposed", iteration: iteration.number, texts: answer.texts });
    return [{ task, texts: { ...pool.texts(task.parent), ...answer.texts } }];
  });
}

async function scoreChildren(
  iteration: Iteration,
  made: readonly { task: OpenTask; texts: Candidate["texts"] }[],
): Promise<Child[]> {
  const { ports } = iteration.parts;
  const children = await Promise.all(
    made.map(async ({ task, texts }) => {
      const rewards = rewardsOf(await iteration.onMinibatch({ texts }, task.seeds));
      return { task, texts, rewards };
    }),
  );
  for (const { rewards } of children) {
    ports.observe({ kind: "evaluated", iteration: iteration.number, candidate: null, rewards });
  }
  if (children.length > 0) {
    const evaluated = children.map(({ task, texts }) => ({ texts, seeds: task.seeds }));
    ports.meter?.minibatches(iteration.number, evaluated);
  }
  return children.map(({ task, texts, rewards }) => ({
    task,
    texts,
    gate: { parent: sumOf(rewardsOf(task.evaluations)), child: sumOf(rewards) },
  }));
}

/** Those that are scored in full: of the children that pass, all or the ones that gained most, and of equal texts the first. */
function selected({ parts }: Iteration, children: readonly Child[]): Child[] {
  const { proposal_selection, proposal_top_k } = parts.settings.search;
  const passed = children.filter((child) => passes(child, parts.settings));
  const gain = ({ gate }: Child) => gate.child - gate.parent;
  const count = { all: passed.length, best: 1, top_k: proposal_top_k }[proposal_selection];
  const chosen =
    proposal_selection === "all" ? passed : passed.toSorted((a, b) => gain(b) - gain(a)).slice(0, count);
  const first = new Map(chosen.toReversed().map((child) => [textsKey(child.texts), child]));
  return chosen.filter((child) => first.get(textsKey(child.texts)) === child);
}

function passes({ gate }: Child, { search, breeding }: GepaSettings): boolean {
  return accepts(search.acceptance_criterion, gate.parent, gate.child, breeding.min_local_improvement);
}

function turnDown(iteration: Iteration, child: Child, kept: readonly Child[]): void {
  const { gate, texts, task } = child;
  iteration.parts.ports.observe({ kind: "candidate_rejected", iteration: iteration.number, ...gate });
  if (!passes(child, iteration.parts.settings)) {
    const detail = `the child scores ${round(gate.child)} on the minibatch, its parent ${round(gate.parent)}`;
    record(iteration, task, { reason: "not_better", detail, texts }, gate);
  } else if (kept.some((one) => textsKey(one.texts) === textsKey(texts))) {
    record(iteration, task, { reason: "duplicate", detail: "a sibling has the same texts", texts }, gate);
  } else {
    record(iteration, task, { reason: "not_selected", detail: "a sibling gained more", texts }, gate);
  }
}

/** Scores children in full, all together, and takes them in by their order. */
async function keepAll(iteration: Iteration, kept: readonly Child[]): Promise<void> {
  const { ports, pool, settings, work } = iteration.parts;
  const scored = await Promise.all(
    kept.map(async (child) => ({ child, evaluations: await iteration.inFull(child) })),
  );
  for (const { child, evaluations } of scored) {
    ports.meter?.scored(iteration.number, child.texts, settings.pareto_seeds);
    const { task, texts, gate } = child;
    const parents = [pool.member(task.parent).id];
    const born = { id: iteration.nextId(), texts, operator: "reflection" as const, parents };
    const { number, record: accepted } = iteration.accept(born, evaluations);
    const { merges } = iteration.draft;
    const isDue = merges.accepted < settings.search.max_merge_invocations;
    iteration.draft.merges = { ...merges, fresh: true, due: merges.due + (isDue ? 1 : 0) };
    const decision = { candidate: number, score: gate.child, parents: [task.parent] };
    ports.observe({ kind: "candidate_accepted", iteration: iteration.number, ...decision });
    work.emit(told.candidateEvent(accepted, { component: task.components.join(", "), gate, evaluations }));
  }
}

/** Writes down a child that was turned down. */
function record(
  iteration: Iteration,
  task: OpenTask,
  fault: { reason: RejectReason; detail: string; texts: Candidate["texts"] },
  gate?: Child["gate"],
): void {
  const { pool, work } = iteration.parts;
  const rejected: CandidateRecord = {
    id: iteration.nextId(),
    texts: fault.texts,
    parents: [pool.member(task.parent).id],
    generation: iteration.number,
    operator: "reflection",
    accepted: false,
    reject_reason: fault.reason,
    reject_detail: fault.detail,
    rewards: {},
    mean: null,
    on_front: false,
  };
  iteration.draft.candidates.push(rejected);
  const component = task.components.join(", ");
  work.emit(told.candidateEvent(rejected, { component, detail: fault.detail, gate }));
}

function sameTexts(one: Candidate["texts"], other: Candidate["texts"]): boolean {
  return Object.keys(one).every((name) => one[name] === other[name]);
}

function rewardsOf(evaluations: readonly Evaluation[]): number[] {
  return evaluations.map(({ reward }) => reward);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
