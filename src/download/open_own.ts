import { dirname, resolve } from "node:path";

/**
 * Opens a file of one's own for reading and writing, or makes it; a link in its place is
 * removed, not followed.
 */
export async function openOwn(
  path: string,
  mayBlock = false,
): Promise<Deno.FsFile> {
  const options: Deno.OpenOptions = { read: true, write: true };
  const own = { ...options, createNew: true };
  const create = () =>
    mayBlock ? Deno.openSync(path, own) : Deno.open(path, own);
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    const there = await Deno.lstat(path).catch(ignoreNotFound);
    if (there?.isFile || there?.isDirectory) {
      return await Deno.open(path, options);
    }
    if (there?.isSymlink) await Deno.remove(path);
    return await create();
  }
}

/** Whether a link stands for a device or an open file, such as `/dev/stdout`. */
export function leadsToDevice(path: string): boolean {
  let at = resolve(path);
  for (let links = 0; links < 40; links++) {
    if (/^\/(dev|proc)\//.test(at)) return true;
    try {
      at = resolve(dirname(at), Deno.readLinkSync(at));
    } catch {
      return false; // no link, or none that can be read
    }
  }
  return false;
}

/** Lets the error of a file that is not there pass. */
export function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
