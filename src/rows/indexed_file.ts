import { IndexError, IntegrityError, type RangeSource } from "../base/mod.ts";
import { crc32, readIndexed } from "../gzip/mod.ts";
import type { RowIndex, RowSpan } from "./row_index.ts";
import { spansOf } from "./spans_of.ts";

/** Memory that is used again, and replaced where more is needed. */
export interface SpanMemory {
  /** The memory. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode IndexedFile.read}. */
export interface ReadSpansOptions {
  /** How many stored bytes are asked for at once. @default {1048576} */
  sliceSize?: number | undefined;
  /** Where the content is put, for one read at a time. By default, in memory of its own. */
  memory?: SpanMemory | undefined;
  /** Ends the read. */
  signal?: AbortSignal | undefined;
}

/** A file whose rows are read span by span. */
export class IndexedFile {
  /** Its index. */
  readonly index: RowIndex;
  readonly #source: RangeSource;

  /** See {@linkcode openIndexed}. */
  constructor(source: RangeSource, index: RowIndex) {
    const { key, size } = index.object;
    if (source.size !== size) {
      throw new IndexError(
        `Cannot use the index of '${key}': it is of another version: expected ${size} bytes, got ${source.size}`,
        { key },
      );
    }
    this.#source = source;
    this.index = index;
  }

  /**
   * The spans that may have rows of a ticker, in the file's order; others have none.
   *
   * @param ticker The ticker, as the file writes it.
   */
  spansOf(ticker: string): RowSpan[] {
    return spansOf(this.index, [{ prefix: ticker, isExact: true }]);
  }

  /**
   * Reads spans, in the order in which they are given: whole rows, without the header row.
   * Those that follow each other are read in one go. What is returned has the checksums of
   * the index.
   *
   * @param spans Spans of this index.
   * @param options The signal.
   * @returns The content of one span after the other, each of which is good until the next one is asked for.
   * @throws {IntegrityError} If the file is damaged, or not what the index is of.
   */
  async *read(
    spans: readonly RowSpan[],
    options: ReadSpansOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    for (let from = 0, to; from < spans.length; from = to) {
      to = from + 1;
      while (spans[to]?.start === spans[to - 1]?.end && to < spans.length) to++;
      yield* this.#readAdjacent(spans.slice(from, to), options);
    }
  }

  async *#readAdjacent(
    spans: readonly RowSpan[],
    { sliceSize, memory, signal }: ReadSpansOptions,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const [first, last] = [spans[0], spans.at(-1)];
    if (first === undefined || last === undefined) return;
    const { object: { key }, gzip } = this.index;
    const pieces = readIndexed(
      this.#source,
      gzip,
      first.start + first.head.length,
      last.end,
      { name: key, signal, ...(sliceSize !== undefined && { sliceSize }) },
    );
    try {
      let piece: Uint8Array = first.head;
      const size = spans.reduce(
        (most, { start, end }) => Math.max(most, end - start),
        memory?.bytes.length ?? 0,
      );
      const buffer = memory?.bytes.length === size
        ? memory.bytes
        : new Uint8Array(size);
      if (memory !== undefined) memory.bytes = buffer;
      for (const span of spans) {
        const content = buffer.subarray(0, span.end - span.start);
        for (let at = 0; at < content.length;) {
          if (piece.length === 0) {
            const next = await pieces.next();
            if (next.done) throw this.#damage(span);
            piece = next.value;
          }
          const part = piece.subarray(0, content.length - at);
          content.set(part, at);
          at += part.length;
          piece = piece.subarray(part.length);
        }
        if (crc32(content) !== span.crc32) throw this.#damage(span);
        yield content;
      }
    } finally {
      await pieces.return(undefined);
    }
  }

  #damage({ start, end }: RowSpan): IntegrityError {
    const { key } = this.index.object;
    return new IntegrityError(
      `Cannot read the rows of '${key}': its content from ${start} to ${end} is not that of its index: CRC-32 mismatch`,
      { key },
    );
  }
}

/**
 * Opens a file with its index, to read some of its rows: {@linkcode selectIndexed} reads
 * those that a filter wants.
 *
 * @param source The file as it is stored.
 * @param index Its index.
 * @throws {IndexError} If the index is of another file.
 *
 * @example
 * ```ts
 * import { bytesSource } from "@flatbed/flatbed/gzip";
 * import {
 *   decodeRowIndex,
 *   encodeRowIndex,
 *   indexRows,
 *   openIndexed,
 * } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const day = new Blob(["ticker,close\nA,1\nAAPL,185.64\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * const stored = await new Response(day).bytes();
 *
 * // Once, to be kept beside the file:
 * const made = await indexRows(new Blob([stored]).stream(), { key: "day.csv.gz", etag: "" });
 * const kept = await encodeRowIndex(made);
 *
 * // From then on:
 * const index = decodeRowIndex(kept, { key: "day.csv.gz" });
 * const file = openIndexed(bytesSource(stored), index);
 * for await (const rows of file.read(file.spansOf("AAPL"))) {
 *   assertEquals(new TextDecoder().decode(rows), "A,1\nAAPL,185.64\n"); // the whole span
 * }
 * ```
 */
export function openIndexed(source: RangeSource, index: RowIndex): IndexedFile {
  return new IndexedFile(source, index);
}
