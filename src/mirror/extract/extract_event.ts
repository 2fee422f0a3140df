import type { DataType } from "../../catalog/mod.ts";
import type { ColumnDifference } from "../../rows/mod.ts";

/** A day of a dataset. */
export interface ExtractDay {
  /** The dataset's id. */
  readonly dataType: DataType;
  /** The file's date, `YYYY-MM-DD`. */
  readonly date: string;
  /** The object's key, in the live layout. */
  readonly key: string;
}

/**
 * Where a day's rows are read from: parts of the mirror's file, by its index; the whole
 * file; parts of the service's object, by its index; or the whole object.
 */
export type ExtractSource = "file-parts" | "file" | "object-parts" | "object";

/** More of a day was read; told often. */
export interface ReadingEvent extends ExtractDay {
  /** What has happened. */
  readonly code: "reading";
  /** How many bytes were read of the file so far, or received. */
  readonly bytesRead: number;
  /** How many bytes the file or object has, where that is known. */
  readonly size: number | undefined;
}

/** A day was read. */
export interface ExtractedEvent extends ExtractDay {
  /** What has happened. */
  readonly code: "extracted";
  /** Where the rows were read from. */
  readonly source: ExtractSource;
  /** How many rows were wanted. */
  readonly rows: number;
  /** How many bytes were read of the file, or received. */
  readonly bytesRead: number;
  /** How many bytes the file or object has, where that is known. */
  readonly size: number | undefined;
}

/** Why there are no rows of a day, although there should be. */
export type NoRowsReason =
  | "not-in-mirror"
  | "released"
  | "lost"
  | "damaged"
  | "damaged-at-source"
  | "not-found"
  | "access-denied"
  | "failed";

/** A day's rows were not to be had. */
export interface NoRowsEvent extends ExtractDay {
  /** What has happened. */
  readonly code: "no-rows";
  /** Why. */
  readonly reason: NoRowsReason;
  /** What the service said, where it was asked. */
  readonly error?: Error;
}

/** A day has other columns than those that are given. */
export interface ColumnsDifferEvent extends ColumnDifference {
  /** What has happened. */
  readonly code: "columns-differ";
}

/** A ticker, or an underlying, that was asked for by name and of which there was no row. */
export interface NotFoundName {
  /** Which of the two it is. */
  readonly kind: "ticker" | "underlying";
  /** The name, as it was asked for. */
  readonly name: string;
  /**
   * Whether the last day that could be looked at has it, so that another part of the filter
   * has left its rows out.
   */
  readonly isThere: boolean;
  /** Names of that day that are spelt nearly so; not of all, where many are not found. */
  readonly near: readonly string[];
}

/** All days were read. */
export interface ExtractSummaryEvent {
  /** What has happened. */
  readonly code: "summary";
  /** How many days were read. */
  readonly days: number;
  /** How many days were not to be had. */
  readonly withoutRows: number;
  /** How many rows were wanted. */
  readonly rows: number;
  /** How many bytes were read of files. */
  readonly bytesOfFiles: number;
  /** How many bytes were received. */
  readonly bytesReceived: number;
  /** The tickers and the underlyings of which there was no row. */
  readonly notFound: readonly NotFoundName[];
}

/** What {@linkcode Mirror.extract} tells. */
export type ExtractEvent =
  | ReadingEvent
  | ExtractedEvent
  | NoRowsEvent
  | ColumnsDifferEvent
  | ExtractSummaryEvent;
