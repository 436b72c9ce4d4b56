// `PromptLearningJob`: a job from its config to its best prompt (protocol §4.1, §4.2).

import type { JobEvent, JobResults, JobSubmission, JobView } from "../wire/job.ts";
import type { JsonObject } from "../wire/json.ts";
import type { ValidationReport } from "../wire/validate.ts";
import type { Verification } from "../wire/verification.ts";
import { readConfigFile, readSpecFile } from "./config-file.ts";
import { objectOf } from "./decode.ts";
import {
  ConfigInvalidError,
  JobAlreadySubmittedError,
  JobNotSubmittedError,
  MissingSettingError,
  PollTimeoutError,
} from "./errors.ts";
import type { FollowOptions } from "./events.ts";
import { withOwnOrigins } from "./origins.ts";
import { taskAppOf, URL_KEY, urlVariables, withTaskApp } from "./placeholders.ts";
import { POLL_INTERVAL_SECONDS, POLL_TIMEOUT_SECONDS, pollLoop } from "./poll-loop.ts";
import { type ClientOptions, PromptLearningClient, type StopOptions } from "./prompt-learning-client.ts";
import { hostEnvironment } from "./settings.ts";
import { type SpecFile, specFilesOf, specOverrides, withLines } from "./spec-files.ts";
import { checkJobId } from "./status.ts";
import { textSettings } from "./toml-settings.ts";
import { type Transport, transportOf } from "./transport.ts";

/** Options of a job that is yet to be submitted. */
export interface JobOptions extends ClientOptions {
  /** Key for the task app. Default: `ENVIRONMENT_API_KEY`, else what the config says. */
  taskAppApiKey?: string;
  /** Take models that the service does not list, with a warning. Sent and kept as `metadata.allow_experimental`. */
  allowExperimental?: boolean;
  /** Dotted keys laid over the config, such as `"prompt_learning.policy.model"`. */
  overrides?: JsonObject;
  /** Free labels, given back with the job. */
  metadata?: JsonObject;
  /** Whether the job starts by itself. Default true. */
  autoStart?: boolean;
  /** The same config with the same key is the same job, however often it is submitted. Default: a new key. */
  idempotencyKey?: string;
}

/** Options of {@link PromptLearningJob.pollUntilComplete}. */
export interface PollOptions {
  /** Seconds until {@link PollTimeoutError}. Default 3600. */
  timeout?: number;
  /** Seconds between polls. Default 5. */
  interval?: number;
  /** Called after every answered poll. */
  onStatus?(view: JobView): void;
  signal?: AbortSignal;
}

/** A config as it will be sent, and the files that belong to it. */
interface Draft {
  body: JobSubmission;
  specs: readonly SpecFile[];
  /** Options whose values variables have filled in. */
  filledIn: Readonly<Record<string, readonly string[]>>;
  /** Where the config is from; undefined for one that is no file. */
  configPath?: string;
}

/** One prompt-learning job: not yet submitted, or known by its id. */
export class PromptLearningJob {
  readonly #client: PromptLearningClient;
  readonly #transport: Transport;
  readonly #draft: Draft | undefined;
  readonly #key: string;
  #body: JobSubmission | undefined;
  #jobId: string | undefined;
  #submission: JobView | undefined;
  #isSubmitting = false;

  private constructor(options: JobOptions, known: { draft: Draft } | { jobId: string }) {
    this.#client = new PromptLearningClient(options);
    this.#transport = transportOf(options.transport);
    this.#draft = "draft" in known ? known.draft : undefined;
    this.#key = options.idempotencyKey ?? crypto.randomUUID();
    this.#jobId = "draft" in known ? undefined : known.jobId;
  }

  /**
   * A job from a TOML file, or a JSON file when its name ends in `.json`. The file is sent as it is; beside it go the
   * values of `$VAR` in the task app's address and key, and the text of the files that `spec_path` names, which are
   * looked for in the config's folder, then in the current one, at the first `validate()` or `submit()`.
   * @throws ConfigFileNotFoundError, MissingSettingError, ConfigInvalidError (for JSON that is none)
   */
  static async fromConfig(path: string, options: JobOptions = {}): Promise<PromptLearningJob> {
    if (!path) throw new MissingSettingError("config_path", "name the config file");
    const text = await readConfigFile(path);
    if (path.endsWith(".json")) {
      const config = parseJsonConfig(text, path);
      const draft = draftOf({ config_body: config }, config, options);
      return new PromptLearningJob(options, { draft: { ...draft, configPath: path } });
    }
    const draft = draftOf({ config_toml: text }, textSettings(text), options);
    return new PromptLearningJob(options, {
      draft: { ...draft, specs: withLines(draft.specs, text), configPath: path },
    });
  }

  /** A job from a config object: `{prompt_learning: {...}}`, or its inner table. @throws MissingSettingError */
  static fromMapping(mapping: JsonObject, options: JobOptions = {}): PromptLearningJob {
    return new PromptLearningJob(options, { draft: draftOf({ config_body: mapping }, mapping, options) });
  }

  /** A job that was submitted before. @throws InvalidJobIdError, MissingSettingError */
  static fromJobId(jobId: string, options: ClientOptions = {}): PromptLearningJob {
    return new PromptLearningJob(options, { jobId: checkJobId(jobId) });
  }

  /** The id; undefined before `submit()`. */
  get jobId(): string | undefined {
    return this.#jobId;
  }

  /** The service's answer to `submit()`, with its warnings about the config. */
  get submission(): JobView | undefined {
    return this.#submission;
  }

  /**
   * What the config comes to, and what the job would need; creates nothing. Can be asked again and again.
   * @throws ConfigInvalidError with every mistake, or for a `spec_path` that cannot be read; JobAlreadySubmittedError for
   * a job known by its id only; ApiError
   */
  async validate(options: { signal?: AbortSignal } = {}): Promise<ValidationReport> {
    if (!this.#draft) throw new JobAlreadySubmittedError(this.#jobId);
    const report = await this.#client.validate(await this.#sent(this.#draft), options);
    return withOwnOrigins(report, this.#draft.specs, this.#draft.filledIn);
  }

  /**
   * Creates the job and returns its id. A lost answer is asked for again, and so may the caller: the job is created once.
   * @throws ConfigInvalidError with every mistake, or for a `spec_path` that cannot be read; JobAlreadySubmittedError;
   * ApiError; NetworkError
   */
  async submit(options: { signal?: AbortSignal } = {}): Promise<string> {
    if (this.#jobId !== undefined || this.#isSubmitting || !this.#draft) {
      throw new JobAlreadySubmittedError(this.#jobId);
    }
    this.#isSubmitting = true;
    try {
      this.#submission = await this.#client.createJob(await this.#sent(this.#draft), {
        ...options,
        idempotencyKey: this.#key,
      });
      this.#jobId = this.#submission.job_id;
      return this.#jobId;
    } finally {
      this.#isSubmitting = false;
    }
  }

  /** Where the job stands now. @throws JobNotSubmittedError */
  getStatus(): Promise<JobView> {
    return this.#client.getJob(this.#id());
  }

  /**
   * Waits for the job's end, however it ends, and returns the last status. Five passing failures in a row are forgiven.
   * @throws PollTimeoutError; JobNotSubmittedError; the signal's reason
   */
  async pollUntilComplete(options: PollOptions = {}): Promise<JobView> {
    const jobId = this.#id();
    const { signal, onStatus, timeout = POLL_TIMEOUT_SECONDS, interval = POLL_INTERVAL_SECONDS } = options;
    const outcome = await pollLoop<JobView>(
      {
        read: (timeoutMs) => this.#client.getJob(jobId, { retries: 0, timeoutMs, signal }),
        statusOf: (view) => view.status,
        onStatus,
        timedOut: (last) => new PollTimeoutError(`Job ${jobId}`, timeout, last),
      },
      { timeout, interval, signal },
      this.#transport,
    );
    return outcome.payload;
  }

  /** Prompts, scores and cost; complete once the job has ended. @throws JobNotSubmittedError */
  getResults(): Promise<JobResults> {
    return this.#client.getResults(this.#id());
  }

  /** Whether the results follow from the job's journal, and all that must hold of it does. @throws JobNotSubmittedError */
  verify(): Promise<Verification> {
    return this.#client.verify(this.#id());
  }

  /** The text of the prompt of this rank, 1 being the best; null when there is none. @throws RangeError */
  getBestPromptText(rank = 1): Promise<string | null> {
    return this.#client.getPromptText(this.#id(), rank);
  }

  /** Pauses the job, until `resume`. @throws JobNotSubmittedError; ApiError 409 for a job that has ended */
  pause(reason?: string): Promise<JobView> {
    return this.#client.pause(this.#id(), reason);
  }

  /** Goes on with the paused job. @throws JobNotSubmittedError; ApiError 409 for a job that has ended */
  resume(): Promise<JobView> {
    return this.#client.resume(this.#id());
  }

  /** Ends the job early, with the best so far. @throws JobNotSubmittedError; ApiError 409 for a job that has ended */
  stop(options: StopOptions = {}): Promise<JobView> {
    return this.#client.stop(this.#id(), options);
  }

  /** Asks the service to end the job without results. @throws JobNotSubmittedError */
  cancel(reason?: string): Promise<void> {
    return this.#client.cancel(this.#id(), reason);
  }

  /** Deletes the job, with its results and events. @throws JobNotSubmittedError; ApiError 409 for a job that has not ended */
  delete(): Promise<void> {
    return this.#client.deleteJob(this.#id());
  }

  /** The event log as it grows, each event once, over broken connections; ends after the terminal event. */
  events(options: FollowOptions = {}): AsyncGenerator<JobEvent, void, undefined> {
    return this.#client.events(this.#id(), options);
  }

  #id(): string {
    if (this.#jobId === undefined) throw new JobNotSubmittedError();
    return this.#jobId;
  }

  /** What is sent: the draft with the text of its files. They are read once. */
  async #sent({ body, specs, configPath }: Draft): Promise<JobSubmission> {
    if (this.#body !== undefined) return this.#body;
    const texts = await specOverrides(specs, (path) => readSpecFile(path, configPath));
    this.#body = { ...body, overrides: { ...body.overrides, ...texts } };
    return this.#body;
  }
}

/** A config to be sent as `source`, `config` being its tables as far as the SDK looks at them. */
function draftOf(source: Partial<JobSubmission>, config: JsonObject, options: JobOptions): Draft {
  const env = options.env ?? hostEnvironment();
  const own = options.overrides ?? {};
  const taskApp = taskAppOf(config);
  const overrides = withTaskApp(own, taskApp, options.taskAppApiKey, env);
  return {
    filledIn: { [URL_KEY]: urlVariables(own, taskApp, env) },
    body: { ...source, ...submissionOf(options, overrides) },
    specs: specFilesOf(config, overrides),
  };
}

function submissionOf(options: JobOptions, overrides: JsonObject): JobSubmission {
  const metadata = { ...options.metadata };
  if (options.allowExperimental !== undefined) metadata.allow_experimental = options.allowExperimental;
  return { overrides, metadata, auto_start: options.autoStart ?? true };
}

function parseJsonConfig(text: string, path: string): JsonObject {
  try {
    return objectOf(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ConfigInvalidError({
      type: "about:blank",
      title: "Invalid config",
      status: 422,
      detail: `Failed to parse JSON: ${path}`,
      code: "config_invalid",
      errors: [{ pointer: "", path: "", message }],
    });
  }
}
