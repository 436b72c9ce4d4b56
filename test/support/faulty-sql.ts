// A database of which one operation fails, once or for a while.

import type { Sql } from "../../src/durable/sql.ts";
import { isRead } from "./node-sql.ts";

/**
 * How a write fails: `before` it is done; `after`, done all the same; or a whole transaction at its commit, `commit_lost`
 * with nothing kept, `commit_unheard` with everything kept and nobody told.
 */
export const WRITE_FAULTS = ["before", "after", "commit_lost", "commit_unheard"] as const;
type WriteFault = (typeof WRITE_FAULTS)[number];

/** What fails: the operations, counted from 1 over both statements that write and outermost commits, of which `fails` is true. */
export interface FaultPlan {
  kind: WriteFault;
  fails(operation: number): boolean;
}

/** What the disk says. */
export class DiskError extends Error {}

/** The database with its faults, and how many operations of the plan's kind it has seen. */
export function faultySql(inner: Sql, plan: FaultPlan): { sql: Sql; seen(): number } {
  const ofStatements = plan.kind === "before" || plan.kind === "after";
  let operations = 0;
  let depth = 0;
  const failsNow = () => plan.fails(++operations);
  const run = <T>(statement: string, act: () => T): T => {
    if (!ofStatements || isRead(statement) || !failsNow()) return act();
    if (plan.kind === "after") act();
    throw new DiskError(`the disk failed ${plan.kind} write ${operations}`);
  };
  const transaction: Sql["transaction"] = (work) => {
    if (ofStatements || depth > 0) return inner.transaction(work);
    const fault = failsNow() ? new DiskError(`the disk failed: ${plan.kind} ${operations}`) : undefined;
    depth += 1;
    try {
      const result = inner.transaction(() => {
        const done = work();
        if (fault && plan.kind === "commit_lost") throw fault;
        return done;
      });
      if (fault) throw fault;
      return result;
    } finally {
      depth -= 1;
    }
  };
  return {
    seen: () => operations,
    sql: {
      query: (statement, ...bindings) => run(statement, () => inner.query(statement, ...bindings)),
      execute: (statement, ...bindings) => run(statement, () => inner.execute(statement, ...bindings)),
      transaction,
    },
  };
}
