import { basename } from "node:path";
import type { Shard } from "../../catalog/mod.ts";
import { type LockHolder, MirrorBusyError } from "../errors.ts";
import { type LiveJournal, liveJournals } from "../journal/journal_life.ts";
import { shardOfJournal } from "../journal/journal_name.ts";
import { listJournals } from "../journal/list_journals.ts";
import type { StampClock } from "../journal/stamp_clock.ts";
import { describe } from "./mirror_lock.ts";
import { ShardDatabase } from "./shard_database.ts";

/**
 * Opens a manifest for a process that does a shard. Each process has a journal of its own,
 * so that two that do the same shard spoil nothing; where the file system has locks, the
 * second one is told of the first one all the same.
 *
 * @throws {MirrorBusyError} If another process does the same shard.
 */
export function openShardDatabase(
  folder: string,
  shard: Shard,
  holder: LockHolder,
  clock?: StampClock,
): ShardDatabase {
  const [there] = othersOf(folder, shard);
  if (there !== undefined) throw busy(folder, shard, there);
  const db = new ShardDatabase(folder, shard, holder, clock);
  const own = basename(db.journalPath);
  // Of those that begin at the same moment, one goes on.
  const earlier = othersOf(folder, shard).find(({ name }) => name < own);
  if (earlier === undefined) return db;
  db[Symbol.dispose]();
  throw busy(folder, shard, earlier);
}

/** The journals of a shard that are being written to. */
function othersOf(folder: string, { index, count }: Shard): LiveJournal[] {
  return liveJournals(
    listJournals(folder).filter(({ name }) => {
      const other = shardOfJournal(name);
      return other?.index === index && other.count === count;
    }),
  );
}

function busy(
  folder: string,
  { index, count }: Shard,
  { header }: LiveJournal,
): Error {
  const who = header === undefined ? "" : `: ${describe(header)}`;
  return new MirrorBusyError(
    `Cannot do shard ${index}/${count} of mirror '${folder}': another process does it already${who}`,
    { holder: header },
  );
}
