import type { DatabaseSync } from "node:sqlite";
import { statFile } from "../../files/mod.ts";

/**
 * The databases that this process writes to. What reads them here asks them: a file that
 * is closed takes with it the locks that SQLite has on it in the same process, see
 * https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
 */
export const openDatabases = new Map<string, DatabaseSync>();

/** Tells a file apart from all others; `undefined` where there is none, or the system has no such number. */
export function fileIdOf(path: string): string | undefined {
  const file = statFile(path);
  return file === undefined || file.ino === null
    ? undefined
    : `${file.dev} ${file.ino}`;
}
