import { gunzipPieces } from "./gunzip.ts";
import { GzipError } from "./gzip_error.ts";

/** An object's content, and whether it was gzip. */
export interface Content {
  /** Whether the object is gzip data, which `bytes` is decompressed from. */
  isGzip: boolean;
  /** The content; each piece is good until the next one is asked for. */
  bytes: AsyncIterable<Uint8Array>;
}

/**
 * Looks at an object's first bytes: its content is decompressed where it is gzip,
 * and left as it is where neither they nor the key say so.
 *
 * @throws {IntegrityError} If the key ends with `.gz` and the object is not gzip; and
 * later, from `bytes`, if its gzip data is damaged.
 */
export async function openContent(
  source: AsyncIterableIterator<Uint8Array>,
  key: string,
): Promise<Content> {
  const first = await readAtLeast(source, 2);
  const bytes = prepend(first, source);
  return isGzip(first, key)
    ? { isGzip: true, bytes: gunzipPieces(bytes, key) }
    : { isGzip: false, bytes };
}

/** The same bytes, of a source that stays open when whoever reads them gives up. */
export function keepOpen(
  source: AsyncIterator<Uint8Array>,
): AsyncIterableIterator<Uint8Array> {
  return {
    next: () => source.next(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/**
 * Whether an object that begins so is gzip data.
 *
 * @throws {IntegrityError} If its key says so, and it is none.
 */
export function isGzip(first: Uint8Array, key: string): boolean {
  if (first[0] === 0x1f && first[1] === 0x8b) return true;
  if (key.endsWith(".gz")) {
    throw first.length === 0
      ? new GzipError(key, "is empty", {
        message: "the object is empty, which is not gzip",
      })
      : new GzipError(key, "does not begin as gzip does", {
        message: "the object is not gzip",
      });
  }
  return false;
}

async function readAtLeast(
  iterator: AsyncIterator<Uint8Array>,
  count: number,
): Promise<Uint8Array> {
  let read: Uint8Array = new Uint8Array();
  while (read.length < count) {
    const { value, done } = await iterator.next();
    if (done) break;
    if (read.length === 0) {
      // The source may use its memory again.
      read = value.length < count ? value.slice() : value;
    } else {
      const joined = new Uint8Array(read.length + value.length);
      joined.set(read);
      joined.set(value, read.length);
      read = joined;
    }
  }
  return read;
}

async function* prepend(
  first: Uint8Array,
  rest: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  yield* rest;
}
