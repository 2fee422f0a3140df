import { assertOptions } from "../base/mod.ts";
import { BatchCollector, type RowBatch } from "./row_batch.ts";
import {
  type CompiledFilter,
  compileFilter,
  ROW_FILTER_NAMES,
  type RowFilter,
} from "./row_filter.ts";
import type {
  IndexedFile,
  ReadSpansOptions,
  SpanMemory,
} from "./indexed_file.ts";
import type { RowIndex, RowSpan } from "./row_index.ts";
import { RowReader } from "./row_reader.ts";
import { spansOf, type TickerRange } from "./spans_of.ts";

/** Options of {@linkcode RowSelector.selectIndexed}. */
export interface SelectIndexedOptions extends ReadSpansOptions {
  /** Whether the file is on this machine, where a few bytes more take no time. @default {false} */
  readonly isNear?: boolean;
}

/** So many spans of a local file are read sooner than the list of tickers in its index. */
const FEW_SPANS = 2;

/** So much of a content is looked at at once: where all of it is wanted, it is a batch. */
const PIECE_SIZE = 256 * 1024;

/**
 * Selects the rows that a filter wants from one content after the other: what is made
 * ready for the filter is used for all of them.
 */
export class RowSelector {
  readonly #filter: CompiledFilter;
  readonly #reader: RowReader;
  readonly #collector = new BatchCollector();
  /** For one span after the other, of all contents. */
  readonly #memory: SpanMemory = { bytes: new Uint8Array() };
  #isBusy = false;

  /**
   * Checks the filter.
   *
   * @throws {TypeError} If a value has the wrong type.
   * @throws {RangeError} If a value is impossible.
   */
  constructor(filter: RowFilter) {
    assertOptions(filter, ROW_FILTER_NAMES, "filter");
    this.#filter = compileFilter(filter);
    this.#reader = new RowReader(this.#filter);
  }

  /** What is selected, as plain data, which can be posted to another thread. */
  get filter(): RowFilter {
    return this.#filter.plain;
  }

  /** Whether all rows are wanted, or those of all tickers: then an index does not help. */
  get isOfAllTickers(): boolean {
    return this.#filter.test === undefined;
  }

  /**
   * Whether rows of a ticker are wanted, at times that are.
   *
   * @param ticker The ticker, as the files write it.
   */
  isOfTicker(ticker: string): boolean {
    const { test } = this.#filter;
    return typeof test === "function"
      ? test(ticker)
      : test?.has(ticker) ?? true;
  }

  /**
   * The rows of a content that are wanted, as {@linkcode selectRows} gives them.
   *
   * @param content The content, decompressed, in pieces of any length.
   * @param name What it is called in errors: a key or a path.
   * @returns The rows in batches.
   * @throws {TypeError} If the rows of another content are still being read.
   * @throws {RowError} If there is no column to filter by, or a row is longer than 1 MiB.
   */
  async *select(
    content: AsyncIterable<Uint8Array>,
    name: string,
  ): AsyncGenerator<RowBatch> {
    if (this.#isBusy) {
      throw new TypeError(
        "Cannot select rows: those of another content are still being read",
      );
    }
    this.#isBusy = true;
    const reader = this.#reader;
    const collector = this.#collector;
    const add = (bytes: Uint8Array, rows: number) => collector.add(bytes, rows);
    try {
      reader.begin(name);
      for await (const bytes of content) {
        for (let at = 0; at < bytes.length; at += PIECE_SIZE) {
          reader.write(bytes.subarray(at, at + PIECE_SIZE), add);
          if (collector.isFull && reader.header !== undefined) {
            yield collector.take(name, reader.header);
          }
        }
      }
      reader.end(add);
      if (reader.header !== undefined) {
        yield collector.take(name, reader.header);
      }
    } finally {
      collector.clear();
      this.#isBusy = false;
    }
  }

  /**
   * The same rows as of the whole content, of a file that has an index: only the spans that
   * may have some of them are read.
   *
   * @param file The file.
   * @param name What it is called in errors: a key or a path.
   * @param options The signal.
   * @returns The rows in batches.
   * @throws {TypeError} If the rows of another content are still being read.
   * @throws {IntegrityError} If the file is damaged, or not what the index is of.
   */
  selectIndexed(
    file: IndexedFile,
    name: string,
    options: SelectIndexedOptions = {},
  ): AsyncGenerator<RowBatch> {
    return this.select(this.#wanted(file, options), name);
  }

  /** The header row, and the spans that may have rows that are wanted. */
  async *#wanted(
    file: IndexedFile,
    { isNear, ...options }: SelectIndexedOptions,
  ): AsyncGenerator<Uint8Array> {
    const { index } = file;
    yield new TextEncoder().encode(index.header);
    const memory = this.#memory;
    yield* file.read(this.wantedSpans(index, isNear), { ...options, memory });
  }

  /**
   * The spans that may have rows that are wanted.
   *
   * @param index An index.
   * @param isNear Whether its file is on this machine; see {@linkcode SelectIndexedOptions}.
   */
  wantedSpans(index: RowIndex, isNear = false): readonly RowSpan[] {
    const { ranges, window } = this.#filter;
    const spans = ranges === undefined
      ? index.spans
      : this.#spansOf(index, ranges, isNear);
    return window === undefined
      ? spans
      : spans.filter(({ times }) =>
        times !== undefined && window.overlaps(times)
      );
  }

  /** The list of tickers is read only where it may leave out spans. */
  #spansOf(
    index: RowIndex,
    ranges: readonly TickerRange[],
    isNear: boolean,
  ): readonly RowSpan[] {
    const spans = spansOf(index, ranges);
    const unsure = spans.filter((span) =>
      ![span.first, span.last, span.least, span.greatest]
        .some((ticker) => this.isOfTicker(ticker))
    );
    const isQuick = unsure.length <= (isNear ? FEW_SPANS : 0);
    if (isQuick || index.tickers === undefined) return spans;
    const wanted = index.tickers
      .filter(({ ticker }) => this.isOfTicker(ticker))
      .map(({ ticker }) => ({ prefix: ticker, isExact: true }));
    return spansOf(index, wanted);
  }
}
