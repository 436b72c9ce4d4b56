// One rollout: render the prompt for a seed, ask the model, score its answer.

import { type Example, exampleAt } from "./dataset.ts";
import { askModel } from "./model.ts";
import { render, templateMessages } from "./prompt.ts";
import type { RolloutRequest } from "./request.ts";
import { json, type Reply } from "./serve.ts";
import type { ChatMessage, LabelTask } from "./task.ts";

/**
 * Where the prompt comes from. `interceptor`: the app always sends its own baseline, and the service behind the
 * `inference_url` puts the candidate in its place. `inline`: the app renders `policy.config.prompt_template`.
 */
export type PromptSource = "interceptor" | "inline";

/** Run a rollout and answer as the protocol has it; 502 (or the model's own 429 or 503) when the model failed. */
export async function runRollout(
  task: LabelTask,
  request: RolloutRequest,
  source: PromptSource,
  apiKey: string | undefined,
  send: typeof fetch,
): Promise<Reply> {
  const example = exampleAt(task.pools, request.seed, request.pool);
  const given = source === "inline" ? templateMessages(request.promptTemplate, task.prompt) : undefined;
  const messages = render(given ?? task.prompt, task.values(example));
  const answer = await askModel({ ...request, apiKey, messages }, send);
  if (answer.kind === "failure") {
    const headers: Record<string, string> =
      answer.retryAfter === undefined ? {} : { "retry-after": answer.retryAfter };
    return json(answer.status, { detail: answer.detail, run_id: request.runId }, headers);
  }
  return json(200, rolloutResponse(task, request, example, messages, answer.text));
}

/** A remark in words on an answer, for whoever has to write a better instruction. */
export function feedbackOn(expected: string, answer: string): string {
  if (answer.trim() === expected) return "Correct.";
  const extra = answer.includes(expected) ? ` and nothing else` : "";
  return `Wrong: expected "${expected}"${extra}, got "${answer.trim()}".`;
}

function rolloutResponse(
  task: LabelTask,
  request: RolloutRequest,
  example: Example,
  messages: ChatMessage[],
  output: string,
) {
  const predicted = output.trim();
  const correct = predicted === example.label;
  const reward = correct ? 1 : 0;
  const feedback = feedbackOn(example.label, output);
  const correlation =
    request.correlationId === undefined ? {} : { trace_correlation_id: request.correlationId };
  const step = {
    obs: { text: example.text },
    tool_calls: [],
    reward,
    done: true,
    truncated: false,
    output,
    output_mode: "text",
    info: { expected: example.label, predicted, correct, feedback, messages },
  };
  return {
    run_id: request.runId,
    ...correlation,
    trajectories: [
      {
        env_id: request.envId ?? task.id,
        policy_id: request.policyId ?? "policy",
        steps: [step],
        final: { observation: {}, reward },
        length: 1,
        inference_url: request.inferenceUrl,
        ...correlation,
      },
    ],
    branches: {},
    metrics: {
      episode_returns: [reward],
      mean_return: reward,
      outcome_reward: reward,
      num_steps: 1,
      num_episodes: 1,
      details: { correct, feedback },
    },
    aborted: false,
    ops_executed: 1,
    pipeline_metadata: { inference_url: request.inferenceUrl, ...correlation },
  };
}
