// The stores' three verbs on Node's own SQLite, so that they can be tested fast and interrupted anywhere.

import { DatabaseSync } from "node:sqlite";
import { checkedSql, type Sql } from "../../src/durable/sql.ts";

/** A database in memory, or one that is open. `beforeWrite` is called before every statement that writes, and may throw. */
export function nodeSql(
  beforeWrite: () => void = () => {},
  database: DatabaseSync = new DatabaseSync(":memory:"),
): Sql {
  let depth = 0;
  return checkedSql({
    run: (statement, bindings) => {
      if (!isRead(statement)) beforeWrite();
      if (bindings.length === 0 && statement.split(";").length > 2) {
        database.exec(statement);
        return [];
      }
      return database
        .prepare(statement)
        .all(...bindings)
        .map((row) => ({ ...row }));
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
  });
}

/** Whether a statement only reads. */
export function isRead(statement: string): boolean {
  return /^\s*select/i.test(statement);
}
