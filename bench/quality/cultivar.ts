// Our engine in the benchmark: the product's own reading of a config, its own division of the budget and its own engine, over a work
// port that asks the simulator in this process.

import { readReflection } from "../../examples/simulated-llm/reflection.ts";
import type { Example } from "../../examples/task-app-kit/dataset.ts";
import { feedbackOn } from "../../examples/task-app-kit/rollout.ts";
import { planBudget } from "../../src/config/budget.ts";
import { proxySheet } from "../../src/config/proxy-sheet.ts";
import { readRunnable } from "../../src/config/read.ts";
import type {
  Candidate,
  Engine,
  Evaluation,
  ModelChoice,
  Proposal,
  ProposalRequest,
  Purpose,
  Work,
} from "../../src/engines/engine.ts";
import { gepaEngine } from "../../src/engines/gepa/gepa.ts";
import { referenceEngine } from "../../src/engines/gepa/reference.ts";
import { proxiedEngine } from "../../src/engines/pool/proxied.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { gepaSettings } from "../../src/worker/gepa-settings.ts";
import { userMessage } from "./simulators.ts";
import { type Optimiser, reviewed, type World } from "./world.ts";

const NO_USAGE = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 1, usd: null };

/** How the rows become seeds. */
export interface Seeding {
  /**
   * Whether the validation rows are training seeds too, which is what the other optimisers make of them; otherwise they are
   * held out, and scoring them at the end is paid out of the budget.
   */
  pooled: boolean;
  /** The `[prompt_learning.gepa]` table beside seeds and budget. */
  gepa?: JsonObject;
  /** The `[prompt_learning.proxy_models]` table; absent for no proxy. */
  proxy?: JsonObject;
}

/** Our engine with its default settings, and what `seeding` changes. */
export function cultivar({ pooled, gepa = {}, proxy }: Seeding): Optimiser {
  return async (world, seed) => {
    const { train, validation } = world.problem;
    const rows = [...train, ...validation];
    const training = pooled ? rows.length : train.length;
    const config = configOf(world, seed, { training, all: rows.length, gepa, proxy });
    const texts = new Map(rows.map(({ text }, index) => [index, text]));
    const plan = planBudget(config);
    const settings = gepaSettings(config, plan, texts);
    const work = new SimulatedWork(world, rows);
    if (settings.strategy === "reference") return runToEnd(referenceEngine(settings), work);
    const engine = gepaEngine(settings);
    const sheet = proxySheet(config);
    if (sheet === undefined) return runToEnd(engine, work);
    const reserved = (plan.total ?? 0) - (plan.search ?? 0);
    return runToEnd(proxiedEngine(engine, { settings: sheet.settings, reserved, algorithm: "gepa" }), work);
  };
}

/** Runs an engine to its end. Returns the instruction of the candidate that it ranks first. */
async function runToEnd<State>(engine: Engine<State>, work: SimulatedWork): Promise<string> {
  let state = engine.begin();
  while (engine.verdict(state) === undefined) {
    work.beginStep();
    state = await engine.step(state, work);
  }
  const { ranking, candidates } = engine.results(state);
  return candidates.find(({ id }) => id === ranking[0])?.texts.system ?? "";
}

interface JobParts {
  /** Rows that are training seeds, and all of them. */
  training: number;
  all: number;
  gepa: JsonObject;
  proxy: JsonObject | undefined;
}

function configOf(world: World, seed: number, { training, all, gepa, proxy }: JobParts) {
  const { problem, budget } = world;
  const evaluation: JsonObject = { seeds: { start: 0, end: training } };
  if (training < all) evaluation.validation_seeds = { start: training, end: all };
  const mapping: JsonObject = {
    prompt_learning: {
      algorithm: "gepa",
      task_app_url: "https://task.example",
      initial_prompt: {
        messages: [
          { role: "system", pattern: problem.baseline, order: 0 },
          {
            role: "user",
            pattern: "Customer Query: {query}\n\nAvailable Intents:\n{available_intents}",
            order: 1,
          },
        ],
        wildcards: { query: "REQUIRED", available_intents: "REQUIRED" },
      },
      policy: { model: "gpt-4.1-nano", provider: "openai", inference_mode: "synth_hosted", temperature: 0 },
      ...(proxy === undefined ? {} : { proxy_models: proxy }),
      gepa: {
        env_name: "banking77",
        rng_seed: seed,
        ...gepa,
        rollout: { budget, ...asTable(gepa.rollout) },
        evaluation: { ...evaluation, ...asTable(gepa.evaluation) },
      },
    },
  };
  const { config } = readRunnable({ mapping });
  if (config.algorithm !== "gepa") throw new Error("the mapping above is a GEPA job's");
  return config;
}

function asTable(value: JsonObject[string] | undefined): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
}

/** The work port over the simulator. A question is asked, and counted, once; the next time its answer is known, as in the journal. */
class SimulatedWork implements Work {
  readonly #world: World;
  readonly #rows: readonly Example[];
  readonly #known = new Map<string, Evaluation>();
  #left = 0;

  constructor(world: World, rows: readonly Example[]) {
    this.#world = world;
    this.#rows = rows;
  }

  /** To be called before every step. */
  beginStep(): void {
    this.#left = this.#world.budget - this.#world.rollouts;
  }

  async evaluate(
    candidate: Candidate,
    seeds: readonly number[],
    as: Purpose,
    replicate = 0,
    model: ModelChoice = "hi",
  ): Promise<Evaluation[]> {
    const instruction = candidate.texts.system ?? "";
    return seeds.map((seed) => {
      const key = `${as} ${seed} ${replicate} ${model} ${instruction}`;
      const evaluation = this.#known.get(key) ?? this.#rollout(instruction, seed, model);
      this.#known.set(key, evaluation);
      return evaluation;
    });
  }

  async propose(request: ProposalRequest): Promise<Proposal> {
    const reflection = readReflection(request.messages);
    if (reflection === undefined) return { text: "", usage: NO_USAGE };
    const key = JSON.stringify([request.messages, request.replicate]);
    const text = this.#world.rewrite(reflection.instruction, reflection.examples, key);
    return { text: `\`\`\`\n${text}\n\`\`\``, usage: NO_USAGE };
  }

  remaining() {
    return { rollouts: this.#left };
  }

  emit(): void {}

  #rollout(instruction: string, seed: number, model: ModelChoice): Evaluation {
    const row = this.#rows[seed];
    if (row === undefined) throw new RangeError(`there is no seed ${seed}`);
    const outcome = this.#world.rollout(instruction, row, model);
    const { input, output, expected, reward } = reviewed(outcome);
    const trace = {
      input: userMessage(input, this.#world.problem.labels),
      output,
      expected,
      feedback: feedbackOn(row.label, output),
    };
    return { seed, reward: reward ?? 0, trace, usage: { ...NO_USAGE, usd: outcome.usd ?? null } };
  }
}
