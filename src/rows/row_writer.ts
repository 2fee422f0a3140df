import type { RowBatch } from "./row_batch.ts";

/** Writes rows in a format. All batches have the same columns. */
export interface RowWriter {
  /** What is to be written for these rows. */
  write(batch: RowBatch): Uint8Array<ArrayBuffer>;
  /** What is to be written behind the last rows. */
  end(): Uint8Array<ArrayBuffer>;
}

/** How times are written in texts: as the files have them, by ISO 8601 in UTC, or on the clock of a zone. */
export type TimeFormat = "ns" | "iso" | "local";
