import { statFile, unlessAbsent, withFileSync } from "../../files/mod.ts";

/**
 * Whether somebody holds the lock of a file: then its writer lives. Not every file system
 * tells other hosts of locks, or has any.
 *
 * @param path The file's path.
 * @param doing What a reader is told that could not be done.
 * @returns Whether it is held; not where there is no such file.
 * @throws {LocalFileError} If the file cannot be opened.
 */
export function isLockHeld(path: string, doing: string): boolean {
  return withFileSync(doing, path, () =>
    unlessAbsent(() => {
      // Opening a pipe would wait for somebody else to open it.
      if (statFile(path)?.isFile !== true) return false;
      using file = Deno.openSync(path);
      try {
        return !file.tryLockSync(false);
      } catch {
        return false; // a file system without locks
      }
    })) ?? false;
}
