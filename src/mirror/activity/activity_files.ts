import { isLockHeld } from "../state/is_lock_held.ts";
import type { StateStore } from "../state/state_store.ts";

/** Where the activities' files are in a mirror's store. */
export const ACTIVITIES_FOLDER = "activities";

/** How many that have ended are kept, besides those of the last minutes. */
const KEPT = 20;
/** What was written not longer ago may belong to a living process, in milliseconds. */
const FRESH_MS = 10 * 60 * 1000;

/** A new id: those of one process, and of processes with one number, differ. */
export function newActivityId(since: Date): string {
  const random = crypto.getRandomValues(new Uint8Array(3)).toHex();
  return `${since.getTime().toString(36)}-${Deno.pid}-${random}`;
}

/** The name of an activity's file in a mirror's store. */
export function activityName(id: string): string {
  return `${ACTIVITIES_FOLDER}/${id}.json`;
}

/** The name of the file whose lock an activity's process holds. */
export function lockName(id: string): string {
  return `${ACTIVITIES_FOLDER}/${id}.lock`;
}

/** The id of an activity, from its file's name; `undefined` if it is not one's. */
export function idNamed(name: string): string | undefined {
  return /^activities\/([\w-]{1,60})\.json$/.exec(name)?.[1];
}

/**
 * Removes the files of all activities but the last ones. What cannot be removed stays: the
 * next one tries again.
 *
 * @param store The mirror's store.
 * @param now The time by the clock of the store.
 */
export async function removeOldActivities(
  store: StateStore,
  now: Date,
): Promise<void> {
  const files = (await store.list(ACTIVITIES_FOLDER))
    .toSorted((a, b) => b.mtime.getTime() - a.mtime.getTime());
  const kept = new Set(
    files.flatMap(({ name }) => idNamed(name) ?? []).slice(0, KEPT),
  );
  for (const { name, mtime } of files) {
    const id = /^activities\/([\w-]{1,60})\.(json|lock)$/.exec(name)?.[1];
    const isFresh = now.getTime() - mtime.getTime() < FRESH_MS;
    if (id === undefined || kept.has(id) || isFresh) continue;
    if (!isAlive(store, id)) await store.remove(name);
  }
}

/** Whether the process of an activity certainly lives: it holds the lock. */
export function isAlive(store: StateStore, id: string): boolean {
  const path = store.pathOf(lockName(id));
  try {
    return path !== undefined && isLockHeld(path, "look at activity");
  } catch {
    return false; // that of another user, perhaps
  }
}
