// A provider on this machine for tests: a real HTTP server that answers as the test says and keeps what it was asked.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { Provider } from "../../../src/inference/providers.ts";

/** A request that the server has received. */
interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: unknown;
}

/** A running server. */
interface ProviderServer {
  provider: Provider;
  seen: SeenRequest[];
  /** Resolves when a connection whose answer was under way is closed by the other side. */
  hungUp: Promise<void>;
  close(): Promise<void>;
}

type Handler = (response: ServerResponse, seen: SeenRequest) => unknown;

/** Start a server for the running test, which closes it at its end; `handle` writes every answer. */
export async function serve(handle: Handler): Promise<ProviderServer> {
  const server = await serveProvider(handle);
  onTestFinished(server.close);
  return server;
}

async function serveProvider(handle: Handler): Promise<ProviderServer> {
  const seen: SeenRequest[] = [];
  const hungUp = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const text = Buffer.concat(pieces).toString();
    const entry: SeenRequest = {
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
    seen.push(entry);
    response.on("close", () => {
      if (!response.writableFinished) hungUp.resolve();
    });
    await handle(response, entry);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    provider: {
      kind: "provider",
      name: "openai",
      base_url: `http://127.0.0.1:${port}/v1`,
      api_key: "sk-test-0123456789abcdef",
    },
    seen,
    hungUp: hungUp.promise,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answer with JSON. */
export function sendJson(
  response: ServerResponse,
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(value));
}

/** A chat completion as OpenAI writes it. */
export function completion(text: string, usage?: object): object {
  return {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "gpt-4o-mini",
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    usage: usage ?? { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
  };
}

/** An event of a stream. */
export function sse(value: unknown): string {
  return `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
}

/** A chunk of a streamed answer. */
export function delta(change: object, finish_reason: string | null = null): object {
  return { id: "c", object: "chat.completion.chunk", choices: [{ index: 0, delta: change, finish_reason }] };
}

/** The chunk that has usage and no choices. */
export function usageChunk(prompt_tokens: number, completion_tokens: number): object {
  return {
    id: "c",
    object: "chat.completion.chunk",
    choices: [],
    usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
  };
}
