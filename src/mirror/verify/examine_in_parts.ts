import { forEach, linkSignals } from "../../base/mod.ts";
import { GzipFault } from "../../gzip/mod.ts";
import {
  decodeRowIndex,
  type IndexedPart,
  IndexError,
  joinParts,
  partsOfIndex,
  type RowIndex,
} from "../../rows/mod.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { type Examination, examineFile } from "./examine_file.ts";

/** A part has so much content at least: starting with one costs the time of 0.2 MB. */
const MIN_PART = 32 * 1024 * 1024;
/** So many parts a thread, so that all end at about the same time. */
const PARTS_PER_THREAD = 3;

/**
 * Reads a file that has an index as {@linkcode examineFile} does, in parts that other
 * threads inflate. The index is made again of what they find, and compared by nobody yet.
 *
 * @returns The same as reading it through gives; `undefined` where that has to be done: there are no threads, it is too small, or something is wrong.
 */
export async function examineInParts(
  { destination, files, indexes }: MirrorContext,
  { key, etag, size, path }: ManifestEntry,
  signal: AbortSignal | undefined,
): Promise<Examination | undefined> {
  const { folder } = destination;
  // A thread reads a file by its path; one that is elsewhere would be fetched twice.
  if (files.count === 0 || folder === undefined) return undefined;
  const object = { key, etag, size };
  const encoded = await indexes.readBytes(key);
  const there = encoded && tryDecode(encoded, object);
  if (there === undefined) return undefined;
  const count = Math.floor(
    Math.min(there.contentSize / MIN_PART, PARTS_PER_THREAD * files.count),
  );
  const parts = partsOfIndex(there, count);
  if (parts.length < 2) return undefined;
  using stop = linkSignals(signal);
  const found: (IndexedPart | undefined)[] = [];
  const { signal: stopped } = stop;
  const indexing = forEach(parts.entries(), files.count, async ([at, part]) => {
    found[at] = await files.run(
      "indexPart",
      [`${folder}/${path}`, object, part],
      { signal: stopped, isThreaded: true },
    );
  }, stopped);
  indexing.catch(() => {}); // reading it through finds out
  try {
    const examined = await examineFile(destination, path, { signal });
    await indexing.catch(() => {});
    const whole = found.filter((part) => part !== undefined);
    const index = whole.length === parts.length
      ? joinParts(object, parts, whole)
      : undefined;
    return index && { ...examined, index };
  } finally {
    stop.abort();
  }
}

function tryDecode(
  encoded: Uint8Array<ArrayBuffer>,
  object: RowIndex["object"],
): RowIndex | undefined {
  try {
    return decodeRowIndex(encoded, object);
  } catch (error) {
    const isDamaged = error instanceof IndexError || error instanceof GzipFault;
    if (isDamaged) return undefined;
    throw error;
  }
}
