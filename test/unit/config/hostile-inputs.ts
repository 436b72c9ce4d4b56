// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are among the traps
// Arbitrary and hostile configs for fast-check: text that may be TOML, mappings, and overrides.

import fc from "fast-check";
import type { JsonObject } from "../../../src/wire/json.ts";
import { TOML } from "./base-config.ts";
import { gepaSection, miproSection } from "./surface-base.ts";

/** A config in the older, flat spelling, with a byte-order mark and CRLF. */
export const FLAT = `\uFEFF[prompt_learning]\r
algorithm = "gepa"\r
task_app_url = "https://task.example.com"\r
train_seeds = { start = 0, end = 40 }\r
[prompt_learning.initial_prompt]\r
messages = [{ role = "system", content = "Say {a}." }]\r
[prompt_learning.policy]\r
model = "gpt-4o"\r
provider = "openai"\r
inference_url = "https://old.example"\r
[prompt_learning.gepa]\r
rollout_budget = 300\r
num_generations = 2\r
pareto_set_size = 12\r
[prompt_learning.judge]\r
enabled = false\r
`;
const MINIMAL = `algorithm = "gepa"
task_app_url = "https://task.example.com"
total_seeds = 60
num_generations = 3
max_cost_usd = 1.5
policy = { model = "gpt-4o", provider = "openai" }
[[initial_prompt.messages]]
role = "user"
content = "Q"
`;

/** Pieces of TOML, sound ones and traps. */
const FRAGMENTS = [
  ...[
    "",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\uFEFF",
    "#",
    "=",
    ".",
    ",",
    '"',
    "'",
    '"""',
    "'''",
    "[",
    "]",
    "[[",
    "{",
    "}",
  ],
  ...[
    "inf",
    "-inf",
    "nan",
    "1e999",
    "9007199254740993",
    "0x1F",
    "1_000",
    "-0",
    "1979-05-27",
    "07:32:00",
    "true",
  ],
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "$HOME",
    "${A}",
    "\\u0000",
    "\uD800",
  ],
  ...[
    "__proto__ = 1\n",
    "[__proto__]\n",
    "a.constructor.prototype.x = 1\n",
    "[prompt_learning]\n",
    "strict = true\n",
  ],
  ...[
    "[prompt_learning.gepa]\n",
    "[[prompt_learning.gepa.modules]]\n",
    "{ start = 0, end = 5 }",
    "{ start = 9 }",
  ],
  ...[
    "[1, 2, 2]",
    "[[]]",
    "null",
    "display = {}\n",
    "\u00e9\u{1F600}",
    `a${".a".repeat(200)} = 1\n`,
    "[".repeat(50),
  ],
];
const BASES = ["", TOML, FLAT, MINIMAL];

/** Sound configs with pieces cut out and put in, and strings of all kinds. */
export const hostileToml: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: mutated() },
  { weight: 1, arbitrary: fc.uint16Array({ maxLength: 100 }).map((codes) => String.fromCharCode(...codes)) },
  {
    weight: 1,
    arbitrary: fc.array(fc.constantFrom(...FRAGMENTS), { maxLength: 12 }).map((parts) => parts.join("")),
  },
);

function mutated(): fc.Arbitrary<string> {
  const cut = fc.tuple(fc.nat(), fc.nat({ max: 30 }), fc.constantFrom(...FRAGMENTS));
  return fc
    .tuple(fc.constantFrom(...BASES), fc.array(cut, { maxLength: 3 }))
    .map(([base, cuts]) => cuts.reduce(spliced, base));
}

function spliced(text: string, [at, length, piece]: readonly [number, number, string]): string {
  const from = text.length === 0 ? 0 : at % text.length;
  return text.slice(0, from) + piece + text.slice(from + length);
}

/** Values that JSON knows, and those that it does not. */
const VALUES: readonly unknown[] = [
  ...[
    null,
    undefined,
    true,
    false,
    0,
    -0,
    1,
    -1,
    3,
    13,
    64,
    0.5,
    2.5,
    1e-6,
    1e21,
    2 ** 53,
    -(2 ** 53),
    Number.NaN,
  ],
  ...[Infinity, -Infinity, 10n, 2n ** 80n, new Date(0), Symbol.iterator, () => 1, /x/, new Map([[1, 2]])],
  ...[
    "",
    " ",
    "3",
    "1e5",
    "gepa",
    "mipro",
    "HIGH",
    "none",
    "fused",
    "openai",
    "gpt-4o",
    "https://x.example",
    "\uD800",
  ],
  ...["{a}", "$A", "x".repeat(200_000), "a\0b"],
  ...[[], [1, 2, 3], [1, 1], ["x"], [[]], [null], [undefined], Array(3)],
  ...[
    {},
    { start: 0, end: 40 },
    { start: 0, end: 1e9 },
    { start: 5, end: 0, step: -1 },
    { start: 0, end: 9, step: 0 },
  ],
  ...[
    { level: "HIGH" },
    { enabled: true },
    JSON.parse('{"__proto__":{"polluted":1}}'),
    { constructor: { prototype: 1 } },
  ],
];

const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...VALUES) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(...[40, 2_000, 100_000].map(deep)) },
);

/** A value nested so many levels deep. */
export function deep(levels: number): unknown {
  let nested: unknown = 1;
  for (let level = 0; level < levels; level++) nested = level % 2 === 0 ? { a: nested } : [nested];
  return nested;
}

/** Every option of two whole configs, by dotted path, and keys that are none. */
const PATHS: readonly string[] = [
  ...pathsIn({ ...gepaSection(), ...miproSection(), gepa: gepaSection().gepa ?? null }, ""),
  ...[
    "polcy",
    "gepa.bugdet",
    "__proto__",
    "gepa.__proto__",
    "constructor",
    "judge",
    "strict",
    "free_tier",
    "display",
  ],
  ...[
    "total_seeds",
    "train_seeds",
    "gepa.rollout_budget",
    "gepa.rollout.budget",
    "gepa.archive.pareto_set_size",
  ],
  ...[
    "gepa.evaluation.validation_seeds",
    "gepa.adaptive_pool.level",
    "gepa.verifier.enabled",
    "mipro.seeds.online",
  ],
  ...[
    "gepa.evaluation.test_pool",
    "mipro.min_bootstrap_demos",
    "mipro.modules.0.edges",
    "initial_prompt.wildcards",
  ],
  ...[
    "gepa.proposer_effort",
    "gepa.spec_path",
    "termination_config.max_rollouts",
    "env_config.pool",
    "env_config",
  ],
];

function pathsIn(table: object, prefix: string): string[] {
  return Object.entries(table).flatMap(([key, inner]) => {
    const path = `${prefix}${key}`;
    return typeof inner === "object" && inner !== null ? [path, ...pathsIn(inner, `${path}.`)] : [path];
  });
}

const edit = fc.tuple(fc.constantFrom(...PATHS), value);

/** Whole configs with some options set to anything, with the `prompt_learning` table around them or without. */
export const hostileMapping: fc.Arbitrary<JsonObject> = fc
  .tuple(fc.constantFrom(gepaSection, miproSection), fc.array(edit, { maxLength: 3 }), fc.boolean())
  .map(([section, edits, isWrapped]) => {
    const copy: JsonObject = JSON.parse(JSON.stringify(section()));
    for (const [path, set] of edits) setAnywhere(copy, path.split("."), set);
    return isWrapped ? { prompt_learning: copy } : copy;
  });

/** Overrides in every form. */
export const hostileOverrides: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom(...PATHS), fc.string({ maxLength: 12 })), value), { maxLength: 3 })
  .map((edits) => {
    const overrides: Record<string, unknown> = {};
    for (const [path, set] of edits) overrides[path] = set;
    return overrides as JsonObject;
  });

function setAnywhere(root: object, path: readonly string[], set: unknown): void {
  let place: Record<string, unknown> = root as Record<string, unknown>;
  for (const part of path.slice(0, -1)) {
    const next = Object.hasOwn(place, part) ? place[part] : undefined;
    if (typeof next !== "object" || next === null) return;
    place = next as Record<string, unknown>;
  }
  const options = { value: set, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(place, path.at(-1) ?? "", options);
}
