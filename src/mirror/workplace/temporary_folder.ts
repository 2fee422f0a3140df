import { dirname } from "node:path";
import { withFile } from "../../files/mod.ts";

/** After so many milliseconds, a temporary folder counts as left behind. */
const LEFT_AFTER = 2 * 86_400_000;

/** A folder that is removed in the end. */
export interface TemporaryFolder {
  /** Its path, without links. */
  readonly path: string;
  /** Removes it, with all that is in it. */
  remove(): Promise<void>;
}

/**
 * Makes a folder of its own for some work, and removes those of runs that were killed.
 *
 * @param prefix What its name begins with.
 * @param dir The folder that it is made in; the system's for temporary files by default, and where that is not writable.
 * @throws {LocalFileError} If it cannot be made.
 */
export async function makeTemporaryFolder(
  prefix: string,
  dir?: string,
): Promise<TemporaryFolder> {
  const path = await withFile(
    "write",
    dir ?? "the folder for temporary files",
    async () => {
      try {
        const made = await Deno.makeTempDir({ dir, prefix });
        await removeLeft(dirname(made), prefix);
        return made;
      } catch (error) {
        // A mirror may be somebody else's, or on a disk that is read-only.
        if (dir === undefined || !isNotWritable(error)) throw error;
        return await Deno.makeTempDir({ prefix });
      }
    },
  );
  return {
    path: await Deno.realPath(path),
    remove: () => Deno.remove(path, { recursive: true }).catch(() => {}),
  };
}

/** Removes what runs have left that were killed, as far as this user may. */
async function removeLeft(dir: string, prefix: string): Promise<void> {
  // Asked first, since a person would be asked otherwise.
  const { state } = Deno.permissions.querySync({ name: "read", path: dir });
  if (state !== "granted") return;
  for await (const { name } of Deno.readDir(dir)) {
    if (!name.startsWith(prefix)) continue;
    const path = `${dir}/${name}`;
    try {
      const { mtime } = await Deno.lstat(path);
      const isLeft = (mtime?.getTime() ?? Infinity) < Date.now() - LEFT_AFTER;
      if (isLeft) await Deno.remove(path, { recursive: true });
    } catch { /* somebody else's, or just removed */ }
  }
}

function isNotWritable(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied ||
    error instanceof Error && "code" in error && error.code === "EROFS";
}
