import { basename, dirname, resolve } from "node:path";
import { withFile } from "./file_errors.ts";

/** As many links as Linux follows. */
const MAX_LINKS = 40;
/** Where the open files of a process have names. What lies behind them is not to be replaced. */
const OPEN_FILES = /^\/(proc|dev\/fd)\//;

/**
 * Writes a file so that a failure leaves what lay there. Links lead to the file that is
 * written; what is no ordinary file is written to as it is.
 *
 * @throws {LocalFileError} If it cannot be written.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  await withFile("write", path, async () => {
    const { path: target, isOrdinary } = await follow(path);
    if (!isOrdinary) {
      await Deno.writeTextFile(target, text, { append: true });
      return;
    }
    const part = `${target}.${crypto.randomUUID()}.part`;
    try {
      await Deno.writeTextFile(part, text, { createNew: true });
      await Deno.rename(part, target);
    } catch (error) {
      await Deno.remove(part).catch(() => {});
      throw error;
    }
  });
}

/** Where a path's links lead to, and whether an ordinary file is there, or none. */
async function follow(
  path: string,
): Promise<{ path: string; isOrdinary: boolean }> {
  let target = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const folder = await Deno.realPath(dirname(target));
    target = resolve(folder, basename(target));
    if (OPEN_FILES.test(target)) return { path: target, isOrdinary: false };
    const file = await Deno.lstat(target).catch((error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    });
    if (!file?.isSymlink) {
      return { path: target, isOrdinary: file?.isFile ?? true };
    }
    target = resolve(folder, await Deno.readLink(target));
  }
  throw new Deno.errors.FilesystemLoop("too many links");
}
