/**
 * What the API says of a day, shared by the server and the page: types alone, of modules that
 * import nothing.
 *
 * @module
 */

import type { DayLookName } from "../../day_looks.ts";

/** A dataset that can be looked into. */
export interface DayChoice {
  /** The dataset's id. */
  readonly dataType: string;
  /** The first date that the mirror knows a file of, `YYYY-MM-DD`; `null` where there is none. */
  readonly first: string | null;
  /** The last one. */
  readonly last: string | null;
  /** On how many days. */
  readonly days: number;
}

/** The answer of `GET /api/day/choices`. */
export interface DayChoices {
  /** All datasets, in the order of the table of datasets. */
  readonly datasets: readonly DayChoice[];
}

/** How the rows of a day can be read: the mirror's file; parts of the service's object, by its index; or not at all. */
export type DayAccess = "file" | "ranges" | "none";

/** A day's file, as the mirror knows it. */
export interface DayFileFacts {
  /** Its path, relative to the mirror. */
  readonly path: string;
  /** Whether it is as the service stores it. */
  readonly encoding: "stored" | "decompressed";
  /** Its size in bytes. */
  readonly bytes: number;
  /** The object's size in bytes. */
  readonly size: number;
  /** The version's ETag, without quotes. */
  readonly etag: string;
  /** When that version was published, by ISO 8601; `null` where the service did not say. */
  readonly publishedAt: string | null;
  /** When it was fetched. */
  readonly fetchedAt: string;
  /** When its bytes were last verified; `null` where they were not. */
  readonly verifiedAt: string | null;
  /** When it was released; `null` where it was not. */
  readonly releasedAt: string | null;
  /** When it was found that upstream lists it no more; `null` where it does. */
  readonly withdrawnAt: string | null;
  /** The SHA-256 of its bytes. */
  readonly sha256: string;
  /** What is wrong with its gzip data at source; `null` where nothing is. */
  readonly gzipFault: string | null;
}

/** What is known of a day's rows. */
export interface DayRowFacts {
  /** How many rows there are. */
  readonly rows: number;
  /** How many tickers; `null` where there are too many for the index to list. */
  readonly tickers: number | null;
  /** The least time of a row, in milliseconds since 1970 and not later; `null` where no row has one. */
  readonly first: number | null;
  /** The greatest time, not earlier. */
  readonly last: number | null;
}

/** The answer of `GET /api/day`: all that is known of a day. */
export interface DayFacts {
  /** The dataset's id. */
  readonly dataType: string;
  /** What one row is. */
  readonly kind: string;
  /** The time zone of the market. */
  readonly zone: string;
  /** The file's date, `YYYY-MM-DD`. */
  readonly date: string;
  /** The object's key. */
  readonly key: string;
  /** What the mirror has of it. */
  readonly state: DayLookName | "before";
  /** The day in a sentence, and what can be done; empty where its rows can be read. */
  readonly advice: string;
  /** A command that helps; empty where none is needed. */
  readonly command: string;
  /** The job of the page that does the same; `null` where none does. */
  readonly job: "sync" | "repair" | "expect" | null;
  /** How its rows can be read. */
  readonly access: DayAccess;
  /** Whether there is an index of its rows. */
  readonly hasIndex: boolean;
  /** Whether its file is so large that tickers are only looked for with an index. */
  readonly needsIndex: boolean;
  /** The mirror's file, or what was known of it; `null` where there never was one. */
  readonly file: DayFileFacts | null;
  /** The Parquet file that was made of it; `null` where there is none. */
  readonly parquet: { readonly path: string; readonly bytes: number } | null;
  /** Its rows; `null` where they are not known. */
  readonly rows: DayRowFacts | null;
  /** The trading day before, or one that the mirror knows a file of; `null` where there is none. */
  readonly previous: string | null;
  /** The one after. */
  readonly next: string | null;
}

/** A ticker of a day. */
export interface DayTicker {
  /** The ticker, as it is written. */
  readonly ticker: string;
  /** How many rows it has. */
  readonly rows: number;
  /** Its first time, in milliseconds since 1970; `null` where no row has one. */
  readonly first: number | null;
  /** Its last time. */
  readonly last: number | null;
}

/** How tickers are sorted. */
export type TickerOrder = "name" | "rows";

/** The answer of `GET /api/day/tickers`: a page of the tickers that a search finds. */
export interface DayTickers {
  /** Those of the page. */
  readonly tickers: readonly DayTicker[];
  /** How many the search finds. */
  readonly found: number;
  /** How many the day has; `null` where only those that the search reaches are known. */
  readonly total: number | null;
  /** Where the page begins. */
  readonly offset: number;
  /** Names that are spelt nearly as what was searched, where nothing was found. */
  readonly near: readonly string[];
  /** Why tickers cannot be listed, and what to do; empty where they can. */
  readonly problem: string;
}

/** A column of rows. */
export interface DayColumn {
  /** Its name in the header row. */
  readonly name: string;
  /** What its values are. */
  readonly type: string;
  /** Their unit and what else is known of them; empty where nothing is. */
  readonly about: string;
}

/** The answer of `GET /api/day/rows`: the first rows of a day or of a ticker. */
export interface DayRows {
  /** The columns. */
  readonly columns: readonly DayColumn[];
  /** The rows, each with its values as the file has them. */
  readonly rows: readonly (readonly string[])[];
  /** The times of each row by ISO 8601 on the market's clock, by the index of their column; `null` for what is none. */
  readonly times: Readonly<Record<number, readonly (string | null)[]>>;
  /** The time zone of these. */
  readonly zone: string;
  /** Whether there are more rows. */
  readonly hasMore: boolean;
}

/** What a price line is of. */
export type PriceKind = "bars" | "trades" | "quotes" | "values";

/** A day of a price line. */
export interface PriceDay {
  /** The file's date. */
  readonly date: string;
  /** When the date begins on the market's clock, in milliseconds since 1970. */
  readonly begin: number;
  /** How many rows the ticker has; 0 where none. */
  readonly rows: number;
  /** How many points stand for them. */
  readonly points: number;
  /** Why there are none, as the end of a sentence; empty where the day was read. */
  readonly lacking: string;
}

/** Points of a price line, by column; all have the same length. */
export interface PricePoints {
  /** When each begins, in milliseconds since 1970. */
  readonly time: readonly number[];
  /** The first price of its time. */
  readonly open: readonly number[];
  /** The highest. */
  readonly high: readonly number[];
  /** The lowest. */
  readonly low: readonly number[];
  /** The last. */
  readonly close: readonly number[];
}

/** The answer of `GET /api/day/prices`: the prices of a ticker over some days. */
export interface DayPrices {
  /** What a row is. */
  readonly kind: PriceKind;
  /** The names of the columns that are shown, such as `price`. */
  readonly columns: readonly string[];
  /** The time zone of the market. */
  readonly zone: string;
  /** The days on which a file is expected or was read, in order. */
  readonly days: readonly PriceDay[];
  /** The points of all days, one day after the other. Of quotes, the bids. */
  readonly points: PricePoints;
  /** Of quotes, the asks, in days like the bids; `null` otherwise. */
  readonly asks: PricePoints | null;
  /** How many points of the asks each day has. */
  readonly askCounts: readonly number[];
  /** How many rows were read. */
  readonly rows: number;
  /** How many rows had no price or no time, and are not shown. */
  readonly without: number;
  /** The time that one point stands for, in milliseconds; 0 where each row has a point of its own. */
  readonly width: number;
  /** Why there is nothing to be shown, and what to do; empty where there is. */
  readonly problem: string;
}

/** The answer of `GET /api/day/range`: which of some days can be downloaded. */
export interface DayRange {
  /** The days whose rows can be read. */
  readonly dates: readonly string[];
  /** Those that lack, with why, as the end of a sentence. */
  readonly lacking: readonly { readonly date: string; readonly why: string }[];
  /** The size of the files in bytes. */
  readonly bytes: number;
}
