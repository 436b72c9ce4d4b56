// The whole configuration, those parts that no job runs by yet included.

import { describe, expect, test } from "vitest";
import * as z from "zod";
import { PromptLearningConfig } from "../../../src/config/job.ts";
import { dotted } from "../../../src/config/path.ts";
import { ROWS } from "./field-rows.ts";
import { leaves } from "./leaves.ts";
import { becomes, mistakes, partsOf, sectionFor } from "./surface-base.ts";
import { SURFACE_ROWS } from "./surface-rows.ts";

describe.each(SURFACE_ROWS)("%s", (path, absent, given, refused, expected) => {
  const name = dotted(["prompt_learning", ...partsOf(path)]);

  test("has its default, or is asked for, when absent", () => {
    if (absent !== "required") expect(becomes(path, undefined)).toEqual(absent);
    else expect(mistakes(sectionFor(path, undefined))[0]).toContain(`${name} is missing: it must be `);
  });

  test("takes a fitting value", () => {
    expect(becomes(path, given)).toEqual(given);
  });

  test("refuses another value, naming what was expected", () => {
    const [message, ...others] = mistakes(sectionFor(path, refused));
    expect(message).toContain(`${name} must be ${expected}, found `);
    expect(others).toEqual([]);
  });
});

/** Options that are tested by themselves, or take anything. */
const APART = new Set([
  "policy.inference_url",
  "policy.context_override",
  "gepa.mutation.llm_inference_url",
  "gepa.unified_optimization",
  "gepa.verifier.backend_rubric_id",
  "mipro.meta.inference_url",
  "mipro.task_app_url",
  "mipro.task_app_api_key",
  "mipro.task_app_id",
  "mipro.tpe.alpha",
]);

const ALL = leaves(PromptLearningConfig);

test("every option has a row", () => {
  const rows = new Set([...ROWS.map((row) => row.path), ...SURFACE_ROWS.map(([path]) => path), ...APART]);
  const missing = ALL.filter(({ path, isTable }) => !isTable && !rows.has(path));
  expect(missing.map(({ path }) => path)).toEqual([]);
  expect(ALL.length).toBeGreaterThan(200);
});

test("every option has a description", () => {
  const bare = ALL.filter(({ schema }) => !z.globalRegistry.get(schema)?.description);
  expect(bare.map(({ path }) => path)).toEqual([]);
});
