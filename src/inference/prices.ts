// What an answer costs, by the price table that comes with the package; it is never refreshed over the network.

import { calcPrice } from "@pydantic/genai-prices";
import type { ProviderName } from "../config/policy.ts";
import type { TokenUsage } from "./usage.ts";

/** Models of the simulated provider bear this prefix; they have no price. */
const SIMULATED_PREFIX = "simulated-";

/**
 * US dollars for an answer of a model; null when the model's price is not known, never 0 for lack of one.
 *
 * A model may be named with a vendor in front (`models/gemini-2.5-flash`, `meta/llama-3.1-8b-instant`) though the
 * provider lists it without.
 *
 * @param at - when the answer was given, for prices that changed; now when left out
 */
export function priceUsd(provider: ProviderName, model: string, usage: TokenUsage, at?: Date): number | null {
  if (model.startsWith(SIMULATED_PREFIX)) return null;
  for (const name of modelNames(model)) {
    const usd = tablePrice(provider, name, usage, at);
    if (usd !== null) return usd;
  }
  return null;
}

/** Whether a model has a price, so that a limit in US dollars can be kept. */
export function hasPrice(provider: ProviderName, model: string): boolean {
  return priceUsd(provider, model, { prompt_tokens: 1, completion_tokens: 1, cached_tokens: 0 }) !== null;
}

function modelNames(model: string): string[] {
  const slash = model.indexOf("/");
  return slash < 0 ? [model] : [model, model.slice(slash + 1)];
}

function tablePrice(
  provider: ProviderName,
  model: string,
  usage: TokenUsage,
  at: Date | undefined,
): number | null {
  try {
    const price = calcPrice(
      {
        input_tokens: usage.prompt_tokens,
        cache_read_tokens: usage.cached_tokens,
        output_tokens: usage.completion_tokens,
      },
      model,
      { providerId: provider, timestamp: at },
    );
    return price !== null && Number.isFinite(price.total_price) ? price.total_price : null;
  } catch {
    // The package throws on usage that it cannot split, such as cached tokens of a model without a cache price.
    return null;
  }
}
