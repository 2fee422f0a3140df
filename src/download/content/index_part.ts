import { piecesOf } from "../../base/mod.ts";
import { openFileReader } from "../../files/mod.ts";
import {
  type IndexedObject,
  type IndexedPart,
  type IndexPart,
  RowIndexer,
} from "../../rows/mod.ts";

/**
 * Indexes a part of a file.
 *
 * @param path The file's path.
 * @param object The object that it is a copy of, as it is stored.
 * @param part The part.
 * @param options The signal.
 * @returns What was found; `undefined` where the part is damaged, or the file has another size.
 * @throws {LocalFileError} If it cannot be read.
 */
export async function indexPart(
  path: string,
  object: IndexedObject,
  part: IndexPart,
  { signal }: { signal: AbortSignal },
): Promise<IndexedPart | undefined> {
  const start = Math.floor((part.from?.checkpoint.bit ?? 0) / 8);
  using reader = await openFileReader(path, signal, false, start);
  using indexer = new RowIndexer(object, { part });
  for await (const bytes of piecesOf(reader)) {
    await indexer.write(bytes);
    const hasEnded = indexer.isDone || indexer.damage !== undefined ||
      indexer.obstacle !== undefined;
    if (hasEnded) break;
  }
  if (part.until === undefined && reader.position !== object.size) {
    return undefined;
  }
  return await indexer.endPart();
}
