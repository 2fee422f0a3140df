import type { RangeSource } from "../base/mod.ts";
import { toGzipError } from "./gzip_error.ts";
import { GzipFault } from "./gzip_fault.ts";
import { checkpointBefore, type GzipIndex } from "./gzip_index.ts";
import { MemberReader } from "./member_reader.ts";
import { slicesOf } from "./slices_of.ts";
import { unpackWindow } from "./window.ts";

/** How many stored bytes are asked for at once. */
const SLICE_SIZE = 1024 * 1024;

/** Options of {@linkcode readIndexed}. */
export interface ReadIndexedOptions {
  /** What the data is called in errors: a key or a path. */
  name: string;
  /** How many stored bytes are asked for at once; the next ones meanwhile. @default {1048576} */
  sliceSize?: number;
  /** Ends the read. */
  signal?: AbortSignal | undefined;
}

/**
 * Reads a part of the content of gzip data: inflating begins at the last checkpoint in
 * front of it, and only the stored bytes from there on are asked for. What stands in the
 * middle of a member is not checked against its CRC-32, which is that of the whole.
 *
 * @param source The data.
 * @param index Its index.
 * @param start The first byte of the content.
 * @param end Behind the last byte.
 * @param options The name, and the signal.
 * @returns The part in pieces, each of which is good until the next one is asked for.
 * @throws {IntegrityError} If the data is damaged, or the index is not of it.
 */
export async function* readIndexed(
  source: RangeSource,
  index: GzipIndex,
  start: number,
  end: number,
  { name, sliceSize = SLICE_SIZE, signal }: ReadIndexedOptions,
): AsyncGenerator<Uint8Array> {
  if (!(start >= 0 && start <= end && end <= index.contentSize)) {
    throw new RangeError(
      `Cannot read content ${start} to ${end} of '${name}': it has ${index.contentSize} bytes`,
    );
  }
  if (source.size !== index.size) {
    throw toGzipError(
      new GzipFault(
        `is not what its index is of: expected ${index.size} bytes, got ${source.size}`,
      ),
      name,
    );
  }
  if (start === end) return;
  const number = checkpointBefore(index, start);
  const behind = index.checkpoints.slice(number)
    .find(({ content }) => content >= end);
  const stop = behind === undefined ? index.size : Math.ceil(behind.bit / 8);
  const packed = index.checkpoints[number];
  if (packed === undefined) return;
  try {
    using reader = new MemberReader({
      checkpoint: { ...packed, window: unpackWindow(packed.window) },
    });
    const slices = slicesOf(
      source,
      Math.floor(packed.bit / 8),
      stop,
      sliceSize,
      signal,
    );
    for await (const data of slices) {
      reader.write(data);
      for (let out; (out = reader.read()) !== undefined;) {
        const at = reader.content - out.length;
        if (reader.content > start && out.length > 0) {
          yield out.subarray(Math.max(0, start - at), end - at);
        }
        if (reader.content >= end) return;
      }
    }
    throw new GzipFault("ends early");
  } catch (error) {
    throw toGzipError(error, name);
  }
}
