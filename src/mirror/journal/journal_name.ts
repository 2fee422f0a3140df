import type { Shard } from "../../catalog/mod.ts";
import { STATE_FOLDER } from "../state_folder.ts";

/** What the name of a journal ends with. */
export const JOURNAL_ENDING = ".ndjson";

/** The name of the folder of journals in `.flatbed`. */
export const JOURNALS_FOLDER = "journals";

/** The folder of a mirror's journals. */
export function journalsFolder(folder: string): string {
  return `${folder}/${STATE_FOLDER}/${JOURNALS_FOLDER}`;
}

/** The name of a new journal of a shard: no two have the same, and later ones sort behind earlier ones. */
export function journalName({ index, count }: Shard, stamp: string): string {
  return `${index}-of-${count}-${stamp}${JOURNAL_ENDING}`;
}

/** The shard that a journal is of, going by its name; `undefined` for a name that is none. */
export function shardOfJournal(name: string): Shard | undefined {
  const [, index, count] = /^(\d+)-of-(\d+)-[0-9a-z-]+\.ndjson$/.exec(name) ??
    [];
  return index === undefined || count === undefined
    ? undefined
    : { index: Number(index), count: Number(count) };
}

/** The index in the name of a journal about keys that are not its writer's shard's. */
export const OF_ANY_SHARD = 0;

/**
 * Whether the journal of a shard may have keys of another shard: not if they are two of the
 * same number, unless it is one of files that shards have fetched together.
 */
export function mayOverlap(one: Shard, other: Shard | undefined): boolean {
  return other === undefined || one.count !== other.count ||
    one.index === other.index || other.index === OF_ANY_SHARD;
}
