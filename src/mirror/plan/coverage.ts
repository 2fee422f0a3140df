import type { OptionNames } from "../../base/mod.ts";
import type { DataType, DataTypeName } from "../../catalog/mod.ts";
import type { DatesByType } from "./dates_by_type.ts";

/**
 * What a mirror has of a day:
 *
 * - `present`: its file, in either encoding;
 * - `released`: nothing, since its space was given back; where a file is due, and the bucket was found not to list it any more, it is `missing`;
 * - `damaged`: its file as the service has it, which is damaged at source; no file where content is wanted;
 * - `missing`: nothing, although a file is due;
 * - `accepted`: nothing, although a file is due, which was accepted;
 * - `optional`: nothing, and that is no gap: there may be a file of such a day;
 * - `closed`: nothing, since the market does not trade: holidays and weekends;
 * - `not-published`: nothing, since no file is due yet;
 * - `refused`: nothing, since the account cannot read it, as was found last;
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
  /** What the mirror has of it. */
  state: DayState;
}

/** A day's file that is damaged at source. */
export interface DamagedDay {
  /** The date, `YYYY-MM-DD`. */
  date: string;
  /** The object's key, in the live layout. */
  key: string;
  /** What is wrong with its gzip data, as the end of a sentence that begins with it. */
  gzipFault: string;
  /** Whether a file of the service's bytes is there: where content is wanted, there is none. */
  hasFile: boolean;
}

/** What a mirror has of a data type. */
export interface Coverage {
  /** The dataset's id. */
  dataType: DataType;
  /** The first date that was looked at. */
  from: string;
  /** The last date that was looked at; before `from` where there is none. */
  to: string;
  /** The first date that is there. */
  first: string | undefined;
  /** The last date that is there. */
  last: string | undefined;
  /** How many files there are, of both encodings. */
  files: number;
  /** How many bytes they have on the disk. */
  bytes: number;
  /** How many files' space was given back. */
  released: number;
  /** The files that are damaged at source, in order. */
  damagedAtSource: DamagedDay[];
  /** The dates that are missing, without those that were accepted. */
  missing: string[];
  /** The dates that are missing, which was accepted. */
  accepted: string[];
  /** Every day of the range. */
  days: CoverageDay[];
}

/** Options of {@linkcode Mirror.coverage} and {@linkcode Mirror.missing}. */
export interface CoverageOptions<Name extends string = string> {
  /** The data types; those of which the mirror has files where they are not given. */
  dataTypes?: readonly DataTypeName<Name>[] | undefined;
  /** The first date, of all data types or of each; where it is not given, that of the first file, or else the oldest readable or the dataset's first one. */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each; today in New York where it is not given, or lies behind it. */
  to?: DatesByType | undefined;
  /** Ends looking at the files. */
  signal?: AbortSignal | undefined;
}

/** The names of {@linkcode CoverageOptions}. */
export const COVERAGE_OPTIONS: OptionNames<CoverageOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  signal: true,
};
