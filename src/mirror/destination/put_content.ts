import { createHash } from "node:crypto";
import {
  DamagedAtSourceError,
  ObjectChangedError,
  pull,
} from "../../base/mod.ts";
import { Decompressor } from "../../gzip/mod.ts";
import { proofOf, provingMd5 } from "../../store/mod.ts";
import { copyMetadata } from "./copy_metadata.ts";
import { conditionOf } from "./put_condition.ts";
import type { CopyOptions, SourceObject } from "./put_copy.ts";
import type { PutContext, PutObject } from "./put_stored.ts";

/** How many parts are sent at once, each of which is held in memory. */
export const PARTS_AT_ONCE = 2;

/**
 * Puts an object into a bucket as one stream, decompressed if that is wanted: its size is
 * not known beforehand, so that it begins anew when it was interrupted.
 */
export async function putContent(
  context: PutContext,
  object: SourceObject,
  path: string,
  options: CopyOptions,
): Promise<PutObject> {
  const { memory, partSize } = context;
  const giveBack = await memory.reserve(
    // One more is being filled.
    (PARTS_AT_ONCE + 1) * partSize,
    options.signal,
  );
  try {
    try {
      return await putOnce(context, object, path, options);
    } catch (error) {
      if (!(error instanceof ObjectChangedError)) throw error;
      return await putOnce(context, object, path, options);
    }
  } finally {
    giveBack();
  }
}

async function putOnce(
  context: PutContext,
  { downloader, bucket: from, key }: SourceObject,
  path: string,
  options: CopyOptions,
): Promise<PutObject> {
  const { decompress = true, signal, onProgress } = options;
  const condition = await conditionOf(context, path, options);
  const { bucket, partSize } = context;
  using body = await downloader.openStored(from, key, { signal });
  const { info } = body;
  const sha256 = createHash("sha256");
  let size = 0;
  let bytes = 0;
  let take: (bytes: Uint8Array) => Promise<void> = () => Promise.resolve();
  const store = (piece: Uint8Array) => {
    sha256.update(piece);
    bytes += piece.length;
    return take(piece);
  };
  using content = new Decompressor(key, decompress ? store : undefined);
  const pieces = pull<Uint8Array>(async (give) => {
    take = give;
    for (let piece; (piece = await body.read()) !== null;) {
      size += piece.length;
      onProgress?.({ key, bytes: size, size: info.size });
      await content.write(piece);
      if (!decompress) await store(piece);
    }
    await content.end();
    const { damage } = content;
    if (damage === undefined) return;
    // What was stored like that, and what arrived like that, cannot be told apart here.
    if (provingMd5(info) === undefined) throw damage;
    if (decompress) {
      throw new DamagedAtSourceError(
        `Cannot decompress '${key}': it is damaged at source: its gzip data ${damage.fault}, and these are the service's bytes; downloading it again cannot help until upstream replaces them`,
        { key, fault: damage.fault, size, etag: info.etag },
      );
    }
  });
  await bucket.store.put(bucket.name, bucket.key(path), pieces, {
    ...condition,
    partSize,
    concurrency: PARTS_AT_ONCE,
    metadata: copyMetadata(
      decompress ? { etag: info.etag, isEncrypted: true } : info,
    ),
    signal,
  });
  const { isGzip, damage } = content;
  const gzip = damage !== undefined
    ? "damaged"
    : isGzip
    ? "whole"
    : "unchecked";
  return {
    ...{ bytes, size },
    etag: info.etag,
    lastModified: info.lastModified,
    resumedFrom: 0,
    sha256: sha256.digest("hex"),
    proof: proofOf(info, gzip),
    gzip,
    ...(damage && { gzipFault: damage.fault }),
  };
}
