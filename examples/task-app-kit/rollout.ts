// One rollout: render the prompt for a seed, ask the model, score its answer.

import { type Example, exampleAt } from "./dataset.ts";
import { runPipeline, type StepResult } from "./pipeline.ts";
import type { RolloutRequest } from "./request.ts";
import { json, type Reply } from "./serve.ts";
import type { LabelTask, PipelineStep } from "./task.ts";

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
  const inline = source === "inline";
  const ran = await runPipeline(task.steps ?? [onlyStep(task)], example, request, inline, apiKey, send);
  if (ran.kind === "failure") {
    const headers: Record<string, string> =
      ran.retryAfter === undefined ? {} : { "retry-after": ran.retryAfter };
    return json(ran.status, { detail: ran.detail, run_id: request.runId }, headers);
  }
  return json(200, rolloutResponse(task, request, example, ran.results));
}

/** A task without steps makes one call, which is no module of anything. */
function onlyStep(task: LabelTask): PipelineStep {
  const { prompt, values } = task;
  return { module: "", prompt, values: (example) => values(example), expected: ({ label }) => label };
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
  results: readonly StepResult[],
) {
  const last = results.at(-1);
  const reward = last?.correct === true ? 1 : 0;
  const feedback = feedbackOn(example.label, last?.output ?? "");
  const correlation =
    request.correlationId === undefined ? {} : { trace_correlation_id: request.correlationId };
  return {
    run_id: request.runId,
    ...correlation,
    trajectories: [
      {
        env_id: request.envId ?? task.id,
        policy_id: request.policyId ?? "policy",
        steps: results.map((result, i) => stepOf(result, example, i === results.length - 1)),
        final: { observation: {}, reward },
        length: results.length,
        inference_url: request.inferenceUrl,
        ...correlation,
      },
    ],
    branches: {},
    metrics: {
      episode_returns: [reward],
      mean_return: reward,
      outcome_reward: reward,
      num_steps: results.length,
      num_episodes: 1,
      details: { correct: reward === 1, feedback },
    },
    aborted: false,
    ops_executed: results.length,
    pipeline_metadata: { inference_url: request.inferenceUrl, ...correlation },
  };
}

/** A step, with the name of its module where it is one, so that the service knows whose answer the remark is about. */
function stepOf(
  { module, messages, output, expected, correct }: StepResult,
  example: Example,
  done: boolean,
) {
  const feedback = feedbackOn(expected, output);
  return {
    obs: { text: example.text },
    tool_calls: [],
    reward: correct ? 1 : 0,
    done,
    truncated: false,
    output,
    output_mode: "text",
    info: {
      ...(module === "" ? {} : { module }),
      expected,
      predicted: output.trim(),
      correct,
      feedback,
      messages,
    },
  };
}
