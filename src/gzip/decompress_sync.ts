import { ByteCollector, tooLarge } from "../base/mod.ts";
import { toGzipError } from "./gzip_error.ts";
import { isGzip } from "./is_gzip.ts";
import { MemberReader } from "./member_reader.ts";

/** A member's CRC-32 and ISIZE, in bytes. */
const TRAILER_BYTES = 8;
/** Deflate's maximum compression ratio. */
const MAX_RATIO = 1032;
/** The usual ratio of market data in CSV, and a little more: a buffer that grows is copied. */
const USUAL_RATIO = 5;

/**
 * Decompresses gzip data in one synchronous call. As strict as {@linkcode gunzip}. Data
 * that is not gzip is returned unchanged, unless its name ends with `.gz`. Requires
 * WebAssembly: see {@linkcode canInflate}.
 *
 * @param stored The data.
 * @param name What errors call the data: a key or a path.
 * @param maxBytes The maximum size of the content in bytes.
 * @returns The content.
 * @throws {GzipError} If the data is damaged, truncated, or followed by something else.
 * @throws {TooLargeError} If the content has more than `maxBytes` bytes.
 *
 * @example
 * ```ts
 * import { decompressSync } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * const stored = await new Response(
 *   new Blob(["ticker,volume\nAAPL,100\n"]).stream()
 *     .pipeThrough(new CompressionStream("gzip")),
 * ).bytes();
 * const content = decompressSync(stored, "day.csv.gz", 1024);
 * assertEquals(new TextDecoder().decode(content), "ticker,volume\nAAPL,100\n");
 * ```
 */
export function decompressSync(
  stored: Uint8Array<ArrayBuffer>,
  name: string,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  try {
    if (isGzip(stored, name)) return gunzipSync(stored, name, maxBytes);
  } catch (error) {
    throw toGzipError(error, name);
  }
  if (stored.length > maxBytes) throw tooLarge(name, maxBytes);
  return stored;
}

function gunzipSync(
  stored: Uint8Array,
  name: string,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const content = new ByteCollector(name);
  content.restart(Math.min(likelySize(stored), maxBytes));
  using reader = new MemberReader();
  reader.write(stored);
  for (let out; (out = reader.read()) !== undefined;) {
    if (reader.content > maxBytes) throw tooLarge(name, maxBytes);
    content.write(out);
  }
  reader.end();
  return content.take();
}

/** A guess at the content's size: the last member's ISIZE, if that can be all. */
function likelySize(stored: Uint8Array): number {
  if (stored.length < TRAILER_BYTES) return 0;
  const { buffer, byteOffset, length } = stored;
  const isize = new DataView(buffer, byteOffset + length - 4).getUint32(
    0,
    true,
  );
  return isize < length / 2
    ? length * USUAL_RATIO
    : Math.min(isize, length * MAX_RATIO);
}
