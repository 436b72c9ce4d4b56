// Our MIPRO in the benchmark, beside random search over the same space: the product's own reading of a config and its own engine, over a
// work port that asks the simulator in this process. Random search is the same engine with every choice at random, so that
// both have the same demos, the same proposals and the same rules for what is evaluated.

import { readReflection } from "../../examples/simulated-llm/reflection.ts";
import type { Example } from "../../examples/task-app-kit/dataset.ts";
import { feedbackOn } from "../../examples/task-app-kit/rollout.ts";
import { proxySheet } from "../../src/config/proxy-sheet.ts";
import { readConfig } from "../../src/config/read.ts";
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
import { miproSettings } from "../../src/engines/mipro/from-config.ts";
import { miproEngine } from "../../src/engines/mipro/mipro.ts";
import { proxiedEngine } from "../../src/engines/pool/proxied.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import { userMessage } from "./simulators.ts";
import { type Optimiser, reviewed, type ShowingPrompt, type World } from "./world.ts";

const NO_USAGE = { prompt_tokens: 0, completion_tokens: 0, llm_calls: 1, usd: null };
/** Rows for demos; the others are for trials. */
const BOOTSTRAP_ROWS = 100;

/** MIPRO with its default settings, and what `mipro` changes; `proxy` is the `[prompt_learning.proxy_models]` table, absent for no proxy. */
export function mipro(options: JsonObject = {}, proxy?: JsonObject): Optimiser {
  return async (world, seed) => {
    const { train, validation } = world.problem;
    const rows = [...train, ...validation];
    const config = configOf(world, seed, rows.length, options, proxy);
    const texts = new Map(rows.map(({ text }, index) => [index, text]));
    const engine = miproEngine(miproSettings(config, { texts }));
    const work = new SimulatedWork(world, rows);
    const sheet = proxySheet(config);
    const best =
      sheet === undefined
        ? await runToEnd(engine, work)
        : await runToEnd(
            proxiedEngine(engine, { settings: sheet.settings, reserved: 0, algorithm: "mipro" }),
            work,
          );
    return best === undefined ? world.problem.baseline : promptOf(best);
  };
}

/** Runs an engine to its end. Returns the candidate that it ranks first. */
async function runToEnd<State>(engine: Engine<State>, work: SimulatedWork): Promise<Candidate | undefined> {
  let state = engine.begin();
  while (engine.verdict(state) === undefined) {
    work.beginStep();
    state = await engine.step(state, work);
  }
  const { ranking, candidates } = engine.results(state);
  return candidates.find(({ id }) => id === ranking[0]);
}

/** The same search with every choice at random. */
export function randomSearch(options: JsonObject = {}): Optimiser {
  const tpe = { n_startup_trials: Number.MAX_SAFE_INTEGER };
  return mipro({ ...options, sampler: "tpe", tpe });
}

function configOf(world: World, seed: number, rows: number, options: JsonObject, proxy?: JsonObject) {
  const mapping: JsonObject = {
    prompt_learning: {
      algorithm: "mipro",
      task_app_url: "https://task.example",
      initial_prompt: {
        messages: [
          { role: "system", pattern: world.problem.baseline, order: 0 },
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
      mipro: {
        env_name: "banking77",
        rng_seed: seed,
        // The budget ends the search.
        num_iterations: 1_000,
        bootstrap_train_seeds: { start: 0, end: BOOTSTRAP_ROWS },
        online_pool: { start: BOOTSTRAP_ROWS, end: rows },
        ...options,
      },
    },
  };
  const { config } = readConfig({ mapping });
  if (config.algorithm !== "mipro") throw new Error("the config above is of a MIPRO job");
  return config;
}

function promptOf({ texts, demos = {} }: Pick<Candidate, "texts" | "demos">): ShowingPrompt {
  const shown = (demos[""] ?? []).map(({ input, output }) => ({ asked: input, answer: output }));
  return { instruction: texts.system ?? "", shown };
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
    _replicate = 0,
    model: ModelChoice = "hi",
  ): Promise<Evaluation[]> {
    const prompt = promptOf(candidate);
    const about = JSON.stringify(prompt);
    return seeds.map((seed) => {
      const key = `${as} ${seed} ${model} ${about}`;
      const evaluation = this.#known.get(key) ?? this.#rollout(prompt, seed, model);
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

  #rollout(prompt: ShowingPrompt, seed: number, model: ModelChoice): Evaluation {
    const row = this.#rows[seed];
    if (row === undefined) throw new RangeError(`there is no seed ${seed}`);
    const outcome = this.#world.rollout(prompt, row, model);
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
