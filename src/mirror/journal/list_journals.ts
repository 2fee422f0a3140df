import { statFile, unlessAbsent, withFileSync } from "../../files/mod.ts";
import { journalsFolder, shardOfJournal } from "./journal_name.ts";

/** A journal of a mirror in a folder. */
export interface JournalFile {
  readonly name: string;
  readonly path: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** When it was written to last, by the clock of the file system. */
  readonly mtime: Date;
}

/** The journals of the mirror in a folder, in the order of their names. */
export function listJournals(folder: string): JournalFile[] {
  const path = journalsFolder(folder);
  const entries = withFileSync(
    "read folder",
    path,
    () => unlessAbsent(() => [...Deno.readDirSync(path)]) ?? [],
  );
  return entries.filter(({ name }) => shardOfJournal(name) !== undefined)
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(({ name }) => {
      const file = statFile(`${path}/${name}`); // it may be removed meanwhile
      return file === undefined ? [] : {
        name,
        path: `${path}/${name}`,
        bytes: file.size,
        mtime: file.mtime ?? new Date(0),
      };
    });
}
