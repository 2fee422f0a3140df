import { dirname } from "node:path";
import { withFile, writeAll } from "../../files/mod.ts";
import type { Destination } from "../destination/destination.ts";
import { FolderDestination } from "../destination/folder_destination.ts";
import { makeTemporaryFolder } from "./temporary_folder.ts";

/**
 * Where copies are read and files are written by programs that know files only, such as
 * DuckDB: in the mirror's own folder, or for one that is elsewhere in a temporary folder.
 */
export interface Workplace extends AsyncDisposable {
  /** What is on this machine. */
  readonly near: FolderDestination;
  /**
   * Brings a copy onto this machine, until it is disposed of.
   *
   * @param path The copy's path; in {@linkcode Workplace.near} it is the same.
   * @param signal Ends it.
   */
  bring(path: string, signal?: AbortSignal): Promise<AsyncDisposable>;
}

/** What is there already. */
const NOTHING: AsyncDisposable = {
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/**
 * Opens a workplace for a destination. What it has made is removed with it.
 *
 * @throws {LocalFileError} If no temporary folder can be made.
 */
export async function openWorkplace(
  destination: Destination,
): Promise<Workplace> {
  const { folder } = destination;
  if (folder !== undefined) {
    return {
      near: new FolderDestination(folder),
      bring: () => Promise.resolve(NOTHING),
      ...NOTHING,
    };
  }
  const temporary = await makeTemporaryFolder("flatbed-parquet-");
  const near = new FolderDestination(temporary.path);
  return {
    near,
    async bring(path, signal) {
      await bringCopy(destination, path, `${temporary.path}/${path}`, signal);
      return { [Symbol.asyncDispose]: () => near.remove(path) };
    },
    [Symbol.asyncDispose]: () => temporary.remove(),
  };
}

/**
 * Reads a copy into a file of this machine.
 *
 * @param file The file's path.
 * @param signal Ends it.
 * @throws {FlatbedError} If it cannot be read or written.
 */
export async function bringCopy(
  destination: Destination,
  path: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  using copy = await destination.open(path, signal);
  await withFile("write", file, async () => {
    await Deno.mkdir(dirname(file), { recursive: true });
    using target = await Deno.open(file, {
      write: true,
      create: true,
      truncate: true,
    });
    for (let bytes; (bytes = await copy.read()) !== null;) {
      await writeAll(target, bytes);
    }
  });
}
