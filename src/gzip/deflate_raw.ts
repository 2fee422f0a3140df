import { nativeZlib } from "./native_zlib.ts";

/**
 * For a few kilobytes: a smaller state and a smaller buffer are made sooner. Level 2 takes
 * twice the time, and makes a quarter less of them.
 */
const OPTIONS = { level: 1, windowBits: 13, memLevel: 5, chunkSize: 8192 };

/** Deflates bytes, without the frame of gzip. */
export async function deflateRaw(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const packed = nativeZlib?.deflateRawSync?.(bytes, OPTIONS);
  if (packed !== undefined) return new Uint8Array(packed); // no Buffer
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
