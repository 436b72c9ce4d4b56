// What the three verbs promise on every database they run on. Each case gets an empty one.

import { expect } from "vitest";
import { MAX_SQL_BINDINGS, MAX_SQL_STATEMENT_CHARS, MAX_SQL_VALUE_BYTES } from "../../src/config/limits.ts";
import { type Sql, type SqlErrorCode, type SqlValue, textOf } from "../../src/durable/sql.ts";

interface Case {
  title: string;
  holds(sql: Sql): void;
}

const HALF = "\ud83d";
/** Values that a database would change in silence, with the code that refuses each. */
const CHANGED: readonly [unknown, SqlErrorCode][] = [
  [true, "sql_boolean"],
  [false, "sql_boolean"],
  [Number.NaN, "sql_not_finite"],
  [Number.POSITIVE_INFINITY, "sql_not_finite"],
  [Number.NEGATIVE_INFINITY, "sql_not_finite"],
  [undefined, "sql_undefined"],
  [1n, "sql_bigint"],
  [{}, "sql_object"],
  [Object.create(null), "sql_object"],
  [[1, 2], "sql_object"],
  [new Date(0), "sql_object"],
  [new Uint8Array(1), "sql_object"],
  [`cut ${HALF}`, "sql_ill_formed_text"],
];
/** Values that come back as they went in. */
const KEPT: readonly SqlValue[] = [
  "",
  "true",
  "ü\u0000x",
  "\ufeff🙂",
  0,
  -1.5,
  2 ** 53,
  -(2 ** 53),
  Number.MIN_VALUE,
  Number.MAX_VALUE,
  0.1 + 0.2,
  null,
];

/** The contract. */
export const SQL_CONTRACT: readonly Case[] = [
  ...CHANGED.map(([value, code], at) => ({
    title: `value ${at + 1}, ${typeof value}, is refused with ${code}, in a statement and in a query, and nothing is written`,
    holds: (sql: Sql) => {
      sql.execute("CREATE TABLE t (value)");
      expectCode(() => sql.execute("INSERT INTO t VALUES (?)", value as SqlValue), code);
      expectCode(() => sql.query("SELECT ? AS value", value as SqlValue), code);
      expect(sql.query("SELECT * FROM t")).toEqual([]);
    },
  })),
  {
    title: "texts, finite numbers and null come back as they went in",
    holds: (sql) => {
      sql.execute("CREATE TABLE t (value)");
      for (const value of KEPT) sql.execute("INSERT INTO t VALUES (?)", value);
      expect(sql.query("SELECT value FROM t ORDER BY rowid").map(({ value }) => value)).toEqual(KEPT);
    },
  },
  {
    title: `${MAX_SQL_BINDINGS} bindings pass, one more is refused`,
    holds: (sql) => {
      const bind = (count: number) => {
        const marks = Array.from({ length: count }, () => "?").join(", ");
        return sql.query(`SELECT max(${marks}) AS most`, ...Array.from({ length: count }, (_, i) => i));
      };
      expect(bind(MAX_SQL_BINDINGS)).toEqual([{ most: MAX_SQL_BINDINGS - 1 }]);
      expectCode(() => bind(MAX_SQL_BINDINGS + 1), "sql_too_many_bindings");
    },
  },
  {
    title: "a list of any length goes in as JSON",
    holds: (sql) => {
      const list = Array.from({ length: 10_000 }, (_, i) => i);
      const [row] = sql.query("SELECT count(*) AS n FROM json_each(?)", JSON.stringify(list));
      expect(row).toEqual({ n: 10_000 });
    },
  },
  ...["a", "ü", "🙂"].map((character) => ({
    title: `a text of ${character} of exactly ${MAX_SQL_VALUE_BYTES} bytes is kept, one byte more is refused`,
    holds: (sql: Sql) => {
      const bytes = new TextEncoder().encode(character).byteLength;
      const longest = character.repeat(MAX_SQL_VALUE_BYTES / bytes);
      sql.execute("CREATE TABLE t (value TEXT)");
      sql.execute("INSERT INTO t VALUES (?)", longest);
      expect(textOf(sql.query("SELECT value FROM t")[0] ?? {}, "value") === longest).toBe(true);
      expectCode(() => sql.execute("UPDATE t SET value = ?", `${longest}a`), "sql_value_too_large");
      expect(sql.query("SELECT length(value) AS n FROM t")).toEqual([{ n: [...longest].length }]);
    },
  })),
  {
    title: "a row of several texts is held to the limit of a row",
    holds: (sql) => {
      const half = "a".repeat(MAX_SQL_VALUE_BYTES / 2);
      sql.execute("CREATE TABLE t (a TEXT, b TEXT)");
      sql.execute("INSERT INTO t VALUES (?, ?)", half, half);
      expectCode(() => sql.execute("INSERT INTO t VALUES (?, ?)", half, `${half}a`), "sql_value_too_large");
    },
  },
  {
    title: "a statement beyond the platform's length is refused",
    holds: (sql) => {
      const text = "a".repeat(MAX_SQL_STATEMENT_CHARS);
      expectCode(() => sql.query(`SELECT '${text}'`), "sql_statement_too_long");
    },
  },
  {
    title: "a blob, and a column of another kind than asked for, are refused",
    holds: (sql) => {
      expectCode(() => sql.query("SELECT x'00' AS blob"), "sql_unexpected_column");
      const [row] = sql.query("SELECT 1 AS number");
      expectCode(() => textOf(row ?? {}, "number"), "sql_unexpected_column");
      expectCode(() => textOf(row ?? {}, "missing"), "sql_unexpected_column");
    },
  },
  {
    title: "a transaction that throws leaves nothing behind, whatever of it had run",
    holds: (sql) => {
      sql.execute("CREATE TABLE t (value)");
      for (const statements of [0, 1, 3]) {
        const failing = () =>
          sql.transaction(() => {
            for (let i = 0; i < statements; i++) sql.execute("INSERT INTO t VALUES (?)", i);
            throw new Error("no");
          });
        expect(failing).toThrow("no");
        expect(sql.query("SELECT * FROM t")).toEqual([]);
      }
    },
  },
  {
    title: "a transaction within one takes back its own part only",
    holds: (sql) => {
      sql.execute("CREATE TABLE t (value)");
      sql.transaction(() => {
        sql.execute("INSERT INTO t VALUES (1)");
        const inner = () =>
          sql.transaction(() => {
            sql.execute("INSERT INTO t VALUES (2)");
            throw new Error("no");
          });
        expect(inner).toThrow("no");
        sql.execute("INSERT INTO t VALUES (3)");
      });
      expect(sql.query("SELECT value FROM t ORDER BY value")).toEqual([{ value: 1 }, { value: 3 }]);
    },
  },
  {
    title: "a transaction that would wait is refused, and leaves nothing behind",
    holds: (sql) => {
      sql.execute("CREATE TABLE t (value)");
      const waiting = (async () => sql.execute("INSERT INTO t VALUES (1)")) as unknown as () => never;
      expectCode(() => sql.transaction(waiting), "sql_async_transaction");
      expect(sql.query("SELECT * FROM t")).toEqual([]);
    },
  },
  {
    title: "a statement that breaks a constraint throws and changes nothing",
    holds: (sql) => {
      sql.execute("CREATE TABLE t (value INTEGER PRIMARY KEY)");
      sql.execute("INSERT INTO t VALUES (1)");
      expect(() => sql.execute("INSERT INTO t VALUES (2), (1)")).toThrow(/constraint/i);
      expect(sql.query("SELECT value FROM t")).toEqual([{ value: 1 }]);
    },
  },
];

function expectCode(act: () => unknown, code: SqlErrorCode): void {
  expect(act).toThrow(expect.objectContaining({ code }));
}
