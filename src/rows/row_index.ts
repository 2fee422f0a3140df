import type { GzipIndex } from "../gzip/mod.ts";

/** The rows between two places of a content: whole rows, each of which is in one span. */
export interface RowSpan {
  /** Which span of the file it is, from 0 on. */
  readonly number: number;
  /** Where its first row begins, in bytes of content. */
  readonly start: number;
  /** Where its last row ends, with its line end; the next span begins there. */
  readonly end: number;
  /** How many rows there are: lines that are not empty. */
  readonly rows: number;
  /** The first row's ticker, as it is written. */
  readonly first: string;
  /** The last row's ticker. */
  readonly last: string;
  /** The least ticker, in the order of bytes. */
  readonly least: string;
  /** The greatest ticker. */
  readonly greatest: string;
  /** Whether no row's ticker is less than that of the row before it. */
  readonly isSorted: boolean;
  /** The CRC-32 of the content from `start` to `end`. */
  readonly crc32: number;
  /**
   * The least and greatest value of the time column; `undefined` where no row has one. A row
   * has a time where it has as many fields as the header row. Seconds, milliseconds,
   * microseconds and nanoseconds are told apart by their 10, 13, 16 or 19 digits; any other
   * integer is nonsense, and taken for nanoseconds.
   */
  readonly times: TimeBounds | undefined;
  /** Which checkpoint it is read from. */
  readonly checkpoint: number;
  /** The beginning of its first row, where that stands before the checkpoint. */
  readonly head: Uint8Array<ArrayBuffer>;
}

/** The least and the greatest of some times, both included, in nanoseconds since 1970. */
export interface TimeBounds {
  /** The least. */
  readonly least: bigint;
  /** The greatest. */
  readonly greatest: bigint;
}

/** What an index knows of a ticker. */
export interface TickerSummary {
  /** The ticker, as it is written. */
  readonly ticker: string;
  /** How many rows it has. */
  readonly rows: number;
  /** Its least time, in milliseconds since 1970 and not later; `undefined` where no row has one. */
  readonly least: number | undefined;
  /** Its greatest time, in milliseconds since 1970 and not earlier. */
  readonly greatest: number | undefined;
}

/** Which object an index is of. */
export interface IndexedObject {
  /** Its key. */
  readonly key: string;
  /** Its ETag, without quotes; empty where it is not known. */
  readonly etag: string;
  /** How many bytes are stored. */
  readonly size: number;
}

/** The index of one `.csv.gz`. */
export interface RowIndex {
  /** Which object it is of. */
  readonly object: IndexedObject;
  /** The header row as it is written, with its line end and without a byte order mark. */
  readonly header: string;
  /** Where the rows begin, in bytes of content. */
  readonly headerEnd: number;
  /** The name of the column that {@linkcode RowSpan.times} are of; `undefined` where there is none. */
  readonly timeColumn: string | undefined;
  /** How many rows there are. */
  readonly rows: number;
  /** How many bytes of content there are. */
  readonly contentSize: number;
  /** All spans, in the file's order. Together they have all rows. */
  readonly spans: readonly RowSpan[];
  /** Where inflating can begin. */
  readonly gzip: GzipIndex;
  /** All tickers in the order of bytes; `undefined` where there are too many to keep. */
  readonly tickers: readonly TickerSummary[] | undefined;
}
