import type { SQLInputValue, StatementSync } from "node:sqlite";

/** Prepares a statement, or takes the one that was prepared before. */
export type Prepare = (sql: string) => StatementSync;

/** A manifest's database, as its writer or a reader has it. */
export interface ManifestDatabase extends Disposable {
  /**
   * Runs a query on the last committed state.
   *
   * @throws {MirrorDamagedError} If the manifest cannot be used.
   */
  read<T>(query: (prepare: Prepare) => T): T;

  /**
   * Runs a statement that changes something.
   *
   * @throws {TypeError} If this is a reader.
   */
  write(sql: string, ...values: SQLInputValue[]): void;

  /**
   * Runs several writes as one transaction.
   *
   * @throws {TypeError} If this is a reader.
   */
  transaction(action: () => void): void;

  /**
   * Asserts that a writer can write: a file that may only be read was opened as well.
   *
   * @throws {MirrorDamagedError} If it cannot.
   */
  assertWritable(): void;

  /**
   * Asserts that a writer's file still lies where it was opened: what is written to a
   * file that was removed or moved away is lost silently.
   *
   * @throws {MirrorDamagedError} If it does not.
   */
  assertInPlace(): void;
}
