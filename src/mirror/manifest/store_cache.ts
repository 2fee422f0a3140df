import { readFile, statFile, writeWhole } from "../../files/mod.ts";

/** After so long a copy is of no use. */
const MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Reads the copy of a manifest on this machine. A copy that cannot be read is as good as
 * none.
 *
 * @param folder The folder for what may be forgotten, if there is one.
 * @param id The manifest's name.
 */
export async function readCache(
  folder: string | undefined,
  id: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (folder === undefined || id === "") return undefined;
  try {
    const mtime = statFile(pathOf(folder, id))?.mtime?.getTime() ?? 0;
    // What was removed meanwhile is said for some months only.
    if (Date.now() - mtime > MAX_AGE_MS) return undefined;
    return await readFile(pathOf(folder, id));
  } catch {
    return undefined;
  }
}

/** Writes the copy of a manifest, whole; where it cannot be written, there is none. */
export async function writeCache(
  folder: string | undefined,
  id: string,
  content: () => Uint8Array,
): Promise<void> {
  if (folder === undefined || id === "") return;
  try {
    await Deno.mkdir(folder, { recursive: true });
    await writeWhole(pathOf(folder, id), content());
  } catch {
    // All that it saves is time.
  }
}

/** Removes the copies of manifests that were in the same place before. */
export async function removeCaches(
  folder: string | undefined,
  id: string,
): Promise<void> {
  if (folder === undefined) return;
  try {
    for await (const { name } of Deno.readDir(folder)) {
      const isOther = /^manifest-.*\.sqlite$/.test(name) &&
        `${folder}/${name}` !== pathOf(folder, id);
      if (isOther) await Deno.remove(`${folder}/${name}`);
    }
  } catch {
    // They are in nobody's way.
  }
}

function pathOf(folder: string, id: string): string {
  return `${folder}/manifest-${id}.sqlite`;
}
