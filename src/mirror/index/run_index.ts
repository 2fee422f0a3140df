import {
  AccessDeniedError,
  asError,
  endsRun,
  FlatbedError,
  forEach,
  IntegrityError,
  NotFoundError,
} from "../../base/mod.ts";
import {
  type DataType,
  getDataset,
  getFileDay,
  newYorkDate,
} from "../../catalog/mod.ts";
import { slicesOf } from "../../gzip/mod.ts";
import {
  encodeRowIndex,
  type IndexedObject,
  indexRows,
  NotIndexable,
} from "../../rows/mod.ts";
import type { ExtractDay } from "../extract/extract_event.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { mirrorFile } from "../mirror_file.ts";
import { dateFor } from "../plan/dates_by_type.ts";
import { dueDates } from "../plan/due_dates.ts";
import { holdingsOf } from "../plan/holdings.ts";
import { indexCopy } from "./index_copy.ts";
import type { IndexSummary, NoIndexReason } from "./index_event.ts";
import type { IndexOptions } from "./index_options.ts";
import { SMALLEST_INDEXED } from "./row_indexes.ts";

/** How many are read at once at least: one is inflated while the other one waits for its bytes. */
const AT_ONCE = 2;
/** Files of fewer bytes together are done before other threads have started. */
const MIN_THREADED = 48 * 1024 * 1024;
/** How much of an object is requested at once, in bytes. */
const SLICE_SIZE = 8 * 1024 * 1024;

/** Makes the indexes that are lacking; the options are checked already. */
export async function runIndex(
  context: MirrorContext,
  options: IndexOptions,
): Promise<IndexSummary> {
  const run = new IndexRun(context, options);
  const { indexes, manifest, now } = context;
  await indexes.makeFolder(); // what cannot be written need not be read
  for (const name of options.dataTypes ?? manifest.dataTypes()) {
    const { id } = getDataset(name);
    const from = dateFor(options.from, id);
    const to = dateFor(options.to, id) ?? newYorkDate(now());
    await run.addDays(id, from, to);
  }
  return run.summary;
}

/** An index that was made, encoded. */
interface MadeIndex {
  readonly index: Uint8Array<ArrayBuffer>;
  readonly rows: number;
  /** How many bytes the object has. */
  readonly size: number;
}

class IndexRun {
  readonly #context: MirrorContext;
  readonly #options: IndexOptions;
  /** Whether files are read in other threads. */
  #isThreaded = false;
  readonly summary: IndexSummary = {
    indexed: 0,
    bytes: 0,
    bytesOfIndexes: 0,
    present: 0,
    small: 0,
    notIndexed: 0,
  };

  constructor(context: MirrorContext, options: IndexOptions) {
    this.#context = context;
    this.#options = options;
  }

  async addDays(
    dataType: DataType,
    from: string | undefined,
    to: string,
  ): Promise<void> {
    const { remote = false, signal } = this.#options;
    const files = new Map<string, ManifestEntry>();
    const filter = { dataType, from, to, signal };
    const holdings = await holdingsOf(this.#context, filter);
    for (const { entry, state } of [...holdings.values()].flat()) {
      if (state !== "whole" || entry.encoding !== "stored") continue;
      files.set(entry.date, entry);
    }
    const due = remote && from !== undefined
      ? dueDates(this.#context, dataType, from, to, { optional: true })
      : [];
    const known = remote ? holdings.keys() : files.keys();
    const dates = [...new Set([...known, ...due])].toSorted();
    const { files: threads, indexes } = this.#context;
    const present = new Set(await indexes.keys(dataType));
    const lacking = [...files.values()].filter(({ key, size }) =>
      size >= SMALLEST_INDEXED && !present.has(key)
    );
    const bytes = lacking.reduce((sum, { size }) => sum + size, 0);
    this.#isThreaded = lacking.length > 1 && bytes >= MIN_THREADED;
    const atOnce = Math.max(AT_ONCE, this.#isThreaded ? threads.count : 0);
    await forEach(dates, atOnce, async (date, signal) => {
      const { key } = mirrorFile(dataType, date, "stored");
      await this.#add({ dataType, date, key }, files.get(date), signal);
    }, signal);
  }

  async #add(
    day: ExtractDay,
    entry: ManifestEntry | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { indexes } = this.#context;
    const { summary } = this;
    const { onEvent } = this.#options;
    let made: MadeIndex | undefined;
    try {
      made = await this.#make(day, entry, signal);
    } catch (error) {
      signal.throwIfAborted();
      const reason = reasonOf(error);
      if (reason === undefined || endsRun(error)) throw error;
      const isNone = entry === undefined &&
        (reason === "not-found" || reason === "access-denied") &&
        getFileDay(day.dataType, day.date) !== "expected";
      if (isNone) return;
      summary.notIndexed++;
      const failure = asError(error);
      const { message } = failure;
      onEvent?.({
        ...{ code: "not-indexed", ...day, reason, message },
        error: failure,
      });
    }
    if (made === undefined) return;
    const { index, rows, size } = made;
    const indexSize = index.length;
    // Where an index cannot be written, no other can.
    await indexes.writeBytes(day.key, index);
    summary.indexed++;
    summary.bytes += size;
    summary.bytesOfIndexes += indexSize;
    const source = entry === undefined ? "object" : "file";
    onEvent?.({ code: "indexed", ...day, source, size, indexSize, rows });
  }

  /** Makes the index of a file or an object, unless it is there or not needed. */
  async #make(
    day: ExtractDay,
    entry: ManifestEntry | undefined,
    signal: AbortSignal,
  ): Promise<MadeIndex | undefined> {
    const { key } = day;
    const object = entry ?? await this.#lookUp(key, signal);
    const { size, etag } = object;
    if (size < SMALLEST_INDEXED) {
      this.summary.small++;
      return undefined;
    }
    const there = await this.#context.indexes.read({ key, etag, size });
    if (there !== undefined) {
      this.summary.present++;
      return undefined;
    }
    this.#options.onEvent?.({ code: "indexing", ...day, size });
    return entry === undefined
      ? await this.#readObject(object, signal)
      : await this.#readFile(entry, signal);
  }

  async #readFile(
    entry: ManifestEntry,
    signal: AbortSignal,
  ): Promise<MadeIndex> {
    const { destination, files } = this.#context;
    const { key, etag, size, path } = entry;
    const { folder } = destination;
    if (folder === undefined) {
      const index = await indexCopy(destination, entry, signal);
      return {
        index: await encodeRowIndex(index),
        rows: index.rows,
        size,
      };
    }
    const made = await files.run(
      "indexFile",
      [`${folder}/${path}`, { key, etag, size }],
      { signal, isThreaded: this.#isThreaded },
    );
    if ("obstacle" in made) throw new NotIndexable(made.obstacle);
    return { ...made, size };
  }

  async #lookUp(key: string, signal: AbortSignal): Promise<IndexedObject> {
    const { bucket } = this.#context.catalog;
    const { size, etag } = await this.#context.downloader("index objects")
      .getObjectInfo(bucket, key, { signal });
    if (etag !== "") return { key, size, etag };
    throw new NotIndexable(
      `Cannot index '${key}': the service tells no ETag, so that its versions cannot be told apart`,
    );
  }

  async #readObject(
    object: IndexedObject,
    signal: AbortSignal,
  ): Promise<MadeIndex> {
    const { catalog, downloader } = this.#context;
    const source = downloader("index objects")
      .openRanges(catalog.bucket, object);
    const index = await indexRows(
      slicesOf(source, 0, object.size, SLICE_SIZE, signal),
      object,
    );
    const { rows } = index;
    return { index: await encodeRowIndex(index), rows, size: object.size };
  }
}

/** Why an index could not be made; `undefined` for what is no reason of one file alone. */
function reasonOf(error: unknown): NoIndexReason | undefined {
  if (error instanceof NotIndexable) return "not-indexable";
  if (error instanceof IntegrityError) return "damaged";
  if (error instanceof NotFoundError) return "not-found";
  if (error instanceof AccessDeniedError) return "access-denied";
  return error instanceof FlatbedError ? "failed" : undefined;
}
