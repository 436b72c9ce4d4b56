// HTTP to the service: authorised requests, a time-out each, retries of reads, problem documents turned into errors.

import type { Problem } from "../wire/job.ts";
import { isObject } from "../wire/json.ts";
import { problemOf } from "./decode.ts";
import {
  ApiError,
  ConfigInvalidError,
  CultivarError,
  NetworkError,
  RequestTimeoutError,
  UnexpectedAnswerError,
} from "./errors.ts";
import { backoffMs, parseRetryAfter } from "./retry.ts";
import type { Connection } from "./settings.ts";
import { deadline, type Transport } from "./transport.ts";

/** Milliseconds one request may take, its body included. */
const REQUEST_TIMEOUT_MS = 60_000;
/** Times a read is tried again after a failure that may pass. */
const READ_RETRIES = 3;
/** Largest answer taken, in bytes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** How one call may differ from the others. */
export interface CallOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Overrides {@link READ_RETRIES}. */
  retries?: number;
  /** Makes a write safe to repeat: the service does what it asks once. It is tried again then, as reads are. */
  idempotencyKey?: string;
}

/** A connection to the service's API. */
export class Http {
  readonly transport: Transport;
  readonly #connection: Connection;

  constructor(connection: Connection, transport: Transport) {
    this.#connection = connection;
    this.transport = transport;
  }

  /** Reads JSON; tries again, with jitter, after failures that may pass. */
  get(path: string, query: Query = {}, options: CallOptions = {}): Promise<unknown> {
    return this.#again(() => this.#exchange("GET", this.#url(path, query), undefined, options), options);
  }

  async #again(exchange: () => Promise<unknown>, options: CallOptions): Promise<unknown> {
    const retries = options.retries ?? READ_RETRIES;
    for (let failures = 1; ; failures++) {
      try {
        return await exchange();
      } catch (error) {
        if (!(error instanceof CultivarError) || !error.retryable || failures > retries) throw error;
        const wait = error.retryAfterMs ?? backoffMs(failures, this.transport.random());
        await this.transport.sleep(wait, options.signal);
      }
    }
  }

  /** Sends JSON; once, unless it has a key: a write whose answer got lost may have happened. */
  post(path: string, body: object, options: CallOptions = {}): Promise<unknown> {
    const exchange = () => this.#exchange("POST", this.#url(path, {}), JSON.stringify(body), options);
    return options.idempotencyKey === undefined ? exchange() : this.#again(exchange, options);
  }

  /** Deletes, once; a delete has no answer but its status. */
  async delete(path: string, options: CallOptions = {}): Promise<void> {
    await this.#exchange("DELETE", this.#url(path, {}), undefined, options);
  }

  /**
   * Opens a stream; the time-out ends with the headers. The caller reads the body to its end, or aborts `connection`.
   */
  async open(
    path: string,
    query: Query,
    headers: Record<string, string>,
    connection: AbortController,
  ): Promise<Response> {
    const url = this.#url(path, query);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      connection.abort();
    }, REQUEST_TIMEOUT_MS);
    try {
      const response = await this.#send("GET", url, undefined, headers, connection.signal);
      if (!response.ok || isRedirect(response)) throw await this.#refusal(response, url);
      return response;
    } catch (error) {
      throw failureOf(error, url, timedOut, REQUEST_TIMEOUT_MS, timedOut ? undefined : connection.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  async #exchange(
    method: string,
    url: string,
    body: string | undefined,
    options: CallOptions,
  ): Promise<unknown> {
    const timeoutMs = options.timeoutMs ?? REQUEST_TIMEOUT_MS;
    const guard = deadline(timeoutMs, options.signal);
    try {
      const { idempotencyKey: key } = options;
      const headers = {
        accept: "application/json",
        ...(key === undefined ? {} : { "idempotency-key": key }),
      };
      const response = await this.#send(method, url, body, headers, guard.signal);
      if (!response.ok || isRedirect(response)) throw await this.#refusal(response, url);
      const text = await readText(response, MAX_ANSWER_BYTES);
      return response.status === 204 ? undefined : parseAnswer(text, url);
    } catch (error) {
      throw failureOf(error, url, guard.timedOut(), timeoutMs, options.signal);
    } finally {
      guard.clear();
    }
  }

  #send(
    method: string,
    url: string,
    body: string | undefined,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Response> {
    const sent: Record<string, string> = { ...headers, authorization: `Bearer ${this.#connection.apiKey}` };
    if (body !== undefined) sent["content-type"] = "application/json";
    return this.transport.fetch(url, { method, headers: sent, body, redirect: "manual", signal });
  }

  async #refusal(response: Response, url: string): Promise<CultivarError> {
    const requestId = response.headers.get("x-request-id") ?? undefined;
    if (isRedirect(response)) {
      await response.body?.cancel();
      return new UnexpectedAnswerError(`${url} redirects elsewhere; use the service's own address`, {
        requestId,
      });
    }
    const problem = refusalProblem(await readText(response, MAX_ANSWER_BYTES), response, url, requestId);
    if (response.status === 422) return new ConfigInvalidError(problem);
    return new ApiError(problem, parseRetryAfter(response.headers.get("retry-after"), this.transport.now()));
  }

  #url(path: string, query: Query): string {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) parameters.set(name, String(value));
    }
    const tail = parameters.size > 0 ? `?${parameters}` : "";
    return `${this.#connection.apiBase}${path}${tail}`;
  }
}

/** Browsers hide the status of a redirect that is not followed. */
function isRedirect(response: Response): boolean {
  // A Worker's types do not know this one, since a Worker has none.
  const kind: string = response.type;
  return kind === "opaqueredirect" || (response.status >= 300 && response.status < 400);
}

function parseAnswer(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UnexpectedAnswerError(
      `${url} answered with something that is not JSON: ${text.slice(0, 200)}`,
      { cause },
    );
  }
}

/** The service's own problem document, or one made up for an answer of something in between. */
function refusalProblem(
  text: string,
  response: Response,
  url: string,
  requestId: string | undefined,
): Problem {
  const problem = problemOf(text, response.status);
  if (problem) return { request_id: requestId, ...problem };
  const said = text.trim().slice(0, 500);
  const hint = response.status === 404 ? " (is this the address of a Cultivar service?)" : "";
  return {
    type: "about:blank",
    title: response.statusText || `HTTP ${response.status}`,
    status: response.status,
    detail: `${url} answered ${response.status}${hint}${said === "" ? "" : `: ${said}`}`,
    code: `http_${response.status}`,
    request_id: requestId,
  };
}

/** The body as text, refused beyond `maxBytes`. */
async function readText(response: Response, maxBytes: number): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      throw new UnexpectedAnswerError(`The answer is larger than ${maxBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** What to throw for a failed exchange: our own errors as they are, an abort as the caller's reason. */
function failureOf(
  error: unknown,
  url: string,
  timedOut: boolean,
  timeoutMs: number,
  signal?: AbortSignal,
): unknown {
  if (error instanceof CultivarError) return error;
  if (signal?.aborted) return signal.reason;
  if (timedOut) return new RequestTimeoutError(url, timeoutMs);
  return new NetworkError(`Cannot reach ${url}: ${reasonOf(error)}`, error);
}

/** `fetch` says only "fetch failed"; its cause knows more. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error) return cause.message || codeOf(cause) || "connection failed";
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: Error): string | undefined {
  return isObject(error) && typeof error.code === "string" ? error.code : undefined;
}
