import { createHash, type Hash } from "node:crypto";
import {
  IntegrityError,
  isMd5Etag,
  ObjectChangedError,
  type ObjectInfo,
  ResumableBody,
  S3Store,
  ServiceError,
  Slots,
} from "../store/mod.ts";
import { openContent } from "./decompress.ts";
import {
  type CheckedDownloadOptions,
  type DownloadOptions,
  nameAt,
  type Settings,
} from "./options.ts";
import { type EarlierPart, PartFile } from "./part_file.ts";
import { StatisticsCounter } from "./statistics.ts";

/** Where a download's bytes go to. */
export interface Sink {
  /** Called before the first byte, and once more where the download starts over: nothing counts that came before. */
  begin(sizeHint: number | undefined): void;
  /** Takes bytes; they may be kept. */
  write(bytes: Uint8Array): void | Promise<void>;
}

/** A file that has been downloaded. */
export interface DownloadedFile {
  /** The object's key, as it was asked for. */
  key: string;
  /** The file's path, as it was asked for. */
  path: string;
  /** The file's size in bytes. */
  bytes: number;
  /** The object's size as stored, in bytes. */
  size: number;
  /** The object's ETag, without quotes. */
  etag: string;
  /** When the object was last replaced, where the service says it. */
  lastModified: Date | undefined;
  /** How many of the stored bytes an earlier run had left, which were not fetched again. */
  resumedFrom: number;
}

/** What both downloaders do, on arguments that are checked already. */
export class DownloadEngine {
  readonly #store: S3Store;
  readonly #endpoint: URL;
  readonly #objects: Slots;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;
  /** What has been done. */
  readonly statistics: StatisticsCounter = new StatisticsCounter();

  /** Connects to nothing yet. */
  constructor(settings: Settings) {
    this.#store = new S3Store(settings);
    this.#endpoint = settings.endpoint;
    this.#objects = new Slots(settings.maxConcurrent);
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
    this.#store.close();
  }

  /** One object to a sink. */
  toSink(
    bucket: string,
    key: string,
    options: CheckedDownloadOptions,
    sink: Sink,
  ): Promise<void> {
    return this.#download(
      options.signal,
      (signal) =>
        this.#startingOver(async () => {
          const body = await this.#open(bucket, key, { ...options, signal });
          try {
            sink.begin(options.decompress ? undefined : body.info.size);
            for await (const bytes of contentOf(body, key, options)) {
              await sink.write(bytes);
            }
          } finally {
            body.cancel();
          }
        }),
    );
  }

  /** One object to a file. */
  toFile(
    bucket: string,
    key: string,
    path: string,
    options: CheckedDownloadOptions,
  ): Promise<DownloadedFile> {
    return this.#download(options.signal, async (signal) => {
      using part = await PartFile.open(path);
      const own = { ...options, signal };
      const earlier = part.earlierOf(bucket, key);
      try {
        return await this.#startingOver(
          (isAgain) =>
            this.#toPart(part, bucket, key, own, isAgain ? undefined : earlier),
          (error) =>
            error instanceof ObjectChangedError ||
            earlier !== undefined && isAboutVersion(error),
        );
      } catch (error) {
        if (error instanceof IntegrityError) await part.discard();
        else await part.keep();
        throw error;
      }
    });
  }

  /** One object as a stream. */
  async toStream(
    bucket: string,
    key: string,
    options: CheckedDownloadOptions,
  ): Promise<ReadableStream<Uint8Array>> {
    const opened = Promise.withResolvers<AsyncGenerator<Uint8Array>>();
    const ended = Promise.withResolvers<void>();
    let isCancelled = false;
    const work = this.#download(options.signal, async (signal) => {
      const body = await this.#open(bucket, key, { ...options, signal });
      opened.resolve(contentOf(body, key, options));
      const abort = () => ended.reject(signal.reason);
      signal.addEventListener("abort", abort);
      if (signal.aborted) abort();
      try {
        await ended.promise;
      } finally {
        signal.removeEventListener("abort", abort);
        body.cancel();
      }
    }, () => !isCancelled);
    work.catch(opened.reject);
    const content = await opened.promise;
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        try {
          const { value, done } = await content.next();
          if (!done) return controller.enqueue(value);
          ended.resolve();
          await work;
          controller.close();
        } catch (error) {
          ended.reject(error);
          await work.catch(() => {}); // it is counted by then
          controller.error(error);
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
    return this.#run(
      signal,
      (signal) =>
        this.#store.head(bucket, nameAt(this.#endpoint, key), {
          signal,
          onRetry: this.statistics.countRetry,
        }),
    );
  }

  /** The objects whose keys begin with a prefix, at most `limit`. */
  async *list(
    bucket: string,
    prefix: string,
    limit?: number,
    signal?: AbortSignal,
  ): AsyncGenerator<ObjectInfo> {
    const objects = this.#store.list(bucket, nameAt(this.#endpoint, prefix), {
      signal: anySignal(signal, this.#closing.signal),
      onRetry: this.statistics.countRetry,
    }, limit);
    while (true) {
      const { value, done } = await this.#run(undefined, () => objects.next());
      if (done) return;
      yield value;
    }
  }

  async #open(
    bucket: string,
    key: string,
    options: DownloadOptions & {
      start?: number;
      etag?: string;
      md5?: Hash | undefined;
    },
  ): Promise<ResumableBody> {
    return await ResumableBody.open(
      this.#store,
      bucket,
      nameAt(this.#endpoint, key),
      { ...options, onRetry: this.statistics.countRetry },
    );
  }

  async #toPart(
    part: PartFile,
    bucket: string,
    key: string,
    options: CheckedDownloadOptions,
    earlier: EarlierPart | undefined,
  ): Promise<DownloadedFile> {
    // Where all is there, the last byte is asked for again: the answer says
    // whether it is still the same version.
    const start = earlier === undefined
      ? 0
      : Math.max(0, Math.min(earlier.length, earlier.size - 1));
    const body = earlier === undefined || start === 0
      ? await this.#open(bucket, key, options)
      : await this.#open(bucket, key, {
        ...options,
        start,
        etag: earlier.etag,
        md5: await md5Of(part.readEarlier(start, options.signal), earlier.etag),
      });
    try {
      const { size, etag, lastModified } = body.info;
      const record = size === undefined || etag === ""
        ? undefined
        : { bucket, key, etag, size };
      await part.begin(record, start);
      const stored = this.#stored(part, body, start, key, options);
      let isContent = false;
      if (options.decompress) {
        const { isGzip, bytes } = await openContent(stored, key);
        isContent = isGzip;
        for await (const chunk of bytes) {
          if (isContent) await part.writeContent(chunk);
        }
      } else {
        await drain(stored);
      }
      const { signal } = options;
      const written = await part.finish({ isContent, signal });
      return {
        key,
        path: part.target,
        bytes: written,
        size: body.offset,
        etag,
        lastModified,
        resumedFrom: start,
      };
    } finally {
      body.cancel();
    }
  }

  /** All stored bytes: those of an earlier run where they are needed, then the rest as it arrives. */
  async *#stored(
    part: PartFile,
    body: ResumableBody,
    start: number,
    key: string,
    options: CheckedDownloadOptions,
  ): AsyncGenerator<Uint8Array> {
    if (options.decompress) yield* part.readEarlier(start, options.signal);
    for await (const bytes of bytesOf(body, key, options)) {
      await part.write(bytes);
      yield bytes;
    }
  }

  /** Runs a download, and once more where what went wrong is worth it. */
  async #startingOver<T>(
    download: (isAgain: boolean) => Promise<T>,
    isWorthIt: (error: unknown) => boolean = (error) =>
      error instanceof ObjectChangedError,
  ): Promise<T> {
    try {
      return await download(false);
    } catch (error) {
      if (!isWorthIt(error)) throw error;
      this.statistics.countRetry();
      return await download(true);
    }
  }

  /** Runs one object's download, in its place among the others, and counts it. */
  #download<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
    counts: () => boolean = () => true,
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
        if (isSuccess || counts()) this.statistics.count(isSuccess);
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
    const promise = work(anySignal(signal, this.#closing.signal));
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
  return error instanceof IntegrityError ||
    error instanceof ServiceError && error.status === 416;
}

/** An object's bytes as they arrive. */
async function* bytesOf(
  body: ResumableBody,
  key: string,
  { onProgress }: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  for (
    let bytes = await body.read();
    bytes !== null;
    bytes = await body.read()
  ) {
    onProgress?.({ key, bytes: body.offset, total: body.info.size });
    yield bytes;
  }
}

/** An object's content; the connection is given up with it. */
async function* contentOf(
  body: ResumableBody,
  key: string,
  options: CheckedDownloadOptions,
): AsyncGenerator<Uint8Array> {
  try {
    const stored = bytesOf(body, key, options);
    yield* options.decompress ? (await openContent(stored, key)).bytes : stored;
  } finally {
    body.cancel();
  }
}

/** The MD5 so far, where the ETag is one. */
async function md5Of(
  source: AsyncIterable<Uint8Array>,
  etag: string,
): Promise<Hash | undefined> {
  if (!isMd5Etag(etag)) return undefined;
  const md5 = createHash("md5");
  for await (const bytes of source) md5.update(bytes);
  return md5;
}

async function drain(source: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of source) { /* reading is all */ }
}

/** A signal that follows others. */
function anySignal(
  signal: AbortSignal | undefined,
  other: AbortSignal,
): AbortSignal {
  return signal === undefined ? other : AbortSignal.any([signal, other]);
}
