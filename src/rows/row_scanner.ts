import type { TimeBounds } from "./row_index.ts";

/** Which columns are looked at. */
export interface ScannedColumns {
  /** How many columns there are. */
  readonly count: number;
  /** The index of the tickers' column. */
  readonly ticker: number;
  /** The index of the times' column; -1 where there is none. */
  readonly time: number;
}

/** What a scanner says of the rows of a span. */
export interface ScannedSpan {
  readonly rows: number;
  readonly first: string;
  readonly last: string;
  readonly least: string;
  readonly greatest: string;
  readonly isSorted: boolean;
  readonly times: TimeBounds | undefined;
}

/** A run: rows of the same ticker that follow each other. Times are in milliseconds, or NaN. */
export interface Run {
  ticker: string;
  rows: number;
  least: number;
  greatest: number;
}

/**
 * Scans the rows of a content, piece by piece. A row is a line that is not empty. Its ticker
 * is what stands before its first comma, as it is written; its time counts where it has as
 * many fields as there are columns.
 *
 * Tickers are handed out as bytes, one a character: they compare as bytes do.
 */
export interface RowScanner {
  /** Scans a piece; of the first one, what stands from `from` on. */
  scan(piece: Uint8Array, from?: number): void;
  /** Before the first piece: the beginning of its first row, which stands in memory in front of it. */
  precede(head: Uint8Array): void;
  /** How many bytes of a row that has not ended stand at the end of the last piece. */
  readonly pending: number;
  /** A copy of these bytes. */
  head(): Uint8Array<ArrayBuffer>;
  /** Ends the content: what is left is a row. */
  end(): void;
  /** Ends a span behind the last row that has ended; `undefined` where it has no row. */
  endSpan(): ScannedSpan | undefined;
  /** The runs, at the end; `undefined` where there are too many. Spans divide them. */
  runs(): Run[] | undefined;
  /** Which fraction of the most that are kept the runs take; above 1, they are not kept. */
  readonly runsUse: number;
}

/** What cannot be indexed, as the end of a sentence that begins with the file. */
export class NotIndexableError extends Error {
  /** The name of the class. */
  override name = "NotIndexableError";
}

/** Of a longer row, the beginning is no longer in memory when its end comes. */
export const LONGEST_INDEXED_ROW = 32 * 1024;
/** A longer ticker is none. */
export const LONGEST_TICKER = 255;
