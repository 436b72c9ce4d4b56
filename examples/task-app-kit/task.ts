// What a labelling task is, to the task app around it.

import type { Example, Pools } from "./dataset.ts";

/** One message for the model. */
export interface ChatMessage {
  role: string;
  content: string;
}

/** One model call of a task that makes several. */
export interface PipelineStep {
  /** Name of the module, as in the job's config. */
  module: string;
  /** Its baseline prompt; the same texts as in the job's config. */
  prompt: readonly ChatMessage[];
  /** What the placeholders stand for, given what earlier steps answered, by module. */
  values(example: Example, answers: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** The answer that the step should give. */
  expected(example: Example): string;
}

/** A task that asks for one label per text. */
export interface LabelTask {
  /** Stable name, such as `support_tickets`. */
  id: string;
  title: string;
  description: string;
  /** All labels, sorted. */
  labels: readonly string[];
  pools: Pools;
  /** The baseline prompt, its texts templates with `{placeholders}`; the same texts as in the job's config. */
  prompt: readonly ChatMessage[];
  /** What the placeholders stand for in one example. */
  values(example: Example): Readonly<Record<string, string>>;
  /** The calls of a task that makes several, the last of which gives the label; `prompt` and `values` are not used then. */
  steps?: readonly PipelineStep[];
}
