/**
 * Which objects hold which day of which dataset: keys, layouts, and the table of
 * all 33 datasets. Nothing here does any I/O or needs a permission; it also runs in Node
 * and in browsers.
 *
 * @example
 * ```ts
 * import { S3Catalog } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   new S3Catalog().getStocksDailyKey("2024-01-02"),
 *   "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
 * );
 * ```
 *
 * @module
 */

export { absenceOf } from "./absence_of.ts";
export type { CalendarId } from "../calendar/mod.ts";
export {
  type Absence,
  type AbsenceReason,
  explainAbsence,
  explainRefusal,
} from "./availability.ts";
export { SERVICE_HOSTS } from "./hosts.ts";
export type { ColumnName, ColumnNames } from "./column_name.ts";
export {
  type Column,
  type ColumnType,
  getColumns,
  getColumnType,
} from "./columns.ts";
export type {
  Dataset,
  DatasetKind,
  DataType,
  DataTypeName,
} from "./dataset.ts";
export { getDataset } from "./get_dataset.ts";
export { DATASETS } from "./dataset_table.ts";
export {
  type FileDatesOptions,
  type FileDay,
  getFileDates,
  getFileDay,
} from "./file_days.ts";
export type { KeyMetadata } from "./key.ts";
export { type Layout, toLayout } from "./layout.ts";
export {
  dueAt,
  isDue,
  lastDueDate,
  newYorkDate,
  newYorkMidnight,
} from "./publication.ts";
export {
  type KeySummary,
  S3Catalog,
  type S3CatalogOptions,
} from "./s3_catalog.ts";
export { type PrefixMeaning, readPrefix } from "./read_prefix.ts";
export { isOfShard, parseShard, type Shard, shardOf } from "./shard.ts";
export { suggestDataTypes } from "./suggest_data_types.ts";
export { toKey } from "./to_key.ts";
