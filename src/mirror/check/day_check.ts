import type { DataTypeName } from "../../catalog/mod.ts";
import type { ExtractDay, NoRowsReason } from "../extract/extract_event.ts";

/** Options of {@linkcode Mirror.check}. */
export interface CheckOptions<Id extends string = string> {
  /** The dataset's id. */
  readonly dataType: DataTypeName<Id>;
  /** The first date, `YYYY-MM-DD`. */
  readonly from: string;
  /** The last date. */
  readonly to: string;
  /**
   * Whether indexes that had to be made are kept. By default where the mirror is open for
   * writing.
   */
  readonly keepIndexes?: boolean | undefined;
  /** Ends the check. */
  readonly signal?: AbortSignal | undefined;
}

/** Nothing is known of a day. */
export interface NotKnownHint {
  /** What it is about. */
  readonly code: "not-known";
  /** Why. */
  readonly reason: NoRowsReason;
  /** What went wrong, where something did. */
  readonly error?: Error;
}

/** A file has no rows. */
export interface NoRowsHint {
  /** What it is about. */
  readonly code: "no-rows";
}

/** Some times are not of the file's day, by {@linkcode MarketCalendar.bounds}. */
export interface TimesOutsideHint {
  /** What it is about. */
  readonly code: "times-outside";
  /** The file's least time. */
  readonly first: Date;
  /** Its greatest time. */
  readonly last: Date;
  /** How many tickers have such times, where that is known. */
  readonly tickers: number | undefined;
}

/** The last time of the day is well before the market closes. */
export interface EndsEarlyHint {
  /** What it is about. */
  readonly code: "ends-early";
  /** The last time of the day. */
  readonly last: Date;
  /** When the market closes. */
  readonly close: Date;
}

/** The header row is not that of the day before. */
export interface OtherColumnsHint {
  /** What it is about. */
  readonly code: "other-columns";
  /** The day before, of those that are known. */
  readonly before: string;
  /** Columns that only the day before has. */
  readonly missing: readonly string[];
  /** Columns that only this day has. */
  readonly extra: readonly string[];
}

/** There are far fewer rows or tickers than on the days before, or far more. */
export interface UnusualCountHint {
  /** What it is about. */
  readonly code: "unusual-rows" | "unusual-tickers";
  /** How many there are. */
  readonly count: number;
  /** How many there are on the days before: the median. */
  readonly usual: number;
}

/** Something that one would want to know before trusting a day. It need not be wrong. */
export type DayHint =
  | NotKnownHint
  | NoRowsHint
  | TimesOutsideHint
  | EndsEarlyHint
  | OtherColumnsHint
  | UnusualCountHint;

/** What {@linkcode Mirror.check} says of a day. */
export interface DayCheck extends ExtractDay {
  /** How many rows there are; `undefined` where nothing is known of the day. */
  readonly rows: number | undefined;
  /** How many tickers there are, where that is known. */
  readonly tickers: number | undefined;
  /** The file's least time, to the millisecond and not later. */
  readonly first: Date | undefined;
  /** Its greatest time, to the millisecond and not earlier. */
  readonly last: Date | undefined;
  /** What stands out. */
  readonly hints: readonly DayHint[];
}
