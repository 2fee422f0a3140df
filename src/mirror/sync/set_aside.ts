import { dirname } from "node:path";
import { isAbsent, statFile, withFile } from "../../files/mod.ts";
import { relativePathOf, STATE_FOLDER } from "../local_path.ts";
import type { FileEncoding } from "../mirror_file.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { examineFile } from "../verify/examine_file.ts";
import { isSameTime } from "../verify/is_same_time.ts";

/** A version of a file that has a second name, under which it outlives being replaced. */
export interface Aside {
  /** Where it lies. */
  path: string;
  /** Takes the second name away, where it was not there before. */
  drop(): Promise<void>;
}

/**
 * Gives the version that lies in a file's place a second name in `.flatbed/replaced/`:
 * its SHA-256, since versions may have no ETag, or the same one.
 *
 * @param isRequired Whether it is copied where the file system has no links.
 */
export async function setAside(
  { folder, manifest }: MirrorContext,
  key: string,
  encoding: FileEncoding,
  isRequired: boolean,
): Promise<Aside | undefined> {
  const relative = relativePathOf(key, encoding);
  const path = `${folder}/${relative}`;
  const file = statFile(path);
  if (file === undefined) return undefined;
  const entry = manifest.entry(key, encoding);
  const isAsFetched = entry !== undefined && !entry.isDamaged &&
    entry.bytes === file.size && isSameTime(file.mtime, entry.mtime);
  const sha256 = isAsFetched ? entry.sha256 : await sha256Of(path);
  const name = `${folder}/${STATE_FOLDER}/replaced/${relative}.${sha256}`;
  return await withFile("keep", path, async () => {
    await Deno.mkdir(dirname(name), { recursive: true });
    for (let number = 1;; number++) {
      const kept = number === 1 ? name : `${name}-${number}`;
      try {
        await Deno.link(path, kept);
        return { path: kept, drop: () => remove(kept, folder) };
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) {
          // Not every file system has links, and a copy may need more space than there is.
          if (!isRequired) return undefined;
          if (statFile(kept) === undefined) {
            await Deno.copyFile(path, kept);
            return { path: kept, drop: () => remove(kept, folder) };
          }
        }
        const other = statFile(kept);
        if (other === undefined) continue; // not a regular file
        // A run that was killed may have left it: then it is the very file.
        if (isSameFile(file, other)) {
          return { path: kept, drop: () => remove(kept, folder) };
        }
        if (await sha256Of(kept) === await sha256Of(path)) {
          return { path: kept, drop: () => Promise.resolve() };
        }
        // One of the two was changed since it got its name: both are kept.
      }
    }
  });
}

async function sha256Of(path: string): Promise<string> {
  return (await examineFile(path)).sha256;
}

function isSameFile(
  one: Deno.FileInfo,
  other: Deno.FileInfo,
): boolean {
  return one.ino !== null && one.ino === other.ino && one.dev === other.dev;
}

/** Removes a file, and the folders that are empty without it. */
async function remove(path: string, folder: string): Promise<void> {
  await withFile("remove", path, async () => {
    await Deno.remove(path).catch((error) => {
      if (!isAbsent(error)) throw error;
    });
  });
  const top = `${folder}/${STATE_FOLDER}`;
  for (let above = dirname(path); above !== top; above = dirname(above)) {
    try {
      await Deno.remove(above);
    } catch {
      return; // others are in it
    }
  }
}
