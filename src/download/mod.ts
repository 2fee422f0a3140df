/**
 * Objects to memory, streams and files, as other rooms use it. What is for users is in
 * download.ts.
 *
 * @module
 */

export {
  type Abortable,
  AccessDeniedError,
  BucketRefusedError,
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
  ByteRange,
  ByteSource,
  RangeSource,
  SliceOptions,
} from "../base/mod.ts";
export type {
  AwsClient,
  Credentials,
  GzipState,
  ObjectInfo,
  Proof,
  Traffic,
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
export type {
  CollectedFile,
  CollectedOptions,
  RangeSink,
  RangeSinkWriter,
  RangesOptions,
} from "./ranges_options.ts";
export type { StoredBytes, StoredBytesOptions } from "./stored_bytes.ts";
export type { DownloadStatistics } from "./statistics.ts";
export {
  type DecompressedFile,
  decompressFile,
  hasWholeContent,
} from "./content/decompress_file.ts";
export type { SelectedFile, Selection } from "./content/select_file.ts";
export { decodeError, encodeError } from "./workers/error_codec.ts";
export { type FileJobOptions, FileThreads } from "./file_threads.ts";
export { SyncS3Downloader } from "./sync_s3_downloader.ts";
