import { Worker } from "node:worker_threads";
import { assertBucketName } from "../catalog/mod.ts";
import { assertDeno } from "../files/mod.ts";
import {
  assertInteger,
  assertPrefix,
  ByteCollector,
  TooLargeError,
  TransferError,
} from "../base/mod.ts";
import type { Credentials } from "../store/mod.ts";
import { ByteRing } from "./workers/byte_ring.ts";
import type { DownloadedFile } from "./file_download.ts";
import { decodeError } from "./workers/error_codec.ts";
import {
  checkDownload,
  checkFileDownload,
  checkMemoryDownload,
  checkPath,
  checkSettings,
  DOWNLOADER_OPTIONS,
  type DownloaderOptions,
  type Settings,
  SYNC_FILE_OPTIONS,
  SYNC_MEMORY_OPTIONS,
  type SyncFileOptions,
  type SyncMemoryOptions,
} from "./options.ts";
import type { DownloadStatistics } from "./statistics.ts";
import { Frame, HEAD_BYTES, type WorkerCall } from "./workers/sync_protocol.ts";
import { workerModule } from "./workers/worker_module.ts";

/** The ring holds 2^22 bytes, 4 MiB. */
const RING_BITS = 22;
/** How long the worker may take to load its modules, also over a slow network, in milliseconds. */
const START_PATIENCE = 120_000;
/** How long the worker may give no sign of life, in milliseconds. */
const CALL_PATIENCE = 60_000;

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
  #connection: { worker: Worker; ring: ByteRing } | undefined;
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
    const { decompress, maxBytes } = checkMemoryDownload(
      bucket,
      key,
      options,
      SYNC_MEMORY_OPTIONS,
    );
    const checked = { decompress, maxBytes };
    const collector = new ByteCollector(key);
    this.#call({ method: "download", args: [bucket, key, checked] }, collector);
    return collector.take();
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
    // Functions and signals do not travel between threads.
    const { decompress, trustEtag } = checkFileDownload(
      bucket,
      key,
      options,
      SYNC_FILE_OPTIONS,
    );
    const checked = {
      decompress,
      sha256: false,
      trustEtag,
      expectedSize: undefined,
      replaceByDamaged: false,
    };
    const path = checkPath(localPath);
    const file = this.#call({
      method: "downloadToFile",
      args: [bucket, key, path, checked],
    }) as DownloadedFile;
    // JSON has no dates, and no word for `undefined`.
    const lastModified = file.lastModified ?? undefined;
    return { ...file, lastModified: lastModified && new Date(lastModified) };
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
    return this.#call({
      method: "listObjects",
      args: [bucket, prefix, maxKeys],
    }) as string[];
  }

  /**
   * Whether there is such an object. Blocks.
   *
   * @throws {FlatbedError} If the service says neither yes nor no, for instance where access is denied.
   */
  checkExists(bucket: string, key: string): boolean {
    checkDownload(bucket, key, {});
    return this.#call({
      method: "checkExists",
      args: [bucket, key],
    }) as boolean;
  }

  /** What has been done since the downloader was made, or since the last reset. */
  getStatistics(): DownloadStatistics {
    return this.#call({
      method: "getStatistics",
      args: [],
    }) as DownloadStatistics;
  }

  /** Starts the statistics again from zero. */
  resetStatistics(): void {
    this.#call({ method: "resetStatistics", args: [] });
  }

  /** Ends the worker. Every further call but this one is a `TypeError`. */
  close(): void {
    this.#isClosed = true;
    this.#connection?.worker.terminate();
    this.#connection = undefined;
  }

  /** The same as {@linkcode SyncS3Downloader.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Has the worker do something, and sleeps until it is done. */
  #call(call: WorkerCall, collector?: ByteCollector): unknown {
    if (this.#isClosed) {
      throw new TypeError("Cannot use a downloader that is closed");
    }
    const { worker, ring } = this.#connection ??= this.#connect();
    worker.postMessage(call);
    // Where there is no room for the bytes, the rest of the answer is read all the same.
    let noRoom: TooLargeError | undefined;
    const reserve = (length: number) => {
      try {
        return noRoom === undefined ? collector?.reserve(length) : undefined;
      } catch (error) {
        if (!(error instanceof TooLargeError)) throw error;
        noRoom = error;
      }
    };
    while (true) {
      const { kind, length } = this.#readHead(ring, CALL_PATIENCE);
      const payload = (kind === Frame.Data ? reserve(length) : undefined) ??
        new Uint8Array(length);
      this.#read(ring, payload, CALL_PATIENCE);
      switch (kind) {
        case Frame.Begin: {
          const [size = NaN] = new Float64Array(payload.slice().buffer);
          collector?.begin(Number.isNaN(size) ? undefined : size);
          break;
        }
        case Frame.Result:
          if (noRoom !== undefined) throw noRoom;
          return parse(payload);
        case Frame.Error:
          throw decodeError(parse(payload));
      }
    }
  }

  #connect(): { worker: Worker; ring: ByteRing } {
    const ring = ByteRing.allocate(RING_BITS);
    const worker = new Worker(
      workerModule(new URL("./workers/sync_worker.ts", import.meta.url)),
      {
        workerData: {
          memory: ring.memory,
          settings: {
            ...this.#settings,
            endpoint: this.#settings.endpoint.href,
          },
        },
        env: {}, // the worker needs none of it
      },
    );
    worker.unref(); // it ends with the script
    try {
      const { kind, length } = this.#readHead(ring, START_PATIENCE);
      if (kind === Frame.Error) {
        const payload = new Uint8Array(length);
        this.#read(ring, payload, START_PATIENCE);
        throw decodeError(parse(payload));
      }
    } catch (error) {
      worker.terminate();
      throw error;
    }
    return { worker, ring };
  }

  #readHead(
    ring: ByteRing,
    patience: number,
  ): { kind: number; length: number } {
    const head = new Uint32Array(HEAD_BYTES / 4);
    this.#read(ring, new Uint8Array(head.buffer), patience);
    const [kind = 0, length = 0] = head;
    return { kind, length };
  }

  #read(ring: ByteRing, target: Uint8Array, patience: number): void {
    if (ring.read(target, patience)) return;
    this.close(); // whatever it still writes would be taken for the next answer
    throw new TransferError(
      `Cannot go on: the downloader's worker has given no sign of life for ${
        patience / 1000
      } seconds`,
    );
  }
}

function parse(payload: Uint8Array): ReturnType<typeof JSON.parse> {
  return JSON.parse(new TextDecoder().decode(payload));
}
