import {
  MessageChannel,
  type MessagePort,
  type Worker,
} from "node:worker_threads";
import { assertDeno } from "../files/mod.ts";
import {
  assertBucketName,
  assertInteger,
  assertPrefix,
  NotFoundError,
  TransferError,
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
import { decodeError } from "./workers/error_codec.ts";
import { receiveBlocking } from "./workers/receive_blocking.ts";
import { startWorker } from "./workers/start_worker.ts";
import type {
  FromThread,
  Job,
  JobArguments,
  JobName,
  JobResult,
  ToThread,
} from "./workers/thread_protocol.ts";

/** How long the worker may take to load its modules, also over a slow network, in milliseconds. */
const START_PATIENCE = 120_000;
/** How long the worker may give no sign of life, in milliseconds. */
const CALL_PATIENCE = 60_000;

/** A worker that runs, and how to talk with it. */
interface Connection {
  worker: Worker;
  port: MessagePort;
  flag: Int32Array<SharedArrayBuffer>;
}

/**
 * Downloads objects of an S3 service with calls that block until all is there: for
 * scripts and notebooks that want no promises. A worker does the work. It needs no
 * closing: a script ends when it is done. Needs Deno.
 *
 * @example
 * ```ts ignore
 * import { S3Catalog, SyncS3Downloader } from "@flatbed/flatbed";
 *
 * using downloader = new SyncS3Downloader({
 *   accessKeyId: Deno.env.get("MASSIVE_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("MASSIVE_SECRET_ACCESS_KEY") ?? "",
 * });
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
  #connection: Connection | undefined;
  #isClosed = false;

  /**
   * Makes a downloader; it connects to nothing yet.
   *
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If an option's value is out of its range.
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
   * Downloads one object into memory, decompressed unless told otherwise. Blocks.
   *
   * @throws {TooLargeError} If its content has more than `maxBytes` bytes.
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
   * Downloads one object to a file, like {@linkcode AsyncS3Downloader.downloadToFile},
   * and blocks. No copy of the file is held in memory.
   *
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
   * The first keys that begin with a prefix, at most `maxKeys`, in the order of their
   * UTF-8 bytes. For 0 keys, nothing is asked. Blocks.
   *
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
   * Whether there is such an object. Blocks.
   *
   * @throws {FlatbedError} If the service says neither yes nor no, for instance where access is denied.
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

  /** What has been done since the downloader was made, or since the last reset. */
  getStatistics(): DownloadStatistics {
    return this.#call("getStatistics", []);
  }

  /** Starts the statistics again from zero. */
  resetStatistics(): void {
    this.#call("resetStatistics", []);
  }

  /** Ends the worker. Every further call but this one is a `TypeError`. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.worker.terminate();
    this.#connection?.port.close();
    this.#connection = undefined;
  }

  /** The same as {@linkcode SyncS3Downloader.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Has the worker do a job, and sleeps until it is done. */
  #call<N extends JobName>(method: N, args: JobArguments<N>): JobResult<N> {
    if (this.#isClosed) {
      throw new TypeError("Cannot use a downloader that is closed");
    }
    const connection = this.#connection ??= this.#connect();
    const message: ToThread = {
      id: 0, // one after the other
      job: { method, args } as Job,
      wantsProgress: false,
    };
    connection.port.postMessage(message);
    while (true) {
      const answer = this.#receive(connection, CALL_PATIENCE);
      if (answer.kind === "done") return answer.result as JobResult<N>;
      if (answer.kind === "failed") throw decodeError(answer.error);
    }
  }

  #connect(): Connection {
    const { port1: port, port2 } = new MessageChannel();
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const worker = startWorker({
      settings: { ...this.#settings, endpoint: this.#settings.endpoint.href },
      blocking: { port: port2, flag },
    }, [port2]);
    worker.unref(); // it ends with the script
    const connection = { worker, port, flag };
    try {
      const answer = this.#receive(connection, START_PATIENCE);
      if (answer.kind === "unable") throw decodeError(answer.error);
      return connection;
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  #receive({ port, flag }: Connection, patience: number): FromThread {
    const message = receiveBlocking(port, flag, patience);
    if (message !== undefined) return message as FromThread;
    this.close(); // whatever it still posts would be taken for the next answer
    throw new TransferError(
      `Cannot go on: the downloader's worker has given no sign of life for ${
        patience / 1000
      } seconds`,
    );
  }
}
