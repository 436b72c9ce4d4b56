// The task app around a labelling task: its routes, and its own count of what it was asked to do.

import { mayPass } from "./auth.ts";
import { parseJson } from "./data.ts";
import { readRolloutRequest } from "./request.ts";
import { type PromptSource, runRollout } from "./rollout.ts";
import { type Incoming, json, type Reply, type Serving, serve } from "./serve.ts";
import type { LabelTask } from "./task.ts";
import { seedsInQuery, serviceInfo, taskInfo } from "./task-info.ts";

/** How to run a task app. */
export interface TaskAppOptions {
  /** 0 takes any free port. */
  port: number;
  /** Key that callers must show; none is asked for when it is missing or empty. */
  apiKey?: string | undefined;
  /** Default `interceptor`. */
  prompt?: PromptSource;
  /** For the calls to the model; default the global one. */
  fetch?: typeof fetch;
}

/** What the task app counted, by itself. */
export interface TaskAppStats {
  /** Rollouts begun. */
  rollouts: number;
  /** Rollouts answered with 200. */
  completed: number;
  in_flight: number;
  peak_in_flight: number;
  /** Different `run_id`s among the completed rollouts. */
  distinct_run_ids: number;
}

/** A running task app. */
export interface TaskApp extends Serving {
  stats(): TaskAppStats;
}

/** Start a task app. Rejects when the port cannot be had. */
export async function startTaskApp(task: LabelTask, options: TaskAppOptions): Promise<TaskApp> {
  const counts = { rollouts: 0, completed: 0, in_flight: 0, peak_in_flight: 0 };
  const runIds = new Set<string>();
  const stats = (): TaskAppStats => ({ ...counts, distinct_run_ids: runIds.size });

  const rollout = async (incoming: Incoming): Promise<Reply> => {
    const reading = readRolloutRequest(parseJson(incoming.body));
    if (reading.kind === "invalid") return json(400, { detail: reading.detail });
    counts.rollouts++;
    counts.in_flight++;
    counts.peak_in_flight = Math.max(counts.peak_in_flight, counts.in_flight);
    try {
      const reply = await runRollout(
        task,
        reading.request,
        options.prompt ?? "interceptor",
        incoming.headers["x-api-key"],
        options.fetch ?? fetch,
      );
      if (reply.status === 200) {
        counts.completed++;
        runIds.add(reading.request.runId);
      }
      return reply;
    } finally {
      counts.in_flight--;
    }
  };

  const server = await serve((incoming) => route(task, options, incoming, rollout, stats), options.port);
  return { ...server, stats };
}

function route(
  task: LabelTask,
  options: TaskAppOptions,
  incoming: Incoming,
  rollout: (incoming: Incoming) => Promise<Reply>,
  stats: () => TaskAppStats,
): Reply | Promise<Reply> {
  const method = incoming.method === "HEAD" ? "GET" : incoming.method;
  const open = openRoute(task, options, `${method} ${incoming.path}`, stats);
  if (open !== undefined) return open;
  if (!mayPass(incoming.headers, options.apiKey)) {
    return json(401, { detail: "unauthorised: the API key is missing or wrong" });
  }
  switch (`${method} ${incoming.path}`) {
    case "GET /info":
      return json(200, serviceInfo(task));
    case "GET /task_info": {
      const seeds = seedsInQuery(incoming.query);
      if (seeds === undefined) return json(400, { detail: "seeds must be whole numbers" });
      return json(200, taskInfo(task, seeds));
    }
    case "POST /rollout":
      return rollout(incoming);
    default:
      return json(404, { detail: `there is no ${incoming.method} ${incoming.path}` });
  }
}

function openRoute(
  task: LabelTask,
  options: TaskAppOptions,
  route: string,
  stats: () => TaskAppStats,
): Reply | undefined {
  switch (route) {
    case "GET /":
      return json(200, { status: "ok", service: task.id });
    case "GET /health":
      return json(200, { healthy: true, auth: { required: (options.apiKey ?? "") !== "" } });
    case "GET /stats":
      return json(200, stats());
    default:
      return undefined;
  }
}
