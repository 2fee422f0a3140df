import { dirname } from "node:path";
import { isAbsent, statFile, withFile } from "../../files/mod.ts";
import type { FileForm } from "../manifest/file_form.ts";
import { relativePathOf, STATE_FOLDER } from "../local_path.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** A version of a file that has a second name, under which it outlives being replaced. */
export interface Aside {
  /** Where it lies. */
  path: string;
  /** Takes the second name away, where it was not there before. */
  drop(): Promise<void>;
}

/**
 * Gives the version that lies in a file's place a second name in `.flatbed/replaced/`.
 *
 * @param isRequired Whether it is copied where the file system has no links.
 */
export async function setAside(
  { folder, manifest }: MirrorContext,
  key: string,
  form: FileForm,
  isRequired: boolean,
): Promise<Aside | undefined> {
  const relative = relativePathOf(key, form);
  const path = `${folder}/${relative}`;
  const file = statFile(path);
  if (file === undefined) return undefined;
  const { etag = `untracked-${file.mtime?.getTime()}` } =
    manifest.entry(key, form) ?? {};
  // An ETag is what a service made up: it must not become a path.
  const version = etag.replaceAll(/[^A-Za-z0-9-]/g, "_").slice(0, 100);
  const kept = `${folder}/${STATE_FOLDER}/replaced/${relative}.${version}`;
  return await withFile("keep", path, async () => {
    await Deno.mkdir(dirname(kept), { recursive: true });
    try {
      await Deno.link(path, kept);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) {
        // A run that was killed may have left it: then it is the very file.
        return isSameFile(file, statFile(kept))
          ? { path: kept, drop: () => remove(kept, folder) }
          : { path: kept, drop: () => Promise.resolve() };
      }
      // Not every file system has links, and a copy may need more space than there is.
      if (!isRequired) return undefined;
      await Deno.copyFile(path, kept);
    }
    return { path: kept, drop: () => remove(kept, folder) };
  });
}

function isSameFile(
  one: Deno.FileInfo,
  other: Deno.FileInfo | undefined,
): boolean {
  return one.ino !== null && one.ino === other?.ino && one.dev === other.dev;
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
