import type { DatabaseSync, StatementSync } from "node:sqlite";

/** The statements of each database. A statement is freed only by garbage collection, so each is prepared once. */
const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** Prepares a statement, or returns the one that was prepared for the same SQL. */
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
