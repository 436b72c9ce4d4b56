// A rollout order, recorded calls, and real HTTP servers that misbehave in chosen ways.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import type { RecordedCall } from "../../../src/rollouts/answer.ts";
import type { RolloutOrder } from "../../../src/rollouts/order.ts";
import type { RolloutMeans } from "../../../src/rollouts/run.ts";

export const KEY = "env-key-0123456789";

const POLICY = {
  provider: "openai" as const,
  model: "gpt-4.1-nano",
  temperature: 0.2,
  max_completion_tokens: 128,
};

export function order(changes: Partial<RolloutOrder> = {}): RolloutOrder {
  return {
    job_id: "pl_0011223344556677",
    rollout_id: "pl_0011223344556677-t3-s69",
    seed: 69,
    task_app_url: "http://127.0.0.1:1",
    task_app_api_key: KEY,
    env_name: "banking77",
    env_config: { split: "train" },
    policy: { ...POLICY, policy_name: null },
    prompt_id: "banking77-v1",
    modules: [
      {
        name: "",
        baseline: [{ role: "system", name: "system", content: "Classify.", order: 0 }],
        candidate: [
          { role: "system", name: "system", content: "Classify with care.", order: 0 },
          { role: "user", name: "user", content: "{query}", order: 1 },
        ],
        demos: [],
        policy: POLICY,
        allowed_tools: null,
      },
    ],
    timeout_ms: 10_000,
    public_origin: "https://cultivar.example",
    ...changes,
  };
}

export function call(changes: Partial<RecordedCall> = {}): RecordedCall {
  return {
    messages: [
      { role: "system", content: "Classify with care." },
      { role: "user", content: "Where is my card?" },
    ],
    text: "card_arrival",
    tool_calls: [],
    status: 200,
    usage: { prompt_tokens: 10, completion_tokens: 2 },
    usd: 0.001,
    ...changes,
  };
}

export function means(changes: Partial<RolloutMeans> = {}): RolloutMeans {
  return {
    inference: {
      url: "https://cultivar.example/api/interceptor/v1/ticket?cid=trace_1",
      trace_correlation_id: "trace_1",
    },
    fetch,
    calls: () => [],
    allow_local: true,
    ...changes,
  };
}

export interface TestServer extends AsyncDisposable {
  url: string;
}

/** An HTTP server. */
export function httpServer(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestServer> {
  const server = createServer(handle);
  return listening(server, () => server.closeAllConnections());
}

/** A server that answers each connection by hand, byte by byte. */
export function tcpServer(serve: (socket: Socket) => void): Promise<TestServer> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
    socket.once("data", () => serve(socket));
  });
  return listening(server, () => {
    for (const socket of open) socket.destroy();
  });
}

/** An HTTP server that answers everything alike. */
export function answering(
  status: number,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<TestServer> {
  return httpServer((request, response) => {
    request.resume();
    request.on("end", () => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(body);
    });
  });
}

/** The address of a port where nothing listens. */
export async function closedPort(): Promise<string> {
  const server = await tcpServer(() => undefined);
  await server[Symbol.asyncDispose]();
  return server.url;
}

async function listening(server: Server, dropAll: () => void): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      dropAll();
      await closed;
    },
  };
}

/** A `setTimer` that fires nothing by itself and counts what is pending. */
export function handTimers() {
  const pending = new Set<() => void>();
  return {
    pending,
    setTimer: (run: () => void) => {
      pending.add(run);
      return () => {
        pending.delete(run);
      };
    },
    fire() {
      for (const run of [...pending]) run();
    },
  };
}
