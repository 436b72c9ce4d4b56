// Whether the options of an optimiser do anything under each of its strategies: each is read by the engine, or the user is told that it has
// no effect.

import { describe, expect, test } from "vitest";
import type * as z from "zod";
import type { Engine } from "../../../src/engines/engine.ts";
import type { Json, JsonObject } from "../../../src/wire/json.ts";
import { MemoryWork } from "../../support/memory-work.ts";
import { differences, watched } from "../../support/watched.ts";
import { ROWS } from "./field-rows.ts";
import { leaves } from "./leaves.ts";
import { partsOf } from "./surface-base.ts";
import { SURFACE_ROWS } from "./surface-rows.ts";

/** Options by dotted path in the optimiser's table. */
export type Options = Readonly<Record<string, Json>>;

/** An optimiser, and what a table of its options needs. */
export interface Subject<Settings extends object> {
  /** The name of its table. */
  table: string;
  schema: z.core.$ZodType;
  strategies: readonly string[];
  /** The settings of a job of this strategy with these options, and its warnings. */
  read(
    strategy: string,
    options: Options,
  ): { settings: Settings; warnings: readonly { path: string; message: string }[] };
  engineOf(settings: Settings): Engine<unknown>;
  /** Jobs that reach every part of the engine. */
  jobs: readonly Options[];
  /** Options that need others beside them to say anything. */
  beside: Readonly<Record<string, Options>>;
  /** Values in the place of those of the rows, which change nothing. */
  values: Options;
  /** Options that no engine reads, and who does. They do the same under each strategy. */
  elsewhere: Readonly<Record<string, string>>;
}

const WORDS = ["apple", "pear", "plum", "fig", "lime", "date", "kiwi", "mango"];
const GIVEN = new Map<string, Json>([
  ...ROWS.map(({ path, given }) => [path, given] as const),
  ...SURFACE_ROWS.map(([path, , given]) => [path, given] as const),
]);

/** The value of an option's row; tables that both optimisers have stand there once. */
function givenFor(table: string, path: string): Json | undefined {
  return GIVEN.get(`${table}.${path}`) ?? GIVEN.get(`gepa.${path}`);
}

/** A table with options laid over it. */
export function withOptions(table: JsonObject, options: Options): JsonObject {
  const copy: JsonObject = JSON.parse(JSON.stringify(table));
  for (const [path, value] of Object.entries(options)) setAt(copy, partsOf(path), value);
  return copy;
}

function setAt(table: JsonObject, [key = "", ...rest]: readonly (string | number)[], value: Json): void {
  if (rest.length === 0) {
    table[key] = value;
    return;
  }
  table[key] ??= {};
  setAt(table[key] as JsonObject, rest, value);
}

/** The parts of the settings that an engine reads in jobs of all kinds. */
async function readBy<Settings extends object>(
  subject: Subject<Settings>,
  strategy: string,
): Promise<Set<string>> {
  const reads = new Set<string>();
  for (const options of subject.jobs) {
    await runToEnd(subject.engineOf(watched(subject.read(strategy, options).settings, reads)));
  }
  return new Set([...reads].map(anyItem));
}

async function runToEnd(engine: Engine<unknown>): Promise<void> {
  const wants = (seed: number) => [WORDS[seed % 8] ?? "", WORDS[(seed * 3 + 1) % 8] ?? ""];
  const work = new MemoryWork({ wants, budget: 400, expected: (seed) => WORDS[seed % 8] ?? "" });
  let state = engine.begin();
  while (engine.verdict(state) === undefined) {
    work.beginStep();
    state = await engine.step(state, work);
  }
}

/** Items of a list are alike. */
function anyItem(place: string): string {
  return place.replace(/\.\d+(?=\.|$)/g, ".*");
}

/** A test for each option and strategy. */
export function testOptions<Settings extends object>(subject: Subject<Settings>): void {
  const options = leaves(subject.schema)
    .filter(({ isTable }) => !isTable)
    .map(({ path }) => path)
    .filter(
      (path) => !Object.keys(subject.elsewhere).some((name) => path === name || path.startsWith(`${name}.`)),
    );

  describe.each(subject.strategies)(`${subject.table}.strategy = %s`, (strategy) => {
    const reads = readBy(subject, strategy);

    test.each(options)("%s has an effect, or a warning that it has none", async (path) => {
      const beside = subject.beside[path] ?? {};
      const value = subject.values[path] ?? givenFor(subject.table, path);
      if (value === undefined) throw new Error(`there is no row for ${subject.table}.${path}`);
      const plain = subject.read(strategy, beside);
      const changed = subject.read(strategy, { ...beside, [path]: value });
      const idle = changed.warnings.filter(({ message }) =>
        /has no effect|is ignored|is NOT enforced/.test(message),
      );
      const name = `prompt_learning.${subject.table}.${path}`;
      if (idle.some((warning) => name === warning.path || name.startsWith(`${warning.path}.`))) return;
      const places = differences(plain.settings, changed.settings).map(anyItem);
      expect(places, "the settings that it changes").not.toEqual([]);
      const seen = await reads;
      expect(
        places.filter((place) => seen.has(place)),
        `${places} is read`,
      ).not.toEqual([]);
    });
  });
}
