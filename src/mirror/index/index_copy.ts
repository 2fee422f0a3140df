import { piecesOf } from "../../base/mod.ts";
import { storeGzip } from "../../gzip/mod.ts";
import { indexRows, type RowIndex } from "../../rows/mod.ts";
import type { Destination } from "../destination/destination.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";

/**
 * Makes the index of the rows of a copy. That of one that is decompressed says what is in
 * it, and nothing can be read by it.
 *
 * @throws {NotIndexable} If it cannot have one.
 * @throws {IntegrityError} If it is damaged, or of another size.
 */
export async function indexCopy(
  destination: Destination,
  { key, etag, size, path, encoding }: ManifestEntry,
  signal: AbortSignal | undefined,
): Promise<RowIndex> {
  using copy = await destination.open(path, signal);
  const pieces = piecesOf(copy);
  return encoding === "stored"
    ? await indexRows(pieces, { key, etag, size })
    : await indexRows(storeGzip(pieces), { key, etag });
}
