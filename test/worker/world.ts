// The outside world of these tests: a task app and a model provider in the place of the global fetch, which the Worker and
// its objects share with the tests. It plays a toy task, can be told to misbehave, and keeps a ledger of what reached it.
//
// The task: an example wants two words, the model says every word it finds in its instruction, and the reward is the
// share of the wanted words that it said. The proposer adds the first word that the feedback misses.

import { exports } from "cloudflare:workers";
import { vi } from "vitest";

/** Where the task app lives. */
export const TASK_APP = "https://task.example.com/app";
/** Where the provider lives; the deployment of the tests is configured so. */
const PROVIDER = "https://models.example.com/v1";
/** The key that the task app wants. */
export const TASK_APP_KEY = "task-app-key";

const WORDS = ["red", "green", "blue", "grey"];
const POLICY_USAGE = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
const PROPOSER_USAGE = { prompt_tokens: 1_000, completion_tokens: 200, total_tokens: 1_200 };

/** A message of a prompt. */
interface Message {
  role: string;
  content: string;
}

/** A `POST /rollout` that reached the task app. */
export interface RolloutCall {
  run_id: string;
  seed: number;
  /** How often this rollout was asked before. */
  repeats: number;
  headers: Headers;
  inference_url: string;
  /** The system text of the candidate, as `policy.config.prompt_template` has it. */
  instruction: string;
  /** All of `policy.config`. */
  policy: Record<string, unknown>;
}

/** A `POST /chat/completions` that reached the provider. */
export interface ModelCall {
  model: string;
  messages: Message[];
  temperature: number | undefined;
  stream: boolean | undefined;
  authorization: string | null;
}

/** The task app's part: how it answers a rollout. */
export type Player = (call: RolloutCall) => Promise<Response>;

/** A task app and a provider, and what reached them. */
export class World {
  readonly rollouts: RolloutCall[] = [];
  readonly models: ModelCall[] = [];
  /** Requests of the task app's `/health` and `/task_info`. */
  checks = 0;
  inFlight = 0;
  /** Whether rollouts are kept in `rollouts`. */
  record = true;
  /** Calls that the service broke off. */
  brokenOff = 0;
  peak = 0;
  /** Plays the task app; a test may put another in its place. */
  play: Player = renderedByTheApp;
  /** Plays the provider, for the policy and for the proposer. */
  complete: (call: ModelCall) => Promise<Response> = obedient;
  /** Answers `/health` and `/task_info`. */
  health: (request: Request) => Response = () => Response.json({ status: "healthy", task: { id: "toy" } });
  readonly #repeats = new Map<string, number>();
  #open: Promise<void> = Promise.resolve();
  #modelsOpen: Promise<void> = Promise.resolve();

  /** Takes the place of the global fetch. */
  install(): this {
    vi.stubGlobal("fetch", (input: RequestInfo, init?: RequestInit) =>
      this.#answer(new Request(input, init)),
    );
    return this;
  }

  /** Calls of the policy model, without the proposer's. */
  get policyCalls(): ModelCall[] {
    return this.models.filter(({ model }) => model !== PROPOSER_MODEL);
  }

  /** Lets rollouts come in, but not be answered, until the function it returns is called. */
  hold(): () => void {
    const held = Promise.withResolvers<void>();
    this.#open = held.promise;
    return held.resolve;
  }

  /** As `hold`, for calls to the provider. */
  holdModels(): () => void {
    const held = Promise.withResolvers<void>();
    this.#modelsOpen = held.promise;
    return held.resolve;
  }

  #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const place = `${url.origin}${url.pathname}`;
    if (place === `${PROVIDER}/chat/completions`) return this.#breakable(request, (it) => this.#complete(it));
    if (place === `${TASK_APP}/rollout`) return this.#breakable(request, (it) => this.#rollout(it));
    this.checks += 1;
    return Promise.resolve(this.health(request));
  }

  /** Rejects when the caller breaks the call off, as a real fetch does. */
  #breakable(request: Request, answer: (request: Request) => Promise<Response>): Promise<Response> {
    const { signal } = request;
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener("abort", () => {
        this.brokenOff += 1;
        reject(new Error("the call was broken off"));
      });
      answer(request).then(resolve, reject);
    });
  }

  async #rollout(request: Request): Promise<Response> {
    const call = await rolloutCall(request);
    const repeats = this.#repeats.get(call.run_id) ?? 0;
    this.#repeats.set(call.run_id, repeats + 1);
    if (this.record) this.rollouts.push({ ...call, repeats });
    this.inFlight += 1;
    this.peak = Math.max(this.peak, this.inFlight);
    try {
      await this.#open;
      return await this.play({ ...call, repeats });
    } finally {
      this.inFlight -= 1;
    }
  }

  async #complete(request: Request): Promise<Response> {
    const body: Omit<ModelCall, "authorization"> = await request.json();
    const call = { ...body, authorization: request.headers.get("authorization") };
    this.models.push(call);
    await this.#modelsOpen;
    return this.complete(call);
  }
}

/** The proposer of `proposer_effort = "LOW"`. */
export const PROPOSER_MODEL = "gpt-4o-mini";

/** A provider whose models do as they are told. */
export async function obedient({ model, messages, stream }: ModelCall): Promise<Response> {
  const instruction = messages[0]?.content ?? "";
  if (model === PROPOSER_MODEL) {
    const question = messages.map(({ content }) => content).join("\n");
    return completion(`Here it is.\n\`\`\`\n${improved(question)}\n\`\`\``, PROPOSER_USAGE);
  }
  const text = WORDS.filter((word) => instruction.includes(word)).join(" ");
  return stream ? streamed(text) : completion(text, POLICY_USAGE);
}

/** The words that an example wants. */
function wants(seed: number): string[] {
  return [0, 1].map((step) => WORDS[(seed + step) % WORDS.length] ?? "");
}

/** A task app that renders the prompt itself, from `policy.config.prompt_template`, and runs its own model. */
export async function renderedByTheApp({ seed, instruction }: RolloutCall): Promise<Response> {
  return scored(seed, instruction);
}

/** A task app that sends its own baseline prompt to the inference URL, as one that knows nothing of candidates does; a call that fails counts as an empty answer. */
export function throughInterceptor(baseline: string, more: { stream?: boolean } = {}): Player {
  return async ({ seed, inference_url }) => {
    const answer = await chat(inference_url, {
      model: "the-app-has-its-own-idea",
      messages: [
        { role: "system", content: baseline },
        { role: "user", content: `Question ${seed}` },
      ],
      ...more,
    });
    if (!answer.ok) return scored(seed, "");
    return scored(seed, more.stream === true ? streamedText(await answer.text()) : await wholeText(answer));
  };
}

/** Calls an inference URL as OpenAI's clients do: the path is appended before the query. */
export function chat(inferenceUrl: string, body: object): Promise<Response> {
  const url = new URL(inferenceUrl);
  url.pathname += "/chat/completions";
  return exports.default.fetch(url.href, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer key-of-the-task-app" },
    body: JSON.stringify(body),
  });
}

/** A rollout's answer: the reward for what was said, and feedback. */
export function scored(seed: number, said: string): Response {
  const missing = wants(seed).filter((word) => !said.includes(word));
  const reward = 1 - missing.length / 2;
  const feedback = missing.length === 0 ? "all there" : `missing: ${missing.join(" ")}`;
  return Response.json({ metrics: { outcome_reward: reward, details: { feedback } } });
}

async function rolloutCall(request: Request): Promise<Omit<RolloutCall, "repeats">> {
  const body = (await request.json()) as {
    run_id: string;
    env: { seed: number };
    policy: { config: { inference_url: string; prompt_template: { sections: Message[] } } };
  };
  const { inference_url, prompt_template } = body.policy.config;
  const instruction = prompt_template.sections.find(({ role }) => role === "system")?.content ?? "";
  return {
    run_id: body.run_id,
    seed: body.env.seed,
    headers: request.headers,
    inference_url,
    instruction,
    policy: body.policy.config,
  };
}

/** The instruction of a reflection prompt, with the first word that its feedback says is missing. */
function improved(question: string): string {
  const current = question.split("```")[1]?.trim() ?? "";
  const missing = question.split("missing: ")[1]?.split(/\s/)[0];
  return missing === undefined ? current : `${current} Say ${missing}.`;
}

function completion(content: string, usage: object): Response {
  return Response.json({
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "whatever",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage,
  });
}

function streamed(text: string): Response {
  const chunk = (choices: object[], more: object = {}) => `data: ${JSON.stringify({ choices, ...more })}\n\n`;
  const frames = [
    ...text.split(" ").map((word) => chunk([{ index: 0, delta: { content: `${word} ` } }])),
    chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
    chunk([], { usage: POLICY_USAGE }),
    "data: [DONE]\n\n",
  ];
  return new Response(frames.join(""), { headers: { "content-type": "text/event-stream" } });
}

function streamedText(stream: string): string {
  return stream
    .split("\n\n")
    .filter((frame) => frame.startsWith("data: {"))
    .map((frame) => JSON.parse(frame.slice("data: ".length)).choices[0]?.delta.content ?? "")
    .join("");
}

async function wholeText(answer: Response): Promise<string> {
  const body = (await answer.json()) as { choices: { message: Message }[] };
  return body.choices[0]?.message.content ?? "";
}
