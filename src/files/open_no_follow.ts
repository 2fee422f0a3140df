import { ignoreAbsent } from "./absent.ts";

/** Others may create and rename the file between two steps, again and again. */
const MAX_TRIES = 20;

/**
 * Opens or creates a file for reading and writing. A link in its place is removed, not
 * followed.
 */
export async function openNoFollow(
  path: string,
  allowSyncIO = false,
): Promise<Deno.FsFile> {
  const options: Deno.OpenOptions = { read: true, write: true };
  const own = { ...options, createNew: true };
  for (let tries = 1;; tries++) {
    try {
      return await (allowSyncIO
        ? Deno.openSync(path, own)
        : Deno.open(path, own));
    } catch (error) {
      const isThere = error instanceof Deno.errors.AlreadyExists;
      if (!isThere || tries === MAX_TRIES) throw error;
    }
    const there = await Deno.lstat(path).catch(ignoreAbsent);
    if (there?.isFile || there?.isDirectory) {
      return await Deno.open(path, options);
    }
    if (there?.isSymlink) await Deno.remove(path).catch(ignoreAbsent);
  }
}
