// What the benchmarks run against: a task app that answers after a fixed time, and a proposer with something new to say
// each time. Both in a process of their own: `node bench/stub-servers.ts --latency-ms 200`.

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { "latency-ms": { type: "string", default: "0" } } });
const latency = Number(values["latency-ms"]);
const flight = { now: 0, peak: 0, rollouts: 0, lanes: new Map<string, number>(), lanePeak: 0 };
let proposals = 0;

const server = createServer(async (request, response) => {
  const body = await read(request);
  switch (request.url?.split("?")[0]) {
    case "/health":
      return send(response, { healthy: true });
    case "/task_info":
      return send(response, { taskset: { id: "bench" } });
    case "/stats":
      return send(response, { rollouts: flight.rollouts, peak: flight.peak, lane_peak: flight.lanePeak });
    case "/reset":
      Object.assign(flight, { peak: 0, rollouts: 0, lanePeak: 0 });
      return send(response, {});
    case "/rollout":
      return rollout(JSON.parse(body), response);
    case "/v1/chat/completions":
      return propose(response);
    default:
      response.writeHead(404).end();
  }
});

function rollout(order: RolloutBody, response: ServerResponse): void {
  const lane = order.policy.config.inference_url.split("/v1/")[1]?.slice(0, 64) ?? "";
  const inLane = (flight.lanes.get(lane) ?? 0) + 1;
  flight.lanes.set(lane, inLane);
  flight.now += 1;
  flight.rollouts += 1;
  flight.peak = Math.max(flight.peak, flight.now);
  flight.lanePeak = Math.max(flight.lanePeak, inLane);
  const answer = () => {
    flight.now -= 1;
    flight.lanes.set(lane, (flight.lanes.get(lane) ?? 1) - 1);
    send(response, { run_id: order.run_id, metrics: { outcome_reward: reward(order) } });
  };
  if (latency > 0) setTimeout(answer, latency);
  else answer();
}

interface RolloutBody {
  run_id: string;
  env: { seed: number };
  policy: { config: { inference_url: string; prompt_template: { sections: unknown } } };
}

/** 0 or 1 by chance that only the prompt and the seed decide, so that about half of all children pass the gate. */
function reward({ env, policy }: RolloutBody): number {
  const text = JSON.stringify([policy.config.prompt_template.sections, env.seed]);
  return (createHash("md5").update(text).digest()[0] ?? 0) % 2;
}

function propose(response: ServerResponse): void {
  proposals += 1;
  const content = `\`\`\`\nAnswer well, in way number ${proposals}.\n\`\`\``;
  send(response, {
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content } }],
    usage: { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 },
  });
}

function send(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  process.stdout.write(`listening on http://127.0.0.1:${port}\n`);
});
