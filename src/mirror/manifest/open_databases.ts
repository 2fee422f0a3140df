import type { DatabaseSync } from "node:sqlite";
import { fileId, statFile } from "../../files/mod.ts";

/**
 * The databases that this process writes to. Readers in this process query them: closing
 * another handle of the file would release the locks of SQLite, see
 * https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export const openDatabases = new Map<string, DatabaseSync>();

/** The {@linkcode fileId} of the file at a path; `undefined` if there is none. */
export function fileIdOf(path: string): string | undefined {
  const file = statFile(path);
  return file && fileId(file);
}
