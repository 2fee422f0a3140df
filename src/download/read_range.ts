import { TransferError } from "../base/mod.ts";
import type { ObjectSource } from "./object_source.ts";

/** Which bytes of which version of an object. */
export interface ObjectRange {
  /** The offset of the first byte. */
  start: number;
  /** The offset after the last byte. */
  end: number;
  /** The ETag of the version; another version is an error. */
  etag: string;
}

/**
 * Downloads a range of an object into memory.
 *
 * @throws {ObjectChangedError} If the object is of another version.
 * @throws {FlatbedError} If it cannot be downloaded.
 */
export async function readRange(
  source: ObjectSource,
  { start, end, etag }: ObjectRange,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(end - start);
  if (bytes.length === 0) return bytes;
  const body = await source.open({ start, end, etag });
  try {
    let at = 0;
    for (let chunk; (chunk = await body.read()) !== null;) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    if (at === bytes.length) return bytes;
    throw new TransferError(
      `Cannot download bytes ${start} to ${end} of '${source.key}': got ${at} of ${bytes.length} bytes`,
      { key: source.key },
    );
  } finally {
    body.cancel();
  }
}
