import { assertOptions, assertString } from "../base/mod.ts";
import type { RowBatch } from "./row_batch.ts";
import { ROW_FILTER_NAMES, type RowFilter } from "./row_filter.ts";
import { RowSelector } from "./row_selector.ts";

/** Options of {@linkcode selectRows}. */
export interface SelectRowsOptions extends RowFilter {
  /** What the content is called in errors: a key or a path. @default {"the content"} */
  readonly name?: string;
}

/**
 * The rows of a CSV content that a filter wants, byte for byte as they are written and in
 * their order: for a ticker, those that `awk -F, '$1 == "AAPL"'` prints, whatever the
 * order of the rows. A row is a line; a last one without a line feed gets one.
 *
 * The content has a header row. There is at least one batch, which may be empty, so that
 * the header row is known; none where there is no content at all.
 *
 * @param content The content, decompressed, in pieces of any length.
 * @param options The filter.
 * @returns The rows in batches of about 256 KiB.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If an option has an impossible value.
 * @throws {RowError} If there is no column to filter by, or a row is longer than 1 MiB.
 *
 * @example
 * ```ts
 * import { selectRows } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const content = new Blob(["ticker,close\nA,1\nAAPL,185.64\nAAPL,184.25\n"]);
 * let csv = "";
 * for await (const { bytes } of selectRows(content.stream(), { tickers: ["AAPL"] })) {
 *   csv += new TextDecoder().decode(bytes);
 * }
 * assertEquals(csv, "AAPL,185.64\nAAPL,184.25\n");
 * ```
 */
export function selectRows(
  content: AsyncIterable<Uint8Array>,
  options: SelectRowsOptions = {},
): AsyncGenerator<RowBatch> {
  assertOptions(options, { ...ROW_FILTER_NAMES, name: true });
  const { name = "the content", ...filter } = options;
  assertString(name, "name");
  return new RowSelector(filter).select(content, name);
}
