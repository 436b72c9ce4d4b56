// Pollers by id or path (protocol §4.3), for those who have no job object.

import type { JobView } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";
import { jobViewOf, objectOf } from "./decode.ts";
import { PollTimeoutError } from "./errors.ts";
import { Http } from "./http.ts";
import { POLL_INTERVAL_SECONDS, POLL_TIMEOUT_SECONDS, type PollOutcome, pollLoop } from "./poll-loop.ts";
import { JOBS_PATH } from "./prompt-learning-client.ts";
import { resolveConnection } from "./settings.ts";
import { checkJobId, normaliseStatus } from "./status.ts";
import { type Transport, transportOf } from "./transport.ts";

/** Options of a poller. */
export interface PollerOptions {
  /** The service's address, with or without `/api`. Default: from the environment. */
  baseUrl?: string;
  /** Default: from the environment. */
  apiKey?: string;
  /** Seconds between polls. Default 5. */
  interval?: number;
  /** Seconds until {@link PollTimeoutError}. Default 3600. */
  timeout?: number;
  /** Replaces parts of the host, such as `fetch`. */
  transport?: Partial<Transport>;
}

/** Options of one poll. */
export interface PollHooks<T> {
  /** Called after every answered poll. */
  onStatus?(payload: T): void;
  signal?: AbortSignal;
}

/** Polls any path of the API whose answer has a `status` or `state`. */
export class JobPoller {
  readonly #http: Http;
  readonly #transport: Transport;
  readonly #interval: number;
  readonly #timeout: number;

  constructor(options: PollerOptions = {}) {
    this.#transport = transportOf(options.transport);
    const connection = resolveConnection({ backendUrl: options.baseUrl, apiKey: options.apiKey });
    this.#http = new Http(connection, this.#transport);
    this.#interval = options.interval ?? POLL_INTERVAL_SECONDS;
    this.#timeout = options.timeout ?? POLL_TIMEOUT_SECONDS;
  }

  /**
   * Polls `path`, such as `/prompt-learning/online/jobs/pl_…`, until its status is final. A leading `/api` is dropped.
   * Up to five passing failures in a row are forgiven.
   * @throws PollTimeoutError
   */
  async poll(path: string, hooks: PollHooks<JsonObject> = {}): Promise<PollOutcome<JsonObject>> {
    const inApi = path.startsWith("/api/") ? path.slice("/api".length) : path;
    return this.pollAs(inApi, objectOf, hooks);
  }

  /** As {@link poll}, the answer read by `decode`. */
  protected pollAs<T extends object>(
    path: string,
    decode: (answer: unknown) => T,
    hooks: PollHooks<T>,
  ): Promise<PollOutcome<T>> {
    const { signal, onStatus } = hooks;
    return pollLoop<T>(
      {
        read: async (timeoutMs) => decode(await this.#http.get(path, {}, { retries: 0, timeoutMs, signal })),
        statusOf: (payload) => normaliseStatus(statusField(payload)),
        onStatus,
        timedOut: () => new PollTimeoutError(path, this.#timeout),
      },
      { timeout: this.#timeout, interval: this.#interval, signal },
      this.#transport,
    );
  }
}

function statusField(payload: object): unknown {
  if ("status" in payload && payload.status !== undefined) return payload.status;
  return "state" in payload ? payload.state : undefined;
}

/** Polls prompt-learning jobs by id. */
export class PromptLearningJobPoller extends JobPoller {
  /** @throws PollTimeoutError, InvalidJobIdError */
  async pollJob(jobId: string, hooks: PollHooks<JobView> = {}): Promise<PollOutcome<JobView>> {
    return this.pollAs(`${JOBS_PATH}/${checkJobId(jobId)}`, jobViewOf, hooks);
  }
}
