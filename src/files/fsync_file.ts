/** A call of this many milliseconds costs less than having another thread do it. */
const CHEAP = 0.2;
/** Where the last call was not cheap, so many are left to another thread before the next try. */
const PAUSE = 50;

/** How many calls are left until blocking is tried again. */
let pause = 0;

/**
 * Has the system put a file on its disk. Where the thread may be blocked and the disk
 * takes no time, as a memory's or one with a battery, that is done at once.
 */
export async function fsyncFile(
  file: Deno.FsFile,
  allowSyncIO: boolean,
): Promise<void> {
  if (!allowSyncIO || pause-- > 0) return await file.sync();
  const started = performance.now();
  file.syncSync();
  pause = performance.now() - started < CHEAP ? 0 : PAUSE;
}
