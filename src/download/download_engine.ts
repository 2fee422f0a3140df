import { AdaptiveSemaphore, type ByteRange, linkSignals } from "../base/mod.ts";
import {
  AwsStore,
  type ListPage,
  type ObjectInfo,
  type ObjectStore,
  type RequestOptions,
  ResumableBody,
  SignedStore,
  type Traffic,
  TrafficMeter,
} from "../store/mod.ts";
import type {
  CheckedDownloadOptions,
  CheckedFileOptions,
  CheckedMemoryOptions,
} from "./check_download.ts";
import { downloadRanges } from "./download_ranges.ts";
import { downloadToFile } from "./download_to_file.ts";
import { downloadToMemory } from "./download_to_memory.ts";
import type { DownloadedFile } from "./downloaded_file.ts";
import type { Folder } from "./folder.ts";
import { keyAtEndpoint } from "./key_at_endpoint.ts";
import type { ObjectSource } from "./object_source.ts";
import { ObjectStream } from "./object_stream.ts";
import type { RangeSink, RangesOptions } from "./ranges_options.ts";
import { type ObjectRange, readRange } from "./read_range.ts";
import type { StoredBytes, StoredBytesOptions } from "./stored_bytes.ts";
import type { Ranging, Settings } from "./settings.ts";
import { StatisticsCounter } from "./statistics.ts";
import { type StreamEnd, toReadable } from "./to_readable.ts";
import type {
  JobOptions,
  JobThread,
  JobThreads,
} from "./workers/thread_protocol.ts";

/** Up to this many concurrent downloads, no other thread is used. */
const LOCAL_DOWNLOADS = 2;
/** The first files of up to so many bytes need no thread: to start one takes as long as all of them. */
const SMALL_FILE = 256 * 1024;
/** How many of them. */
const SMALL_FILES = 12;

/** Does the work of both downloaders. Expects checked arguments. */
export class DownloadEngine {
  readonly #store: ObjectStore;
  /** `undefined` if a client has its own. */
  readonly #endpoint: URL | undefined;
  readonly #objects: AdaptiveSemaphore;
  readonly #ranging: Ranging;
  readonly #threads: JobThreads | undefined;
  readonly #meter: TrafficMeter;
  readonly #allowSyncIO: boolean;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  /** How many downloads run in this thread. */
  #localDownloads = 0;
  #smallFiles = 0;
  #closed: Promise<void> | undefined;
  /** Counts downloads and retries. */
  readonly statistics: StatisticsCounter = new StatisticsCounter();

  /**
   * Opens no connection and starts no thread yet.
   *
   * @param settings What to connect to, and how.
   * @param threads Other threads for downloads that run at the same time.
   */
  constructor(settings: Settings, threads?: JobThreads) {
    this.#threads = threads;
    this.#allowSyncIO = settings.allowSyncIO;
    const { client } = settings;
    this.#meter = new TrafficMeter(settings.trafficMemory);
    const metered = { ...settings, meter: this.#meter };
    this.#store = client === undefined
      ? new SignedStore(metered)
      : new AwsStore({ ...metered, client });
    if (settings.client === undefined) this.#endpoint = settings.endpoint;
    this.#objects = new AdaptiveSemaphore(settings.maxConcurrent);
    this.#ranging = settings.ranging;
  }

  /** What comes over its connections, those of its threads included. */
  get traffic(): Traffic {
    return this.#meter.get();
  }

  /** Aborts what is under way, waits for its end, and closes all connections. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closing.abort(
      new DOMException("The downloader was closed", "AbortError"),
    );
    await Promise.allSettled([...this.#underWay]);
    await this.#threads?.close();
    this.#store.close();
  }

  /** Downloads an object into memory. */
  toMemory(
    bucket: string,
    key: string,
    options: CheckedMemoryOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#download(
      options,
      async (thread, plain, common) =>
        new Uint8Array(
          await thread.run("toMemory", [bucket, key, plain], common),
        ),
      (signal) =>
        downloadToMemory(
          this.#source(bucket, key, signal, options.onRetry),
          options,
          this.#allowSyncIO,
        ),
    );
  }

  /** Downloads an object to a file. */
  toFile(
    bucket: string,
    key: string,
    path: string,
    options: CheckedFileOptions,
  ): Promise<DownloadedFile> {
    return this.#download(
      options,
      (thread, plain, common) =>
        thread.run("toFile", [bucket, key, path, plain], common),
      (signal) =>
        downloadToFile(
          this.#source(bucket, key, signal, options.onRetry),
          path,
          { ...options, signal },
          this.#ranging,
          this.#allowSyncIO,
        ),
      options.expectedSize,
    );
  }

  /** Opens an object as a stream, which yields its place and its connection while it is not read. */
  async toStream(
    bucket: string,
    key: string,
    options: CheckedDownloadOptions,
  ): Promise<ReadableStream<Uint8Array>> {
    const opened = Promise.withResolvers<ObjectStream>();
    const ended = Promise.withResolvers<StreamEnd>();
    const work = this.#run(options.signal, async (signal) => {
      using stop = linkSignals(signal);
      const content = new ObjectStream({
        ...this.#source(bucket, key, stop.signal),
        take: () => this.#objects.take(stop.signal),
        offer: (giveBack) => {
          const withdrawals = [
            this.#objects.offer(giveBack),
            this.#store.offerConnection(giveBack),
          ];
          return () => withdrawals.forEach((withdraw) => withdraw());
        },
      }, options);
      let end: StreamEnd | undefined;
      try {
        await content.open();
        stop.signal.throwIfAborted();
        stop.signal.addEventListener(
          "abort",
          () => ended.reject(stop.signal.reason),
        );
        opened.resolve(content);
        end = await ended.promise;
      } finally {
        stop.abort();
        await content.end();
        if (end !== "cancelled") this.statistics.count(end === "read");
      }
    });
    work.catch(opened.reject);
    return toReadable(await opened.promise, work, ended);
  }

  /** Downloads a range of an object into memory. */
  toRange(
    bucket: string,
    key: string,
    range: ObjectRange,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#run(signal, async (signal) => {
      const release = await this.#objects.take(signal);
      try {
        return await readRange(this.#source(bucket, key, signal), range);
      } finally {
        release();
      }
    });
  }

  /** Downloads ranges of a version of an object to their places. */
  toRanges(
    bucket: string,
    object: Pick<ObjectInfo, "key" | "etag">,
    ranges: readonly ByteRange[],
    sink: RangeSink,
    options: RangesOptions,
  ): Promise<void> {
    const { key } = object;
    return this.#run(options.signal, async (signal) => {
      const release = await this.#objects.take(signal);
      try {
        await downloadRanges(
          this.#source(bucket, key, signal),
          object,
          ranges,
          sink,
          { ...options, signal },
          this.#ranging,
        );
      } finally {
        release();
      }
    });
  }

  /** Opens stored bytes of an object; they have a place among the downloads until they are disposed of. */
  async toReader(
    bucket: string,
    key: string,
    { signal, ...part }: StoredBytesOptions,
  ): Promise<StoredBytes> {
    const opened = Promise.withResolvers<StoredBytes>();
    this.#run(signal, async (signal) => {
      const release = await this.#objects.take(signal);
      try {
        const body = await this.#source(bucket, key, signal).open(part);
        try {
          const ended = Promise.withResolvers<void>();
          opened.resolve({
            info: body.info,
            startsAt: body.startsAt,
            read: () => body.read(),
            [Symbol.dispose]: () => ended.resolve(),
          });
          await ended.promise;
        } finally {
          body.cancel();
        }
      } finally {
        release();
      }
    }).catch(opened.reject);
    return await opened.promise;
  }

  /** Requests the metadata of an object. */
  head(
    bucket: string,
    key: string,
    signal?: AbortSignal,
  ): Promise<ObjectInfo> {
    return this.#run(
      signal,
      (signal) => this.#source(bucket, key, signal).head(),
    );
  }

  /** Lists the objects whose keys begin with a prefix, at most `limit`. */
  list(
    bucket: string,
    prefix: string,
    limit?: number,
    signal?: AbortSignal,
  ): AsyncGenerator<ObjectInfo> {
    return this.#entriesOf(
      prefix,
      signal,
      (name, options) =>
        this.#store.listPages(bucket, name, { ...options, limit }),
      ({ objects }) => objects,
    );
  }

  /** Lists the objects and folders of one level. */
  listFolder(
    bucket: string,
    prefix: string,
    signal?: AbortSignal,
  ): AsyncGenerator<ObjectInfo | Folder> {
    return this.#entriesOf(
      prefix,
      signal,
      (name, options) =>
        this.#store.listPages(bucket, name, { ...options, delimiter: "/" }),
      foldersAndObjects,
    );
  }

  async *#entriesOf<T>(
    prefix: string,
    signal: AbortSignal | undefined,
    list: (name: string, options: RequestOptions) => AsyncGenerator<ListPage>,
    entriesOf: (page: ListPage) => T[],
  ): AsyncGenerator<T> {
    using link = linkSignals(signal, this.#closing.signal);
    const pages = list(await this.#nameOf(prefix), {
      signal: link.signal,
      onRetry: this.statistics.countRetry,
    });
    while (true) {
      const { value, done } = await this.#run(undefined, () => pages.next());
      if (done) return;
      for (const entry of entriesOf(value)) {
        link.signal.throwIfAborted();
        yield entry;
      }
    }
  }

  #source(
    bucket: string,
    key: string,
    signal: AbortSignal,
    ownOnRetry?: () => void,
  ): ObjectSource {
    const onRetry = () => {
      this.statistics.countRetry();
      ownOnRetry?.();
    };
    return {
      bucket,
      key,
      onRetry,
      open: async (part = {}) =>
        await ResumableBody.open(this.#store, bucket, await this.#nameOf(key), {
          ...part,
          signal: part.signal ?? signal,
          onRetry,
        }),
      head: async () =>
        await this.#store.head(bucket, await this.#nameOf(key), {
          signal,
          onRetry,
        }),
    };
  }

  /** A key, or a prefix, in the layout of the endpoint. */
  async #nameOf(key: string): Promise<string> {
    const endpoint = this.#endpoint ?? await this.#store.endpoint();
    return endpoint === undefined ? key : keyAtEndpoint(endpoint, key);
  }

  /** Runs a download as soon as there is a place for it, and counts it. */
  #download<T, O extends CheckedDownloadOptions>(
    options: O,
    there: (
      thread: JobThread,
      plain: Omit<O, "signal" | "onProgress">,
      common: JobOptions,
    ) => Promise<T>,
    here: (signal: AbortSignal) => Promise<T>,
    size?: number,
  ): Promise<T> {
    return this.#run(options.signal, async (signal) => {
      let isSuccess = false;
      try {
        const release = await this.#objects.take(signal);
        try {
          const picked = this.#pickThread(size);
          const thread = picked && await picked;
          const { signal: _, onProgress, ...plain } = options;
          const { countRetry: onRetry } = this.statistics;
          const result = thread === undefined
            ? await this.#runLocal(() => here(signal))
            : await there(thread, plain, { signal, onProgress, onRetry });
          isSuccess = true;
          return result;
        } finally {
          release();
        }
      } finally {
        this.statistics.count(isSuccess);
      }
    });
  }

  /**
   * Picks another thread if several downloads are under way. With `allowSyncIO`, this
   * thread does as many as each of the others.
   */
  #pickThread(size?: number): Promise<JobThread | undefined> | undefined {
    const isEarlyAndSmall = size !== undefined && size <= SMALL_FILE &&
      this.#smallFiles++ < SMALL_FILES;
    const isHere = isEarlyAndSmall ||
      this.#underWay.size <= LOCAL_DOWNLOADS ||
      this.#allowSyncIO &&
        this.#localDownloads <= (this.#threads?.leastJobs ?? 0);
    // Not asynchronous: the next download must already count this one.
    return isHere ? undefined : this.#threads?.pick();
  }

  async #runLocal<T>(download: () => Promise<T>): Promise<T> {
    this.#localDownloads++;
    try {
      return await download();
    } finally {
      this.#localDownloads--;
    }
  }

  /** Runs work that is aborted when the downloader is closed. */
  async #run<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (this.#closing.signal.aborted) {
      throw new TypeError("Cannot use a downloader that is closed");
    }
    using link = linkSignals(signal, this.#closing.signal);
    const promise = work(link.signal);
    this.#underWay.add(promise);
    try {
      return await promise;
    } finally {
      this.#underWay.delete(promise);
    }
  }
}

function foldersAndObjects(
  { folders, objects }: ListPage,
): (ObjectInfo | Folder)[] {
  return [...folders.map((folder) => ({ folder })), ...objects];
}
