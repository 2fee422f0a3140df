import { crc32 } from "./crc32.ts";

/** The header of a member without a name: deflate, no flags, no time, an unknown system. */
const HEADER = Uint8Array.of(31, 139, 8, 0, 0, 0, 0, 0, 0, 255);
/** What a stored block holds at most. */
const MOST_STORED = 0xffff;

/**
 * Content as gzip data that is not compressed: stored blocks in one member. What reads gzip
 * data can read any content by it.
 *
 * @param content The content, in pieces that are good until the next one is asked for.
 * @returns The gzip data in pieces, each of which is good until the next one is asked for.
 */
export async function* storeGzip(
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield HEADER;
  let crc = 0;
  let size = 0;
  for await (const piece of content) {
    crc = crc32(piece, crc);
    size += piece.length;
    for (let at = 0; at < piece.length; at += MOST_STORED) {
      const part = piece.subarray(at, at + MOST_STORED);
      yield storedHead(part.length, false);
      yield part;
    }
  }
  yield storedHead(0, true);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc, true);
  trailer.setUint32(4, size % 2 ** 32, true);
  yield new Uint8Array(trailer.buffer);
}

/** The head of a stored block: its kind, its length and the complement of that. */
function storedHead(length: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  const head = new DataView(new ArrayBuffer(5));
  head.setUint8(0, Number(isLast));
  head.setUint16(1, length, true);
  head.setUint16(3, length ^ MOST_STORED, true);
  return new Uint8Array(head.buffer);
}
