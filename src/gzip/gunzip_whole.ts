import { ByteCollector, tooLarge } from "../base/mod.ts";
import { toGzipError } from "./gzip_error.ts";
import { MemberReader } from "./member_reader.ts";

/** A member's CRC-32 and length. */
const TRAILER = 8;
/** Deflate makes no more of a byte than this many. */
const MOST_OF_A_BYTE = 1032;
/** What it makes of a market's CSV, and a little more: a buffer that grows is copied. */
const USUALLY_OF_A_BYTE = 5;

/**
 * Decompresses gzip data that is at hand as a whole, and blocks meanwhile. As strict
 * as `gunzip()`; the content goes straight to its place.
 *
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 * @throws {TooLargeError} If the content has more than `maxBytes` bytes.
 */
export function gunzipWhole(
  stored: Uint8Array,
  name: string,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  const content = new ByteCollector(name);
  content.restart(Math.min(likelyLength(stored), maxBytes));
  using reader = new MemberReader();
  try {
    reader.write(stored);
    for (let out; (out = reader.read()) !== undefined;) {
      if (reader.content > maxBytes) throw tooLarge(name, maxBytes);
      content.write(out);
    }
    reader.end();
  } catch (error) {
    throw toGzipError(error, name);
  }
  return content.take();
}

/**
 * How long the content may be. Data ends with the length of its last member's; where that
 * cannot be all, it is a guess.
 */
function likelyLength(stored: Uint8Array): number {
  if (stored.length < TRAILER) return 0;
  const { buffer, byteOffset, length } = stored;
  const said = new DataView(buffer, byteOffset + length - 4).getUint32(0, true);
  return said < length / 2
    ? length * USUALLY_OF_A_BYTE
    : Math.min(said, length * MOST_OF_A_BYTE);
}
