import { LocalFileError } from "../../base/mod.ts";
import {
  hostName,
  statFile,
  unlessAbsent,
  withFileSync,
} from "../../files/mod.ts";
import { isAbandoned, isClosed } from "../journal/journal_life.ts";
import { type JournalFile, listJournals } from "../journal/list_journals.ts";
import { type JournalPart, readJournal } from "../journal/read_journal.ts";
import { applyChanges } from "./apply_changes.ts";
import { CHANGES_AT_ONCE } from "./apply_files.ts";
import type { ManifestDatabase } from "./manifest_database.ts";
import { forgetStamps, mergePart, positionIn } from "./merged_journals.ts";
import { lockPath } from "./mirror_lock.ts";

/**
 * Merges the journals of shards into the database of the mirror in a folder, and removes
 * those to which nothing will be added. What is merged is noted in the same transaction:
 * whoever is killed in between merges nothing twice, and loses nothing.
 *
 * @param setsDamagedAside Whether a journal with a damaged line is renamed, after the
 * lines before it are merged.
 * @throws {MirrorDamagedError} If a journal cannot be used.
 * @throws {LocalFileError} If one cannot be read or removed.
 */
export function mergeJournals(
  folder: string,
  db: ManifestDatabase,
  setsDamagedAside: boolean,
): void {
  const now = clockOfFolder(folder);
  const journals = listJournals(folder);
  let left = 0;
  let batch: ReadPart[] = [];
  const finish = (): void => {
    const added = batch.filter(({ isNew }) => isNew);
    if (added.length > 0) {
      db.rewrite((prepare) => {
        // All at once, so that they are written in the order of their table.
        applyChanges(prepare, added.flatMap(({ part }) => part.changes));
        for (const { journal, part: { end } } of added) {
          mergePart(prepare, journal.name, { changes: [], end }, now);
        }
      });
    }
    left += batch.filter((read) => !removeMerged(read, now)).length;
    batch = [];
  };
  let size = 0;
  for (const journal of journals) {
    // Asked before it is read: what a writer adds before it ends is read then.
    const isOver = isAbandoned(journal, hostName(), now);
    const from = db.read((prepare) => positionIn(prepare, journal.name));
    const part = readJournal(journal.path, {
      from,
      untilDamage: setsDamagedAside,
    });
    if (part === undefined) continue;
    const isNew = part.end.lines > from.lines;
    batch.push({ journal, part, isOver, isNew });
    size += part.changes.length;
    if (size < CHANGES_AT_ONCE) continue;
    finish();
    size = 0;
  }
  finish();
  const isStamped = left === 0 &&
    db.read((prepare) => prepare(SELECT_STAMP).get()) !== undefined;
  if (!isStamped) return;
  try {
    db.rewrite((prepare) => forgetStamps(prepare, now));
  } catch (error) {
    // A manifest that may only be read is opened as well, and nothing needs this.
    if (!(error instanceof LocalFileError)) throw error;
  }
}

/** What was read of a journal. */
interface ReadPart {
  readonly journal: JournalFile;
  readonly part: JournalPart;
  /** Whether its writer is certainly gone. */
  readonly isOver: boolean;
  /** Whether it holds more than was merged before. */
  readonly isNew: boolean;
}

/** Removes a journal that is merged, unless something may be added; returns whether it is gone. */
function removeMerged(
  { journal: { path }, part, isOver }: ReadPart,
  now: Date,
): boolean {
  if (part.damage !== undefined) {
    const aside = `${path}.damaged-${now.toISOString().replaceAll(/\W/g, "")}`;
    withFileSync("rename", path, () => Deno.renameSync(path, aside));
    return true;
  }
  // What was added since it was read, its end included, is merged the next time.
  const isRead = statFile(path)?.size === part.end.bytes;
  if (!isOver && !(isRead && isClosed(path))) return false;
  withFileSync("remove", path, () => unlessAbsent(() => Deno.removeSync(path)));
  return true;
}

/** The time by the clock of the file system, which has just noted that the lock was taken. */
export function clockOfFolder(folder: string): Date {
  return statFile(lockPath(folder))?.mtime ?? new Date();
}

const SELECT_STAMP = "SELECT 1 FROM stamps WHERE kind <> 'clock' LIMIT 1";
