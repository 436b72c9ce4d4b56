// A small real HTTP server that plays the service's registry of verifiers, two to a page.

import { createServer, type ServerResponse } from "node:http";
import type { VerifierSubmission, VerifierView } from "../../src/wire/verifier.ts";
import { API_KEY } from "./fake-service.ts";

/** The registry, and how to close it. */
export interface FakeVerifiers {
  url: string;
  /** What is registered, by name. */
  kept: Map<string, VerifierView>;
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. A verifier named `bad` is refused with two mistakes. */
export async function startFakeVerifiers(): Promise<FakeVerifiers> {
  const kept = new Map<string, VerifierView>();
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    const url = new URL(request.url ?? "/", "http://fake");
    const name = decodeURIComponent(url.pathname.slice("/api/verifiers/".length));
    if (request.headers.authorization !== `Bearer ${API_KEY}`) refuse(response, 401, []);
    else if (request.method === "POST") register(JSON.parse(text), kept, response);
    else if (name === "") list(url.searchParams.get("cursor") ?? "", kept, response);
    else if (!kept.has(name)) refuse(response, 404, []);
    else if (request.method === "DELETE") response.writeHead(204).end(void kept.delete(name));
    else send(response, 200, kept.get(name));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const close = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return { url: `http://127.0.0.1:${address.port}`, kept, close };
}

function register(
  {
    name,
    description = null,
    ...parts
  }: Omit<VerifierSubmission, "description"> & { description?: string | null },
  kept: Map<string, VerifierView>,
  response: ServerResponse,
): void {
  if (name === "bad") {
    const message = (path: string) => ({ pointer: `/${path}`, path, message: `${path} must be better` });
    refuse(response, 422, [message("rubric"), message("graph")]);
    return;
  }
  const view = { id: `${name}@1`, name, version: 1, description, created_at: "2026-01-02T03:04:05.000Z" };
  kept.set(name, { ...view, ...JSON.parse(JSON.stringify(parts)) });
  send(response, 201, kept.get(name));
}

function list(cursor: string, kept: Map<string, VerifierView>, response: ServerResponse): void {
  const after = [...kept.values()].filter(({ name }) => name > cursor);
  const items = after.slice(0, 2).map(({ rubric: _, graph: __, ...summary }) => summary);
  send(response, 200, { items, next_cursor: after.length > 2 ? items.at(-1)?.name : null });
}

function refuse(response: ServerResponse, status: number, errors: object[]): void {
  const code = status === 422 ? "verifier_invalid" : "refused";
  const problem = {
    type: "about:blank",
    title: code,
    status,
    detail: `refused with ${status}`,
    code,
    errors,
  };
  response.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify(problem));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
