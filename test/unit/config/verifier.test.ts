import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/config/errors.ts";
import { readRunnable } from "../../../src/config/read.ts";
import { verifierSheet } from "../../../src/config/verifier-sheet.ts";
import type { JsonObject } from "../../../src/wire/json.ts";
import { baseSection } from "./base-config.ts";

const read = (verifier: JsonObject, more: JsonObject = {}) => {
  return readRunnable({ mapping: { prompt_learning: { ...baseSection(), verifier, ...more } } });
};
const sheet = (verifier: JsonObject, more: JsonObject = {}) => verifierSheet(read(verifier, more).config);
const mistakes = (verifier: JsonObject): string[] => {
  try {
    read(verifier);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ message }) => message);
    throw error;
  }
};

describe("a verifier", () => {
  test("that is not switched on is none", () => {
    expect(sheet({ backend_model: "gpt-5-mini" })).toBeUndefined();
  });

  test("of the job goes before its section's, which is said unless both say the same", () => {
    const [own, other] = [{ enabled: true }, { enabled: true, backend_model: "gpt-5-mini" }];
    const messages = (copy: JsonObject) =>
      read(own, { gepa: { evaluation: { seeds: { start: 0, end: 30 } }, verifier: copy } }).warnings.map(
        ({ message }) => message,
      );
    const says =
      "prompt_learning.gepa.verifier is ignored: prompt_learning.verifier is given too, and it holds";
    expect(messages(other)).toContain(says);
    expect(messages(own)).not.toContain(says);
    expect(messages({ ...other, enabled: false })).not.toContain(says);
  });

  test("judges by the job's proposer where no model is named, and by OpenAI's where no provider is", () => {
    expect(sheet({ enabled: true })).toMatchObject({ provider: "openai", model: "gpt-4o-mini" });
    expect(sheet({ enabled: true, backend_model: "gpt-5-nano" })).toMatchObject({ model: "gpt-5-nano" });
    const groq = { enabled: true, backend_provider: "Groq", backend_model: "llama-3.3-70b" };
    expect(sheet(groq)).toMatchObject({ provider: "groq", model: "llama-3.3-70b" });
  });

  test.each(["synth_verifier_id", "backend_rubric_id", "verifier_graph_id", "verifier_id"])(
    "is named by %s",
    (key) => {
      expect(sheet({ enabled: true, [key]: " tone@2 " })?.id).toBe("tone@2");
    },
  );

  test("goes before the one of the algorithm's section, and is also known as judge", () => {
    const other = { enabled: true, synth_verifier_id: "inner" };
    const gepa = { ...(baseSection().gepa as JsonObject), judge: other };
    expect(sheet({ enabled: true, synth_verifier_id: "outer" }, { gepa })?.id).toBe("outer");
    expect(sheet({ enabled: false }, { gepa })?.id).toBe("inner");
  });

  test("is told of the system what fits into spec_max_tokens, and then spec_context", () => {
    const told = sheet({
      enabled: true,
      spec_text: "rule ".repeat(100),
      spec_max_tokens: 10,
      spec_context: "More.",
    });
    expect(told?.spec.startsWith("rule rule")).toBe(true);
    expect(told?.spec.endsWith("\n\nMore.")).toBe(true);
    expect(told?.spec.length).toBeLessThan(60);
  });

  test("has its time in milliseconds and at most 192 calls in flight", () => {
    expect(sheet({ enabled: true, timeout: 3_600 })).toMatchObject({ timeout_ms: 600_000 });
    expect(sheet({ enabled: true, timeout: 1.5, concurrency: 1_000 })).toMatchObject({
      timeout_ms: 1_500,
      concurrency: 192,
    });
  });

  test.each<[string, JsonObject, string]>([
    [
      "nothing to score",
      { backend_event_enabled: false, backend_outcome_enabled: false },
      "prompt_learning.verifier.backend_outcome_enabled is false, and backend_event_enabled too, so that the verifier has nothing to score",
    ],
    [
      "weights of what is switched off only",
      { reward_source: "fused", weight_event: 1, backend_event_enabled: false },
      'prompt_learning.verifier.reward_source is "fused", but the only scores with a weight are those that are switched off',
    ],
    [
      "fused without weights",
      { reward_source: "fused" },
      'prompt_learning.verifier.reward_source is "fused", which needs weight_event or weight_outcome above 0',
    ],
    [
      "an unknown provider",
      { backend_provider: "acme", backend_model: "x" },
      'prompt_learning.verifier.backend_provider must be one of "openai", "groq", "google", found "acme"',
    ],
    [
      "a provider without a model",
      { backend_provider: "openai" },
      "prompt_learning.verifier.backend_model is missing: backend_provider is given, and needs it",
    ],
    [
      "the service's own fields",
      { backend_options: { messages: [], temperature: 0 } },
      "prompt_learning.verifier.backend_options.messages must not be given: the service fills it in",
    ],
    ["no time", { timeout: 0 }, "prompt_learning.verifier.timeout must be above 0, found 0"],
  ])("with %s is refused", (_, options, message) => {
    expect(mistakes({ enabled: true, ...options })).toEqual([message]);
    // Switched off, it does no harm.
    expect(mistakes({ enabled: false, ...options })).toEqual([]);
  });

  test("with a model that is not on the list is refused", () => {
    expect(mistakes({ enabled: true, backend_model: "gpt-3" })[0]).toContain(
      "prompt_learning.verifier.backend_model must be a model of openai that this service allows",
    );
  });
});
