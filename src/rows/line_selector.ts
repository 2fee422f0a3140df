/** What decides which rows are kept. */
export type TickerTest =
  /** Rows of these tickers. */
  | ReadonlySet<string>
  /** Rows of the tickers for which it says so; it is asked once about each, or a few times. */
  | ((ticker: string) => boolean);

/** Takes whole rows, each with its line end; the bytes are good until it returns. */
export type TakeRows = (rows: Uint8Array, count: number) => void;

/**
 * Keeps the rows of some tickers, from content that comes in pieces of any length, in the
 * order in which they come. A row is a line that is not empty; a last one without a line
 * feed gets one.
 */
export interface LineSelector {
  /** Takes the next bytes, and hands on the rows of them that are kept. */
  write(bytes: Uint8Array, take: TakeRows): void;
  /** Ends the content: what is left is a row. Other content may follow. */
  end(take: TakeRows): void;
}

/** The longest row, in bytes: what has none so long is no table. */
export const LONGEST_ROW = 1024 * 1024 - 1;

/** A row is too long. */
export class LongRowError extends Error {
  /** The name of the class. */
  override name = "LongRowError";
  /** Makes the error. */
  constructor() {
    super(`a row is longer than ${LONGEST_ROW} bytes`);
  }
}
