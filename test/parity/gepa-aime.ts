// A run with the recorded answers of real models. The reflection prompt that was used is taken from a recorded question: what is
// left when the current instruction and the rendered examples are taken out. It is given to the engine as the user's own prompt.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { filledPrompt, renderRecords } from "../../src/engines/gepa/reference-text.ts";
import { PYTHON_RANDOM } from "../support/mersenne-twister.ts";
import { stringsOfTuple } from "../support/python-literal.ts";
import { PYTHON_ORDER } from "../support/python-order.ts";
import { differenceOf, firstDifference, firstOf } from "./compare.ts";
import { resultOf } from "./gepa-results.ts";
import type { Difference, ParityKind } from "./kinds.ts";
import { type RecordedWorld, type Replayed, replay, type Shown } from "./replay.ts";

const Example = z.object({
  input: z.string(),
  additional_context: z.record(z.string(), z.string()),
  answer: z.string(),
});
type Example = z.infer<typeof Example>;
const Texts = z.record(z.string(), z.string());
const ReplayFile = z.object({
  config: z.strictObject({
    seed: z.number(),
    max_metric_calls: z.number(),
    reflection_minibatch_size: z.number(),
    candidate_selection_strategy: z.enum(["pareto", "current_best", "epsilon_greedy", "top_k_pareto"]),
    frontier_type: z.literal("instance"),
  }),
  seed_candidate: Texts,
  trainset: z.array(Example),
  train_ids_used: z.array(z.number()),
  valset: z.array(Example),
  llm_call_sequence: z.array(z.tuple([z.string(), z.string()])),
  events: z.array(z.looseObject({ event: z.string() })),
  expected: z.looseObject({ candidates: z.array(Texts), best_idx: z.number() }),
});
type ReplayFile = z.infer<typeof ReplayFile>;
const Answers = z.record(
  z.templateLiteral(["('", z.enum(["task_lm", "reflection_lm"]), "',", z.string()]),
  z.string(),
);

export const gepaAimeKind: ParityKind = {
  name: "a GEPA run with recorded answers of models",
  recognises: (file) => ReplayFile.safeParse(file).success || Answers.safeParse(file).success,
  cases(file, path) {
    const parsed = ReplayFile.safeParse(file);
    // The answers stand in a file of their own beside it, and are read with it.
    return parsed.success ? [{ name: "the run", run: () => compare(parsed.data, dirname(path)) }] : [];
  },
};

async function compare(file: ReplayFile, folder: string): Promise<Difference | undefined> {
  const models = new RecordedModels(
    Answers.parse(JSON.parse(readFileSync(join(folder, "llm_cache.json"), "utf8"))),
  );
  const world = worldOf(file, models, templateOf(file, models));
  models.calls.length = 0;
  const replayed = await replay(world);
  const calls = [...models.calls];
  const result = resultOf(world, replayed);
  const golden = readFileSync(join(folder, "optimized_prompt.txt"), "utf8");
  const best = Object.values(replayed.pool[file.expected.best_idx]?.record.texts ?? {})[0];
  return firstOf(
    () => firstDifference("event", file.events, eventsLike(file.events, replayed)),
    () => firstDifference("call", file.llm_call_sequence, calls),
    ...Object.entries(file.expected)
      .filter(([key]) => Object.hasOwn(result, key))
      .map(
        ([key, expected]) =>
          () =>
            differenceOf(`expected.${key}`, expected, result[key]),
      ),
    () => differenceOf("the golden prompt", golden.trim(), best?.trim()),
  );
}

/** The replay's events, of the kinds and with the fields that were recorded. */
function eventsLike(recorded: ReplayFile["events"], { rows }: Replayed): unknown[] {
  const fields = new Map(recorded.map((event) => [event.event, Object.keys(event)]));
  return rows.flatMap(({ name, fields: found }) => {
    const wanted = fields.get(name);
    if (!wanted) return [];
    const told: Readonly<Record<string, unknown>> = { ...found, event: name };
    return [Object.fromEntries(wanted.map((key) => [key, told[key]]))];
  });
}

/** The models of the recording: an answer for each question that was ever asked. */
class RecordedModels {
  readonly #answers = new Map<string, { key: string; answer: string }>();
  /** Questions of reflection. */
  readonly reflections: string[] = [];
  /** Calls so far: which model, and the first half of the digest of the recording's key. */
  readonly calls: [string, string][] = [];

  constructor(answers: Readonly<Record<string, string>>) {
    for (const [key, answer] of Object.entries(answers)) {
      const [model = "", question = ""] = stringsOfTuple(key);
      const isTask = model === "task_lm";
      if (!isTask) this.reflections.push(question);
      const asked = isTask ? chatKey(z.array(Message).parse(JSON.parse(question))) : question;
      this.#answers.set(`${model} ${asked}`, { key, answer });
    }
  }

  task(system: string, user: string): string {
    const asked = chatKey([
      { role: "system", content: system },
      { role: "user", content: user },
    ]);
    return this.#answer("task", asked);
  }

  reflect(prompt: string): string {
    return this.#answer("reflection", prompt);
  }

  #answer(model: "task" | "reflection", asked: string): string {
    const found = this.#answers.get(`${model}_lm ${asked}`);
    if (!found) throw new Error(`no answer was recorded for this question to the ${model} model:\n${asked}`);
    this.calls.push([model, createHash("sha256").update(found.key).digest("hex").slice(0, 16)]);
    return found.answer;
  }
}

const Message = z.object({ role: z.string(), content: z.string() });

function chatKey(messages: readonly z.infer<typeof Message>[]): string {
  return JSON.stringify(messages.map(({ role, content }) => [role, content]));
}

function worldOf(file: ReplayFile, models: RecordedModels, template: string): RecordedWorld {
  const { config } = file;
  const sets = { train: file.trainset, val: file.valset };
  return {
    baseline: file.seed_candidate,
    trainSeeds: file.trainset.map((_, id) => id),
    valSeeds: file.valset.map((_, id) => id),
    minibatch: config.reflection_minibatch_size,
    seed: config.seed,
    source: PYTHON_RANDOM,
    order: PYTHON_ORDER,
    search: {
      candidate_selection_strategy: config.candidate_selection_strategy,
      frontier_type: config.frontier_type,
    },
    limit: config.max_metric_calls,
    cache: false,
    shared: false,
    template,
    rollout: (texts, id, as) => rollout(models, texts, sets[as][id]),
    propose: ({ content }) => models.reflect(content),
  };
}

/** One question of the data set, scored by whether the answer stands in the response, with the reference's remark. */
function rollout(models: RecordedModels, texts: Readonly<Record<string, string>>, example?: Example): Shown {
  if (!example) throw new Error("there is no such example in the recording");
  const output = models.task(Object.values(texts)[0] ?? "", example.input);
  const reward = output.includes(example.answer) ? 1 : 0;
  return { reward, trace: { input: example.input, output, feedback: remark(example, reward === 1) } };
}

function remark({ answer, additional_context }: Example, correct: boolean): string {
  if (correct) {
    return `The generated response is correct. The response include the correct answer '${answer}'`;
  }
  const context = Object.entries(additional_context).map(([key, value]) => `${key}: ${value}`);
  return `The generated response is incorrect. The correct answer is '${answer}'. Ensure that the correct answer is included in the response exactly as it is. Here is some additional context that might be helpful:\n${context.join("\n")}`;
}

/** The prompt around the current instruction and the examples of the first minibatch. */
function templateOf(file: ReplayFile, models: RecordedModels): string {
  const current = Object.values(file.seed_candidate)[0] ?? "";
  const ids = file.train_ids_used.slice(0, file.config.reflection_minibatch_size);
  const records = ids.map((id) => {
    const { trace } = rollout(models, file.seed_candidate, file.trainset[id]);
    return {
      Inputs: trace?.input ?? "",
      "Generated Outputs": trace?.output ?? "",
      Feedback: trace?.feedback ?? "",
    };
  });
  const examples = renderRecords(records);
  const asked = models.reflections.find((prompt) => prompt.includes(examples));
  if (asked === undefined) throw new Error("no recorded question holds the examples of the first minibatch");
  const template = asked.replace(examples, () => "<side_info>").replace(current, () => "<curr_param>");
  if (filledPrompt(template, current, examples) !== asked)
    throw new Error("the recorded prompt has no template");
  return template;
}
