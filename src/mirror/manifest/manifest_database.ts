import type { StatementSync } from "node:sqlite";
import type { Change } from "../journal/change.ts";

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
   * Changes rows: all of them or none.
   *
   * @throws {TypeError} If this is a reader.
   */
  change(changes: readonly Change[]): void;

  /**
   * Runs statements as one transaction, which no journal tells of.
   *
   * @throws {TypeError} If this is a reader, or a shard.
   */
  rewrite(action: (prepare: Prepare) => void): void;

  /**
   * Resolves when what was changed so far is where others see it, and outlives this process.
   *
   * @throws {FlatbedError} If it cannot be written.
   */
  flush(): Promise<void>;

  /**
   * Takes in what others have changed, where a query does not do that.
   *
   * @param maxAge How long ago that may have been done last, in milliseconds.
   * @throws {FlatbedError} If it cannot be read.
   */
  refresh(maxAge: number): Promise<void>;

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
