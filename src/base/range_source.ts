/** What is read a {@linkcode RangeSource} with. */
export interface SliceOptions {
  /** Ends the read; its reason is thrown. */
  signal?: AbortSignal | undefined;
  /** Memory that may be used for what is read, where there is room enough in it. */
  into?: Uint8Array<ArrayBuffer> | undefined;
}

/**
 * Bytes that can be read from anywhere: a buffer, a file, an object in a bucket. It may
 * be asked for several ranges at the same time.
 *
 * @example
 * ```ts
 * import { bytesSource } from "@flatbed/flatbed/gzip";
 * import { assertEquals } from "@std/assert";
 *
 * const source = bytesSource(new TextEncoder().encode("ticker,close"));
 * assertEquals(source.size, 12);
 * assertEquals(new TextDecoder().decode(await source.slice(7, 12)), "close");
 * ```
 */
export interface RangeSource {
  /** How many bytes there are. */
  readonly size: number;
  /**
   * Reads a range.
   *
   * @param start The first byte, from 0 on.
   * @param end Behind the last byte, at most `size`.
   * @param options The signal.
   * @returns Exactly `end - start` bytes, which stay as they are as long as `into` does.
   */
  slice(
    start: number,
    end: number,
    options?: SliceOptions,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * A buffer as a {@linkcode RangeSource}. The slices are views of it.
 *
 * @param bytes The buffer, which must stay as it is.
 */
export function bytesSource(bytes: Uint8Array<ArrayBuffer>): RangeSource {
  return {
    size: bytes.length,
    // deno-lint-ignore require-await -- what it throws rejects
    slice: async (start, end, { signal } = {}) => {
      signal?.throwIfAborted();
      if (start < 0 || end < start || end > bytes.length) {
        throw new RangeError(
          `Cannot read bytes ${start} to ${end}: there are ${bytes.length}`,
        );
      }
      return bytes.subarray(start, end);
    },
  };
}

/**
 * The same source, and how many bytes of it were read so far.
 *
 * @param source The source.
 * @param onRead Called with that number whenever a slice was read.
 */
export function countSlices(
  source: RangeSource,
  onRead: (count: number) => void = () => {},
): { counted: RangeSource; bytesRead: () => number } {
  let count = 0;
  return {
    counted: {
      size: source.size,
      slice: async (start, end, options) => {
        const bytes = await source.slice(start, end, options);
        count += bytes.length;
        onRead(count);
        return bytes;
      },
    },
    bytesRead: () => count,
  };
}
