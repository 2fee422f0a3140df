import { assertDeno } from "../files/mod.ts";
import {
  type Abortable,
  assertArray,
  assertBucketName,
  assertInteger,
  assertKey,
  assertPrefix,
  assertString,
  type ByteRange,
  checkAbortable,
  NotFoundError,
  type RangeSource,
  wrongValue,
} from "../base/mod.ts";
import type { Credentials, ObjectInfo, Traffic } from "../store/mod.ts";
import { DownloadEngine } from "./download_engine.ts";
import { shareSettings, WorkerThreads } from "./workers/worker_threads.ts";
import { downloadBatch } from "./download_batch.ts";
import type { DownloadedFile } from "./downloaded_file.ts";
import type { Folder } from "./folder.ts";
import {
  checkBatchOptions,
  checkDownload,
  type CheckedMemoryOptions,
  checkFileDownload,
  checkMemoryDownload,
} from "./check_download.ts";
import { checkPath } from "./check_path.ts";
import { checkDownloadFiles } from "./check_download_files.ts";
import { downloadFiles } from "./download_files.ts";
import type {
  DownloadFilesOptions,
  DownloadFilesSummary,
} from "./download_files_options.ts";
import type {
  BatchOptions,
  DownloadOptions,
  FileOptions,
  MemoryOptions,
} from "./download_options.ts";
import type {
  AsyncS3DownloaderOptions,
  ClientCredentials,
} from "./downloader_options.ts";
import type {
  CollectedFile,
  CollectedOptions,
  RangeSink,
  RangesOptions,
} from "./ranges_options.ts";
import { checkSettings } from "./settings.ts";
import type { StoredBytes, StoredBytesOptions } from "./stored_bytes.ts";
import type { DownloadStatistics } from "./statistics.ts";

/**
 * Downloads objects from an S3 service, several at once. A download resumes where its
 * connection broke, and every byte is verified.
 *
 * @example
 * ```ts
 * import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";
 *
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
 * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
 * const catalog = new S3Catalog();
 * const csv = await downloader.downloadOne(
 *   catalog.bucket,
 *   catalog.getStocksDailyKey("2024-01-02"),
 * );
 * console.log(new TextDecoder().decode(csv.subarray(0, 200)));
 * ```
 */
export class AsyncS3Downloader implements AsyncDisposable {
  readonly #engine: DownloadEngine;
  readonly #maxConcurrent: number;

  /**
   * Creates a downloader. It opens no connection before the first call.
   *
   * @param credentials The keys to sign requests with; or `{ client }`, an `S3Client` of
   * `@aws-sdk/client-s3` that signs and sends them, with its own credentials, region and
   * endpoint. The client is not closed with the downloader, and no other threads are used.
   * @param options How to download.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(
    credentials: Credentials | ClientCredentials,
    options: AsyncS3DownloaderOptions = {},
  ) {
    const settings = checkSettings(credentials, options, {
      maxPoolConnections: 50,
      maxConcurrent: 8,
    });
    const { main, thread, threads } = shareSettings(settings);
    this.#engine = new DownloadEngine(
      main,
      thread && new WorkerThreads(thread, threads),
    );
    this.#maxConcurrent = settings.maxConcurrent;
  }

  /**
   * Downloads one object into memory; decompresses it unless `decompress` is `false`.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param options How to download it.
   * @returns The content.
   * @throws {TooLargeError} If the content has more than `maxBytes` bytes.
   * @throws {FlatbedError} If it cannot be downloaded; the subclass says why.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async downloadOne(
    bucket: string,
    key: string,
    options: MemoryOptions = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const checked = checkMemoryDownload(bucket, key, options);
    return await this.#engine.toMemory(bucket, key, checked);
  }

  /**
   * Downloads several objects into memory, `maxConcurrent` at once.
   *
   * @param bucket The bucket's name.
   * @param keys The objects' keys.
   * @param options How to download them.
   * @returns The contents in the order of `keys`. An object that cannot be downloaded, or
   * whose key is invalid, is `null`, and `onFailure` is called with the reason.
   * @throws {CredentialsError} If the service refuses the credentials: that ends the whole batch,
   * as does a missing permission (`Deno.errors.NotCapable`).
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async downloadBatch(
    bucket: string,
    keys: readonly string[],
    options: BatchOptions = {},
  ): Promise<(Uint8Array<ArrayBuffer> | null)[]> {
    assertBucketName(bucket);
    assertArray(keys, "keys");
    const { onFailure, signal, ...checked } = checkBatchOptions(options);
    return await downloadBatch(
      keys,
      this.#maxConcurrent,
      { onFailure, signal },
      (key, signal) => this.#downloadItem(bucket, key, { ...checked, signal }),
    );
  }

  /** One object of a batch: an invalid key is a failure of this one only. */
  async #downloadItem(
    bucket: string,
    key: unknown,
    options: CheckedMemoryOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    try {
      assertKey(key);
    } catch (error) {
      this.#engine.statistics.count(false);
      throw error;
    }
    return await this.#engine.toMemory(bucket, key, options);
  }

  /**
   * Downloads one object to a file; decompresses it unless `decompress` is `false`, and
   * creates missing folders. The bytes are written to part files beside `localPath`,
   * verified, flushed to the disk, and then renamed. A later call resumes what an
   * interrupted one has left. Requires Deno.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param localPath The file's path, or its `file:` URL.
   * @param options How to download it.
   * @returns What was written, and what proves it.
   * @throws {FlatbedError} If it cannot be downloaded or written; the subclass says why.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async downloadToFile(
    bucket: string,
    key: string,
    localPath: string | URL,
    options: FileOptions = {},
  ): Promise<DownloadedFile> {
    assertDeno("downloadToFile()");
    const checked = checkFileDownload(bucket, key, options);
    const path = checkPath(localPath);
    return await this.#engine.toFile(bucket, key, path, checked);
  }

  /**
   * Downloads many objects to a folder, each under its key. A file that is there is kept
   * if it is the object: proven by its MD5 if the ETag is one, else by its size and time.
   * If one object fails, the others go on, unless all of them would fail in the same way.
   * Needs Deno.
   *
   * @param bucket The bucket's name.
   * @param keys The objects' keys.
   * @param folder The folder; it is created if it does not exist.
   * @param options How to download them, and what is called with each event.
   * @returns How many files were downloaded, were there, and failed. The `summary` event
   * has the same, also if the run fails.
   * @throws {CredentialsError} If the service refuses the credentials. A full disk and a
   * missing permission end the run as well.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If an argument's value is impossible, such as a key with `..`.
   * @throws {unknown} The signal's reason, if the signal is aborted, or what `onEvent` throws.
   *
   * @example
   * ```ts
   * import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";
   * import { assertEquals } from "@std/assert";
   *
   * await using downloader = new AsyncS3Downloader({
   *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
   *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
   * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
   * const catalog = new S3Catalog();
   * const { failed } = await downloader.downloadFiles(
   *   catalog.bucket,
   *   catalog.getDateRangeKeys("stocks_daily", "2024-01-02", "2024-01-05"),
   *   "flatfiles",
   *   {
   *     decompress: false,
   *     onEvent(event) {
   *       if (event.code === "fetched") console.log(event.path, event.bytes);
   *       if (event.code === "failed") console.log(event.error.message);
   *     },
   *   },
   * );
   * assertEquals(failed, 0);
   * ```
   */
  async downloadFiles(
    bucket: string,
    keys: readonly string[],
    folder: string | URL,
    options: DownloadFilesOptions = {},
  ): Promise<DownloadFilesSummary> {
    assertDeno("downloadFiles()");
    checkDownloadFiles(bucket, keys, folder, options);
    const { maxConcurrent = this.#maxConcurrent } = options;
    return await downloadFiles(
      this,
      bucket,
      keys,
      checkPath(folder),
      maxConcurrent,
      options,
    );
  }

  /**
   * Opens one object as a stream; decompresses it unless `decompress` is `false`. Any
   * number can be open: a stream that is not being read yields its connection to
   * downloads that wait for one, and requests the rest when it is read again. Cancel a
   * stream that you do not read to its end.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param options How to download it.
   * @returns The content. The stream fails with the same errors as this method.
   * @throws {FlatbedError} If it cannot be opened; the subclass says why.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async openStream(
    bucket: string,
    key: string,
    options: DownloadOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const checked = checkDownload(bucket, key, options);
    return await this.#engine.toStream(bucket, key, checked);
  }

  /**
   * Opens one version of an object for reading ranges of its stored bytes.
   *
   * @param bucket The bucket's name.
   * @param object The object, as {@linkcode AsyncS3Downloader.getObjectInfo} gives it: its key, size and ETag.
   * @returns The object's bytes. A slice fails with an `ObjectChangedError` if the object was replaced.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If the size is no size, or the ETag is empty: nothing would identify the version.
   */
  openRanges(
    bucket: string,
    object: Pick<ObjectInfo, "key" | "size" | "etag">,
  ): RangeSource {
    const { key, size, etag } = object;
    checkDownload(bucket, key, {});
    assertInteger(size, "size", 0);
    assertVersion(etag);
    return {
      size,
      slice: async (start, end, { signal } = {}) => {
        assertInteger(start, "start", 0);
        assertInteger(end, "end", start);
        if (end > size) throw wrongValue("end", `at most ${size}`, end);
        const range = { start, end, etag };
        return await this.#engine.toRange(bucket, key, range, signal);
      },
    };
  }

  /**
   * Downloads ranges of one version of an object to their places, several at once. So
   * several processes can share an object: each downloads its own ranges, and one of them
   * proves the whole with {@linkcode AsyncS3Downloader.finishFile}.
   *
   * @param bucket The bucket's name.
   * @param object The version, as {@linkcode AsyncS3Downloader.getObjectInfo} gives it: its key, size and ETag.
   * @param ranges The ranges, which do not overlap.
   * @param sink Where they are written to. What has arrived is saved also if the rest fails.
   * @param options The signal, and what is told of the progress.
   * @throws {ObjectChangedError} If the object was replaced.
   * @throws {FlatbedError} If a range cannot be downloaded or written.
   * @throws {RangeError} If a range is not within the object, or the ETag is empty.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async downloadRanges(
    bucket: string,
    object: Pick<ObjectInfo, "key" | "size" | "etag">,
    ranges: readonly ByteRange[],
    sink: RangeSink,
    options: RangesOptions = {},
  ): Promise<void> {
    const { key, size, etag } = object;
    checkDownload(bucket, key, {});
    assertInteger(size, "size", 0);
    assertVersion(etag);
    for (const { start, end } of ranges) {
      assertInteger(start, "start", 0);
      assertInteger(end, "end", start);
      if (end > size) throw wrongValue("end", `at most ${size}`, end);
    }
    await this.#engine.toRanges(bucket, object, ranges, sink, options);
  }

  /**
   * Proves a file that was put together of ranges, as {@linkcode AsyncS3Downloader.downloadToFile}
   * proves what it has downloaded, and only then gives it its final name. Requires Deno.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param collected The file, and the version of the object that it should be.
   * @param localPath The final path, or its `file:` URL, on the same file system.
   * @param options How to prove it.
   * @returns What was written, and what proves it.
   * @throws {ObjectChangedError} If the object was replaced meanwhile.
   * @throws {IntegrityError} If the file is not the object.
   * @throws {FlatbedError} If it cannot be read or written; the file stays as it is.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async finishFile(
    bucket: string,
    key: string,
    collected: CollectedFile,
    localPath: string | URL,
    options: CollectedOptions = {},
  ): Promise<DownloadedFile> {
    assertDeno("finishFile()");
    const checked = checkFileDownload(bucket, key, options);
    assertString(collected.base, "base");
    assertInteger(collected.size, "size", 0);
    assertVersion(collected.etag);
    const path = checkPath(localPath);
    return await this.#engine.toFile(bucket, key, path, {
      ...checked,
      expectedSize: collected.size,
      collected,
    });
  }

  /**
   * Opens an object, or a range of one, as it is stored, and tells which version it is: one
   * request for both. It counts as one of the concurrent downloads until it is disposed of.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param options Which bytes of which version.
   * @returns The bytes. Reading fails with the same errors as this method.
   * @throws {ObjectChangedError} If the version of `etag` is not there any more.
   * @throws {FlatbedError} If it cannot be opened; the subclass says why.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async openStored(
    bucket: string,
    key: string,
    options: StoredBytesOptions = {},
  ): Promise<StoredBytes> {
    const { start = 0, end, etag, signal, ...others } = options;
    checkDownload(bucket, key, { signal, ...others });
    assertInteger(start, "start", 0);
    if (end !== undefined) assertInteger(end, "end", start);
    if (etag !== undefined) assertString(etag, "etag");
    return await this.#engine.toReader(bucket, key, options);
  }

  /**
   * Lists the first keys that begin with a prefix, in the order of their UTF-8 bytes.
   *
   * @param bucket The bucket's name.
   * @param prefix The beginning of the keys; the empty string for all.
   * @param maxKeys How many keys at most; for 0, no request is made.
   * @param options The signal.
   * @returns The keys.
   * @throws {FlatbedError} If they cannot be listed.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async listObjects(
    bucket: string,
    prefix: string,
    maxKeys = 1000,
    options: Abortable = {},
  ): Promise<string[]> {
    assertBucketName(bucket);
    assertPrefix(prefix);
    assertInteger(maxKeys, "maxKeys", 0);
    const signal = checkAbortable(options);
    if (maxKeys === 0) return [];
    const objects = this.#engine.list(bucket, prefix, maxKeys, signal);
    return (await Array.fromAsync(objects)).map(({ key }) => key);
  }

  /**
   * Lists all objects whose keys begin with a prefix; each page is requested when it is
   * needed.
   *
   * @param bucket The bucket's name.
   * @param prefix The beginning of the keys; the empty string for all.
   * @param options The signal.
   * @returns The objects, in the order of their keys' UTF-8 bytes.
   * @throws {FlatbedError} If they cannot be listed.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  iterateObjects(
    bucket: string,
    prefix: string,
    options: Abortable = {},
  ): AsyncIterableIterator<ObjectInfo> {
    assertBucketName(bucket);
    assertPrefix(prefix);
    return this.#engine.list(
      bucket,
      prefix,
      undefined,
      checkAbortable(options),
    );
  }

  /**
   * Lists the objects and folders of one level: keys that have a slash after the prefix
   * are grouped into folders.
   *
   * @param bucket The bucket's name.
   * @param prefix A folder with its slash; the empty string for the top level.
   * @param options The signal.
   * @returns The folders and objects.
   * @throws {FlatbedError} If they cannot be listed.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  iterateFolder(
    bucket: string,
    prefix: string,
    options: Abortable = {},
  ): AsyncIterableIterator<ObjectInfo | Folder> {
    assertBucketName(bucket);
    assertPrefix(prefix);
    return this.#engine.listFolder(bucket, prefix, checkAbortable(options));
  }

  /**
   * Tells whether an object exists.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param options The signal.
   * @returns Whether it exists.
   * @throws {FlatbedError} If the service does not say, for instance because access is denied.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async checkExists(
    bucket: string,
    key: string,
    options: Abortable = {},
  ): Promise<boolean> {
    try {
      await this.getObjectInfo(bucket, key, options);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  /**
   * Requests an object's metadata without its content.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param options The signal.
   * @returns Its size, ETag and date.
   * @throws {NotFoundError} If there is no such object.
   * @throws {FlatbedError} If the service does not say.
   * @throws {unknown} The signal's reason, if the signal is aborted.
   */
  async getObjectInfo(
    bucket: string,
    key: string,
    options: Abortable = {},
  ): Promise<ObjectInfo> {
    checkDownload(bucket, key, {});
    return await this.#engine.head(bucket, key, checkAbortable(options));
  }

  /**
   * Counts what was done since the downloader was created, or since the last reset.
   *
   * @returns The counts.
   */
  getStatistics(): DownloadStatistics {
    return this.#engine.statistics.get();
  }

  /**
   * What comes over the connections: how many bytes have arrived since the downloader was
   * created, how often the service asked to slow down, and how many connections are in use.
   * Cheap: it may be asked every second.
   *
   * @returns The figures.
   *
   * @example
   * ```ts
   * import { AsyncS3Downloader } from "@flatbed/flatbed/download";
   * import { assertEquals } from "@std/assert";
   *
   * await using downloader = new AsyncS3Downloader({
   *   accessKeyId: "made-up",
   *   secretAccessKey: "made-up",
   * });
   * assertEquals(downloader.getTraffic().bytesReceived, 0);
   * ```
   */
  getTraffic(): Traffic {
    return this.#engine.traffic;
  }

  /** Resets the statistics to zero. */
  resetStatistics(): void {
    this.#engine.statistics.reset();
  }

  /** Aborts what is under way, waits for its end, and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close();
  }
}

/** Asserts that an ETag identifies a version. */
function assertVersion(etag: string): void {
  assertString(etag, "etag");
  if (etag === "") throw wrongValue("etag", "an object's ETag", etag);
}
