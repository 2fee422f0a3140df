import { basename, dirname } from "node:path";
import { LocalFileError } from "../base/mod.ts";
import { ignoreAbsent, unlessAbsent } from "./absent.ts";
import { withFile } from "./file_errors.ts";
import { fileId } from "./file_identity.ts";
import { inspectPath } from "./inspect_path.ts";
import { openNoFollow } from "./open_no_follow.ts";
import { PART_ENDINGS } from "./part_endings.ts";

/** Only for names longer than this, in characters, an ending can be too much. */
const LONG_NAME = 100;

/**
 * Opens and locks the part file of a target, and makes the folders it is in. Returns it
 * with its length in bytes.
 *
 * @param target The path that the file gets in the end.
 * @param allowSyncIO Whether to use synchronous calls: two thirds of the time for a small file.
 * @param mayMake Whether a part file is made where there is none.
 * @throws {LocalFileError} If the target is not a regular file, or another download holds its part file.
 */
export async function openPart(
  target: string,
  allowSyncIO: boolean,
  mayMake = true,
): Promise<{ file: Deno.FsFile; length: number }> {
  const path = target + PART_ENDINGS.part;
  const refuse = (reason: string) =>
    new LocalFileError(`Cannot write '${target}': ${reason}`);
  return await withFile("write", target, async () => {
    if (endsWithSeparator(target)) throw refuse("it is a folder");
    const { kind } = inspectPath(target);
    if (kind === "folder") throw refuse("it is a folder");
    if (kind === "other") throw refuse("it is not a regular file");
    if (basename(target).length > LONG_NAME) {
      // If the longest name is too long, fail now and not at the end.
      await Deno.lstat(target + PART_ENDINGS.content).catch(ignoreAbsent);
    }
    const make = () =>
      openNoFollow(path, allowSyncIO).catch(async (error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        await Deno.mkdir(dirname(path), { recursive: true });
        return await openNoFollow(path, allowSyncIO);
      });
    const file = mayMake
      ? await make()
      : await Deno.open(path, { read: true, write: true });
    try {
      const isLocked = mayMake
        ? allowSyncIO ? file.tryLockSync(true) : await file.tryLock(true)
        // A claimed one bears a name of its own: the file system need have no locks.
        : await file.tryLock(true).catch(() => true);
      if (!isLocked) {
        throw refuse(`another download is writing to '${path}'`);
      }
      const info = file.statSync();
      const named = unlessAbsent(() => Deno.lstatSync(path));
      if (named === undefined || fileId(named) !== fileId(info)) {
        throw refuse("another download has just finished it");
      }
      return { file, length: info.size };
    } catch (error) {
      file.close();
      throw error;
    }
  });
}

function endsWithSeparator(path: string): boolean {
  return path.endsWith("/") ||
    (Deno.build.os === "windows" && path.endsWith("\\"));
}
