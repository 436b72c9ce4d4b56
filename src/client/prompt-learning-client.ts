// The API call by call (protocol §4.4): one method per endpoint, typed by the wire types.

import type {
  Algorithm,
  EventPage,
  JobEvent,
  JobResults,
  JobStatus,
  JobSubmission,
  JobSummary,
  JobView,
  Page,
} from "../wire/job.ts";
import type { ProbeReport, ProbeRequest } from "../wire/probe.ts";
import type { ValidationReport } from "../wire/validate.ts";
import type { Verification } from "../wire/verification.ts";
import {
  eventPageOf,
  jobPageOf,
  jobResultsOf,
  jobViewOf,
  probeReportOf,
  validationReportOf,
  verificationOf,
} from "./decode.ts";
import { type FollowOptions, followEvents } from "./events.ts";
import { type CallOptions, Http } from "./http.ts";
import { type ScoringSummary, scoringSummaryOf } from "./scoring.ts";
import { type Environment, resolveConnection } from "./settings.ts";
import { checkJobId } from "./status.ts";
import { type Transport, transportOf } from "./transport.ts";

/** Path of the jobs below the API base (protocol §2.2). */
export const JOBS_PATH = "/prompt-learning/online/jobs";

const PROBE_PATH = "/probe";
const VALIDATE_PATH = "/prompt-learning/validate";

/** How to reach the service. */
export interface ClientOptions {
  /** Default: `CULTIVAR_BASE_URL`, `BACKEND_BASE_URL`, `http://127.0.0.1:8787`. */
  backendUrl?: string;
  /** Default: `CULTIVAR_API_KEY`, `SYNTH_API_KEY`. */
  apiKey?: string;
  /** Replaces parts of the host, such as `fetch`. */
  transport?: Partial<Transport>;
  /** Read in place of the host's environment. */
  env?: Environment;
}

/** Which jobs to list. */
export interface ListOptions {
  status?: JobStatus;
  algorithm?: Algorithm;
  /** Jobs per request, not in all. */
  pageSize?: number;
  signal?: AbortSignal;
}

/** How a job is to be stopped. */
export interface StopOptions {
  /** Whether its best candidate is scored on the held-out seeds first. Default true. */
  heldOut?: boolean;
  /** Told in the job's log. */
  reason?: string;
}

/** Calls the service. Reads are tried again after failures that may pass; writes are not. */
export class PromptLearningClient {
  readonly #http: Http;
  readonly #transport: Transport;

  /** @throws MissingSettingError without an API key. */
  constructor(options: ClientOptions = {}) {
    this.#transport = transportOf(options.transport);
    this.#http = new Http(resolveConnection(options, options.env), this.#transport);
  }

  /** Creates a job. With an idempotency key the same body again is the same job, and lost answers are asked for again. @throws ConfigInvalidError naming every mistake; nothing was created then. */
  async createJob(body: JobSubmission, options?: CallOptions): Promise<JobView> {
    return jobViewOf(await this.#http.post(JOBS_PATH, body, options));
  }

  /** What the config comes to, and what its job would need; creates nothing. @throws ConfigInvalidError naming every mistake. */
  async validate(body: JobSubmission, options?: CallOptions): Promise<ValidationReport> {
    return validationReportOf(await this.#http.post(VALIDATE_PATH, body, options));
  }

  /** Measures how many calls the service keeps in flight; takes as long as the request says. @throws ApiError 409 while another probe is under way */
  async probe(request: ProbeRequest, options?: CallOptions): Promise<ProbeReport> {
    return probeReportOf(await this.#http.post(PROBE_PATH, request, options));
  }

  /** Where the job stands. */
  async getJob(jobId: string, options?: CallOptions): Promise<JobView> {
    return jobViewOf(await this.#http.get(pathOf(jobId), {}, options));
  }

  /** Starts a job submitted with `auto_start: false`. */
  startJob(jobId: string, options?: CallOptions): Promise<JobView> {
    return this.#command(jobId, "start", {}, options);
  }

  /** Pauses the job: nothing more is asked, what is in flight is still taken in. @throws ApiError 409 for a job that has ended */
  pause(jobId: string, reason?: string, options?: CallOptions): Promise<JobView> {
    return this.#command(jobId, "pause", { reason }, options);
  }

  /** Goes on with a paused job, where it was. @throws ApiError 409 for a job that has ended or not begun */
  resume(jobId: string, options?: CallOptions): Promise<JobView> {
    return this.#command(jobId, "resume", {}, options);
  }

  /** Ends the job early, with the best so far: it succeeds. @throws ApiError 409 for a job that has ended or not begun */
  stop(jobId: string, { heldOut, reason }: StopOptions = {}, options?: CallOptions): Promise<JobView> {
    return this.#command(jobId, "stop", { reason, held_out: heldOut }, options);
  }

  /** Asks the service to end the job without results. Cancelling twice does no harm. */
  async cancel(jobId: string, reason?: string, options?: CallOptions): Promise<void> {
    await this.#command(jobId, "cancel", { reason }, options);
  }

  /** Deletes a job that has ended, with its results and events. @throws ApiError 409 for one that has not, 404 for one that is gone */
  async deleteJob(jobId: string, options?: CallOptions): Promise<void> {
    await this.#http.delete(pathOf(jobId), options);
  }

  /** One page of the event log, after `since` (protocol §2.4). */
  async getEvents(
    jobId: string,
    range: { since?: number; limit?: number } = {},
    options?: CallOptions,
  ): Promise<JobEvent[]> {
    return (await this.#eventPage(jobId, range.since ?? 0, range.limit ?? 5000, options)).events;
  }

  /** The event log as it grows; see {@link followEvents}. Ends after the terminal event. */
  events(jobId: string, options: FollowOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    const path = `${pathOf(jobId)}/events/stream`;
    const source = {
      stream: (since: number, connection: AbortController) =>
        this.#http.open(path, { since_seq: since }, streamHeaders(since), connection),
      page: (since: number, signal: AbortSignal) =>
        this.#eventPage(jobId, since, 1000, { signal, retries: 0 }),
      status: async (signal: AbortSignal) => (await this.getJob(jobId, { signal, retries: 0 })).status,
    };
    return followEvents(source, this.#transport, options);
  }

  /** Prompts, scores and cost; complete once the job has ended (protocol §6). */
  async getResults(jobId: string, options?: CallOptions): Promise<JobResults> {
    return jobResultsOf(await this.#http.get(`${pathOf(jobId)}/results`, {}, options));
  }

  /** Has the service run the job's search again from its journal, and look whether all that must hold of the job does. */
  async verify(jobId: string, options?: CallOptions): Promise<Verification> {
    return verificationOf(await this.#http.get(`${pathOf(jobId)}/verification`, {}, options));
  }

  /** The same as {@link getResults}, under the protocol's name. */
  getPrompts(jobId: string, options?: CallOptions): Promise<JobResults> {
    return this.getResults(jobId, options);
  }

  /**
   * The text of the prompt of this rank, 1 being the best; null when there is none.
   * @throws RangeError when `rank` is not a whole number from 1
   */
  async getPromptText(jobId: string, rank = 1): Promise<string | null> {
    if (!Number.isInteger(rank) || rank < 1)
      throw new RangeError(`rank must be a whole number from 1, and is ${rank}`);
    const { top_prompts } = await this.getResults(jobId);
    return top_prompts.find((prompt) => prompt.rank === rank)?.full_text ?? null;
  }

  /** How the candidates did as a whole (protocol §4.4). */
  async getScoringSummary(jobId: string): Promise<ScoringSummary> {
    return scoringSummaryOf(await this.getResults(jobId));
  }

  /** All jobs, newest first, page after page. */
  async *listJobs(options: ListOptions = {}): AsyncGenerator<JobSummary, void, undefined> {
    const { status, algorithm, pageSize: limit, signal } = options;
    let cursor: string | undefined;
    do {
      const page: Page<JobSummary> = jobPageOf(
        await this.#http.get(JOBS_PATH, { status, algorithm, limit, cursor }, { signal }),
      );
      yield* page.items;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  async #command(jobId: string, command: string, body: object, options?: CallOptions): Promise<JobView> {
    return jobViewOf(await this.#http.post(`${pathOf(jobId)}/${command}`, body, options));
  }

  async #eventPage(jobId: string, since: number, limit: number, options?: CallOptions): Promise<EventPage> {
    return eventPageOf(await this.#http.get(`${pathOf(jobId)}/events`, { since_seq: since, limit }, options));
  }
}

function pathOf(jobId: string): string {
  return `${JOBS_PATH}/${checkJobId(jobId)}`;
}

function streamHeaders(since: number): Record<string, string> {
  const headers = { accept: "text/event-stream", "cache-control": "no-cache" };
  return since > 0 ? { ...headers, "last-event-id": String(since) } : headers;
}
