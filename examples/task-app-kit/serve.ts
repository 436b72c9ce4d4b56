// A small HTTP server on `node:http`: a handler gets a request that was read in full and returns a reply to send.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** A request with its body already read. */
export interface Incoming {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Header values by lower-case name; the first one where a name is repeated. */
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** What to send back; a body in pieces is streamed. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body: string | AsyncIterable<string>;
}

export type Handler = (request: Incoming) => Reply | Promise<Reply>;

/** A running server. */
export interface Serving {
  /** Origin, such as `http://127.0.0.1:8101`. */
  url: string;
  /** Stop listening and drop open connections. */
  close(): Promise<void>;
}

/** A reply with a JSON body. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}

/** Listen on 127.0.0.1; port 0 takes any free one. Rejects when the port cannot be had. */
export async function serve(handler: Handler, port: number): Promise<Serving> {
  const server = createServer((request, response) => {
    answer(handler, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no TCP address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(handler: Handler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  const reply =
    body === undefined ? json(413, { detail: "body too large" }) : await guarded(handler, request, body);
  await send(reply, request.method === "HEAD", response);
}

async function guarded(handler: Handler, request: IncomingMessage, body: string): Promise<Reply> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = (Array.isArray(value) ? value[0] : value) ?? "";
  }
  try {
    return await handler({
      method: request.method ?? "GET",
      path: url.pathname,
      query: url.searchParams,
      headers,
      body,
    });
  } catch (error) {
    console.error(error);
    return json(500, { detail: "internal error" });
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function send(reply: Reply, headOnly: boolean, response: ServerResponse): Promise<void> {
  response.writeHead(reply.status, reply.headers ?? {});
  if (headOnly) {
    response.end();
  } else if (typeof reply.body === "string") {
    response.end(reply.body);
  } else {
    for await (const piece of reply.body) response.write(piece);
    response.end();
  }
}
