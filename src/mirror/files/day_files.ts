import type { DataTypeName } from "../../catalog/mod.ts";
import type { ExtractDay, NoRowsReason } from "../extract/extract_event.ts";

/** Options of {@linkcode Mirror.files}. */
export interface FilesOptions<Id extends string = string> {
  /** The dataset's id. */
  readonly dataType: DataTypeName<Id>;
  /** The first date, `YYYY-MM-DD`. */
  readonly from: string;
  /** The last date. */
  readonly to: string;
  /** Whether the Parquet files are wanted, and not what they were made of. @default {false} */
  readonly parquet?: boolean;
  /** Ends the search. */
  readonly signal?: AbortSignal | undefined;
}

/** A day's file. */
export interface DayFile extends ExtractDay {
  /** Its path: behind the mirror's folder as it was opened, or that of the Parquet files. */
  readonly path: string;
}

/** A day without a file that can be read, although there is or was one, or one is due. */
export interface LackingFile extends ExtractDay {
  /** Why: `no-parquet` where the file is there, and only its Parquet file is not. */
  readonly reason: NoRowsReason | "no-parquet";
}

/** What {@linkcode Mirror.files} returns. */
export interface DayFiles {
  /** One file a day, in the order of dates. */
  readonly files: readonly DayFile[];
  /** The days that lack one, in order. */
  readonly lacking: readonly LackingFile[];
}
