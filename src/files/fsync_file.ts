/** A call that takes less, in milliseconds, costs less than handing it to another thread. */
const CHEAP_FSYNC_MS = 0.2;
/** After an expensive call, how many calls go to another thread before the next try. */
const CALLS_BETWEEN_TRIES = 50;

let callsUntilTry = 0;

/**
 * Flushes a file to its disk. With `allowSyncIO`, it blocks as long as that is cheap, as
 * in memory or on a disk with a battery.
 */
export async function fsyncFile(
  file: Deno.FsFile,
  allowSyncIO: boolean,
): Promise<void> {
  if (!allowSyncIO || callsUntilTry-- > 0) return await file.sync();
  const started = performance.now();
  file.syncSync();
  const isCheap = performance.now() - started < CHEAP_FSYNC_MS;
  callsUntilTry = isCheap ? 0 : CALLS_BETWEEN_TRIES;
}
