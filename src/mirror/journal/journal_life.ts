import { statFile } from "../../files/mod.ts";
import { isLockHeld } from "../state/is_lock_held.ts";
import type { JournalFile } from "./list_journals.ts";
import { END_LINE } from "./journal_line.ts";
import { type JournalHeader, readFrom, readHeader } from "./read_journal.ts";

/** After so long without a line, the writer of a journal on another host is taken for dead. */
const SILENCE_MS = 24 * 60 * 60 * 1000;
/** What cannot be done where a journal cannot be opened. */
const DOING = "read journal";

/** Whether a journal has the line at its end. */
export function isClosed(path: string): boolean {
  const end = `\n${END_LINE}\n`;
  const size = statFile(path)?.size ?? 0;
  const bytes = readFrom(path, Math.max(0, size - end.length));
  return bytes !== undefined && new TextDecoder().decode(bytes) === end;
}

/**
 * Whether nothing will follow in a journal that has no line at its end. That its lock is
 * free says so only on the host of its writer: not every file system tells other hosts of
 * locks.
 *
 * @param journal The journal.
 * @param host This host's name, if it is known.
 * @param now The time by the clock of the file system.
 */
export function isAbandoned(
  { path, mtime }: JournalFile,
  host: string | undefined,
  now: Date,
): boolean {
  if (isLockHeld(path, DOING)) return false;
  const header = readHeader(path);
  const isOfThisHost = host !== undefined && header?.host === host;
  if (isOfThisHost && header.isLocked) return true;
  return now.getTime() - mtime.getTime() > SILENCE_MS;
}

/** A journal that a living process writes to, and who that is. */
export interface LiveJournal {
  readonly name: string;
  readonly header: JournalHeader | undefined;
}

/** Those of some journals whose writers certainly live. */
export function liveJournals(journals: readonly JournalFile[]): LiveJournal[] {
  return journals.filter(({ path }) => isLockHeld(path, DOING))
    .map(({ name, path }) => ({ name, header: readHeader(path) }));
}
