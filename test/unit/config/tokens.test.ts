import { expect, test } from "vitest";
import { estimateTokens } from "../../../src/config/tokens.ts";
import { growth } from "../../support/growth.ts";

const BANKING =
  "You are an expert banking assistant that classifies customer queries into banking intents. Given a customer message, respond with exactly one intent label from the provided list using the `banking77_classify` tool.";

// Counted with o200k_base (gpt-4o and later) and cl100k_base (gpt-4).
test.each([
  [BANKING, 41, 41],
  [
    "Bitte ordnen Sie die folgende Kundennachricht einer der Kategorien zu und antworten Sie nur mit dem Namen.",
    23,
    27,
  ],
  [
    "Veuillez classer le message du client dans l'une des catégories suivantes et répondre uniquement par son nom.",
    20,
    26,
  ],
  ["Пожалуйста, классифицируйте следующее сообщение клиента по одной из категорий.", 18, 29],
  ["早上好，请把下面的文字翻译成英文。用户的问题是关于银行卡的，请给出一个标签。", 25, 39],
])("the estimate of %j is within a third of its %i and %i tokens", (text, newer, older) => {
  expect(Math.abs(estimateTokens(text, "openai/gpt-4o") / newer - 1)).toBeLessThan(1 / 3);
  expect(Math.abs(estimateTokens(text, "gpt-4") / older - 1)).toBeLessThan(1 / 3);
});

test("a text that says nothing has none, one that says anything one at least", () => {
  expect(estimateTokens("")).toBe(0);
  for (const text of ["a", "1", ".", "é", "早", "\n"]) expect(estimateTokens(text)).toBeGreaterThanOrEqual(1);
});

test.each(["a", "é", "\n a."])("text of nothing but %j is counted in linear time", (piece) => {
  expect(growth((size) => piece.repeat(size), estimateTokens, 65_536)).toBeLessThan(6);
});
