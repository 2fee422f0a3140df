import {
  type Abortable,
  asError,
  DamagedAtSourceError,
  endsRun,
  forEach,
  linkSignals,
} from "../base/mod.ts";
import { DAMAGED_ENDING } from "../files/mod.ts";
import type { ObjectInfo } from "../store/mod.ts";
import { compareFile } from "./compare_file.ts";
import type {
  DamagedObject,
  DownloadFilesEvent,
  DownloadFilesOptions,
  DownloadFilesSummary,
  FetchedObject,
  FetchObjectOptions,
} from "./download_files_options.ts";
import type { FileOptions } from "./download_options.ts";
import type { DownloadedFile } from "./downloaded_file.ts";

/** The methods of a downloader that single objects need. */
export interface SingleDownloads {
  getObjectInfo(
    bucket: string,
    key: string,
    options: Abortable,
  ): Promise<ObjectInfo>;
  downloadToFile(
    bucket: string,
    key: string,
    path: string,
    options: FileOptions,
  ): Promise<DownloadedFile>;
}

/** Downloads objects to a folder, under their keys. Expects checked arguments. */
export async function downloadFiles(
  single: SingleDownloads,
  bucket: string,
  keys: readonly string[],
  folder: string,
  maxConcurrent: number,
  options: DownloadFilesOptions,
): Promise<DownloadFilesSummary> {
  using run = new FilesRun(single, bucket, folder, options);
  return await run.run(keys, maxConcurrent);
}

/** One run. */
class FilesRun implements Disposable {
  readonly #single: SingleDownloads;
  readonly #bucket: string;
  readonly #folder: string;
  readonly #options: DownloadFilesOptions;
  readonly #decompress: boolean;
  readonly #stop;
  readonly #summary: DownloadFilesSummary = {
    fetched: 0,
    planned: 0,
    present: 0,
    damagedAtSource: 0,
    failed: 0,
    bytes: 0,
    written: 0,
    elapsed: 0,
    isFinished: false,
  };

  constructor(
    single: SingleDownloads,
    bucket: string,
    folder: string,
    options: DownloadFilesOptions,
  ) {
    this.#single = single;
    this.#bucket = bucket;
    this.#folder = folder.replace(/(?<=.)\/+$/, "");
    this.#options = options;
    this.#decompress = options.decompress ?? true;
    this.#stop = linkSignals(options.signal);
  }

  /** Stops following the caller's signal. */
  [Symbol.dispose](): void {
    this.#stop[Symbol.dispose]();
  }

  async run(
    keys: readonly string[],
    maxConcurrent: number,
  ): Promise<DownloadFilesSummary> {
    const started = performance.now();
    const summary = this.#summary;
    try {
      await forEach(
        keys,
        Math.min(maxConcurrent, keys.length),
        (key, signal) => this.#bring(key, signal),
        this.#stop.signal,
      );
      summary.isFinished = true;
    } finally {
      summary.elapsed = performance.now() - started;
      this.#options.onEvent?.({ code: "summary", ...summary });
    }
    return summary;
  }

  /** Calls the listener; an error that it throws ends the run, and does not count as a file's failure. */
  #tell(event: DownloadFilesEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.#stop.abort(error);
      throw error;
    }
  }

  async #bring(key: string, signal: AbortSignal): Promise<void> {
    const path = this.#decompress ? key.replace(/\.gz$/, "") : key;
    const { dryRun = false, trustEtag = false, fetch } = this.#options;
    const options: FetchObjectOptions = {
      dryRun,
      trustEtag,
      signal,
      onProgress: (progress) => this.#tell({ code: "progress", ...progress }),
    };
    this.#tell({ code: "fetching", key, path: this.#within(path) });
    let fetched: FetchedObject;
    try {
      fetched = await (fetch?.(key, options) ??
        this.#download(key, path, options));
    } catch (error) {
      signal.throwIfAborted();
      this.#fail(key, path, error);
      return;
    }
    this.#count(key, fetched);
  }

  /** The path of a file, with the folder. */
  #within(path: string): string {
    return `${this.#folder}/${path}`;
  }

  /** Downloads an object unless its file is there. */
  async #download(
    key: string,
    path: string,
    options: FetchObjectOptions,
  ): Promise<FetchedObject> {
    const { dryRun, ...download } = options;
    const { signal } = options;
    let asked: Promise<ObjectInfo> | undefined;
    const ask = () =>
      asked ??= this.#single.getObjectInfo(this.#bucket, key, { signal });
    // Damaged bytes may lie beside a whole file.
    for (const place of [path, `${path}${DAMAGED_ENDING}`]) {
      const { state, gzipFault } = await compareFile(this.#within(place), ask, {
        ...options,
        decompress: this.#decompress,
      });
      if (state !== "damaged" && !(state === "same" && place === path)) {
        continue;
      }
      const object = await ask();
      const { size, etag } = object;
      return {
        outcome: "present",
        path: place,
        object,
        resumedFrom: 0,
        ...(state === "damaged" && {
          entry: {
            bytes: size,
            size,
            etag,
            proof: "md5",
            gzip: "damaged",
            gzipFault,
          },
        }),
      };
    }
    if (dryRun) {
      return { outcome: "planned", path, object: await ask(), resumedFrom: 0 };
    }
    const file = await this.#single.downloadToFile(
      this.#bucket,
      key,
      this.#within(path),
      { ...download, decompress: this.#decompress },
    );
    return {
      outcome: "fetched",
      path: file.path.slice(this.#folder.length + 1),
      object: file,
      entry: file,
      resumedFrom: file.resumedFrom,
    };
  }

  #count(key: string, fetched: FetchedObject): void {
    const { outcome, object: { size }, entry, resumedFrom, keptAs } = fetched;
    const path = this.#within(fetched.path);
    const summary = this.#summary;
    const isFetched = outcome === "fetched";
    if (isFetched && entry !== undefined) {
      summary.bytes += entry.size - resumedFrom;
      summary.written += entry.bytes;
    }
    if (entry !== undefined && entry.gzip === "damaged") {
      this.#countDamaged(key, {
        path,
        size: entry.size,
        etag: entry.etag,
        gzipFault: entry.gzipFault ?? "is not whole",
        place: !isFetched
          ? "present"
          : this.#decompress
          ? "none"
          : fetched.path === `${key}${DAMAGED_ENDING}`
          ? "beside"
          : "fetched",
        keptAs: keptAs && this.#within(keptAs),
      });
    } else if (isFetched && entry !== undefined) {
      const { bytes, size, etag, proof, gzip } = entry;
      summary.fetched++;
      this.#tell({
        code: "fetched",
        key,
        path,
        bytes,
        size,
        etag,
        resumedFrom,
        proof,
        gzip,
      });
    } else {
      const code = outcome === "present" ? "present" : "planned";
      summary[code]++;
      if (code === "planned") summary.bytes += size;
      this.#tell({ code, key, path, size });
    }
  }

  #countDamaged(key: string, damaged: DamagedObject): void {
    this.#summary.damagedAtSource++;
    this.#tell({ code: "damaged-at-source", key, ...damaged });
  }

  /**
   * Counts a failure.
   *
   * @throws {unknown} The error, if it ends the run.
   */
  #fail(key: string, path: string, error: unknown): void {
    if (error instanceof DamagedAtSourceError) {
      const { size, etag, fault: gzipFault } = error;
      this.#countDamaged(key, {
        path: this.#within(path),
        size,
        etag,
        gzipFault,
        place: "none",
      });
      return;
    }
    this.#summary.failed++;
    if (endsRun(error)) throw error;
    this.#tell({
      code: "failed",
      key,
      error: asError(error),
    });
  }
}
