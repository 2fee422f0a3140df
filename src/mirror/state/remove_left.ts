import { PART_ENDINGS, statFile, unlessAbsent } from "../../files/mod.ts";
import { CLAIM_ENDING, FAILED_ENDING } from "../shards/made_once.ts";
import { STATE_FOLDER } from "../state_folder.ts";

/** Where shards write: each of these files takes a moment, or gives signs of life. */
const FOLDERS = ["journals", "listings", "shards", "activities"];
/** What is older was left by a process that was killed, in milliseconds. */
const LEFT_AFTER = 60 * 60 * 1000;

/**
 * Removes what killed shards have left in `.flatbed/`: files that were being written, and
 * claims and notes. What cannot be removed stays: it does no harm.
 *
 * @param folder The mirror's folder.
 * @param now The time by the clock of the file system.
 */
export function removeLeft(folder: string, now: Date): void {
  const left = FOLDERS.map((name) => `${folder}/${STATE_FOLDER}/${name}`);
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    try {
      for (const { name, isDirectory } of entriesOf(path)) {
        const below = `${path}/${name}`;
        if (isDirectory) left.push(below);
        else if (isPassing(name) && isOld(below, now)) Deno.removeSync(below);
      }
    } catch {
      // The next writer may be able to.
    }
  }
}

function entriesOf(path: string): Deno.DirEntry[] {
  return unlessAbsent(() => [...Deno.readDirSync(path)]) ?? [];
}

function isPassing(name: string): boolean {
  return [PART_ENDINGS.part, CLAIM_ENDING, FAILED_ENDING]
    .some((ending) => name.endsWith(ending));
}

function isOld(path: string, now: Date): boolean {
  const { mtime } = statFile(path) ?? {};
  return mtime instanceof Date &&
    now.getTime() - mtime.getTime() > LEFT_AFTER;
}
