import type { DatabaseSync } from "node:sqlite";
import { fileId, statFile } from "../../files/mod.ts";

/**
 * The databases that this process writes to. What reads them here asks them: a file that
 * is closed takes with it the locks that SQLite has on it in the same process, see
 * https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export const openDatabases = new Map<string, DatabaseSync>();

/** The {@linkcode fileId} of the file at a path; `undefined` if there is none. */
export function fileIdOf(path: string): string | undefined {
  const file = statFile(path);
  return file && fileId(file);
}
