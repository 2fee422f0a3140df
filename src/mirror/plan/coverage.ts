import type { OptionNames } from "../../base/mod.ts";
import type { DataType, DataTypeName } from "../../catalog/mod.ts";
import type { DatesByType } from "./dates_by_type.ts";

/**
 * What a mirror has of a day:
 *
 * - `present`: its file, in either encoding;
 * - `released`: nothing, since it was released. If a file is due and the bucket no longer lists it, the day is `missing`;
 * - `damaged`: its file is damaged at source: the file as the service has it, or no file in a mirror that decompresses;
 * - `missing`: nothing, although a file is due;
 * - `accepted`: nothing, although a file is due: its absence was accepted;
 * - `optional`: nothing, and that is not a gap: such a day may or may not have a file;
 * - `closed`: nothing, since the market does not trade: holidays and weekends;
 * - `not-published`: nothing, since no file is due yet;
 * - `refused`: nothing, since the account could not read it when that was last tried;
 * - `before`: nothing, since the dataset begins later.
 */
export type DayState =
  | "present"
  | "released"
  | "damaged"
  | "missing"
  | "accepted"
  | "optional"
  | "closed"
  | "not-published"
  | "refused"
  | "before";

/** A day of a {@linkcode Coverage}. */
export interface CoverageDay {
  /** The date, `YYYY-MM-DD`. */
  date: string;
  /** What the mirror has of that day. */
  state: DayState;
  /** The size of its files in bytes, if there are any. */
  bytes?: number;
  /** The size of its Parquet file in the mirror's own folder, if one was made of the newest version. */
  parquetBytes?: number;
}

/** A day's file that is damaged at source. */
export interface DamagedDay {
  /** The date, `YYYY-MM-DD`. */
  date: string;
  /** The object's key, in the live layout. */
  key: string;
  /** What is wrong with its gzip data, to complete the sentence "its gzip data …". */
  gzipFault: string;
  /** Whether a file with the service's bytes is there; `false` in a mirror that decompresses. */
  hasFile: boolean;
}

/** What a mirror has of a data type. */
export interface Coverage {
  /** The dataset's id. */
  dataType: DataType;
  /** The first date of the range. */
  from: string;
  /** The last date of the range; before `from` if the range is empty. */
  to: string;
  /** The first date of which a file is there. */
  first: string | undefined;
  /** The last date of which a file is there. */
  last: string | undefined;
  /** How many files there are, of both encodings. */
  files: number;
  /** The size of these files in bytes. */
  bytes: number;
  /** How many files were released. */
  released: number;
  /** The files that are damaged at source, in order. */
  damagedAtSource: DamagedDay[];
  /** The missing dates, without the accepted ones. */
  missing: string[];
  /** The missing dates that were accepted. */
  accepted: string[];
  /** Every day of the range. */
  days: CoverageDay[];
}

/** Options of {@linkcode Mirror.coverage} and {@linkcode Mirror.missing}. */
export interface CoverageOptions<Name extends string = string> {
  /** The data types; by default those of which the mirror has files. */
  dataTypes?: readonly DataTypeName<Name>[] | undefined;
  /** The first date, of all data types or of each; by default that of the first file, or else the oldest readable date, or else the dataset's first date. */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each; at most today in New York, which is the default. */
  to?: DatesByType | undefined;
  /** Aborts the search. */
  signal?: AbortSignal | undefined;
}

/** The names of {@linkcode CoverageOptions}. */
export const COVERAGE_OPTIONS: OptionNames<CoverageOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  signal: true,
};
