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
  CredentialsError,
  DamagedAtSourceError,
  type DamagedAtSourceErrorOptions,
  FlatbedError,
  type FlatbedErrorCode,
  type FlatbedErrorOptions,
  IntegrityError,
  LocalFileError,
  NoSpaceError,
  NotFoundError,
  ObjectArchivedError,
  ObjectChangedError,
  ServiceError,
  ThrottledError,
  TimedOutError,
  TooLargeError,
  TransferError,
} from "../base/mod.ts";
export type {
  AwsClient,
  Credentials,
  GzipState,
  ObjectInfo,
  Proof,
} from "../store/mod.ts";
export { AsyncS3Downloader } from "./async_s3_downloader.ts";
export type { Folder } from "./folder.ts";
export type { DownloadedFile } from "./downloaded_file.ts";
export type {
  DamagedObject,
  DownloadFilesEvent,
  DownloadFilesOptions,
  DownloadFilesSummary,
  FetchedObject,
  FetchObjectOptions,
  FileFacts,
} from "./download_files_options.ts";
export type {
  BatchOptions,
  DownloadOptions,
  DownloadProgress,
  FileOptions,
  GzipCheck,
  MemoryLimit,
  MemoryOptions,
  SyncDownloadOptions,
  SyncFileOptions,
  SyncMemoryOptions,
} from "./download_options.ts";
export type {
  AsyncS3DownloaderOptions,
  ClientCredentials,
  DownloaderOptions,
} from "./downloader_options.ts";
export type { DownloadStatistics } from "./statistics.ts";
export { SyncS3Downloader } from "./sync_s3_downloader.ts";
