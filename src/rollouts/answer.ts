// What a rollout comes to, and what is read of the model calls it made.

/** What a rollout showed, cut to a size that fits a reflection prompt. */
export interface RolloutTrace {
  /** What the model was asked, without the instructions where they could be told apart. */
  input: string;
  /** What the model answered. */
  output: string;
  /** The answer the task app wanted, when it says. */
  expected?: string;
  /** The task app's remark in words, when it makes one. */
  feedback?: string;
  /** The calls of the rollout by module, in order; absent where the service saw none. */
  calls?: RolloutCall[];
}

/** One call of a module to its model. */
export interface RolloutCall extends ModuleRemark {
  values: Record<string, string>;
  input: string;
  output: string;
}

/** What the task app says of one call of a module (protocol §3.6, a step with `info.module`). */
export interface ModuleRemark {
  module: string;
  expected?: string;
  feedback?: string;
  reward?: number;
}

/** Tokens and money of one rollout. */
export interface RolloutUsage {
  prompt_tokens: number;
  completion_tokens: number;
  llm_calls: number;
  /** US dollars; null when unknown: a call without a price, or no call that passed through the service. */
  usd: number | null;
}

/** The answer of one rollout: an engine's evaluation, all but its seed. */
export interface RolloutAnswer {
  /** Finite; higher is better; 1 is perfect by convention. */
  reward: number;
  /** What the task app says went wrong, though it gave a reward. */
  error?: { code: string; message: string };
  trace?: RolloutTrace;
  /** Further objectives that the task app reports, each finite. */
  metrics?: Record<string, number>;
  usage: RolloutUsage;
}

/** The part of a recorded model call that a rollout's answer is made from. */
export interface RecordedCall {
  /** The chat messages that were sent to the model. */
  readonly messages: readonly unknown[];
  /** Whose prompt was recognised in it, and what it was asked; absent where none was. */
  readonly question?: {
    readonly module: string;
    readonly values: Readonly<Record<string, string>>;
    readonly input: string;
  };
  /** The text of the model's answer. */
  readonly text: string;
  readonly tool_calls: readonly { readonly name: string; readonly arguments: string }[];
  /** HTTP status that the task app got for the call. */
  readonly status: number;
  /** Why the call failed. */
  readonly error?: { readonly code: string; readonly message: string } | null;
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
  /** US dollars; null when unknown. */
  readonly usd: number | null;
}

/** What all calls of a rollout used together. No call means an unknown cost: the task app may have paid elsewhere. */
export function usageOfCalls(calls: readonly RecordedCall[]): RolloutUsage {
  return {
    prompt_tokens: calls.reduce((sum, call) => sum + call.usage.prompt_tokens, 0),
    completion_tokens: calls.reduce((sum, call) => sum + call.usage.completion_tokens, 0),
    llm_calls: calls.length,
    usd: calls.length === 0 ? null : calls.reduce<number | null>((sum, call) => plus(sum, call.usd), 0),
  };
}

function plus(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}
