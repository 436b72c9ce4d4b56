// What a module's policy makes of a request: whose model answers, how it samples, which tools it may call.

import { bareModel, takesTemperature } from "../config/models.ts";
import type { ModulePolicy } from "../config/modules.ts";
import { isObject } from "../wire/json.ts";
import type { ChatRequest } from "./chat.ts";

/** The two names of a token limit, of which a request may hold one. */
const TOKEN_LIMITS = ["max_completion_tokens", "max_tokens"] as const;

/**
 * A request under a module's policy. The model decides what a rollout costs and means, so it is the config's, whatever the task
 * app wrote. Temperature and token limit are the module's where the request leaves them open; a setting of the job, which
 * the task app was sent and merely passes on, counts as left open.
 */
export function underPolicy(
  request: ChatRequest,
  module: ModulePolicy,
  job: Pick<ModulePolicy, "temperature" | "max_completion_tokens">,
): ChatRequest {
  const { provider, model, temperature, max_completion_tokens } = module;
  const asked = (key: "temperature" | (typeof TOKEN_LIMITS)[number], ofJob: number) =>
    request[key] === ofJob ? undefined : (request[key] ?? undefined);
  const limits = TOKEN_LIMITS.map((key) => asked(key, job.max_completion_tokens));
  const limitName = TOKEN_LIMITS.find((key) => request[key] !== undefined) ?? "max_completion_tokens";
  const rest = { ...request };
  for (const key of ["temperature", ...TOKEN_LIMITS]) delete rest[key];
  return {
    ...rest,
    ...(takesTemperature(provider, model)
      ? { temperature: asked("temperature", job.temperature) ?? temperature }
      : {}),
    [limitName]: limits.find((limit) => limit !== undefined) ?? max_completion_tokens,
    model: bareModel(provider, model),
  };
}

/** A request with no other tools than the module may call; `forbidden` where it forces one of the others. */
export function limitTools(
  request: ChatRequest,
  allowed: readonly string[] | null,
): { kind: "allowed"; request: ChatRequest } | { kind: "forbidden"; tool: string } {
  if (allowed === null || !Array.isArray(request.tools)) return { kind: "allowed", request };
  const all: unknown[] = request.tools;
  const tools = all.filter((tool) => allowed.includes(toolName(tool)));
  const forced = isObject(request.tool_choice) ? toolName(request.tool_choice) : "";
  if (forced !== "" && !allowed.includes(forced)) return { kind: "forbidden", tool: forced.slice(0, 64) };
  if (tools.length > 0) return { kind: "allowed", request: { ...request, tools } };
  // Providers refuse an empty list, and settings for tools that are not there.
  const { tools: _, tool_choice, parallel_tool_calls: __, ...rest } = request;
  if (tool_choice === "required") return { kind: "forbidden", tool: toolName(all[0]).slice(0, 64) };
  return { kind: "allowed", request: rest };
}

function toolName(tool: unknown): string {
  const holder = isObject(tool) && isObject(tool.function) ? tool.function : tool;
  return isObject(holder) && typeof holder.name === "string" ? holder.name : "";
}
