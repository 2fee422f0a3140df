import { assertOptions, assertString } from "../base/mod.ts";
import type { IndexedFile } from "./indexed_file.ts";
import type { RowBatch } from "./row_batch.ts";
import { ROW_FILTER_NAMES } from "./row_filter.ts";
import { RowSelector } from "./row_selector.ts";
import type { SelectRowsOptions } from "./select_rows.ts";

/**
 * The rows of a `.csv.gz` that a filter wants, as {@linkcode selectRows} gives them of its
 * whole content: only the parts that may have some are read.
 *
 * @param file The file, opened with its index.
 * @param options The filter; errors name the index's key, unless it has another `name`.
 * @returns The rows in batches.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If an option has an impossible value.
 * @throws {RowError} If there is no column to filter by.
 * @throws {IntegrityError} If the file is damaged, or not what the index is of.
 *
 * @example
 * ```ts
 * import { bytesSource } from "@flatbed/flatbed/gzip";
 * import { indexRows, openIndexed, selectIndexed } from "@flatbed/flatbed/rows";
 * import { assertEquals } from "@std/assert";
 *
 * const day = new Blob(["ticker,close\nA,1\nAAPL,185.64\n"]).stream()
 *   .pipeThrough(new CompressionStream("gzip"));
 * const stored = await new Response(day).bytes();
 * const index = await indexRows(new Blob([stored]).stream(), { key: "day.csv.gz", etag: "" });
 *
 * // `openFileSource(path)` and `downloader.openRanges(bucket, info)` of ./download are
 * // such sources as well.
 * const file = openIndexed(bytesSource(stored), index);
 * for await (const { bytes } of selectIndexed(file, { tickers: ["AAPL"] })) {
 *   assertEquals(new TextDecoder().decode(bytes), "AAPL,185.64\n");
 * }
 * ```
 */
export function selectIndexed(
  file: IndexedFile,
  options: SelectRowsOptions = {},
): AsyncGenerator<RowBatch> {
  assertOptions(options, { ...ROW_FILTER_NAMES, name: true });
  const { name = file.index.object.key, ...filter } = options;
  assertString(name, "name");
  return new RowSelector(filter).selectIndexed(file, name);
}
