// The one way to SQLite. Durable Object bindings turn `true` into the text "true", NaN and undefined into NULL and objects
// into "[object Object]" without a word; here only what SQLite really holds is accepted.

/** What may be bound to a statement or read from a row. Numbers are finite. */
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

/** A value that SQLite would have changed silently. */
class SqlBindingError extends TypeError {
  readonly code = "sql_binding";
}

/** The part of a Durable Object's storage that `objectSql` needs. */
export interface ObjectStorage {
  sql: { exec(statement: string, ...bindings: SqlValue[]): { toArray(): Record<string, unknown>[] } };
  transactionSync<T>(work: () => T): T;
}

/** The SQLite of a Durable Object. @throws SqlBindingError for a binding that is not a string, a finite number or null. */
export function objectSql(storage: ObjectStorage): Sql {
  return {
    query: (statement, ...bindings) =>
      storage.sql
        .exec(statement, ...checked(bindings))
        .toArray()
        .map(plainRow),
    execute: (statement, ...bindings) => {
      storage.sql.exec(statement, ...checked(bindings)).toArray();
    },
    transaction: (work) => storage.transactionSync(work),
  };
}

/** The bindings, once each is known to be stored as it is. @throws SqlBindingError */
export function checked(bindings: readonly SqlValue[]): SqlValue[] {
  for (const [at, value] of bindings.entries()) {
    const fits = value === null || typeof value === "string" || Number.isFinite(value);
    if (!fits) throw new SqlBindingError(`binding ${at + 1} is ${String(value)}, which SQLite cannot hold`);
  }
  return [...bindings];
}

/** A row whose values are of the kinds this project stores. @throws SqlBindingError for any other, such as a blob. */
export function plainRow(row: Record<string, unknown>): SqlRow {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (value === null || typeof value === "string" || typeof value === "number") return [column, value];
      throw new SqlBindingError(`column ${column} holds a ${typeof value}`);
    }),
  );
}

/** The text in a column. @throws SqlBindingError when it holds something else. */
export function textOf(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new SqlBindingError(`column ${column} is not text`);
  return value;
}

/** The number in a column. @throws SqlBindingError when it holds something else. */
export function numberOf(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new SqlBindingError(`column ${column} is not a number`);
  return value;
}
