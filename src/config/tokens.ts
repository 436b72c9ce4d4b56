// How many tokens a text has. There is no tokenizer in the bundle, since one for each vendor would weigh more than all
// the rest; this estimate is the one place where texts are measured.

/** Characters of Latin text to a token, of the tokenizers of today's larger vocabularies and of older ones. */
const CHARS_PER_TOKEN = 4.2;
const OLDER_CHARS_PER_TOKEN = 4;
/** Models, by the beginning of their names, whose vocabulary is about half as large. */
const OLDER_MODELS = ["gpt-3.5", "gpt-4-", "llama-2", "mistral"];
/** Tokens of a character outside of Latin scripts, on average. */
const TOKENS_PER_OTHER_CHAR = 0.7;
const LAST_LATIN = 0x24f;

/**
 * About how many tokens a text has for a model: characters of Latin scripts divided by what a token holds of them on
 * average, plus 0.7 for every other character. English prose comes out within about a tenth, code and lists of numbers up to a
 * third too low. Never less than one for a text that says anything.
 *
 * @param model - whose tokens are meant; a model that is not known counts as one of today's
 */
export function estimateTokens(text: string, model = "gpt-4"): number {
  let latin = 0;
  let other = 0;
  for (const char of text) {
    if ((char.codePointAt(0) ?? 0) <= LAST_LATIN) latin += 1;
    else other += 1;
  }
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  const isOlder = name === "gpt-4" || OLDER_MODELS.some((beginning) => name.startsWith(beginning));
  return Math.ceil(
    latin / (isOlder ? OLDER_CHARS_PER_TOKEN : CHARS_PER_TOKEN) + other * TOKENS_PER_OTHER_CHAR,
  );
}

/** The beginning of a text that has at most so many tokens. */
export function firstTokens(text: string, most: number): string {
  if (estimateTokens(text) <= most) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimateTokens(text.slice(0, middle)) <= most) low = middle;
    else high = middle - 1;
  }
  return text.slice(0, low).toWellFormed();
}
