// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of configs are what is tested

import { describe, expect, it } from "vitest";
import { eventPageOf, jobViewOf, problemOf } from "../../../src/client/decode.ts";
import { InvalidJobIdError, MissingSettingError } from "../../../src/client/errors.ts";
import { taskAppOf, withTaskApp } from "../../../src/client/placeholders.ts";
import { backoffMs, parseRetryAfter } from "../../../src/client/retry.ts";
import { scoringSummaryOf } from "../../../src/client/scoring.ts";
import { ensureApiBase, resolveConnection } from "../../../src/client/settings.ts";
import { checkJobId, isTerminalEvent, normaliseStatus } from "../../../src/client/status.ts";
import { textSettings } from "../../../src/client/toml-settings.ts";
import { jobResults } from "../../support/fake-service.ts";

describe("settings", () => {
  it.each([
    ["http://host", "http://host/api"],
    ["http://host///", "http://host/api"],
    ["http://host/api", "http://host/api"],
    ["http://host/api/", "http://host/api"],
    ["http://host/sub", "http://host/sub/api"],
  ])("makes the API base of %s", (url, base) => {
    expect(ensureApiBase(url)).toBe(base);
  });

  it("takes the argument before CULTIVAR_… before the protocol's variables, and skips empty ones", () => {
    const env = { CULTIVAR_API_KEY: "", SYNTH_API_KEY: "synth", BACKEND_BASE_URL: "http://synth" };
    expect(resolveConnection({}, env)).toEqual({ apiBase: "http://synth/api", apiKey: "synth" });
    const own = { ...env, CULTIVAR_API_KEY: "own", CULTIVAR_BASE_URL: "http://own" };
    expect(resolveConnection({}, own)).toEqual({ apiBase: "http://own/api", apiKey: "own" });
    const given = { backendUrl: "https://given", apiKey: "given" };
    expect(resolveConnection(given, own)).toEqual({ apiBase: "https://given/api", apiKey: "given" });
    expect(resolveConnection({ apiKey: "k" }, {}).apiBase).toBe("http://127.0.0.1:8787/api");
  });

  it("says that a key is required, and that a URL must be one", () => {
    expect(() => resolveConnection({}, {})).toThrow("api_key is required");
    expect(() => resolveConnection({ apiKey: "k", backendUrl: "host" }, {})).toThrow(MissingSettingError);
  });
});

describe("status words", () => {
  it.each([
    ["success", "succeeded"],
    ["COMPLETED", "succeeded"],
    ["complete", "succeeded"],
    ["canceled", "cancelled"],
    ["cancel", "cancelled"],
    ["failure", "failed"],
    ["error", "failed"],
    ["in_progress", "running"],
    ["queued", "queued"],
    ["toString", "pending"],
    [undefined, "pending"],
  ])("reads %s as %s", (word, status) => {
    expect(normaliseStatus(word)).toBe(status);
  });

  it("accepts an id of pl_ and 16 hexadecimal digits only", () => {
    expect(checkJobId("pl_9c58b711c2644083")).toBe("pl_9c58b711c2644083");
    for (const id of [
      "",
      "pl_",
      "pl_9c58b711c264408",
      "pl_9c58b711c26440833",
      "po_9c58b711c2644083",
      "pl_../../../jobs/a",
    ]) {
      expect(() => checkJobId(id)).toThrow(InvalidJobIdError);
    }
  });

  it("knows the terminal events from those that only sound like them", () => {
    const isLast = (type: string) => isTerminalEvent(type);
    expect(
      [
        "prompt.learning.gepa.complete",
        "mipro.failed",
        "prompt.learning.completed",
        "prompt.learning.cancelled",
      ].every(isLast),
    ).toBe(true);
    expect(
      ["prompt.learning.gepa.generation.complete", "prompt.learning.trial.complete", "complete"].some(isLast),
    ).toBe(false);
  });
});

describe("retry times", () => {
  it("double from half a second to at most 8, between half and whole by chance", () => {
    expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, 0))).toEqual([250, 500, 1000, 4000]);
    expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1000, 2000, 8000]);
  });

  it("read Retry-After as seconds or as a date, at most a minute, never negative", () => {
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(parseRetryAfter("2", now)).toBe(2000);
    expect(parseRetryAfter("Thu, 01 Jan 2026 00:00:05 GMT", now)).toBe(5000);
    expect(parseRetryAfter("Thu, 01 Jan 2025 00:00:05 GMT", now)).toBe(0);
    expect(parseRetryAfter("86400", now)).toBe(60_000);
    expect(parseRetryAfter("soon", now)).toBeUndefined();
    expect(parseRetryAfter(null, now)).toBeUndefined();
  });
});

describe("placeholders", () => {
  const taskAppOfToml = (text: string) => taskAppOf(textSettings(text));

  it("finds the task app in TOML at the root and in [prompt_learning], and nowhere else", () => {
    const text = [
      'note = """',
      'task_app_url = "no"',
      '"""',
      "[prompt_learning] # main",
      'task_app_url = "${URL}" # here',
      "  task_app_api_key='$KEY'",
      "[prompt_learning.gepa]",
      'task_app_url = "not here"',
    ].join("\r\n");
    expect(taskAppOfToml(text)).toEqual({ url: "${URL}", key: "$KEY" });
    expect(taskAppOfToml('prompt_learning.task_app_url = "u"\n')).toEqual({ url: "u", key: undefined });
    expect(taskAppOfToml('prompt_learning = { task_app_api_key = "k" }\n')).toEqual({
      url: undefined,
      key: "k",
    });
    expect(taskAppOfToml('[other]\ntask_app_url = "u"')).toEqual({ url: undefined, key: undefined });
  });

  it("sends the key of the caller's override, the argument, ENVIRONMENT_API_KEY, the config, in this order", () => {
    const key = "prompt_learning.task_app_api_key";
    const config = { key: "$MINE" };
    const env = { MINE: "mine", ENVIRONMENT_API_KEY: "env" };
    expect(withTaskApp({}, config, undefined, { MINE: "mine" })).toEqual({ [key]: "mine" });
    expect(withTaskApp({}, config, undefined, env)).toEqual({ [key]: "env" });
    expect(withTaskApp({}, config, "given", env)).toEqual({ [key]: "given" });
    expect(withTaskApp({ [key]: "over" }, config, "given", env)).toEqual({ [key]: "over" });
    expect(withTaskApp({}, { key: "literal", url: "http://a" }, undefined, {})).toEqual({});
  });

  it("fills in the caller's overrides too, in each form they may have, and nothing but the task app's settings", () => {
    const env = { KEY: "secret", HOST: "app" };
    const overrides = {
      task_url: "http://$HOST",
      task_app_api_key: "${KEY}",
      "prompt_learning.policy.model": "$KEY",
      prompt_learning: { task_app_url: "http://${HOST}/x", task_app_api_key: " $KEY ", note: "$KEY" },
      overrides: { "prompt_learning.task_app_api_key": "$KEY" },
    };
    expect(withTaskApp(overrides, {}, undefined, env)).toEqual({
      task_url: "http://app",
      task_app_api_key: "secret",
      "prompt_learning.policy.model": "$KEY",
      prompt_learning: { task_app_url: "http://app/x", task_app_api_key: "secret", note: "$KEY" },
      overrides: { "prompt_learning.task_app_api_key": "secret" },
    });
  });

  it("leaves to the service what is not set here, and keys that only hold a dollar sign", () => {
    for (const key of ["$MISSING", "${MISSING}", "a$KEY", "pa$$word", "$ecret"]) {
      expect(withTaskApp({ task_app_api_key: key }, { key }, undefined, { KEY: "x", ecret: "x" })).toEqual({
        task_app_api_key: key,
      });
    }
  });
});

describe("decoding", () => {
  it("refuses an answer without a job id, and takes `id` and `state` for `job_id` and `status`", () => {
    expect(() => jobViewOf({ status: "running" })).toThrow("Response missing job ID");
    expect(jobViewOf({ id: "pl_1", state: "COMPLETED" })).toMatchObject({
      job_id: "pl_1",
      status: "succeeded",
    });
  });

  it("takes events as a page or as a bare list, and drops what is no event", () => {
    const event = { seq: 4, type: "t" };
    expect(eventPageOf({ events: [event, { type: "hello" }, null], next_seq: 4 }).events).toHaveLength(1);
    expect(eventPageOf([event])).toMatchObject({
      events: [{ seq: 4, level: "info", data: {} }],
      next_seq: 4,
    });
    expect(() => eventPageOf({ items: [] })).toThrow("no list of events");
  });

  it("takes only problem documents for problems", () => {
    expect(problemOf("<html>", 502)).toBeUndefined();
    expect(problemOf('{"detail":"d"}', 500)).toMatchObject({ detail: "d", code: "http_500", status: 500 });
  });
});

describe("scoring summary", () => {
  it("counts every candidate once and leaves the baseline out of the best validation", () => {
    const candidate = {
      candidate_id: "c",
      rank: 1,
      generation: 0,
      parent_ids: [],
      mutation_type: "baseline",
      accepted: true,
      reject_reason: null,
      is_pareto: true,
      instance_scores: {},
      object: { text_replacements: [] },
    };
    const accuracies = [0, 0.2, 0.99, 1, null];
    const predicted = { ...candidate, accuracy: 1.5, rank: null, proxied: true };
    const attempted = [...accuracies.map((accuracy) => ({ ...candidate, accuracy })), predicted];
    const validation_results = jobResults().validation_results.map((held) =>
      held.is_baseline ? { ...held, accuracy: 0.9 } : held,
    );
    const summary = scoringSummaryOf(jobResults({ attempted_candidates: attempted, validation_results }));
    expect(summary).toMatchObject({
      best_train_accuracy: 1,
      best_val_accuracy: 0.75,
      num_candidates_tried: 6,
    });
    expect(summary.score_distribution).toEqual({
      "0.0-0.2": 1,
      "0.2-0.4": 1,
      "0.4-0.6": 0,
      "0.6-0.8": 0,
      "0.8-1.0": 2,
    });
  });
});
