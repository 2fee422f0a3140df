import {
  AdaptiveSemaphore,
  ByteCollector,
  DamagedAtSourceError,
  IntegrityError,
  linkSignals,
  ObjectChangedError,
  ServiceError,
  tooLarge,
} from "../base/mod.ts";
import {
  type ListPage,
  type ObjectInfo,
  type RequestOptions,
  ResumableBody,
  type ResumableBodyOptions,
  S3Store,
} from "../store/mod.ts";
import type { JobThread, JobThreads } from "./workers/thread_protocol.ts";
import type { DownloadedFile } from "./downloaded_file.ts";
import { FileDownload, UnconfirmedDamageError } from "./file_download.ts";
import type { ObjectSource } from "./object_source.ts";
import type { Folder } from "./folder.ts";
import type {
  CheckedDownloadOptions,
  CheckedFileOptions,
  CheckedMemoryOptions,
} from "./check_download.ts";
import { keyAtEndpoint } from "./key_at_endpoint.ts";
import type { Ranging, Settings } from "./settings.ts";
import { ObjectStream } from "./object_stream.ts";
import { PartFile } from "../files/mod.ts";
import { readContent } from "./read_content.ts";
import { StatisticsCounter } from "./statistics.ts";

/** So many downloads at once are done in this thread. */
const ALONE = 2;

/** What both downloaders do, on arguments that are checked already. */
export class DownloadEngine {
  readonly #store: S3Store;
  /** `undefined` where a client knows it. */
  readonly #endpoint: URL | undefined;
  readonly #objects: AdaptiveSemaphore;
  readonly #ranging: Ranging;
  readonly #threads: JobThreads | undefined;
  readonly #mayBlock: boolean;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  /** How many of them are done in this thread. */
  #here = 0;
  #closed: Promise<void> | undefined;
  /** What has been done. */
  readonly statistics: StatisticsCounter = new StatisticsCounter();

  /**
   * Connects to nothing yet, and starts no thread; `threads` do what it need not do
   * itself.
   */
  constructor(settings: Settings, threads?: JobThreads) {
    this.#threads = threads;
    this.#mayBlock = settings.mayBlock;
    this.#store = new S3Store(settings);
    if (settings.client === undefined) this.#endpoint = settings.endpoint;
    this.#objects = new AdaptiveSemaphore(settings.maxConcurrent);
    this.#ranging = settings.ranging;
  }

  /** Ends what is under way, waits for its end, and closes all connections. */
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

  /** One object to memory. */
  toMemory(
    bucket: string,
    key: string,
    options: CheckedMemoryOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#download(
      options.signal,
      (signal) =>
        this.#share(async (thread) => {
          const { signal: _, onProgress, ...plain } = options;
          return new Uint8Array(
            await thread.run("toMemory", [bucket, key, plain], {
              signal,
              onProgress,
              onRetry: this.statistics.countRetry,
            }),
          );
        }, () => this.#toMemory(bucket, key, options, signal)),
    );
  }

  /**
   * Has a thread do one more download where others are under way already. This one takes
   * its share where it may be blocked.
   */
  async #share<T>(
    there: (thread: JobThread) => Promise<T>,
    here: () => Promise<T>,
  ): Promise<T> {
    const isHere = this.#underWay.size <= ALONE ||
      this.#mayBlock && this.#here <= (this.#threads?.leastJobs ?? 0);
    const thread = isHere ? undefined : await this.#threads?.pick();
    if (thread !== undefined) return await there(thread);
    this.#here++;
    try {
      return await here();
    } finally {
      this.#here--;
    }
  }

  #toMemory(
    bucket: string,
    key: string,
    options: CheckedMemoryOptions,
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const collector = new ByteCollector(key);
    return this.#startingOver(
      async () => {
        const body = await this.#open(bucket, key, {
          signal,
          onRetry: options.onRetry,
        });
        try {
          const size = options.decompress ? undefined : body.info.size;
          let total = 0;
          const count = (bytes: number) => {
            total += bytes;
            if (total > options.maxBytes) {
              throw tooLarge(key, options.maxBytes);
            }
          };
          // Nothing is read that is known to be too much.
          if (size !== undefined) count(size);
          collector.restart(size);
          total = 0;
          const wholeUpTo = this.#mayBlock ? options.maxBytes : undefined;
          await readContent(body, key, { ...options, wholeUpTo }, (bytes) => {
            count(bytes.length);
            collector.write(bytes);
          });
          return collector.take();
        } finally {
          body.cancel();
        }
      },
      undefined,
      options.onRetry,
    );
  }

  /** One object to a file. */
  toFile(
    bucket: string,
    key: string,
    path: string,
    options: CheckedFileOptions,
  ): Promise<DownloadedFile> {
    return this.#download(options.signal, (signal) =>
      this.#share((thread) => {
        const { signal: _, onProgress, ...plain } = options;
        return thread.run("toFile", [bucket, key, path, plain], {
          signal,
          onProgress,
          onRetry: this.statistics.countRetry,
        });
      }, async () => {
        using part = await PartFile.open(path, this.#mayBlock);
        const own = { ...options, signal };
        const source: ObjectSource = {
          bucket,
          key,
          open: (part = {}) =>
            this.#open(bucket, key, {
              ...part,
              signal: part.signal ?? signal,
              onRetry: options.onRetry,
            }),
          head: () => this.#head(bucket, key, signal, options.onRetry),
        };
        const earlier = part.earlierOf(bucket, key);
        const download = new FileDownload(source, part, own, this.#ranging);
        try {
          return await this.#startingOver(
            (isAgain) => download.run(isAgain ? undefined : earlier),
            (error) =>
              error instanceof ObjectChangedError ||
              error instanceof UnconfirmedDamageError ||
              earlier !== undefined && isAboutVersion(error),
            options.onRetry,
          );
        } catch (error) {
          if (error instanceof IntegrityError) await part.discard();
          else await part.keep();
          throw error;
        }
      }));
  }

  /** One object as a stream, which holds its place and its connection only while it is read or nobody else wants them. */
  async toStream(
    bucket: string,
    key: string,
    options: CheckedDownloadOptions,
  ): Promise<ReadableStream<Uint8Array>> {
    const opened = Promise.withResolvers<ObjectStream>();
    const ended = Promise.withResolvers<void>();
    let isCancelled = false;
    const work = this.#run(options.signal, async (signal) => {
      using stop = linkSignals(signal);
      const content = new ObjectStream({
        key,
        take: () => this.#objects.take(stop.signal),
        open: () => this.#open(bucket, key, { signal: stop.signal }),
        offer: (giveBack) => {
          const withdrawals = [
            this.#objects.offer(giveBack),
            this.#store.offerConnection(giveBack),
          ];
          return () => withdrawals.forEach((withdraw) => withdraw());
        },
        onRetry: this.statistics.countRetry,
      }, options);
      let isSuccess = false;
      try {
        await content.open();
        stop.signal.throwIfAborted();
        stop.signal.addEventListener(
          "abort",
          () => ended.reject(stop.signal.reason),
        );
        opened.resolve(content);
        await ended.promise;
        isSuccess = true;
      } finally {
        stop.abort();
        await content.end();
        if (!isCancelled) this.statistics.count(isSuccess);
      }
    });
    work.catch(opened.reject);
    const content = await opened.promise;
    return new ReadableStream<Uint8Array>({
      start(controller) {
        // It is counted by then, and nobody need read to learn of it.
        work.catch((error) => controller.error(error));
      },
      async pull(controller) {
        try {
          const bytes = await content.read();
          // Its memory may be used again.
          if (bytes !== undefined) return controller.enqueue(bytes.slice());
          ended.resolve();
          await work;
          controller.close();
        } catch (error) {
          ended.reject(error);
          await work.catch(() => {});
        }
      },
      async cancel() {
        isCancelled = true;
        ended.reject(
          new DOMException("The stream was cancelled", "AbortError"),
        );
        await work.catch(() => {}); // nobody wants the rest
      },
    }, { highWaterMark: 0 });
  }

  /** Whether there is an object; a 404 alone says that there is none. */
  head(
    bucket: string,
    key: string,
    signal?: AbortSignal,
  ): Promise<ObjectInfo> {
    return this.#run(signal, (signal) => this.#head(bucket, key, signal));
  }

  #head(
    bucket: string,
    key: string,
    signal: AbortSignal,
    onRetry?: () => void,
  ): Promise<ObjectInfo> {
    return this.#named(key, (name) =>
      this.#store.head(bucket, name, {
        signal,
        onRetry: () => this.#countRetry(onRetry),
      }));
  }

  /** The objects whose keys begin with a prefix, at most `limit`. */
  async *list(
    bucket: string,
    prefix: string,
    limit?: number,
    signal?: AbortSignal,
  ): AsyncGenerator<ObjectInfo> {
    const name = await this.#named(prefix, (name) => Promise.resolve(name));
    yield* this.#entriesOf(
      signal,
      (options) => this.#store.listPages(bucket, name, options, limit),
    );
  }

  /** The objects and folders of one level. */
  async *listFolder(
    bucket: string,
    prefix: string,
    signal?: AbortSignal,
  ): AsyncGenerator<ObjectInfo | Folder> {
    const name = await this.#named(prefix, (name) => Promise.resolve(name));
    yield* this.#entriesOf(
      signal,
      (options) =>
        foldersAndObjects(this.#store.listLevel(bucket, name, options)),
    );
  }

  async *#entriesOf<T>(
    signal: AbortSignal | undefined,
    list: (options: RequestOptions) => AsyncGenerator<T[]>,
  ): AsyncGenerator<T> {
    using link = linkSignals(signal, this.#closing.signal);
    const { signal: either } = link;
    const pages = list({
      signal: either,
      onRetry: this.statistics.countRetry,
    });
    while (true) {
      const { value, done } = await this.#run(undefined, () => pages.next());
      if (done) return;
      for (const entry of value) {
        either.throwIfAborted();
        yield entry;
      }
    }
  }

  async #open(
    bucket: string,
    key: string,
    part: Omit<ResumableBodyOptions, "onRetry"> & {
      onRetry?: (() => void) | undefined;
    },
  ): Promise<ResumableBody> {
    return await this.#named(
      key,
      (name) =>
        ResumableBody.open(this.#store, bucket, name, {
          ...part,
          onRetry: () => this.#countRetry(part.onRetry),
        }),
    );
  }

  /** Does something with a key, or a prefix, under the name that it bears at the endpoint. */
  #named<T>(key: string, action: (name: string) => Promise<T>): Promise<T> {
    if (this.#endpoint !== undefined) {
      return action(keyAtEndpoint(this.#endpoint, key));
    }
    return this.#store.endpoint().then((endpoint) =>
      action(endpoint === undefined ? key : keyAtEndpoint(endpoint, key))
    );
  }

  #countRetry(onRetry?: () => void): void {
    this.statistics.countRetry();
    onRetry?.();
  }

  /** Runs a download, and once more where what went wrong is worth it. */
  async #startingOver<T>(
    download: (isAgain: boolean) => Promise<T>,
    isWorthIt: (error: unknown) => boolean = (error) =>
      error instanceof ObjectChangedError,
    onRetry?: () => void,
  ): Promise<T> {
    try {
      return await download(false);
    } catch (error) {
      if (!isWorthIt(error)) throw error;
      this.#countRetry(onRetry);
      return await download(true);
    }
  }

  /** Runs one object's download, in its place among the others, and counts it. */
  #download<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#run(signal, async (signal) => {
      let isSuccess = false;
      try {
        const release = await this.#objects.take(signal);
        try {
          const result = await work(signal);
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

  /** Runs work that ends when the downloader is closed. */
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

/** Whether an error says that what an earlier run has left is of no use. */
function isAboutVersion(error: unknown): boolean {
  return error instanceof IntegrityError &&
      !(error instanceof DamagedAtSourceError) ||
    error instanceof ServiceError && error.status === 416;
}

async function* foldersAndObjects(
  pages: AsyncIterable<ListPage>,
): AsyncGenerator<(ObjectInfo | Folder)[]> {
  for await (const { folders, objects } of pages) {
    yield [...folders.map((folder) => ({ folder })), ...objects];
  }
}
