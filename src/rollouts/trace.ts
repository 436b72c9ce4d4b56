// What a rollout showed, for reflection: the question the model was asked and what it answered.

import { MAX_CALLS_CHARS, MAX_TRACE_CALLS, MAX_TRACE_CHARS } from "../config/limits.ts";
import { excerpt } from "../inference/capped.ts";
import type { ModuleRemark, RecordedCall, RolloutCall } from "./answer.ts";
import { answerText, lastQuestion, messageText } from "./messages.ts";
import { asList, at, firstOf } from "./read-json.ts";
import { stepsOf } from "./reward.ts";
import { keptText, textOf } from "./text.ts";

/** Where a step tells what the model came to, when it gives no output. */
const PREDICTION_KEYS = ["predicted", "predicted_intent", "prediction", "model_output"];

/** Question and answer, either of them empty where it is not known. Not cut yet. */
export interface Exchange {
  input: string;
  output: string;
}

/** The last call that the service saw itself; undefined when there was none. */
export function exchangeOfCalls(calls: readonly RecordedCall[]): Exchange | undefined {
  const call = calls.findLast((each) => !each.error) ?? calls.at(-1);
  if (call === undefined) return undefined;
  return { input: questionOf(call), output: answerText(call.text, call.tool_calls) };
}

/**
 * The calls that came to an answer, by module: all of few, the first and the last ones of many. The n-th remark on a module
 * goes with its n-th call.
 */
export function moduleCalls(
  calls: readonly RecordedCall[],
  remarks: readonly ModuleRemark[],
  secrets: readonly string[],
): RolloutCall[] {
  const asked = calls.filter((call) => call.question !== undefined && !call.error);
  const left = [...remarks];
  const told = asked.map((call) => {
    const at = left.findIndex(({ module }) => module === call.question?.module);
    return { call, remark: at < 0 ? {} : left.splice(at, 1)[0] };
  });
  const half = Math.ceil(MAX_TRACE_CALLS / 2);
  const kept = told.length <= MAX_TRACE_CALLS ? told : [...told.slice(0, half), ...told.slice(-half)];
  const room = Math.min(MAX_TRACE_CHARS, Math.floor(MAX_CALLS_CHARS / Math.max(1, 2 * kept.length)));
  const clean = (text: string) => keptText(excerpt(text, room), secrets);
  return kept.map(({ call, remark }) => ({
    ...remark,
    module: call.question?.module ?? "",
    values: Object.fromEntries(
      Object.entries(call.question?.values ?? {}).map(([name, value]) => [name, keptText(value, secrets)]),
    ),
    input: clean(questionOf(call)),
    output: clean(answerText(call.text, call.tool_calls)),
  }));
}

function questionOf(call: RecordedCall): string {
  return call.question?.input ?? lastQuestion(call.messages);
}

/** What the task app itself tells: by its trace, else by its steps. */
export function exchangeOfReply(body: unknown): Exchange {
  const told = exchangeOfTrace(traceOf(body));
  const steps = exchangeOfSteps(stepsOf(body));
  return { input: told.input || steps.input, output: told.output || steps.output };
}

function traceOf(body: unknown): unknown {
  const ofTrajectories = asList(at(body, "trajectories")).map((trajectory) => at(trajectory, "trace"));
  return [at(body, "trace"), ...ofTrajectories.reverse()].find((trace) => modelCalls(trace).length > 0);
}

/** The records of model calls in a trace's history (protocol §3.5), in order. */
function modelCalls(trace: unknown): readonly unknown[] {
  return asList(at(trace, "event_history")).flatMap((event) => {
    const records = asList(at(event, "call_records"));
    if (records.length > 0) return records;
    const record = at(event, "call_record");
    if (record !== undefined && record !== null) return [record];
    return at(event, "llm_request") === undefined && at(event, "llm_response") === undefined ? [] : [event];
  });
}

function exchangeOfTrace(trace: unknown): Exchange {
  const record = modelCalls(trace).at(-1);
  const request = at(record, "llm_request") ?? record;
  const messages = asList(firstOf(request, ["messages", "input_messages"]));
  const response = firstOf(record, ["llm_response", "response", "output_message"]) ?? record;
  const message = answerMessage(response);
  const text = messageText(message) || textOf(at(record, "output_text"));
  const toolCalls = firstOf(message, ["tool_calls"]) ?? firstOf(record, ["output_tool_calls"]);
  return { input: lastQuestion(messages), output: answerText(text, toolCalls) };
}

/** The message of a model's answer: as providers send it, as `{message}`, or bare. */
function answerMessage(response: unknown): unknown {
  if (typeof response === "string") return { content: response };
  const choice = asList(at(response, "choices"))[0];
  const outputs = asList(at(response, "output_messages"));
  return at(choice, "message") ?? at(response, "message") ?? outputs.at(-1) ?? response;
}

function exchangeOfSteps(steps: readonly unknown[]): Exchange {
  const last = steps.findLast((step) => stepOutput(step) !== "") ?? steps.at(-1);
  const seen = steps.findLast((step) => observation(step) !== "");
  return { input: observation(seen), output: stepOutput(last) };
}

function stepOutput(step: unknown): string {
  const output = at(step, "output");
  const message = typeof output === "object" ? messageText(output) || textOf(output) : textOf(output);
  const toolCalls = answerText("", at(step, "tool_calls"));
  return message || toolCalls || textOf(firstOf(at(step, "info"), PREDICTION_KEYS));
}

function observation(step: unknown): string {
  const obs = at(step, "obs") ?? at(step, "observation");
  return textOf(firstOf(obs, ["query", "question", "input", "text", "prompt"]) ?? obs);
}
