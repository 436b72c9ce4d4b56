// The reflections of an iteration: parents on their minibatches, new texts, children on the same minibatches, and those that pass
// scored in full. Each stage asks for all children together, as the reference does.

import type { CandidateRecord, RejectReason } from "../engine.ts";
import { accepts, sumOf } from "./acceptance.ts";
import { textsKey } from "./breeding.ts";
import { componentsToChange } from "./components.ts";
import * as told from "./events.ts";
import type { Iteration } from "./reference-iteration.ts";
import { askForTexts, type NewTexts } from "./reference-reflection.ts";
import { sampleTasks, type Task } from "./sampling.ts";

/** A child that was scored on its minibatch. */
interface Child {
  id: string;
  task: Task;
  components: string[];
  texts: Record<string, string>;
  gate: { parent: number; child: number };
}

/** Makes the children of the iteration; whether any was accepted. */
export async function reflectTogether(iteration: Iteration): Promise<boolean> {
  const known = new Set(iteration.draft.candidates.map(({ texts }) => textsKey(texts)));
  const tasks = drawTasks(iteration);
  const evaluated = await evaluateParents(iteration, tasks);
  const children = await makeChildren(iteration, evaluated);
  const isNew = children.some(({ texts }) => !known.has(textsKey(texts)));
  iteration.draft.idle = isNew ? 0 : iteration.draft.idle + 1;
  const passed = selected(iteration, children);
  for (const child of children) if (!passed.includes(child)) turnDown(iteration, child, passed);
  await keepAll(iteration, children, passed);
  return passed.length > 0;
}

function drawTasks(iteration: Iteration): Task[] {
  const { settings, ports, pool, room } = iteration.parts;
  const { draft } = iteration;
  const from = { iteration: iteration.number - 1, epoch: draft.epoch };
  const { tasks, epoch } = sampleTasks(pool.fronts, from, settings, iteration.random, room, ports.order);
  draft.epoch = epoch;
  for (const { parent, seeds } of tasks) {
    const score = pool.mean(parent);
    ports.observe({ kind: "candidate_selected", iteration: iteration.number, candidate: parent, score });
    ports.observe({ kind: "minibatch_sampled", iteration: iteration.number, seeds });
  }
  return tasks;
}
