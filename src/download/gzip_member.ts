/** What is wrong with gzip data, as the end of a sentence that begins with it. */
export class GzipFault extends Error {}

/** A header with so many bytes is none: names and comments are short. */
const LONGEST_HEADER = 1024 * 1024;
/** The shortest header, by RFC 1952. */
const SHORTEST_HEADER = 10;
/** A checksum and a length, at the end of each member. */
export const TRAILER = 8;

const HAS_CHECKSUM = 0b00010;
const HAS_EXTRA = 0b00100;
const HAS_NAME = 0b01000;
const HAS_COMMENT = 0b10000;
const RESERVED = 0b11100000;

/** The CRC-32 of bytes, behind that of the bytes before them. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/**
 * How long the header is that bytes begin with; `undefined` where more of them are needed
 * to tell.
 *
 * @throws {GzipFault} If they are no gzip header.
 */
export function headerLength(
  bytes: Uint8Array,
  crc32: Crc32,
): number | undefined {
  const [first, second, method, flags = 0] = bytes;
  const isOther = first !== undefined && first !== 0x1f ||
    second !== undefined && second !== 0x8b;
  if (isOther) throw new GzipFault("is followed by something else");
  if (method !== undefined && method !== 8) {
    throw new GzipFault("is damaged: its method is unknown");
  }
  if (flags & RESERVED) {
    throw new GzipFault("is damaged: its header has unknown flags");
  }
  if (bytes.length < SHORTEST_HEADER) return undefined;
  let length = SHORTEST_HEADER;
  if (flags & HAS_EXTRA) {
    const [low, high] = bytes.subarray(length);
    if (low === undefined || high === undefined) return undefined;
    length += 2 + low + high * 256;
  }
  for (const flag of [HAS_NAME, HAS_COMMENT]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, length);
    if (end === -1) {
      if (bytes.length < LONGEST_HEADER) return undefined;
      throw new GzipFault("is damaged: its header does not end");
    }
    length = end + 1;
  }
  if (flags & HAS_CHECKSUM) {
    const [low, high] = bytes.subarray(length);
    if (low === undefined || high === undefined) return undefined;
    if ((crc32(bytes.subarray(0, length)) & 0xffff) !== low + high * 256) {
      throw new GzipFault("is damaged: its header's checksum is another one");
    }
    length += 2;
  }
  return length <= bytes.length ? length : undefined;
}

/**
 * Compares a member's trailer with what came out.
 *
 * @throws {GzipFault} If they do not agree.
 */
export function checkTrailer(
  trailer: Uint8Array,
  crc: number,
  size: number,
): void {
  const view = new DataView(trailer.buffer, trailer.byteOffset, TRAILER);
  if (view.getUint32(0, true) !== crc) {
    throw new GzipFault("is damaged: its checksum is another one");
  }
  if (view.getUint32(4, true) !== size % 2 ** 32) {
    throw new GzipFault("is damaged: its length is another one");
  }
}
