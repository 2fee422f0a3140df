import { crc32 } from "node:zlib";
import { IntegrityError } from "../store/mod.ts";
import { ByteCollector } from "./byte_collector.ts";
import {
  checkTrailer,
  GzipFault,
  headerLength,
  TRAILER,
} from "./gzip_member.ts";
import { Inflater } from "./inflater.ts";
import { tooLarge } from "./too_large.ts";

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
  content.begin(Math.min(likelyLength(stored), maxBytes));
  let size = 0;
  const add = (bytes: Uint8Array) => {
    size += bytes.length;
    if (size > maxBytes) throw tooLarge(name, maxBytes);
    content.write(bytes);
  };
  using inflater = Inflater.take();
  try {
    for (let at = 0; at === 0 || !isPadding(stored.subarray(at));) {
      at += inflateMember(stored.subarray(at), inflater, add);
    }
  } catch (error) {
    if (!(error instanceof GzipFault)) throw error;
    throw new IntegrityError(
      `Cannot decompress '${name}': its gzip data ${error.message}`,
      { key: name, cause: error.cause },
    );
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

/** Inflates the member that data begins with; returns how long it is. */
function inflateMember(
  data: Uint8Array,
  inflater: Inflater,
  add: (bytes: Uint8Array) => void,
): number {
  let at = headerLength(data, crc32);
  if (at === undefined) throw new GzipFault("ends early");
  inflater.reset();
  let [crc, size] = [0, 0];
  while (!inflater.hasEnded) {
    if (at === data.length) throw new GzipFault("ends early");
    at += inflater.write(data.subarray(at));
    for (
      let out = inflater.read();
      out.length > 0;
      out = inflater.read()
    ) {
      crc = crc32(out, crc);
      size += out.length;
      add(out);
    }
  }
  at -= inflater.unread;
  if (data.length < at + TRAILER) throw new GzipFault("ends early");
  checkTrailer(data.subarray(at, at + TRAILER), crc, size);
  return at + TRAILER;
}

/** Whether nothing but zeros, or nothing at all, is left. */
function isPadding(rest: Uint8Array): boolean {
  if (rest.length > 0 && rest[0] !== 0) return false;
  if (rest.some((byte) => byte !== 0)) {
    throw new GzipFault("is followed by something else");
  }
  return true;
}
