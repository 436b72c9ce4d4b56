import { describe, expect, test } from "vitest";
import * as z from "zod";
import { expectedWords, foundWords, isSecretKey } from "../../../src/config/words.ts";

/** The words for the first issue that a value raises. */
function wordsOf(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value, { error: expectedWords }).error?.issues[0]?.message;
}

test.each([
  [z.string(), 1, "text"],
  [z.number(), "a", "a number"],
  [z.int(), 1.5, "a whole number"],
  [z.boolean(), 1, "true or false"],
  [z.array(z.string()), 1, "a list"],
  [z.object({}), 1, "a table"],
  [z.record(z.string(), z.string()), 1, "a table"],
  [z.null(), 1, "null"],
  [z.date(), 1, "date"],
  [z.enum(["a", "b", "c"]), "d", '"a", "b" or "c"'],
  [z.literal(3), 4, "3"],
  [z.string().min(1), "", "non-empty text"],
  [z.string().min(2), "", "text of at least 2 characters"],
  [z.string().max(1), "ab", "text of at most 1 character"],
  [z.string().length(3), "ab", "text of exactly 3 characters"],
  [z.array(z.number()).min(1), [], "a non-empty list"],
  [z.array(z.number()).min(2), [], "a list of at least 2 items"],
  [z.array(z.number()).max(1), [1, 2], "a list of at most 1 item"],
  [z.set(z.number()).max(1), new Set([1, 2]), "a list of at most 1 item"],
  [z.number().min(3), 1, "a number of at least 3"],
  [z.number().max(3), 4, "a number of at most 3"],
  [z.int(), 2 ** 60, "a whole number of at most 9007199254740991"],
  [z.number().multipleOf(5), 4, "a multiple of 5"],
  [z.email(), "x", "text in email form"],
  [z.url(), "x", "text in url form"],
  [z.strictObject({}), { a: 1, b: 2 }, 'a table without "a", "b"'],
  [z.union([z.string(), z.int()]), true, "text or a number"],
  [z.record(z.string().min(2), z.string()), { a: "b" }, "a table with valid keys"],
  [z.map(z.string(), z.string()), new Map([["a", 1]]), "text"],
  [z.string().refine(() => false), "a", "a valid value"],
  [z.never(), 1, "never"],
] as [z.ZodType, unknown, string][])("issue %#: expected words", (schema, value, words) => {
  expect(wordsOf(schema, value)).toBe(words);
});

test("a field's own words come first", () => {
  expect(wordsOf(z.string({ error: "a name" }), 1)).toBe("a name");
});

test.each([
  [undefined, "nothing"],
  [null, "null"],
  ["x", '"x"'],
  ['a "b"\n', '"a \\"b\\"\\n"'],
  ["y".repeat(500), `"${"y".repeat(60)}…"`],
  [1.5, "1.5"],
  [Number.NaN, "NaN"],
  [false, "false"],
  [[], "an empty list"],
  [["secret"], "a list of 1"],
  [{ a: "secret" }, "a table"],
])("found %j is %j", (value, words) => {
  expect(foundWords(value, "model")).toBe(words);
});

describe("secrets", () => {
  test.each(["task_app_api_key", "API_KEY", "apiKey", "clientSecret", "worker_token", "db_password"])(
    "text under %s is not shown",
    (key) => {
      expect(isSecretKey(key)).toBe(true);
      expect(foundWords("hidden", key)).toBe("text (not shown)");
      expect(foundWords(5, key)).toBe("5");
    },
  );

  test.each(["max_completion_tokens", "proposer_output_tokens", "model", 3, undefined])(
    "%s is no secret",
    (key) => {
      expect(isSecretKey(key)).toBe(false);
    },
  );
});
