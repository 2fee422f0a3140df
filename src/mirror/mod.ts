/**
 * Many objects to a verified folder: a {@linkcode Mirror} plans what is to be fetched,
 * fetches it, and can prove at any time that its copy is whole.
 *
 * @example
 * ```ts
 * import { AsyncS3Downloader } from "@flatbed/flatbed/download";
 * import { Mirror } from "@flatbed/flatbed/mirror";
 *
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
 * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
 * await using mirror = await Mirror.open("data", { downloader });
 * const plan = await mirror.plan({
 *   dataTypes: ["stocks_daily"],
 *   from: "2024-01-02",
 *   to: "2024-01-05",
 * });
 * await mirror.sync(plan, {
 *   onEvent(event) {
 *     if (event.code === "fetched") console.log(event.path);
 *   },
 * });
 * ```
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
export type { IndexOptions } from "./index/index_options.ts";
export type { FileEncoding, MirrorFile } from "./mirror_file.ts";
export type { ListedMonth, ListingProgress } from "./plan/listing.ts";
export type { ManifestEntry } from "./manifest/manifest_entry.ts";
export type { DatesByType } from "./plan/dates_by_type.ts";
export type { ShardEnd, ShardRun, ShardWork } from "./shards/shard_run.ts";
export type { ShardCounts, ShardStatus } from "./shards/shard_status.ts";
export type { EntitlementOutcome } from "./plan/readable_range.ts";
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
export type { ParquetFile } from "./parquet/parquet_file.ts";
export type { ParquetOptions } from "./parquet/parquet_options.ts";
export type { Entitlement } from "./plan/entitlement.ts";
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
