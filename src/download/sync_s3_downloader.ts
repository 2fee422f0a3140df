import { assertDeno } from "../files/mod.ts";
import {
  assertBucketName,
  assertInteger,
  assertPrefix,
  NotFoundError,
} from "../base/mod.ts";
import type { Credentials } from "../store/mod.ts";
import type { DownloadedFile } from "./downloaded_file.ts";
import {
  checkDownload,
  checkFileDownload,
  checkMemoryDownload,
  SYNC_FILE_OPTIONS,
  SYNC_MEMORY_OPTIONS,
} from "./check_download.ts";
import { checkPath } from "./check_path.ts";
import type { SyncFileOptions, SyncMemoryOptions } from "./download_options.ts";
import type { DownloaderOptions } from "./downloader_options.ts";
import {
  checkSettings,
  DOWNLOADER_OPTIONS,
  type Settings,
} from "./settings.ts";
import type { DownloadStatistics } from "./statistics.ts";
import { BlockingThread } from "./workers/blocking_thread.ts";
import type {
  JobArguments,
  JobName,
  JobResult,
} from "./workers/thread_protocol.ts";

/**
 * Downloads objects from an S3 service with calls that block until they are done: for
 * scripts and notebooks without promises. A worker does the work. The downloader need
 * not be closed: its worker ends with the script. Requires Deno.
 *
 * @example
 * ```ts
 * import { S3Catalog, SyncS3Downloader } from "@flatbed/flatbed";
 *
 * using downloader = new SyncS3Downloader({
 *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
 * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
 * const catalog = new S3Catalog();
 * const csv = downloader.download(
 *   catalog.bucket,
 *   catalog.getStocksDailyKey("2024-01-02"),
 * );
 * console.log(new TextDecoder().decode(csv.subarray(0, 200)));
 * ```
 */
export class SyncS3Downloader implements Disposable {
  readonly #settings: Settings;
  #worker: BlockingThread | undefined;
  #isClosed = false;

  /**
   * Creates a downloader. It starts nothing before the first call.
   *
   * @param credentials The keys to sign requests with.
   * @param options How to download.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If an option is out of range.
   */
  constructor(credentials: Credentials, options: DownloaderOptions = {}) {
    assertDeno("SyncS3Downloader");
    this.#settings = checkSettings(credentials, options, {
      maxPoolConnections: 10,
      maxConcurrent: 1,
    }, DOWNLOADER_OPTIONS);
    if (this.#settings.client !== undefined) {
      throw new TypeError(
        "Cannot use a client: it cannot go to another thread, where this downloader works",
      );
    }
  }

  /**
   * Downloads one object into memory, and blocks; decompresses it unless `decompress` is
   * `false`.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param options How to download it.
   * @returns The content.
   * @throws {TooLargeError} If the content has more than `maxBytes` bytes.
   * @throws {FlatbedError} If it cannot be downloaded; the subclass says why.
   */
  download(
    bucket: string,
    key: string,
    options: SyncMemoryOptions = {},
  ): Uint8Array<ArrayBuffer> {
    const checked = checkMemoryDownload(
      bucket,
      key,
      options,
      SYNC_MEMORY_OPTIONS,
    );
    return new Uint8Array(this.#call("toMemory", [bucket, key, checked]));
  }

  /**
   * Downloads one object to a file, and blocks, like
   * {@linkcode AsyncS3Downloader.downloadToFile}. The file is not held in memory.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @param localPath The file's path, or its `file:` URL.
   * @param options How to download it.
   * @returns What was written, and what proves it.
   * @throws {FlatbedError} If it cannot be downloaded or written; the subclass says why.
   */
  downloadToFile(
    bucket: string,
    key: string,
    localPath: string | URL,
    options: SyncFileOptions = {},
  ): DownloadedFile {
    const checked = checkFileDownload(bucket, key, options, SYNC_FILE_OPTIONS);
    return this.#call("toFile", [bucket, key, checkPath(localPath), checked]);
  }

  /**
   * Lists the first keys that begin with a prefix, in the order of their UTF-8 bytes, and
   * blocks.
   *
   * @param bucket The bucket's name.
   * @param prefix The beginning of the keys; the empty string for all.
   * @param maxKeys How many keys at most; for 0, no request is made.
   * @returns The keys.
   * @throws {FlatbedError} If they cannot be listed.
   */
  listObjects(bucket: string, prefix: string, maxKeys = 1000): string[] {
    assertBucketName(bucket);
    assertPrefix(prefix);
    assertInteger(maxKeys, "maxKeys", 0);
    if (maxKeys === 0) return [];
    return this.#call("listKeys", [bucket, prefix, maxKeys]);
  }

  /**
   * Tells whether an object exists, and blocks.
   *
   * @param bucket The bucket's name.
   * @param key The object's key.
   * @returns Whether it exists.
   * @throws {FlatbedError} If the service does not say, for instance because access is denied.
   */
  checkExists(bucket: string, key: string): boolean {
    checkDownload(bucket, key, {});
    try {
      this.#call("head", [bucket, key]);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  }

  /**
   * Counts what was done since the downloader was created, or since the last reset.
   *
   * @returns The counts.
   */
  getStatistics(): DownloadStatistics {
    return this.#call("getStatistics", []);
  }

  /** Resets the statistics to zero. */
  resetStatistics(): void {
    this.#call("resetStatistics", []);
  }

  /** Ends the worker. Every further call except this one is a `TypeError`. */
  close(): void {
    this.#isClosed = true;
    this.#worker?.close();
  }

  /** The same as {@linkcode SyncS3Downloader.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #call<N extends JobName>(method: N, args: JobArguments<N>): JobResult<N> {
    if (this.#isClosed || this.#worker?.isClosed) {
      throw new TypeError("Cannot use a downloader that is closed");
    }
    this.#worker ??= new BlockingThread(this.#settings);
    return this.#worker.call(method, args);
  }
}
