// A small real HTTP server that plays the service's API, scripted by the test: what each status poll says, how each
// event stream breaks off, which requests fail first.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { JobEvent, JobResults, JobView, Problem } from "../../src/wire/job.ts";
import type { ValidationReport } from "../../src/wire/validate.ts";
import type { Verification } from "../../src/wire/verification.ts";

export const JOB_ID = "pl_0123456789abcdef";
export const API_KEY = "test-key";
const JOBS = "/api/prompt-learning/online/jobs";
const COMMANDS = ["/start", "/pause", "/resume", "/stop", "/cancel"];
const VALIDATE = "/api/prompt-learning/validate";

/** How one connection to the event stream goes: pieces written as they are, then its end. */
interface StreamScript {
  pieces: (string | Uint8Array)[];
  /** `end`: closed properly; `cut`: the socket is destroyed; `hold`: left open. */
  ends: "end" | "cut" | "hold";
}

/** An answer sent instead of the usual one. */
interface Failure {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

export interface FakeScript {
  /** What status polls say, one after the other; the last one stays. */
  views?: JobView[];
  events?: JobEvent[];
  /** One for each connection; after the last one the stream answers 404. */
  streams?: StreamScript[];
  results?: JobResults;
  verification?: Verification;
  /** Refuses submissions and dry runs. */
  problem?: Problem;
  /** Answers for the first requests to a path below the job (`""` is the status); null stands for the usual one. */
  failures?: Record<string, (Failure | null)[]>;
  /** Ids of all jobs for the list, served two a page. */
  jobIds?: string[];
}

interface Received {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: unknown;
}

export interface FakeService {
  url: string;
  received: Received[];
  /** Requests to a path below the job, such as `/events`; `""` is the status. */
  to(tail: string): Received[];
  close(): Promise<void>;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startFakeService(script: FakeScript): Promise<FakeService> {
  const received: Received[] = [];
  const play = new Play(script);
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const url = new URL(request.url ?? "/", "http://fake");
      const body: unknown = text === "" ? undefined : JSON.parse(text);
      const path = url.pathname;
      const seen = {
        method: request.method ?? "",
        path,
        query: url.searchParams,
        headers: request.headers,
        body,
      };
      received.push(seen);
      play.answer(seen, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    to: (tail) => received.filter(({ path }) => path === `${JOBS}/${JOB_ID}${tail}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class Play {
  readonly #script: FakeScript;
  readonly #views: JobView[];
  readonly #streams: StreamScript[];
  readonly #failures: Map<string, (Failure | null)[]>;

  constructor(script: FakeScript) {
    this.#script = script;
    this.#views = [...(script.views ?? [jobView()])];
    this.#streams = [...(script.streams ?? [])];
    this.#failures = new Map(Object.entries(script.failures ?? {}).map(([path, list]) => [path, [...list]]));
  }

  answer(request: Received, response: ServerResponse): void {
    const prefix = `${JOBS}/${JOB_ID}`;
    const isCreate = request.path === JOBS && request.method === "POST";
    if (request.headers.authorization !== `Bearer ${API_KEY}`) refuse(response, 401, "unauthorized");
    else if (isCreate) this.#create(response);
    else if (request.path === VALIDATE) this.#validate(response);
    else if (request.path === JOBS) this.#list(request, response);
    else if (request.path.startsWith(prefix)) this.#job(request.path.slice(prefix.length), request, response);
    else refuse(response, 404, "not_found");
  }

  #create(response: ServerResponse): void {
    const { problem } = this.#script;
    response.statusCode = problem?.status ?? 201;
    response.setHeader("content-type", problem ? "application/problem+json" : "application/json");
    response.end(JSON.stringify(problem ?? this.#views[0]));
  }

  #validate(response: ServerResponse): void {
    const { problem } = this.#script;
    response.statusCode = problem?.status ?? 200;
    response.setHeader("content-type", problem ? "application/problem+json" : "application/json");
    response.end(JSON.stringify(problem ?? validationReport()));
  }

  #list(request: Received, response: ServerResponse): void {
    const ids = this.#script.jobIds ?? [JOB_ID];
    const from = Number(request.query.get("cursor") ?? "0");
    const items = ids.slice(from, from + 2).map((id) => ({ ...jobView(), job_id: id }));
    send(response, 200, { items, next_cursor: from + 2 < ids.length ? String(from + 2) : null });
  }

  #job(tail: string, request: Received, response: ServerResponse): void {
    const failure = this.#failures.get(tail)?.shift();
    if (failure) {
      response.writeHead(failure.status, failure.headers);
      response.end(failure.body ?? "");
    } else if (tail === "" && request.method === "DELETE") response.writeHead(204).end();
    else if (tail === "") send(response, 200, this.#views.length > 1 ? this.#views.shift() : this.#views[0]);
    else if (tail === "/results") send(response, 200, this.#script.results ?? jobResults());
    else if (tail === "/verification") send(response, 200, this.#script.verification ?? verification());
    else if (COMMANDS.includes(tail)) send(response, 200, jobView());
    else if (tail === "/events") this.#page(request, response);
    else if (tail === "/events/stream") this.#stream(response);
    else refuse(response, 404, "not_found");
  }

  #page(request: Received, response: ServerResponse): void {
    const since = Number(request.query.get("since_seq") ?? "0");
    const limit = Number(request.query.get("limit") ?? "100");
    const events = (this.#script.events ?? []).filter(({ seq }) => seq > since).slice(0, limit);
    send(response, 200, { events, next_seq: events.at(-1)?.seq ?? since });
  }

  #stream(response: ServerResponse): void {
    const script = this.#streams.shift();
    if (!script) {
      refuse(response, 404, "not_found");
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    writePieces(response, script.pieces, () => {
      if (script.ends === "end") response.end();
      if (script.ends === "cut") response.destroy();
    });
  }
}

/** Each piece in its own packet, so that the reader sees the seams. */
function writePieces(
  response: ServerResponse,
  pieces: readonly (string | Uint8Array)[],
  done: () => void,
): void {
  const [piece, ...rest] = pieces;
  if (piece === undefined) done();
  else response.write(piece, () => setImmediate(() => writePieces(response, rest, done)));
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/problem+json", "x-request-id": "req-1" });
  response.end(
    JSON.stringify({ type: "about:blank", title: code, status, detail: `refused: ${code}`, code }),
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) text += piece;
  return text;
}

/** An audit of a job that ended well. */
export function verification(changes: Partial<Verification> = {}): Verification {
  return {
    job_id: JOB_ID,
    status: "succeeded",
    holds: true,
    steps: 5,
    rollouts: 90,
    rollouts_total: 100,
    events: 31,
    checks: [
      { name: "results", outcome: "holds", detail: "5 steps" },
      { name: "alarm", outcome: "skipped", detail: "no need" },
    ],
    ...changes,
  };
}

/** A dry run's report of a config that can run. */
export function validationReport(changes: Partial<ValidationReport> = {}): ValidationReport {
  const none = { low: 0, high: 0 };
  const calls = { prompt_tokens: { low: 50, high: 900 }, completion_tokens: { low: 5, high: 100 } };
  return {
    valid: true,
    config: { prompt_learning: { algorithm: "gepa", env_config: { "a.b": ["x"] } } },
    origins: {
      "prompt_learning.algorithm": { from: "file", line: 2 },
      'prompt_learning.env_config."a.b"': { from: "override" },
    },
    warnings: [{ path: "a.b", message: "a.b is deprecated", line: 2 }],
    estimate: {
      rollouts: {
        total: { low: 20, high: 1_500 },
        limit: 1_500,
        by_phase: {
          baseline: { low: 20, high: 20 },
          population: none,
          generations: { low: 0, high: 1_480 },
          validation: none,
          test: none,
        },
      },
      policy: { provider: "openai", model: "m", calls: { low: 20, high: 1_500 }, ...calls, usd: null },
      proposer: {
        provider: "openai",
        model: "p",
        calls: { low: 2, high: 9 },
        ...calls,
        usd: { low: 0.5, high: 2 },
      },
      verifier: null,
      usd: null,
      seconds: { low: 40, high: 300 },
      sensible_budget: 100,
      assumptions: ["A rollout makes one model call."],
    },
    ...changes,
  };
}

/** A job that has just begun, with what the test changes. */
export function jobView(changes: Partial<JobView> = {}): JobView {
  return {
    job_id: JOB_ID,
    algorithm: "gepa",
    status: "running",
    created_at: "2026-01-02T03:04:05Z",
    started_at: "2026-01-02T03:04:06Z",
    finished_at: null,
    best_score: 0.5,
    baseline_score: 0.4,
    best_prompt: null,
    progress: {
      rollouts_completed: 210,
      rollouts_total: 500,
      percent_overall: 0.42,
      generation: 3,
      generations_total: 10,
      candidates_tried: 7,
      trials_completed: 6,
      elapsed_seconds: 65,
      eta_seconds: 80,
    },
    cost: {
      total_usd: 0.0123,
      policy_usd: 0.01,
      proposer_usd: 0.0023,
      verifier_usd: 0,
      prompt_tokens: 12_000,
      completion_tokens: 800,
      llm_calls: 215,
      category_costs: { policy: 0.01, proposer: 0.0023, verifier: 0 },
      reserved: { tokens: 0, usd: 0 },
      written_off: { tokens: 0, usd: 0 },
    },
    limits: {
      rollouts: 500,
      tokens: null,
      usd: null,
      category_usd: {},
      seconds: null,
      trials: null,
      trials_without_improvement: null,
    },
    finish_reason: null,
    pause_reason: null,
    stopping: false,
    error: null,
    warnings: [],
    metadata: {},
    ...changes,
  };
}

/** Results whose best prompt changed one line. */
export function jobResults(changes: Partial<JobResults> = {}): JobResults {
  const baseline = "[system | system]\nClassify the query.\nAnswer with one label.";
  const best = "[system | system]\nClassify the banking query by its intent.\nAnswer with one label.";
  return {
    job_id: JOB_ID,
    status: "succeeded",
    finish_reason: "budget",
    best_prompt: { sections: [], full_text: best },
    best_score: 0.8,
    baseline_prompt: { sections: [], full_text: baseline },
    baseline_score: 0.4,
    top_prompts: [
      {
        rank: 1,
        candidate_id: "trans_00003",
        train_accuracy: 0.8,
        val_accuracy: 0.75,
        test_accuracy: null,
        template: { sections: [] },
        full_text: best,
      },
    ],
    optimized_candidates: [],
    attempted_candidates: [],
    validation_results: [
      {
        rank: -1,
        candidate_id: "trans_00000",
        is_baseline: true,
        accuracy: 0.45,
        seeds: [1],
        instance_scores: {},
      },
      {
        rank: 1,
        candidate_id: "trans_00003",
        is_baseline: false,
        accuracy: 0.75,
        seeds: [1],
        instance_scores: {},
      },
    ],
    test_results: [],
    trials: null,
    rollouts: 500,
    cost: jobView().cost,
    ...changes,
  };
}

/** An event of the log. */
export function jobEvent(seq: number, type: string, data: JobEvent["data"] = {}): JobEvent {
  const created_at = "2026-01-02T03:04:05Z";
  return { seq, type, message: `event ${seq}`, data, level: "info", created_at, job_id: JOB_ID };
}

/** An event as a frame of the stream. */
export function frame(event: JobEvent): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
