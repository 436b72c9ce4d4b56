// An echo for `npm run probe -- URL --against URL`: a task app that holds each rollout for `env.config.hold_ms` milliseconds and
// answers with the number of rollouts that it has in flight, as the reward. `node scripts/echo.ts [--port 8790]`; prints its address.

import { createServer, type IncomingMessage } from "node:http";
import { parseArgs } from "node:util";

const MAX_HOLD_MS = 5_000;
const { values } = parseArgs({ options: { port: { type: "string", default: "8790" } } });
let inFlight = 0;

async function read(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function echo(request: IncomingMessage): Promise<object> {
  const { pathname } = new URL(request.url ?? "/", "http://echo");
  if (!pathname.endsWith("/rollout")) return { status: "healthy", task: { id: "echo" } };
  const body = (await read(request)) as { env?: { config?: { hold_ms?: number } } };
  inFlight += 1;
  const outcome_reward = inFlight;
  const ms = Math.min(MAX_HOLD_MS, body.env?.config?.hold_ms ?? 0);
  await new Promise((resolve) => setTimeout(resolve, ms));
  inFlight -= 1;
  return { metrics: { outcome_reward } };
}

const server = createServer((request, response) => {
  const send = (status: number, body: object) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  echo(request).then(
    (body) => send(200, body),
    () => send(400, { detail: "not JSON" }),
  );
});
server.listen(Number(values.port), "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address) console.log(`listening on http://127.0.0.1:${address.port}`);
});
