// A rollout of several model calls, one after the other, each a module with a prompt of its own.

import { fields, firstText, list } from "./data.ts";
import type { Example } from "./dataset.ts";
import { askModel, type ModelAnswer } from "./model.ts";
import { render, templateMessages } from "./prompt.ts";
import type { RolloutRequest } from "./request.ts";
import type { ChatMessage, PipelineStep } from "./task.ts";

/** What came of one step. */
export interface StepResult {
  module: string;
  messages: ChatMessage[];
  output: string;
  expected: string;
  correct: boolean;
}

/** Run the steps in their order; the first model call that fails ends it. */
export async function runPipeline(
  steps: readonly PipelineStep[],
  example: Example,
  request: RolloutRequest,
  inline: boolean,
  apiKey: string | undefined,
  send: typeof fetch,
): Promise<{ kind: "results"; results: StepResult[] } | Extract<ModelAnswer, { kind: "failure" }>> {
  const answers: Record<string, string> = {};
  const results: StepResult[] = [];
  for (const step of steps) {
    const template =
      step.module === "" ? request.promptTemplate : moduleTemplate(request.promptTemplate, step);
    const given = inline ? templateMessages(template, step.prompt) : undefined;
    const messages = render(given ?? step.prompt, step.values(example, answers));
    const answer = await askModel({ ...request, apiKey, messages }, send);
    if (answer.kind === "failure") return answer;
    const output = answer.text;
    answers[step.module] = output.trim();
    const expected = step.expected(example);
    results.push({ module: step.module, messages, output, expected, correct: output.trim() === expected });
  }
  return { kind: "results", results };
}

/** The prompt of a step in a `policy.config.prompt_template` of several modules. Its user's question stays the app's own. */
function moduleTemplate(template: unknown, step: PipelineStep): unknown {
  const own = list(fields(template).modules)
    .map(fields)
    .find((module) => firstText(module.module_id, module.name) === step.module);
  if (own === undefined) return undefined;
  const sections = list(own.sections).map(fields);
  const isWhole = sections.some(
    (section) => section.role === "user" && !String(section.name).startsWith("demo"),
  );
  const question = step.prompt
    .filter(({ role }) => role === "user")
    .map((message) => ({ ...message, order: 1_000 }));
  return { sections: isWhole ? sections : [...sections, ...question] };
}
