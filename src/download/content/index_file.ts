import { piecesOf } from "../../base/mod.ts";
import { openFileReader } from "../../files/mod.ts";
import {
  encodeRowIndex,
  type IndexedObject,
  indexRows,
  NotIndexable,
} from "../../rows/mod.ts";

/** The index of a file's rows; or why it cannot have one. */
export type IndexedContent =
  | { index: Uint8Array<ArrayBuffer>; rows: number }
  | { obstacle: string };

/**
 * Makes the index of the rows of a file.
 *
 * @param path The file's path.
 * @param object The object that it is a copy of, as it is stored.
 * @param options The signal.
 * @throws {IntegrityError} If it is damaged, or of another size.
 * @throws {LocalFileError} If it cannot be read.
 */
export async function indexFile(
  path: string,
  object: IndexedObject,
  { signal }: { signal: AbortSignal },
): Promise<IndexedContent> {
  using reader = await openFileReader(path, signal);
  try {
    const index = await indexRows(piecesOf(reader), object);
    return { index: await encodeRowIndex(index), rows: index.rows };
  } catch (error) {
    if (error instanceof NotIndexable) return { obstacle: error.message };
    throw error;
  }
}
