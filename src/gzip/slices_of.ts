import type { RangeSource } from "../base/mod.ts";
import { GzipFault } from "./gzip_fault.ts";

/**
 * Reads a part of a source from its beginning to its end, slice by slice; the next slice is
 * asked for while one is worked on.
 *
 * @param source The source.
 * @param from The first byte.
 * @param to Behind the last byte.
 * @param size How many bytes a slice has.
 * @param signal Ends the read.
 * @returns The slices, each of which is good until the next one is asked for.
 * @throws {GzipFault} If a slice has fewer bytes.
 */
export async function* slicesOf(
  source: RangeSource,
  from: number,
  to: number,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // One is filled while the other one is worked on.
  const buffers: Uint8Array<ArrayBuffer>[] = [];
  const ask = (start: number) => {
    const length = Math.min(size, to - start);
    if (length <= 0) return undefined;
    const into = buffers.length < 2 ? new Uint8Array(length) : buffers.shift();
    if (into !== undefined) buffers.push(into);
    const slice = source.slice(start, start + length, { signal, into })
      .then((bytes) => {
        if (bytes.length === length) return bytes;
        throw new GzipFault(
          `ends early: expected ${length} bytes at ${start}, got ${bytes.length}`,
        );
      });
    slice.catch(() => {}); // whoever waits for it is told
    return slice;
  };
  let next = ask(from);
  for (let at = from; next !== undefined;) {
    signal?.throwIfAborted();
    const bytes: Uint8Array = await next;
    at += bytes.length;
    next = ask(at);
    yield bytes;
  }
}
