import { crc32, inflateRawSync } from "node:zlib";
import { IntegrityError } from "../store/mod.ts";
import {
  checkTrailer,
  GzipFault,
  headerLength,
  toFault,
  TRAILER,
} from "./gzip_member.ts";
import { tooLarge } from "./too_large.ts";

/** Deflate makes no more of a byte than this many. */
const MOST_OF_A_BYTE = 1032;

/** Node gives out parts of one buffer for less than this. */
const SHARED_BELOW = 64 * 1024;

/**
 * Decompresses gzip data that is at hand as a whole, and blocks meanwhile. As strict
 * as `gunzip()`, and up to twice as fast: the content goes straight to its place.
 *
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 * @throws {TooLargeError} If the content has more than `maxBytes` bytes.
 */
export function gunzipWhole(
  stored: Uint8Array,
  name: string,
  maxBytes: number,
): Uint8Array<ArrayBuffer> {
  try {
    const members: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    for (let at = 0; at === 0 || !isPadding(stored.subarray(at));) {
      const { content, length } = inflateMember(
        stored.subarray(at),
        maxBytes - size,
      );
      members.push(content);
      size += content.length;
      at += length;
    }
    return joined(members, size);
  } catch (error) {
    if (error instanceof GzipFault) {
      throw new IntegrityError(
        `Cannot decompress '${name}': its gzip data ${error.message}`,
        { key: name, cause: error.cause },
      );
    }
    throw isTooLarge(error) ? tooLarge(name, maxBytes, error) : error;
  }
}

/** The content of the member that data begins with, and how long the member is. */
function inflateMember(
  data: Uint8Array,
  maxBytes: number,
): { content: Uint8Array<ArrayBuffer>; length: number } {
  const start = headerLength(data, crc32);
  if (start === undefined || data.length < start + TRAILER) {
    throw new GzipFault("ends early");
  }
  const { buffer, engine } = inflateRaw(data.subarray(start), maxBytes);
  const end = start + engine.bytesWritten;
  if (data.length < end + TRAILER) throw new GzipFault("ends early");
  checkTrailer(data.subarray(end, end + TRAILER), crc32(buffer), buffer.length);
  return { content: own(buffer), length: end + TRAILER };
}

/** Bytes in a buffer of exactly their size, which belongs to nobody else. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  // Small ones are a part of a buffer that Node's share.
  const isShared = length < SHARED_BELOW || byteOffset !== 0;
  if (isShared || !(buffer instanceof ArrayBuffer)) {
    return new Uint8Array(bytes);
  }
  return new Uint8Array(
    buffer.byteLength === length ? buffer : buffer.transfer(length),
  );
}

function inflateRaw(
  data: Uint8Array,
  maxBytes: number,
): { buffer: Uint8Array; engine: { bytesWritten: number } } {
  try {
    // What the data ends with is the length of the content, where it is one member.
    const said = new DataView(
      data.buffer,
      data.byteOffset + data.length - 4,
    ).getUint32(0, true);
    const result: unknown = inflateRawSync(data, {
      info: true, // tells how much of the data was the member's
      maxOutputLength: Math.max(1, maxBytes),
      // Of exactly the length, it need not be cut to size, which would be a copy.
      chunkSize: Math.max(
        64,
        Math.min(said, maxBytes, data.length * MOST_OF_A_BYTE),
      ),
    });
    return result as ReturnType<typeof inflateRaw>;
  } catch (error) {
    throw isTooLarge(error) ? error : toFault(error);
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    error.code === "ERR_BUFFER_TOO_LARGE";
}

/** Whether nothing but zeros, or nothing at all, is left. */
function isPadding(rest: Uint8Array): boolean {
  if (rest.length > 0 && rest[0] !== 0) return false;
  if (rest.some((byte) => byte !== 0)) {
    throw new GzipFault("is followed by something else");
  }
  return true;
}

function joined(
  pieces: readonly Uint8Array<ArrayBuffer>[],
  size: number,
): Uint8Array<ArrayBuffer> {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
