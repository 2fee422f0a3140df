import {
  JOURNAL_START,
  type JournalPart,
  type JournalPosition,
} from "../journal/read_journal.ts";
import { StampClock } from "../journal/stamp_clock.ts";
import { applyChanges } from "./apply_changes.ts";
import type { Prepare } from "./manifest_database.ts";

/** How long it is remembered that a journal was merged: a power failure may bring back its file. */
const REMEMBERED_MS = 30 * 24 * 60 * 60 * 1000;

/** How far a journal is merged into a database. */
export function positionIn(prepare: Prepare, name: string): JournalPosition {
  const row = prepare("SELECT bytes, lines FROM journals WHERE name = ?")
    .get(name);
  return row === undefined
    ? JOURNAL_START
    : { bytes: Number(row.bytes), lines: Number(row.lines) };
}

/** Merges a part of a journal into a database, within a transaction. */
export function mergePart(
  prepare: Prepare,
  name: string,
  { changes, end }: Pick<JournalPart, "changes" | "end">,
  now: Date,
): void {
  applyChanges(prepare, changes);
  prepare("INSERT OR REPLACE INTO journals VALUES (?, ?, ?, ?)")
    .run(name, end.bytes, end.lines, now.getTime());
}

/** A clock that has seen all stamps of a database. */
export function clockOf(
  prepare: Prepare,
  clock: StampClock = new StampClock(),
): StampClock {
  const { last } = prepare("SELECT max(stamp) AS last FROM stamps").get() ?? {};
  if (typeof last === "string") clock.see(last);
  return clock;
}

/**
 * Forgets when rows were changed, within a transaction, where no journal is left that may
 * hold earlier changes: whoever writes one from now on has seen what is there.
 */
export function forgetStamps(prepare: Prepare, now: Date): void {
  const { last } = prepare("SELECT max(stamp) AS last FROM stamps").get() ?? {};
  if (typeof last === "string") {
    prepare("DELETE FROM stamps").run();
    prepare("INSERT INTO stamps VALUES ('clock', '', '', ?, '')").run(last);
  }
  prepare("DELETE FROM journals WHERE merged_at < ?")
    .run(now.getTime() - REMEMBERED_MS);
}
