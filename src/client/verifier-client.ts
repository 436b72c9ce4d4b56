// Verifiers by the SDK: registered once, and named by the `verifier_id` of configs.

import type { Page } from "../wire/job.ts";
import type { VerifierSubmission, VerifierSummary, VerifierView } from "../wire/verifier.ts";
import { objectOf } from "./decode.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import { type CallOptions, Http } from "./http.ts";
import type { ClientOptions } from "./prompt-learning-client.ts";
import { resolveConnection } from "./settings.ts";
import { transportOf } from "./transport.ts";

const VERIFIERS_PATH = "/verifiers";

/** Registers, reads and deletes the verifiers of a tenant. */
export class VerifierClient {
  readonly #http: Http;

  /** @throws MissingSettingError without an API key. */
  constructor(options: ClientOptions = {}) {
    this.#http = new Http(resolveConnection(options, options.env), transportOf(options.transport));
  }

  /**
   * Registers a verifier as the next version of its name; the content that the latest version has makes no new one.
   * @throws ConfigInvalidError naming every mistake of the definition
   */
  async register(verifier: VerifierSubmission, options?: CallOptions): Promise<VerifierView> {
    return viewOf(await this.#http.post(VERIFIERS_PATH, verifier, options));
  }

  /** A verifier: `name@version`, or the latest of a name. @throws ApiError with status 404 when there is none */
  async get(id: string, options?: CallOptions): Promise<VerifierView> {
    return viewOf(await this.#http.get(pathOf(id), {}, options));
  }

  /** The latest version of each verifier, by name, page after page. */
  async *list(options: CallOptions = {}): AsyncGenerator<VerifierSummary, void, undefined> {
    let cursor: string | undefined;
    do {
      const page = pageOf(await this.#http.get(VERIFIERS_PATH, { cursor }, options));
      yield* page.items;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Deletes a version, or all of a name. Jobs that were created with it keep their copies. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#http.delete(pathOf(id), options);
  }
}

function pathOf(id: string): string {
  return `${VERIFIERS_PATH}/${encodeURIComponent(id)}`;
}

function viewOf(value: unknown): VerifierView {
  const view = objectOf(value);
  if (typeof view.id !== "string") throw new UnexpectedAnswerError("The answer lacks the verifier's `id`");
  const checked: unknown = view;
  return checked as VerifierView;
}

function pageOf(value: unknown): Page<VerifierSummary> {
  const page = objectOf(value);
  if (!Array.isArray(page.items)) throw new UnexpectedAnswerError("The page of verifiers lacks `items`");
  const cursor = page.next_cursor;
  return { items: page.items.map(viewOf), next_cursor: typeof cursor === "string" ? cursor : null };
}
