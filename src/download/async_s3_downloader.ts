import { assertDeno } from "../files/mod.ts";
import {
  assertArray,
  assertBucketName,
  assertInteger,
  assertKey,
  assertPrefix,
  endsRun,
  linkSignals,
  NotFoundError,
} from "../base/mod.ts";
import type { Credentials, ObjectInfo } from "../store/mod.ts";
import { DownloadEngine } from "./download_engine.ts";
import { DownloadThreads, shareSettings } from "./workers/download_threads.ts";
import type { DownloadedFile } from "./downloaded_file.ts";
import type { Folder } from "./folder.ts";
import {
  checkAbortable,
  checkBatchOptions,
  checkDownload,
  type CheckedMemoryOptions,
  checkFileDownload,
  checkMemoryDownload,
} from "./check_download.ts";
import { checkPath } from "./check_path.ts";
import type {
  Abortable,
  BatchOptions,
  DownloadOptions,
  FileOptions,
  MemoryOptions,
} from "./download_options.ts";
import type {
  AsyncS3DownloaderOptions,
  ClientCredentials,
} from "./downloader_options.ts";
import { checkSettings } from "./settings.ts";
import type { DownloadStatistics } from "./statistics.ts";

/**
 * Downloads objects of an S3 service, many at once. What breaks on the way goes on
 * where it stopped, and what arrives is checked.
 *
 * @example
 * ```ts ignore
 * import { AsyncS3Downloader, S3Catalog } from "@flatbed/flatbed";
 *
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("MASSIVE_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("MASSIVE_SECRET_ACCESS_KEY") ?? "",
 * });
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
   * Makes a downloader; it connects to nothing yet.
   *
   * @param credentials The keys to sign with; or `{ client }`, an `S3Client` of
   * `@aws-sdk/client-s3` that signs and sends instead, with whatever credentials,
   * region and endpoint it has. It stays its owner's, and all is done in one thread.
   * @param options How to download.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If an option's value is out of its range.
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
      thread && new DownloadThreads(thread, threads),
    );
    this.#maxConcurrent = settings.maxConcurrent;
  }

  /**
   * Downloads one object into memory, decompressed unless told otherwise.
   *
   * @throws {TooLargeError} If its content has more than `maxBytes` bytes.
   * @throws {FlatbedError} If it cannot be downloaded; the subclass says why.
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
   * Downloads many objects into memory. The results are in the order of `keys`; an
   * object that cannot be downloaded, or a value that is no key, is `null`, and
   * `onFailure` is told why.
   *
   * @throws {CredentialsError} If the service refuses the credentials: that ends the whole batch,
   * as does a missing permission (`Deno.errors.NotCapable`).
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async downloadBatch(
    bucket: string,
    keys: readonly string[],
    options: BatchOptions = {},
  ): Promise<(Uint8Array<ArrayBuffer> | null)[]> {
    assertBucketName(bucket);
    assertArray(keys, "keys");
    const { onFailure, ...checked } = checkBatchOptions(options);
    using stop = linkSignals(checked.signal);
    const each = { ...checked, signal: stop.signal };

    const results: (Uint8Array<ArrayBuffer> | null)[] = [];
    const queue = [...keys].entries();
    const end = () => {
      for (const _ of queue) { /* nobody takes them any more */ }
    };
    const work = async () => {
      for (const [index, key] of queue) {
        try {
          results[index] = await this.#downloadItem(bucket, key, each);
        } catch (error) {
          each.signal.throwIfAborted();
          if (endsRun(error)) {
            stop.abort(error); // all others would fail alike
            throw error;
          }
          results[index] = null;
          onFailure?.(
            key,
            error instanceof Error ? error : new Error(String(error)),
          );
        }
      }
    };
    const workers = Math.min(this.#maxConcurrent, keys.length);
    await Promise.all(
      Array.from({ length: workers }, () => work().finally(end)),
    );
    return results;
  }

  /** One object of a batch. What is no key fails by itself, and the others go on. */
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
   * Downloads one object to a file, decompressed unless told otherwise, and makes the
   * folders it is in. The bytes are collected in part files beside `localPath`,
   * checked, put on the disk, and only then given the final name. What a broken
   * download leaves is taken up by the next one. Needs Deno.
   *
   * @throws {FlatbedError} If it cannot be downloaded or written; the subclass says why.
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
   * Opens one object as a stream, decompressed unless told otherwise. Any number can be
   * open: one that nobody reads leaves its place among the objects under way, and its
   * connection, to what waits for them, and goes on by a range when it is read again.
   * Cancel a stream that is not read to its end.
   *
   * @throws {FlatbedError} If it cannot be opened; the stream's own errors are the same.
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
   * The first keys that begin with a prefix, at most `maxKeys`, in the order of their
   * UTF-8 bytes. For 0 keys, nothing is asked.
   *
   * @throws {FlatbedError} If they cannot be listed.
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
   * All objects whose keys begin with a prefix, fetched page after page as they are
   * asked for.
   *
   * @throws {FlatbedError} If they cannot be listed.
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
   * The objects and folders of one level: what is behind a slash further on in a key is
   * summed up in a folder.
   *
   * @param bucket The bucket's name.
   * @param prefix A folder with its slash, or empty for the topmost level.
   * @throws {FlatbedError} If they cannot be listed.
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
   * Whether there is such an object.
   *
   * @throws {FlatbedError} If the service says neither yes nor no, for instance where access is denied.
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
   * What is known of an object without reading it: its size, ETag and date.
   *
   * @throws {FlatbedError} If there is no such object, or the service does not tell.
   */
  async getObjectInfo(
    bucket: string,
    key: string,
    options: Abortable = {},
  ): Promise<ObjectInfo> {
    checkDownload(bucket, key, {});
    return await this.#engine.head(bucket, key, checkAbortable(options));
  }

  /** What has been done since the downloader was made, or since the last reset. */
  getStatistics(): DownloadStatistics {
    return this.#engine.statistics.get();
  }

  /** Starts the statistics again from zero. */
  resetStatistics(): void {
    this.#engine.statistics.reset();
  }

  /** Ends what is under way, and closes all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close();
  }
}
