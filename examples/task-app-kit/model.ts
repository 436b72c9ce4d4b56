// The call to the model, through the `inference_url` that came with the rollout.

import { fields, firstText, list, parseJson } from "./data.ts";
import type { ChatMessage } from "./task.ts";

const TIMEOUT_MS = 120_000;
const MAX_ANSWER_CHARS = 1_000_000;
const MAX_DETAIL_CHARS = 500;

/** One chat-completions request. */
export interface ModelCall {
  /** Base address, which may carry a query such as `?cid=…`. */
  inferenceUrl: string;
  /** The key that came with the rollout; it is passed on, since the address belongs to whoever sent the rollout. */
  apiKey: string | undefined;
  model: string | undefined;
  /** Sampling settings, sent as they are. */
  settings: Readonly<Record<string, unknown>>;
  messages: readonly ChatMessage[];
}

/** The model's text, or why there is none, with the status that the task app should answer. */
export type ModelAnswer =
  | { kind: "answer"; text: string }
  | { kind: "failure"; status: number; detail: string; retryAfter?: string };

/** `/chat/completions` under a base address. The path goes before the query: `…/v1?cid=1` has its query kept at the end. */
export function chatCompletionsUrl(inferenceUrl: string): string {
  const url = new URL(inferenceUrl);
  const base = url.pathname.endsWith("/") ? url.pathname.slice(0, -1) : url.pathname;
  if (!base.endsWith("/chat/completions")) url.pathname = `${base}/chat/completions`;
  return url.href;
}

/** Ask the model. Failures of any kind are answers: 429 and 503 keep their status, all else is 502. */
export async function askModel(call: ModelCall, send: typeof fetch): Promise<ModelAnswer> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
  try {
    const response = await send(chatCompletionsUrl(call.inferenceUrl), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(call.apiKey === undefined ? {} : { "x-api-key": call.apiKey }),
      },
      body: JSON.stringify({ model: call.model, messages: call.messages, ...call.settings }),
      redirect: "manual",
      signal: controller.signal,
    });
    const body = (await response.text()).slice(0, MAX_ANSWER_CHARS);
    return response.ok ? readAnswer(body) : readFailure(response, body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { kind: "failure", status: 502, detail: `the model could not be reached: ${reason}` };
  } finally {
    clearTimeout(timer);
  }
}

function readAnswer(body: string): ModelAnswer {
  const message = fields(fields(list(fields(parseJson(body)).choices)[0]).message);
  if (typeof message.content === "string") return { kind: "answer", text: message.content };
  return { kind: "failure", status: 502, detail: "the model's answer has no text" };
}

function readFailure(response: Response, body: string): ModelAnswer {
  const status = response.status === 429 || response.status === 503 ? response.status : 502;
  const detail = `the model answered ${response.status}: ${body.slice(0, MAX_DETAIL_CHARS)}`;
  const retryAfter = firstText(response.headers.get("retry-after"));
  return { kind: "failure", status, detail, ...(retryAfter === undefined ? {} : { retryAfter }) };
}
