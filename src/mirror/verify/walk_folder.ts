import { fileError, isAbsent } from "../../files/mod.ts";
import { STATE_FOLDER } from "../local_path.ts";

/** Something in a mirror's folder that is not a folder. */
export interface WalkedFile {
  /** Its path, from the mirror's folder on. */
  path: string;
  /** Whether it is a file, and not a link or something else. */
  isFile: boolean;
}

/**
 * Everything in a mirror's folder, or in one below it, in order, but for what the
 * mirror itself keeps there. Links are named, and not followed.
 */
export async function* walkFolder(
  folder: string,
  below = "",
): AsyncGenerator<WalkedFile> {
  const entries: Deno.DirEntry[] = [];
  try {
    for await (const entry of Deno.readDir(`${folder}/${below}`)) {
      entries.push(entry);
    }
  } catch (error) {
    if (isAbsent(error)) return;
    throw fileError("read", `${folder}/${below}`, error);
  }
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  for (const { name, isDirectory, isFile } of entries) {
    const path = below === "" ? name : `${below}/${name}`;
    if (path === STATE_FOLDER) continue;
    if (isDirectory) yield* walkFolder(folder, path);
    else yield { path, isFile };
  }
}
