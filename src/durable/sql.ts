// The one way to SQLite. Durable Object bindings turn `true` into the text "true", NaN and undefined into NULL, objects
// into "[object Object]" and half a character into "\uFFFD" without a word, and limits of the platform that a local
// runtime does not know show up in production first. Here only what SQLite gives back as it was is accepted.

import { MAX_SQL_BINDINGS, MAX_SQL_STATEMENT_CHARS, MAX_SQL_VALUE_BYTES } from "../config/limits.ts";

/** What may be bound to a statement or read from a row. Numbers are finite, texts well-formed. */
export type SqlValue = string | number | null;

/** A row as plain data, by column name. */
export type SqlRow = Record<string, SqlValue>;

/** Storage as the stores see it: three verbs. The same stores run on a Durable Object and on `node:sqlite`. */
export interface Sql {
  /** Runs a statement and returns its rows. */
  query(statement: string, ...bindings: SqlValue[]): SqlRow[];
  /** Runs a statement for its effect. */
  execute(statement: string, ...bindings: SqlValue[]): void;
  /** Runs `work` so that all its writes hold or none; synchronous by its type, because a commit must not wait. */
  transaction<T>(work: () => T extends Promise<unknown> ? never : T): T;
}

/** What is wrong with a value or a statement. */
export type SqlErrorCode =
  | "sql_boolean"
  | "sql_not_finite"
  | "sql_undefined"
  | "sql_bigint"
  | "sql_object"
  | "sql_ill_formed_text"
  | "sql_too_many_bindings"
  | "sql_value_too_large"
  | "sql_statement_too_long"
  | "sql_async_transaction"
  | "sql_unexpected_column";

/** Something that SQLite or the platform would have changed in silence, or refused in production only. A defect: trying again does not help. */
class SqlError extends TypeError {
  readonly code: SqlErrorCode;

  constructor(code: SqlErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The part of a Durable Object's storage that `objectSql` needs. */
export interface ObjectStorage {
  sql: { exec(statement: string, ...bindings: SqlValue[]): { toArray(): Record<string, unknown>[] } };
  transactionSync<T>(work: () => T): T;
}

/** The SQLite of a Durable Object. All verbs @throws SqlError */
export function objectSql(storage: ObjectStorage): Sql {
  return checkedSql({
    run: (statement, bindings) => storage.sql.exec(statement, ...bindings).toArray(),
    transaction: (work) => storage.transactionSync(work),
  });
}

/** A database that trusts its caller. */
export interface RawSql {
  run(statement: string, bindings: readonly SqlValue[]): Record<string, unknown>[];
  transaction<T>(work: () => T): T;
}

/** The three verbs over a database, with all that goes in or comes out checked. */
export function checkedSql(raw: RawSql): Sql {
  const run = (statement: string, bindings: readonly SqlValue[]) => {
    check(statement, bindings);
    return raw.run(statement, bindings).map(plainRow);
  };
  return {
    query: (statement, ...bindings) => run(statement, bindings),
    execute: (statement, ...bindings) => {
      run(statement, bindings);
    },
    transaction: (work) => raw.transaction(() => settled(work())),
  };
}

function check(statement: string, bindings: readonly SqlValue[]): void {
  if (statement.length > MAX_SQL_STATEMENT_CHARS) {
    const says = `a statement has ${statement.length} characters, and may have ${MAX_SQL_STATEMENT_CHARS}`;
    throw new SqlError("sql_statement_too_long", says);
  }
  if (bindings.length > MAX_SQL_BINDINGS) {
    const says = `${bindings.length} bindings, and a statement may have ${MAX_SQL_BINDINGS}: bind a list as JSON, for json_each`;
    throw new SqlError("sql_too_many_bindings", says);
  }
  // The platform's limit is on a value and on a row alike, so on all that a statement brings.
  let bytes = 0;
  for (const [at, value] of bindings.entries()) {
    const fault = faultOf(value);
    if (fault) throw new SqlError(fault, `binding ${at + 1} is ${shown(value)}, which SQLite cannot hold`);
    if (typeof value === "string") bytes += value.length;
  }
  if (bytes * 3 <= MAX_SQL_VALUE_BYTES) return;
  bytes = bindings.reduce<number>(
    (sum, value) => sum + (typeof value === "string" ? utf8Bytes(value) : 8),
    0,
  );
  if (bytes <= MAX_SQL_VALUE_BYTES) return;
  const says = `a statement brings ${bytes} bytes, and a row may hold ${MAX_SQL_VALUE_BYTES}`;
  throw new SqlError("sql_value_too_large", says);
}

/** Why a value cannot be bound; undefined when it can. Its type says that it can, and JSON or RPC may have lied. */
function faultOf(value: unknown): SqlErrorCode | undefined {
  if (value === null) return undefined;
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? undefined : "sql_ill_formed_text";
    case "number":
      return Number.isFinite(value) ? undefined : "sql_not_finite";
    case "boolean":
      return "sql_boolean";
    case "undefined":
      return "sql_undefined";
    case "bigint":
      return "sql_bigint";
    default:
      return "sql_object";
  }
}

function shown(value: unknown): string {
  if (typeof value === "string") return `a text of ${value.length} characters with half a character in it`;
  return typeof value === "object" ? "an object" : String(value);
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}

/** What a transaction answers. @throws SqlError for a promise: what came after its first wait would not be in the transaction. */
function settled<T>(answer: T): T {
  if (answer instanceof Promise) {
    throw new SqlError(
      "sql_async_transaction",
      "a transaction cannot wait: what it waits for would not be in it",
    );
  }
  return answer;
}

/** A row whose values are of the kinds this project stores. @throws SqlError for any other, such as a blob. */
function plainRow(row: Record<string, unknown>): SqlRow {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (value === null || typeof value === "string" || typeof value === "number") return [column, value];
      throw new SqlError("sql_unexpected_column", `column ${column} holds a ${typeof value}`);
    }),
  );
}

/** The text in a column. @throws SqlError when it holds something else. */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new SqlError("sql_unexpected_column", `column ${column} is not text`);
  return value;
}

/** The number in a column. @throws SqlError when it holds something else. */
export function numberOf(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== "number")
    throw new SqlError("sql_unexpected_column", `column ${column} is not a number`);
  return value;
}
