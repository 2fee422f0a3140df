/**
 * A verified copy of many objects, as other rooms use it. What is for users is in mirror.ts.
 *
 * @module
 */

export {
  type Abortable,
  FlatbedError,
  type FlatbedErrorCode,
  type FlatbedErrorOptions,
  NoSpaceError,
} from "../base/mod.ts";
export type { DataType, DataTypeName, Shard } from "../catalog/mod.ts";
export type { AwsClient, GzipState, ObjectInfo, Proof } from "../store/mod.ts";
export type {
  Activity,
  ActivityCounts,
  ActivityFile,
  ActivityMessage,
  ActivityState,
  ActivityTransfer,
} from "./activity/activity.ts";
export type {
  ActivityEnd,
  ActivityRun,
  ActivityWork,
} from "./activity/activity_run.ts";
export type { StoredActivity } from "./activity/activity_codec.ts";
export type {
  Coverage,
  CoverageDay,
  CoverageOptions,
  DamagedDay,
  DayState,
} from "./plan/coverage.ts";
export {
  type LockHolder,
  MirrorBusyError,
  MirrorDamagedError,
  noMirror,
  NotEnoughSpaceError,
} from "./errors.ts";
export type {
  ColumnsDifferEvent,
  ExtractDay,
  ExtractedEvent,
  ExtractEvent,
  ExtractSource,
  ExtractSummaryEvent,
  NoRowsEvent,
  NoRowsReason,
  NotFoundName,
  ReadingEvent,
} from "./extract/extract_event.ts";
export type { ExtractOptions } from "./extract/extract_options.ts";
export type { TickersOptions } from "./extract/tickers_options.ts";
export type {
  CheckOptions,
  DayCheck,
  DayHint,
  EndsEarlyHint,
  NoRowsHint,
  NotKnownHint,
  OtherColumnsHint,
  TimesOutsideHint,
  UnusualCountHint,
} from "./check/day_check.ts";
export type { EntriesOptions } from "./entries_options.ts";
export type {
  DayFile,
  DayFiles,
  FilesOptions,
  LackingFile,
} from "./files/day_files.ts";
export type {
  IndexedEvent,
  IndexEvent,
  IndexingEvent,
  IndexSummary,
  NoIndexReason,
  NotIndexedEvent,
} from "./index/index_event.ts";
export {
  type DescribeIndexOptions,
  describeIndexSummary,
} from "./index/describe_index_summary.ts";
export type { IndexOptions } from "./index/index_options.ts";
export type { FileEncoding, MirrorFile } from "./mirror_file.ts";
export type { ListedMonth, ListingProgress } from "./plan/listing.ts";
export type { ManifestEntry } from "./manifest/manifest_entry.ts";
export type { DatesByType } from "./plan/dates_by_type.ts";
export type { ShardEnd, ShardRun, ShardWork } from "./shards/shard_run.ts";
export {
  type GroupFilter,
  latestGroup,
  type ShardGroup,
  type ShardRow,
  type ShardState,
} from "./shards/shard_rows.ts";
export type { ShardCounts, ShardStatus } from "./shards/shard_status.ts";
export type { EntitlementOutcome } from "./plan/readable_range.ts";
export type { Message } from "./message.ts";
export { isAsFetched } from "./is_as_fetched.ts";
export { Mirror } from "./mirror.ts";
export type { MirrorOptions } from "./mirror_options.ts";
export type {
  ConvertedEvent,
  FetchingDuckDBEvent,
  NotConvertedEvent,
  ParquetDay,
  ParquetEvent,
  ParquetSummary,
  SourceReleasedEvent,
} from "./parquet/parquet_event.ts";
export { describeParquetSummary } from "./parquet/describe_parquet_summary.ts";
export type { ParquetFile } from "./parquet/parquet_file.ts";
export type { ParquetOptions } from "./parquet/parquet_options.ts";
export type { Entitlement } from "./plan/entitlement.ts";
export {
  describeConcerns,
  describePlan,
  type PlanTally,
  tallyPlan,
} from "./plan/describe_plan.ts";
export type { AcceptOptions } from "./plan/accept_missing.ts";
export { daysToAccept, type NamedDays, readDayWord } from "./plan/day_words.ts";
export { describeLackOfSpace, type PlanSpace } from "./plan/plan_space.ts";
export type { MissingFile } from "./plan/missing_file.ts";
export type {
  Plan,
  PlanItem,
  PlannedPieces,
  PlanOptions,
  PlanRange,
  PlanReason,
  PlanState,
} from "./plan/plan.ts";
export type { PiecedFile } from "./split/pieced_file.ts";
export type { FetchKeyOptions, FetchKeyOutcome } from "./sync/fetch_key.ts";
export type {
  KeptEvent,
  KeptReason,
  ReleasedEvent,
  ReleasedFile,
  ReleaseEvent,
} from "./sync/release_event.ts";
export type { BucketOptions } from "./destination/open_bucket.ts";
export type {
  BucketReport,
  UnfinishedUpload,
} from "./destination/inspect_bucket.ts";
export type { BucketConditions } from "./destination/bucket_conditions.ts";
export type { OutOptions } from "./out_options.ts";
export type { ReleaseOptions } from "./sync/release_options.ts";
export type { ReleaseSummary } from "./sync/release_summary.ts";
export type {
  AbsentEvent,
  AcceptedEvent,
  AdoptedFileEvent,
  DamagedAtSourceEvent,
  ExaminingEvent,
  FailedEvent,
  FetchedEvent,
  FetchingEvent,
  JoiningEvent,
  MissingEvent,
  NotPublishedEvent,
  PiecesEvent,
  ProgressEvent,
  RefusedEvent,
  StartEvent,
  SummaryEvent,
  SyncEvent,
} from "./sync/sync_event.ts";
export type {
  SqlDaysEvent,
  SqlEvent,
  SqlFetchEvent,
  SqlMisfit,
  SqlOptions,
  SqlTableEvent,
} from "./sql/sql_options.ts";
export { type DamagedPlace, describeDamaged } from "./sync/describe_damaged.ts";
export {
  type DescribedMirror,
  describeSyncEvent,
} from "./sync/describe_sync_event.ts";
export {
  describeProblems,
  describeVerifyEvent,
} from "./verify/describe_verify_event.ts";
export { describeIndexEvent } from "./index/describe_index_event.ts";
export { describeParquetEvent } from "./parquet/describe_parquet_event.ts";
export {
  type DescribeSyncOptions,
  describeSyncReport,
} from "./sync/describe_sync_report.ts";
export { speedOf } from "./sync/speed_of.ts";
export {
  type DamagedFile,
  noteSyncEvent,
  type SyncNotes,
  type SyncReport,
} from "./sync/sync_report.ts";
export type { SyncOutcome } from "./sync/outcome_of.ts";
export type { SyncOptions } from "./sync/sync_options.ts";
export type { RefusedFiles, SyncSummary } from "./sync/sync_summary.ts";
export type {
  AdoptedEvent,
  CheckedEvent,
  IgnoredEvent,
  IgnoredFile,
  NotRepairedEvent,
  ProblemCode,
  ProblemEvent,
  RepairedEvent,
  VerifyEvent,
  VerifyMode,
  VerifyOptions,
  VerifyProblem,
  VerifyReport,
} from "./verify/verify_report.ts";
export { describeMisplaced } from "./verify/describe_misplaced.ts";
export {
  type DescribeVerifyOptions,
  describeVerifyReport,
  type VerifyVerdict,
} from "./verify/describe_verify_report.ts";
