// Every error the SDK throws: typed classes with a stable `code`, and whether trying again can help.

import type { ConfigWarning, JobView, Problem, ProblemItem } from "../wire/job.ts";

/** What all errors of the SDK carry beside their message. */
export interface ErrorDetails {
  /** Stable machine-readable name, such as `poll_timeout`. */
  code: string;
  /** HTTP status, when the service answered. */
  status?: number;
  /** The service's id of the request, for its operator. */
  requestId?: string;
  /** Whether the same call may succeed later. Default false. */
  retryable?: boolean;
  /** Milliseconds the service asked to wait (`Retry-After`). */
  retryAfterMs?: number;
  cause?: unknown;
}

/** The base of all errors of the SDK. */
export class CultivarError extends Error {
  override readonly name: string = "CultivarError";
  readonly code: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The config file is not there, or cannot be read (protocol §4.1). Code `config_file_not_found`. */
export class ConfigFileNotFoundError extends CultivarError {
  override readonly name: string = "ConfigFileNotFoundError";
  readonly path: string;

  constructor(path: string, cause?: unknown) {
    super(`Config not found: ${path}`, { code: "config_file_not_found", cause });
    this.path = path;
  }
}

/** A setting without which nothing can be sent (protocol §4.1). Code `missing_setting`. */
export class MissingSettingError extends CultivarError {
  override readonly name: string = "MissingSettingError";
  readonly setting: string;

  constructor(setting: string, hint: string) {
    super(`${setting} is required: ${hint}`, { code: "missing_setting" });
    this.setting = setting;
  }
}

/** The id is not `pl_` and 16 hexadecimal digits (protocol §2.2). Code `invalid_job_id`. */
export class InvalidJobIdError extends CultivarError {
  override readonly name: string = "InvalidJobIdError";

  constructor(jobId: string) {
    super(`Invalid prompt learning job ID format: ${jobId} (expected pl_ and 16 hexadecimal digits)`, {
      code: "invalid_job_id",
    });
  }
}

/** The job was submitted before, or is just being submitted. Code `job_already_submitted`. */
export class JobAlreadySubmittedError extends CultivarError {
  override readonly name: string = "JobAlreadySubmittedError";

  constructor(jobId: string | undefined) {
    super(jobId === undefined ? "Job is already being submitted" : `Job already submitted: ${jobId}`, {
      code: "job_already_submitted",
    });
  }
}

/** The call needs a job id, and the job has none before `submit()`. Code `job_not_submitted`. */
export class JobNotSubmittedError extends CultivarError {
  override readonly name: string = "JobNotSubmittedError";

  constructor() {
    super("Job not yet submitted: call submit() first", { code: "job_not_submitted" });
  }
}

/** The job did not end in time; it goes on at the service. Code `poll_timeout`. */
export class PollTimeoutError extends CultivarError {
  override readonly name: string = "PollTimeoutError";
  readonly what: string;
  readonly timeoutSeconds: number;
  /** What the last poll that succeeded said. */
  readonly last: JobView | undefined;

  constructor(what: string, timeoutSeconds: number, last?: JobView) {
    super(`${what} did not finish within ${timeoutSeconds} s; it goes on at the service`, {
      code: "poll_timeout",
      retryable: true,
    });
    this.what = what;
    this.timeoutSeconds = timeoutSeconds;
    this.last = last;
  }
}

/** The service could not be reached, or the connection broke. Code `network`. */
export class NetworkError extends CultivarError {
  override readonly name: string = "NetworkError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "network", retryable: true, cause });
  }
}

/** The service took too long to answer one request. Code `request_timeout`. */
export class RequestTimeoutError extends CultivarError {
  override readonly name: string = "RequestTimeoutError";

  constructor(url: string, timeoutMs: number) {
    super(`No answer from ${url} within ${timeoutMs / 1000} s`, { code: "request_timeout", retryable: true });
  }
}

/** The service answered with something that is not its API. Code `unexpected_answer`. */
export class UnexpectedAnswerError extends CultivarError {
  override readonly name: string = "UnexpectedAnswerError";

  constructor(message: string, details: Omit<ErrorDetails, "code"> = {}) {
    super(message, { ...details, code: "unexpected_answer" });
  }
}

/** The service said no. `code` is the one of its problem document (RFC 9457). */
export class ApiError extends CultivarError {
  override readonly name: string = "ApiError";
  override readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem, retryAfterMs?: number) {
    super(problem.detail || problem.title, {
      code: problem.code,
      status: problem.status,
      requestId: problem.request_id,
      retryable: isRetryableStatus(problem.status),
      retryAfterMs,
    });
    this.status = problem.status;
    this.problem = problem;
  }
}

/** The config has mistakes; nothing was created. `errors` names each with its place. */
export class ConfigInvalidError extends ApiError {
  override readonly name: string = "ConfigInvalidError";
  readonly errors: ProblemItem[];
  /** What else was noticed about the config, such as unknown keys. */
  readonly warnings: ConfigWarning[];

  constructor(problem: Problem) {
    super(problem);
    this.errors = problem.errors ?? [];
    this.warnings = problem.warnings ?? [];
  }
}

/** Whether an answer with this status may be another one later. */
function isRetryableStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501);
}
