import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Statements of databases that are read: each is prepared once, since none is freed before memory is collected. */
const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** The statement of a database for some SQL. */
export function preparedStatement(
  db: DatabaseSync,
  sql: string,
): StatementSync {
  const statements = prepared.get(db) ?? new Map<string, StatementSync>();
  prepared.set(db, statements);
  const statement = statements.get(sql) ?? db.prepare(sql);
  statements.set(sql, statement);
  return statement;
}
