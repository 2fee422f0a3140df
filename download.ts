/**
 * Downloads an object into memory, as a stream or to a file:
 * {@linkcode AsyncS3Downloader} with promises, {@linkcode SyncS3Downloader} for scripts
 * without. Also the errors that they throw.
 *
 * @example
 * ```ts
 * import { AsyncS3Downloader } from "@flatbed/flatbed/download";
 *
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
 * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
 * for await (
 *   const { key, size } of downloader.iterateObjects(
 *     "flatfiles",
 *     "us_stocks_sip/day_aggs_v1/2024/01/",
 *   )
 * ) {
 *   console.log(key, size);
 * }
 * ```
 *
 * @module
 */

export {
  type Abortable,
  AccessDeniedError,
  AsyncS3Downloader,
  type AsyncS3DownloaderOptions,
  type AwsClient,
  type BatchOptions,
  BucketRefusedError,
  type ByteRange,
  type ByteSource,
  type ClientCredentials,
  type CollectedFile,
  type CollectedOptions,
  type Credentials,
  CredentialsError,
  DamagedAtSourceError,
  type DamagedAtSourceErrorOptions,
  type DamagedObject,
  type DownloadedFile,
  type DownloaderOptions,
  type DownloadFilesEvent,
  type DownloadFilesOptions,
  type DownloadFilesSummary,
  type DownloadOptions,
  type DownloadProgress,
  type DownloadStatistics,
  type FetchedObject,
  type FetchObjectOptions,
  type FileFacts,
  type FileOptions,
  FlatbedError,
  type FlatbedErrorCode,
  type FlatbedErrorOptions,
  type Folder,
  type GzipCheck,
  type GzipState,
  IntegrityError,
  LocalFileError,
  type MemoryLimit,
  type MemoryOptions,
  NoSpaceError,
  NotFoundError,
  ObjectArchivedError,
  ObjectChangedError,
  type ObjectInfo,
  type Proof,
  type RangeSink,
  type RangeSinkWriter,
  type RangesOptions,
  type RangeSource,
  ServiceError,
  type SliceOptions,
  type StoredBytes,
  type StoredBytesOptions,
  type SyncDownloadOptions,
  type SyncFileOptions,
  type SyncMemoryOptions,
  SyncS3Downloader,
  ThrottledError,
  TimedOutError,
  TooLargeError,
  type Traffic,
  TransferError,
} from "./src/download/mod.ts";
export { type FileSource, openFileSource } from "./src/files/mod.ts";
