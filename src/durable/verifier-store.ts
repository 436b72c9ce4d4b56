// The verifiers that a tenant has registered, by name and version. A version never changes, and its number is never used again:
// what a job was judged by can be said for good.

import type { JsonObject } from "../wire/json.ts";
import type { VerifierSummary, VerifierView } from "../wire/verifier.ts";
import { numberOf, type Sql, type SqlRow, textOf } from "./sql.ts";

/** Versions that one tenant may keep, over all names. */
const MAX_VERIFIERS = 1_000;

/** A verifier to keep: its name, and its content as canonical JSON, so that equal ones are equal texts. */
export interface VerifierContent {
  name: string;
  body: string;
}

/** Which verifier is meant: a version, or where it is null the latest one. */
export interface VerifierReference {
  name: string;
  version: number | null;
}

const REFERENCE = /^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})(?:@([1-9][0-9]{0,8}))?$/;

/** The verifier that `name` or `name@version` means; undefined for a text that means none. */
export function verifierReference(text: string): VerifierReference | undefined {
  const [, name, version] = REFERENCE.exec(text.trim()) ?? [];
  if (name === undefined) return undefined;
  return { name, version: version === undefined ? null : Number(version) };
}

/** What became of a registration. `same` is the latest version, which already says just that. */
export type RegisterResult =
  | { kind: "created" | "same"; verifier: VerifierView }
  | { kind: "full"; limit: number };

/** The verifiers of one tenant. */
export class VerifierStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Keeps a verifier as the next version of its name; the content that its latest version has makes no new one. */
  register({ name, body }: VerifierContent, now: number): RegisterResult {
    return this.#sql.transaction((): RegisterResult => {
      const latest = this.find(name, null);
      if (latest && this.#bodyOf(name, latest.version) === body) return { kind: "same", verifier: latest };
      const kept = this.#sql.query("SELECT count(*) AS n FROM verifier WHERE body IS NOT NULL")[0] ?? {};
      if (numberOf(kept, "n") >= MAX_VERIFIERS) return { kind: "full", limit: MAX_VERIFIERS };
      const row =
        this.#sql.query(
          `INSERT INTO verifier (name, version, created_at, body)
           SELECT ?1, coalesce(max(version), 0) + 1, ?2, ?3 FROM verifier WHERE name = ?1
           RETURNING name, version, created_at, body`,
          name,
          now,
          body,
        )[0] ?? {};
      return { kind: "created", verifier: viewOf(row) };
    });
  }

  /** A version, or the latest one; null when there is none. */
  find(name: string, version: number | null): VerifierView | null {
    const row = this.#sql.query(
      `SELECT name, version, created_at, body FROM verifier
       WHERE name = ?1 AND body IS NOT NULL AND (?2 IS NULL OR version = ?2)
       ORDER BY version DESC LIMIT 1`,
      name,
      version,
    )[0];
    return row ? viewOf(row) : null;
  }

  /** The latest version of each name after `after`, by name. */
  list(limit: number, after: string): VerifierSummary[] {
    return this.#sql
      .query(
        `SELECT name, max(version) AS version, created_at, body FROM verifier
         WHERE name > ? AND body IS NOT NULL GROUP BY name ORDER BY name LIMIT ?`,
        after,
        limit,
      )
      .map((row) => summaryOf(viewOf(row)));
  }

  /** Forgets a version, or all of a name; answers how many there were. Jobs that run have copies of their own. */
  remove(name: string, version: number | null): number {
    // The row stays without its content, so that its number is not given out again.
    return this.#sql.query(
      `UPDATE verifier SET body = NULL WHERE name = ?1 AND body IS NOT NULL AND (?2 IS NULL OR version = ?2)
       RETURNING version`,
      name,
      version,
    ).length;
  }

  #bodyOf(name: string, version: number): string {
    const row = this.#sql.query("SELECT body FROM verifier WHERE name = ? AND version = ?", name, version)[0];
    return row ? textOf(row, "body") : "";
  }
}

function viewOf(row: SqlRow): VerifierView {
  const name = textOf(row, "name");
  const version = numberOf(row, "version");
  const content: JsonObject = JSON.parse(textOf(row, "body"));
  const { description = null, ...parts } = content;
  return {
    id: `${name}@${version}`,
    name,
    version,
    description: typeof description === "string" ? description : null,
    created_at: new Date(numberOf(row, "created_at")).toISOString(),
    ...parts,
  };
}

function summaryOf({ id, name, version, description, created_at }: VerifierView): VerifierSummary {
  return { id, name, version, description, created_at };
}
