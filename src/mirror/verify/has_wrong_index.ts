import {
  decodeRowIndex,
  encodeRowIndex,
  IndexError,
  isIndexOfOtherFormat,
  isSameIndex,
  type RowIndex,
} from "../../rows/mod.ts";
import { canInflate, GzipFault } from "../../gzip/mod.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";

/** Whether there is an index of a file that is not the one that was just made of it. */
export async function hasWrongIndex(
  { indexes }: Pick<MirrorContext, "indexes">,
  { key, etag, size, encoding }: ManifestEntry,
  made: RowIndex | undefined,
): Promise<boolean> {
  if (encoding !== "stored" || !canInflate) return false;
  const there = await indexes.readBytes(key);
  if (there === undefined || isIndexOfOtherFormat(there)) return false;
  if (made === undefined) return true;
  const bytes = await encodeRowIndex(made);
  if (isSame(bytes, there)) return false;
  try {
    return !isSameIndex(made, decodeRowIndex(there, { key, etag, size }));
  } catch (error) {
    const isDamaged = error instanceof IndexError || error instanceof GzipFault;
    if (isDamaged) return true;
    throw error;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
