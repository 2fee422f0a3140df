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

export {
  type Absence,
  absenceOf,
  type AbsenceReason,
  type CalendarId,
  type Column,
  type ColumnName,
  type ColumnNames,
  type ColumnType,
  type Dataset,
  type DatasetKind,
  DATASETS,
  type DataType,
  type DataTypeName,
  dueAt,
  explainAbsence,
  explainRefusal,
  type FileDatesOptions,
  type FileDay,
  getColumns,
  getColumnType,
  getDataset,
  getFileDates,
  getFileDay,
  isDue,
  isOfShard,
  type KeyMetadata,
  type KeySummary,
  lastDueDate,
  type Layout,
  newYorkDate,
  newYorkMidnight,
  parseShard,
  type PrefixMeaning,
  readPrefix,
  S3Catalog,
  type S3CatalogOptions,
  SERVICE_HOSTS,
  type Shard,
  shardOf,
  suggestDataTypes,
  toKey,
  toLayout,
} from "./src/catalog/mod.ts";
