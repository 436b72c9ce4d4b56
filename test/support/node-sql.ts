// The stores' three verbs on Node's own SQLite, so that they can be tested fast and interrupted anywhere.

import { DatabaseSync } from "node:sqlite";
import { checked, plainRow, type Sql, type SqlValue } from "../../src/durable/sql.ts";

/** A database in memory. `beforeWrite` is called before every statement that writes, and may throw. */
export function nodeSql(beforeWrite: () => void = () => {}): Sql {
  const database = new DatabaseSync(":memory:");
  let depth = 0;
  const run = (statement: string, bindings: readonly SqlValue[]) => {
    if (!/^\s*select/i.test(statement)) beforeWrite();
    if (bindings.length === 0 && statement.split(";").length > 2) {
      database.exec(statement);
      return [];
    }
    return database
      .prepare(statement)
      .all(...checked(bindings))
      .map((row) => plainRow({ ...row }));
  };
  return {
    query: (statement, ...bindings) => run(statement, bindings),
    execute: (statement, ...bindings) => {
      run(statement, bindings);
    },
    transaction: (work) => {
      const savepoint = `s${depth++}`;
      database.exec(`SAVEPOINT ${savepoint}`);
      try {
        const result = work();
        database.exec(`RELEASE ${savepoint}`);
        return result;
      } catch (error) {
        database.exec(`ROLLBACK TO ${savepoint}`);
        database.exec(`RELEASE ${savepoint}`);
        throw error;
      } finally {
        depth--;
      }
    },
  };
}
