// Chat messages as readable text, in the spellings that providers and task apps use.

import { asList, at, firstOf } from "./read-json.ts";
import { textOf } from "./text.ts";

/** The text of a message: its content, or the text parts of its content, one per line. */
export function messageText(message: unknown): string {
  const content = firstOf(message, ["content", "parts", "text"]);
  if (!Array.isArray(content)) return textOf(content);
  return content
    .map((part) => (typeof part === "string" ? part : at(part, "text")))
    .filter((text) => typeof text === "string" && text !== "")
    .join("\n");
}

/** What was asked last: the text of the last user message, or of the last message where no user speaks. */
export function lastQuestion(messages: readonly unknown[]): string {
  const question = messages.findLast((message) => at(message, "role") === "user") ?? messages.at(-1);
  return messageText(question);
}

/** Tool calls as `name(arguments)`, one per line. Takes OpenAI's shape and the flat one. */
function toolCallsText(calls: unknown): string {
  return asList(calls)
    .map((call) => {
      const name = firstOf(at(call, "function"), ["name"]) ?? firstOf(call, ["name", "tool_name", "tool"]);
      const keys = ["arguments", "arguments_json", "args", "input"];
      const args = firstOf(at(call, "function"), ["arguments"]) ?? firstOf(call, keys);
      return `${textOf(name)}(${textOf(args)})`;
    })
    .filter((text) => text !== "()")
    .join("\n");
}

/** What a model answered: its words, its tool calls, or both. */
export function answerText(text: string, toolCalls: unknown): string {
  return [text, toolCallsText(toolCalls)].filter((part) => part.trim() !== "").join("\n");
}
