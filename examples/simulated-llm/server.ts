// The simulated LLM as a server that speaks the OpenAI chat-completions protocol. One server plays both parts: a prompt
// that asks to improve an instruction is answered by the proposer, any other by the policy.

import { parseArgs } from "node:util";
import { asCommand, runServer, wholeNumber } from "../task-app-kit/command-line.ts";
import { parseJson } from "../task-app-kit/data.ts";
import { type Incoming, json, type Reply, type Serving, serve } from "../task-app-kit/serve.ts";
import { type ChatRequest, completion, completionEvents, readChatRequest, requestKey } from "./chat.ts";
import { answerAsPolicy } from "./policy.ts";
import { answerAsProposer } from "./proposer.ts";
import { readReflection } from "./reflection.ts";

const MODELS = ["gpt-4.1-nano", "gpt-4.1-mini", "gpt-4.1"];

/** How to run the simulated LLM. */
export interface SimulatedLlmOptions {
  /** 0 takes any free port. */
  port: number;
  /** Milliseconds before each answer; default 0. */
  latencyMs?: number;
}

/** What the simulated LLM counted. */
export interface SimulatedLlmStats {
  policy_calls: number;
  proposer_calls: number;
  in_flight: number;
  peak_in_flight: number;
}

/** A running simulated LLM. */
export interface SimulatedLlm extends Serving {
  stats(): SimulatedLlmStats;
}

/** Which part a request asks for, and the text that answers it. Depends on the request alone. */
export function answerTo(request: ChatRequest): { role: "policy" | "proposer"; text: string } {
  const reflection = readReflection(request.messages);
  return reflection === undefined
    ? { role: "policy", text: answerAsPolicy(request.messages, request.seed, request.model) }
    : { role: "proposer", text: answerAsProposer(reflection, requestKey(request)) };
}

/** Start the simulated LLM. Rejects when the port cannot be had. */
export async function startSimulatedLlm(options: SimulatedLlmOptions): Promise<SimulatedLlm> {
  const counts: SimulatedLlmStats = { policy_calls: 0, proposer_calls: 0, in_flight: 0, peak_in_flight: 0 };

  const chat = async (incoming: Incoming): Promise<Reply> => {
    const request = readChatRequest(parseJson(incoming.body));
    if (request === undefined) return failure(400, "messages must be a non-empty array");
    counts.in_flight++;
    counts.peak_in_flight = Math.max(counts.peak_in_flight, counts.in_flight);
    try {
      const { role, text } = answerTo(request);
      counts[`${role}_calls`]++;
      await pause(options.latencyMs ?? 0);
      return request.stream ? streamed(request, text) : json(200, completion(request, text));
    } finally {
      counts.in_flight--;
    }
  };

  const server = await serve((incoming) => {
    switch (`${incoming.method} ${incoming.path}`) {
      case "POST /v1/chat/completions":
        return chat(incoming);
      case "GET /v1/models":
        return json(200, { object: "list", data: MODELS.map(modelObject) });
      case "GET /health":
        return json(200, { healthy: true, simulated: true });
      case "GET /stats":
        return json(200, counts);
      default:
        return failure(404, `there is no ${incoming.method} ${incoming.path}`);
    }
  }, options.port);
  return { ...server, stats: () => ({ ...counts }) };
}

function streamed(request: ChatRequest, text: string): Reply {
  const headers = { "content-type": "text/event-stream", "cache-control": "no-cache" };
  const body = async function* () {
    yield* completionEvents(request, text);
  };
  return { status: 200, headers, body: body() };
}

function modelObject(id: string) {
  return { id, object: "model", created: 0, owned_by: "simulation" };
}

/** An error in the shape that OpenAI's clients read. */
function failure(status: number, message: string): Reply {
  return json(status, { error: { message, type: "invalid_request_error", param: null, code: null } });
}

function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      "latency-ms": { type: "string", default: "0" },
    },
  });
  const port = wholeNumber(values.port, "port");
  const latencyMs = wholeNumber(values["latency-ms"], "latency-ms");
  await runServer(() => startSimulatedLlm({ port, latencyMs }));
}

if (import.meta.main) await asCommand(main);
