// Overrides and allow_experimental mean the same, whoever sends them: the SDK's and the command line's bodies, and one by hand.

import { beforeEach, expect, test } from "vitest";
import { PromptLearningJob } from "../../src/client/index.ts";
import type { JsonObject } from "../../src/wire/json.ts";
import type { ValidationReport } from "../../src/wire/validate.ts";
import { ALPHA, call, posted, smallJob } from "./api.ts";
import { World } from "./world.ts";

beforeEach(() => {
  new World().install();
});

const UNLISTED = { "policy.provider": "google", "policy.model": "gemini-9" };
const FORMS: JsonObject[] = [
  UNLISTED,
  { "prompt_learning.policy.provider": "google", "prompt_learning.policy.model": "gemini-9" },
  { policy: { provider: "google", model: "gemini-9" } },
  { prompt_learning: { policy: { provider: "google", model: "gemini-9" } } },
  { overrides: UNLISTED },
];

/** By the SDK, whose requests go straight to the Worker; the command line is built on it. */
function bySdk(overrides: JsonObject, allowExperimental: boolean | undefined): Promise<ValidationReport> {
  const job = PromptLearningJob.fromMapping(smallJob(), {
    apiKey: ALPHA,
    backendUrl: "https://cultivar.example.com",
    env: {},
    overrides,
    ...(allowExperimental === undefined ? {} : { allowExperimental }),
    transport: {
      fetch: (input, init) => {
        const { pathname } = new URL(String(input));
        return call(pathname, {
          method: init?.method,
          headers: init?.headers,
          body: init?.body,
        } as RequestInit);
      },
    },
  });
  return job.validate();
}

async function byHand(overrides: JsonObject, more: JsonObject): Promise<ValidationReport> {
  const init = posted({ config_body: smallJob(), overrides, ...more });
  const headers = { authorization: `Bearer ${ALPHA}`, ...init.headers };
  const answer = await call("/api/prompt-learning/validate", { ...init, headers });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return answer.json();
}

test.each(FORMS)("%j comes to the same config by the SDK and by hand", async (overrides) => {
  const sent = await bySdk(overrides, true);
  const [field, label] = [{ allow_experimental: true }, { metadata: { allow_experimental: true } }];
  expect(await byHand(overrides, field)).toEqual(sent);
  expect(await byHand(overrides, label)).toEqual(sent);
  expect(sent.config).toMatchObject({
    prompt_learning: { policy: { provider: "google", model: "gemini-9" } },
  });
  expect(sent.origins["prompt_learning.policy.model"]).toEqual({ from: "override" });
  expect(sent.warnings.map(({ message }) => message)).toContain(
    'prompt_learning.policy.model is "gemini-9", which is taken because of allow_experimental only',
  );
});

test.each([false, undefined])("without it (%j) the list holds for all", async (allowExperimental) => {
  await expect(bySdk(UNLISTED, allowExperimental)).rejects.toMatchObject({
    code: "config_invalid",
    errors: [expect.objectContaining({ pointer: "/prompt_learning/policy/model" })],
  });
});
