/**
 * Which objects hold which day of which dataset, as other rooms use it. What is for users
 * is in catalog.ts.
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
export {
  type Day,
  type DayRange,
  describeDays,
  toRanges,
} from "./day_ranges.ts";
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
export { describeNoDays } from "./describe_no_days.ts";
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
export { NO_ROWS_REASONS } from "./no_rows_reasons.ts";
export { type PrefixMeaning, readPrefix } from "./read_prefix.ts";
export { isOfShard, parseShard, type Shard, shardOf } from "./shard.ts";
export {
  isLastLength,
  startOfLast,
  type StartOfLastOptions,
} from "./start_of_last.ts";
export { suggestDataTypes } from "./suggest_data_types.ts";
export { toKey } from "./to_key.ts";
