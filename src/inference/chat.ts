// The OpenAI chat-completions dialect, as far as the interceptor looks into it. Everything else in a request is kept as it came.

import { isObject } from "../wire/json.ts";

/** A part of a message's content: text (`type: "text"`), an image, audio, a file. */
interface ContentPart {
  type: string;
  [key: string]: unknown;
}

/** One message of a conversation. Tool turns carry `tool_calls` or `tool_call_id` among the other keys. */
export interface ChatMessage {
  role: string;
  content?: string | ContentPart[] | null;
  [key: string]: unknown;
}

/** Body of `POST …/chat/completions`. */
export interface ChatRequest {
  messages: ChatMessage[];
  model?: string;
  stream?: boolean | null;
  [key: string]: unknown;
}

/** A request read from JSON, the same object that came in; or what is wrong with it. */
export type ParsedChatRequest =
  | { kind: "request"; request: ChatRequest }
  | { kind: "invalid"; message: string };

/** Check that a JSON value is a chat request as far as this module relies on it. Unknown keys are fine. */
export function parseChatRequest(value: unknown): ParsedChatRequest {
  if (!isObject(value)) return invalid("the body must be a JSON object");
  const { messages, model, stream } = value;
  if (!Array.isArray(messages) || messages.length === 0) {
    return invalid("`messages` must be a non-empty list");
  }
  const bad = messages.findIndex((message) => !isMessage(message));
  if (bad >= 0) {
    return invalid(`\`messages[${bad}]\` must have a \`role\` and a \`content\` that is text, parts or null`);
  }
  if (model !== undefined && typeof model !== "string") return invalid("`model` must be text");
  if (stream !== undefined && stream !== null && typeof stream !== "boolean") {
    return invalid("`stream` must be true or false");
  }
  return isChatRequest(value) ? { kind: "request", request: value } : invalid("not a chat request");
}

/**
 * The ways to read a message's text: none without text, one for plain text, two for several text parts, because a
 * prompt's author may have split the text with or without a line break.
 */
export function textReadings(message: ChatMessage): string[] {
  const texts = contentTexts(message.content);
  if (texts.length === 0) return [];
  return texts.length === 1 ? texts : [texts.join("\n"), texts.join("")];
}

/** The text of a message, text parts joined by line breaks; empty when it has none. */
export function messageText(message: ChatMessage): string {
  return textReadings(message)[0] ?? "";
}

/** The text of a `content`: plain text or text parts joined by line breaks; empty for anything else. */
export function contentText(content: unknown): string {
  return contentTexts(content).join("\n");
}

/**
 * The message with another text. Content in parts keeps its other parts; the text goes where the first text part was,
 * which keeps its further keys, and the other text parts go.
 */
export function withText(message: ChatMessage, text: string): ChatMessage {
  const { content } = message;
  if (!Array.isArray(content)) return { ...message, content: text };
  const first = content.findIndex(isTextPart);
  if (first < 0) return { ...message, content: [{ type: "text", text }, ...content] };
  const parts = content
    .map((part, i) => (i === first ? { ...part, text } : part))
    .filter((part, i) => i === first || !isTextPart(part));
  return { ...message, content: parts };
}

function contentTexts(content: unknown): string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  return content.filter(isTextPart).map((part) => part.text);
}

function isTextPart(part: unknown): part is ContentPart & { text: string } {
  return isObject(part) && part.type === "text" && typeof part.text === "string";
}

function isMessage(value: unknown): value is ChatMessage {
  if (!isObject(value) || typeof value.role !== "string") return false;
  const { content } = value;
  if (content === undefined || content === null || typeof content === "string") return true;
  return Array.isArray(content) && content.every((part) => isObject(part) && typeof part.type === "string");
}

function isChatRequest(value: Record<string, unknown>): value is Record<string, unknown> & ChatRequest {
  return Array.isArray(value.messages);
}

function invalid(message: string): ParsedChatRequest {
  return { kind: "invalid", message };
}
