// The JSON Schemas that editors fetch.

import { expect, test } from "vitest";
import { call } from "./api.ts";

test.each([
  ["/schema/prompt-learning.json", "https://json-schema.org/draft/2020-12/schema"],
  ["/schema/prompt-learning.draft-4.json", "http://json-schema.org/draft-04/schema#"],
])("%s is given to anyone, twice the same", async (path, draft) => {
  const answer = await call(path);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/schema+json");
  const text = await answer.text();
  expect(JSON.parse(text)).toMatchObject({
    $schema: draft,
    properties: { prompt_learning: { properties: { algorithm: { description: expect.any(String) } } } },
  });
  expect(await (await call(path)).text()).toBe(text);
});
