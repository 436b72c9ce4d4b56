// The OpenAI chat-completions shapes: reading a request, writing an answer, whole or in pieces.

import { fields, firstText, isFields, list } from "../task-app-kit/data.ts";
import { fingerprint } from "./noise.ts";

/** A fixed moment for `created`, in seconds: the same request has the same answer at any time. */
const CREATED = 1_750_000_000;
const CHARS_PER_TOKEN = 4;

/** One message of a conversation. */
export interface Message {
  role: string;
  content: string;
}

/** The parts of a request that an answer depends on. */
export interface ChatRequest {
  model: string;
  messages: Message[];
  /** The request's `seed`, as text; empty when it has none. */
  seed: string;
  stream: boolean;
  includeUsage: boolean;
  /** The tool that the model must call; undefined when it may answer in words. */
  tool: { name: string; argument: string } | undefined;
}

/** Read a request body; undefined where it has no messages. */
export function readChatRequest(body: unknown): ChatRequest | undefined {
  const request = fields(body);
  const messages = list(request.messages).map(fields);
  if (messages.length === 0) return undefined;
  return {
    model: firstText(request.model) ?? "simulated",
    messages: messages.map((message) => ({
      role: firstText(message.role) ?? "user",
      content: textOf(message.content),
    })),
    seed: request.seed === undefined || request.seed === null ? "" : String(request.seed),
    stream: request.stream === true,
    includeUsage: fields(request.stream_options).include_usage === true,
    tool: forcedTool(request.tools, request.tool_choice),
  };
}

/** What the answer's chance depends on: the whole request, and nothing else. */
export function requestKey(request: ChatRequest): string {
  return JSON.stringify([request.model, request.seed, request.messages]);
}

/** A `chat.completion` object. */
export function completion(request: ChatRequest, text: string): unknown {
  const call = toolCall(request, text);
  return {
    id: completionId(request),
    object: "chat.completion",
    created: CREATED,
    model: request.model,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: call === undefined ? text : null, ...callsOf(call) },
        finish_reason: call === undefined ? "stop" : "tool_calls",
      },
    ],
    usage: usage(request, text),
  };
}

/** The same answer as server-sent events: `chat.completion.chunk` objects, then `[DONE]`. */
export function* completionEvents(request: ChatRequest, text: string): Generator<string> {
  const chunk = (fields: object) =>
    `data: ${JSON.stringify({
      id: completionId(request),
      object: "chat.completion.chunk",
      created: CREATED,
      model: request.model,
      ...(request.includeUsage ? { usage: null } : {}),
      ...fields,
    })}\n\n`;
  const delta = (delta: object, finish: string | null = null) =>
    chunk({ choices: [{ index: 0, delta, finish_reason: finish }] });

  const call = toolCall(request, text);
  yield delta({ role: "assistant", content: call === undefined ? "" : null });
  if (call === undefined) {
    for (const piece of pieces(text)) yield delta({ content: piece });
  } else {
    yield delta({ tool_calls: [{ index: 0, ...call }] });
  }
  yield delta({}, call === undefined ? "stop" : "tool_calls");
  if (request.includeUsage) yield chunk({ choices: [], usage: usage(request, text) });
  yield "data: [DONE]\n\n";
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return list(content)
    .map((part) => firstText(fields(part).text) ?? "")
    .join("\n");
}

/** `tool_choice` forces a call when it is `required` or names a function. */
function forcedTool(tools: unknown, choice: unknown): ChatRequest["tool"] {
  if (choice !== "required" && !isFields(choice)) return undefined;
  const functions = list(tools).map((tool) => fields(fields(tool).function));
  const wanted = firstText(fields(fields(choice).function).name);
  const chosen = wanted === undefined ? functions[0] : functions.find((tool) => tool.name === wanted);
  const name = firstText(chosen?.name);
  if (chosen === undefined || name === undefined) return undefined;
  const properties = Object.entries(fields(fields(chosen.parameters).properties));
  const argument = properties.find(([, schema]) => fields(schema).type === "string")?.[0];
  return { name, argument: argument ?? "answer" };
}

function toolCall({ tool, ...request }: ChatRequest, text: string) {
  if (tool === undefined) return undefined;
  const call = { name: tool.name, arguments: JSON.stringify({ [tool.argument]: text }) };
  return { id: `call_${fingerprint(JSON.stringify(request.messages))}`, type: "function", function: call };
}

function callsOf(call: ReturnType<typeof toolCall>): { tool_calls?: unknown[] } {
  return call === undefined ? {} : { tool_calls: [call] };
}

function completionId(request: ChatRequest): string {
  const key = requestKey(request);
  return `chatcmpl-${fingerprint(key)}${fingerprint(`${key}/2`)}`;
}

function usage(request: ChatRequest, text: string) {
  const prompt = request.messages.reduce((sum, message) => sum + tokens(message.content), 0);
  const answer = tokens(text);
  return { prompt_tokens: prompt, completion_tokens: answer, total_tokens: prompt + answer };
}

/** About four characters to the token, and one at least. */
function tokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARS_PER_TOKEN));
}

/** The text in pieces of a few words, which joined give it back. */
function pieces(text: string): string[] {
  const words = text.split(/(?<=\s)/);
  return Array.from({ length: Math.ceil(words.length / 3) }, (_, i) =>
    words.slice(i * 3, i * 3 + 3).join(""),
  );
}
