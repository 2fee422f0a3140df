import { IntegrityError } from "../base/mod.ts";
import type { IndexedObject, RowIndex } from "./row_index.ts";
import { RowIndexer } from "./row_indexer.ts";

/** An object cannot have an index. */
export class NotIndexable extends Error {}

/**
 * Makes the index of an object's rows; its size is compared, where it is given.
 *
 * @param stored The object as it is stored, in pieces.
 * @param object Which object it is.
 * @returns The index.
 * @throws {NotIndexable} If it cannot have one.
 * @throws {IntegrityError} If it is damaged, or of another size.
 */
export async function indexRows(
  stored: AsyncIterable<Uint8Array>,
  object: Omit<IndexedObject, "size"> & { size?: number },
): Promise<RowIndex> {
  using indexer = new RowIndexer(object);
  for await (const bytes of stored) {
    await indexer.write(bytes);
    if (indexer.damage !== undefined) break;
  }
  await indexer.end();
  const { damage, index, obstacle } = indexer;
  const { key, size = index?.object.size } = object;
  if (damage !== undefined) throw damage;
  if (index === undefined) {
    throw new NotIndexable(`Cannot index '${key}': it ${obstacle}`);
  }
  if (index.object.size === size) return index;
  throw new IntegrityError(
    `Cannot index '${key}': expected ${size} bytes, got ${index.object.size}`,
    { key },
  );
}
