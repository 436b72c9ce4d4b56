// A task app of the toy problem whose calls go wrong as a test plans, on real sockets, with a log of its own.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ProposalMessage } from "../../src/engines/engine.ts";
import { type Fault, send } from "./faults.ts";
import { learnFromFeedback } from "./memory-work.ts";
import { wordsMissing } from "./toy-job.ts";

/** The models of the jobs that the app is asked by, the second a proxy of the first; all other calls are the proposer's, who adds the first word that the feedback misses. */
const POLICY_MODELS = ["gpt-4.1-nano", "gpt-5-nano"];
/** The model of a judge: it is half content with everything. */
export const JUDGE_MODEL = "gpt-5-mini";

/** A judgement of the whole answer and of its one step. */
const JUDGEMENT = JSON.stringify({
  scores: { specification: 0.5 },
  steps: [{ step: 1, scores: { specification: 0.5 } }],
  feedback: "name more",
});

/** A rollout that reached the app. */
export interface AppCall {
  /** Number of the call, from 0. */
  index: number;
  run_id: string;
  seed: number;
  /** How often this rollout had been asked before. */
  repeats: number;
  authorization: string | undefined;
}

/** A running app. */
export interface FaultApp extends AsyncDisposable {
  url: string;
  /** Every call, in the order of arrival. */
  readonly calls: AppCall[];
  /** Questions to the proposer model, which the app plays too, below `/v1`. */
  proposals: number;
  /** Whether it asks the policy's model, through the service, before it answers a call. */
  asksModel: (call: AppCall) => boolean;
  /** Tokens of all models' answers. */
  tokens: number;
  /** Answers given as they should be. */
  readonly answered: AppCall[];
  /** Which fault meets a call; undefined for none. */
  plan: (call: AppCall) => Fault | undefined;
  /** Bytes that have left for clients. */
  sent(): number;
  /** Connections that are open. */
  open(): Promise<number>;
}

/** Starts an app without faults. */
export async function startFaultApp(): Promise<FaultApp> {
  const repeats = new Map<string, number>();
  let closedBytes = 0;
  const server = createServer(async (request, response) => {
    const body = await read(request).catch(() => undefined);
    if (body === undefined) return;
    if (request.url?.startsWith("/rollout")) return rollout(JSON.parse(body), request, response);
    if (request.url?.startsWith("/v1/chat/completions")) {
      return send(response, 200, completion(JSON.parse(body)));
    }
    send(response, 200, '{"status": "healthy", "taskset": {"id": "faults"}}');
  });
  const sockets = new Set<{ bytesWritten: number; destroy(): void }>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      closedBytes += socket.bytesWritten;
    });
  });

  const completion = (question: ModelQuestion): string => {
    const isPolicy = POLICY_MODELS.includes(question.model);
    const isJudge = question.model === JUDGE_MODEL;
    if (!isPolicy && !isJudge) app.proposals += 1;
    const usage = isPolicy ? [60, 10] : [90, 9];
    const [prompt_tokens = 0, completion_tokens = 0] = usage;
    app.tokens += prompt_tokens + completion_tokens;
    const content = isPolicy
      ? "as you wish"
      : isJudge
        ? JUDGEMENT
        : learnFromFeedback({ ...question, replicate: 0 });
    return JSON.stringify({
      choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
      usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens },
    });
  };

  const rollout = async (order: RolloutBody, request: IncomingMessage, response: ServerResponse) => {
    const seen = repeats.get(order.run_id) ?? 0;
    repeats.set(order.run_id, seen + 1);
    const call: AppCall = {
      index: app.calls.length,
      run_id: order.run_id,
      seed: order.env.seed,
      repeats: seen,
      authorization: request.headers.authorization,
    };
    app.calls.push(call);
    const right = rightAnswer(order);
    // What becomes of the call is the service's matter: it may die meanwhile.
    if (app.asksModel(call)) await askModel(order).catch(() => {});
    const fault = app.plan(call);
    if (fault) return fault.play({ request, response, right });
    app.answered.push(call);
    send(response, 200, right);
  };

  const app: FaultApp = {
    url: "",
    calls: [],
    proposals: 0,
    asksModel: () => false,
    tokens: 0,
    answered: [],
    plan: () => undefined,
    sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, closedBytes),
    open: () => new Promise((resolve) => server.getConnections((_, count) => resolve(count))),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(app, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** One call of the policy's model. */
async function askModel({ policy, env }: RolloutBody): Promise<void> {
  const { inference_url, prompt_template } = policy.config;
  const [base, query] = inference_url.split("?");
  const messages = prompt_template.sections.map(({ content }) => ({ role: "system", content }));
  const answer = await fetch(`${base}/chat/completions?${query ?? ""}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ messages: [...messages, { role: "user", content: `Question ${env.seed}` }] }),
  });
  await answer.text();
}

interface ModelQuestion {
  model: string;
  messages: ProposalMessage[];
}

interface RolloutBody {
  run_id: string;
  env: { seed: number };
  policy: { config: { inference_url: string; prompt_template: { sections: { content: string }[] } } };
}

/** The share of the seed's two words that the prompt has. */
function rightAnswer({ run_id, env: { seed }, policy }: RolloutBody): string {
  const prompt = policy.config.prompt_template.sections.map(({ content }) => content).join(" ");
  const missing = wordsMissing(seed, prompt);
  const details = { feedback: `missing: ${missing[0] ?? ""}` };
  return JSON.stringify({ run_id, metrics: { outcome_reward: 1 - missing.length / 2, details } });
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
