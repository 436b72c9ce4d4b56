// What the rules across fields say of a config that the schemas refuse: what is wrong with it is taken out, or has something
// in its place, until the rest can be read. So one error names everything, and nobody mends a file mistake by mistake.

import type { Algorithm } from "../wire/job.ts";
import { isObject, type Json, type JsonObject } from "../wire/json.ts";
import type { Finding } from "./findings.ts";
import { checkSchema } from "./issues.ts";
import { PromptLearningConfig } from "./job.ts";
import { type Path, pathKey } from "./path.ts";
import { freshCopy } from "./plain.ts";
import { applyRules } from "./rules.ts";
import { valueAt } from "./tables.ts";

/** Each round takes out all that is wrong at its depth; what a stand-in does not mend goes with its table. */
const MAX_ROUNDS = 8;

const SEEDS = { start: 0, end: 67 };
const POLICY = { model: "gpt-4o-mini", provider: "openai" };
const MESSAGE = { role: "system", pattern: "Answer." };
/** What stands in for options that must be there, by the last one or two parts of their paths. */
const STAND_INS: Readonly<Record<string, Json>> = {
  task_app_url: "https://stand-in.example",
  initial_prompt: { messages: [MESSAGE] },
  messages: [MESSAGE],
  ...MESSAGE,
  content: "",
  policy: POLICY,
  ...POLICY,
  gepa: { evaluation: { seeds: SEEDS } },
  evaluation: { seeds: SEEDS },
  "evaluation.seeds": SEEDS,
  mipro: {},
  baseline_instruction: "Answer.",
};

/** Rules that look at an option from elsewhere: what they say means nothing when it is not the user's own. */
const LOOK_AT: readonly (readonly [Path, readonly Path[]])[] = [
  [
    ["gepa", "evaluation", "seeds"],
    [
      ["gepa", "archive", "pareto_set_size"],
      ["gepa", "evaluation"],
      ["gepa", "adaptive_pool"],
    ],
  ],
  [
    ["gepa", "evaluation"],
    [
      ["gepa", "archive", "pareto_set_size"],
      ["gepa", "adaptive_pool"],
    ],
  ],
  [["gepa"], [["gepa"]]],
  [["initial_prompt", "messages"], [["initial_prompt"]]],
  [["mipro", "online_pool"], [["mipro", "adaptive_pool"]]],
  [["mipro", "bootstrap_train_seeds"], [["mipro", "min_bootstrap_demos"]]],
];

/** What the rules say of the parts of a section that `findings` of the schemas leave. The section given is a copy, and is changed. */
export function rulesOfTheRest(
  copy: JsonObject,
  algorithm: Algorithm,
  findings: readonly Finding[],
  strict: boolean,
): Finding[] {
  const touched = new Map<string, Path>();
  let open: readonly Finding[] = findings;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    for (const { path } of open) mend(copy, path, algorithm, touched);
    const verdict = checkSchema(PromptLearningConfig, copy);
    if (verdict.kind === "valid") {
      const mended = [...touched.values()].flatMap(withDependents);
      return applyRules(verdict.value, copy, strict).findings.filter(({ path }) => !isUnder(path, mended));
    }
    open = verdict.findings;
  }
  return [];
}

/** Takes the value at a path out, or puts a stand-in there; where neither helps, the same one level up. */
function mend(copy: JsonObject, path: Path, algorithm: Algorithm, touched: Map<string, Path>): void {
  // A list without one of its items would have the others in other places.
  const at = typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
  const key = at.at(-1);
  if (typeof key !== "string") return;
  const holder = valueAt(copy, at.slice(0, -1));
  const isKnown = touched.has(pathKey(at));
  touched.set(pathKey(at), at);
  const standIn = key === "algorithm" ? algorithm : (STAND_INS[at.slice(-2).join(".")] ?? STAND_INS[key]);
  if (!isObject(holder) || isKnown || (holder[key] === undefined && standIn === undefined)) {
    mend(copy, at.slice(0, -1), algorithm, touched);
  } else if (standIn === undefined) delete holder[key];
  else holder[key] = freshCopy(standIn);
}

function withDependents(path: Path): Path[] {
  const dependents = LOOK_AT.flatMap(([of, paths]) => (pathKey(of) === pathKey(path) ? paths : []));
  return [path, ...dependents];
}

function isUnder(path: Path, places: readonly Path[]): boolean {
  return places.some((place) => place.every((part, i) => part === path[i]));
}
