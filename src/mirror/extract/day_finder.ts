import {
  AccessDeniedError,
  ahead,
  countSlices,
  endsRun,
  FlatbedError,
  IntegrityError,
  NotFoundError,
  piecesOf,
  pull,
} from "../../base/mod.ts";
import { type DataType, getFileDay } from "../../catalog/mod.ts";
import type { SelectedFile, Selection } from "../../download/mod.ts";
import { canInflate, Decompressor } from "../../gzip/mod.ts";
import {
  type IndexedObject,
  NotIndexable,
  openIndexed,
  partOfIndex,
  type RowBatch,
  type RowHeader,
  type RowIndex,
  RowIndexer,
  type RowSelector,
  type RowSpan,
} from "../../rows/mod.ts";
import { indexCopy } from "../index/index_copy.ts";
import { SMALLEST_INDEXED } from "../index/row_indexes.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { mirrorFile } from "../mirror_file.ts";
import { dueDates } from "../plan/due_dates.ts";
import { type Holding, holdingsOf } from "../plan/holdings.ts";
import { beginRows, type BegunRows } from "./begin_rows.ts";
import type {
  ExtractSource,
  NoRowsReason,
  ReadingEvent,
} from "./extract_event.ts";
import { reasonOf } from "./reason_of.ts";

/** A day whose rows can be read, and how much was read for them so far. */
export interface FoundDay {
  /** The rows that are wanted, once. */
  rows(): AsyncGenerator<RowBatch>;
  /** Where they were read from; known at their end. */
  source(): ExtractSource;
  bytesRead(): number;
  /** How many bytes there are, where that is known. */
  readonly size?: number | undefined;
}

/** A day whose rows are not to be had. */
export interface LackingDay {
  readonly reason: NoRowsReason;
  readonly error?: Error;
}

/** How a {@linkcode DayFinder} looks for days. */
export interface DayFinderOptions {
  readonly dataType: DataType;
  readonly isOffline: boolean;
  /** Whether what is read through gets an index. */
  readonly keepsIndexes: boolean;
  /** Which rows are wanted. */
  readonly selector: RowSelector;
  readonly signal: AbortSignal;
  /** Called as a day is read. */
  readonly onRead?: ((event: ReadingEvent) => void) | undefined;
}

/** Files of fewer bytes together are read before other threads have started. */
const MIN_THREADED = 48 * 1024 * 1024;
/** Files with more content that is wanted are read in parts, each of them of so much at least. */
const PART_SIZE = 4 * 1024 * 1024;
/** So many parts of one file are read in other threads; fewer are read as one. */
const MIN_PARTS = 8;

/** Finds where the rows of a dataset's days are, nearest first. */
export class DayFinder {
  readonly #context: MirrorContext;
  readonly #options: DayFinderOptions;
  #holdings: Map<string, Holding[]> = new Map();
  /** How many days' files are read at the same time; 1 where other threads are not worth it. */
  #atOnce = 1;

  constructor(context: MirrorContext, options: DayFinderOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** A day, and the key of its file. */
  day(date: string): { dataType: DataType; date: string; key: string } {
    const { dataType } = this.#options;
    const { key } = mirrorFile(dataType, date, "stored");
    return { dataType, date, key };
  }

  /** The days that there are, or should be. */
  async dates(from: string, to: string): Promise<string[]> {
    const { dataType, isOffline, signal } = this.#options;
    signal.throwIfAborted();
    this.#holdings = await holdingsOf(this.#context, {
      dataType,
      from,
      to,
      signal,
    });
    const due = dueDates(this.#context, dataType, from, to, {
      optional: !isOffline,
    });
    const { destination, files } = this.#context;
    // Threads read files by their paths.
    const isNear = destination.folder !== undefined;
    this.#atOnce = isNear && await this.#isMuch() ? 1 + files.count : 1;
    return [...new Set([...this.#holdings.keys(), ...due])].toSorted();
  }

  /**
   * The days of some dates, in their order; `undefined` where there is none, and none is
   * due. Where it is worth it, the rows of some are read in other threads before their turn,
   * until the signal is aborted.
   */
  days(
    dates: readonly string[],
  ): AsyncGenerator<FoundDay | LackingDay | undefined> {
    return ahead(
      dates,
      this.#atOnce,
      (date) => this.open(date),
      (date) => this.#wholeFile(date) !== undefined,
    );
  }

  /** Opens a day; `undefined` where there is none, and none is due. */
  async open(
    date: string,
    selector: RowSelector = this.#options.selector,
  ): Promise<FoundDay | LackingDay | undefined> {
    this.#options.signal.throwIfAborted();
    const holdings = this.#holdings.get(date) ?? [];
    const whole = this.#wholeFile(date);
    if (whole !== undefined) return await this.#openFile(whole, selector);
    const lacking = { reason: reasonOf(holdings) };
    if (lacking.reason === "damaged-at-source" || this.#options.isOffline) {
      return lacking;
    }
    try {
      return await this.#openObject(date, selector);
    } catch (error) {
      if (!(error instanceof FlatbedError) || endsRun(error)) throw error;
      const reason = error instanceof NotFoundError
        ? "not-found"
        : error instanceof AccessDeniedError
        ? "access-denied"
        : "failed";
      const isDue = reason === "failed" ||
        getFileDay(this.#options.dataType, date) === "expected";
      return isDue ? { reason, error } : undefined;
    }
  }

  /** The day's file, where it can be read. */
  #wholeFile(date: string): Holding | undefined {
    return this.#holdings.get(date)?.find(({ state }) => state === "whole");
  }

  /** Whether there are several files, so large together that other threads save time. */
  async #isMuch(): Promise<boolean> {
    const { selector } = this.#options;
    let [files, bytes] = [0, 0];
    for (const date of this.#holdings.keys()) {
      const { key, size } = this.#wholeFile(date)?.entry ?? {};
      if (key === undefined || size === undefined) continue;
      const isIndexed = size >= SMALLEST_INDEXED && !selector.isOfAllTickers &&
        await this.#context.indexes.has(key);
      files++;
      bytes += isIndexed ? SMALLEST_INDEXED : size;
      if (files > 1 && bytes >= MIN_THREADED) return true;
    }
    return false;
  }

  /** The index of a day: as it is kept, or else made of the mirror's file. */
  async index(date: string): Promise<RowIndex | LackingDay> {
    this.#options.signal.throwIfAborted();
    const { key } = this.day(date);
    const holdings = this.#holdings.get(date) ?? [];
    const whole = this.#wholeFile(date);
    const index = await this.#context.indexes.read(
      (whole ?? holdings[0])?.entry ?? { key },
    );
    if (index !== undefined) return index;
    return whole === undefined
      ? { reason: reasonOf(holdings) }
      : await this.#makeIndex(whole);
  }

  /** Whether {@linkcode DayFinder.index} has an index, or makes one in no time. */
  async hasIndex(date: string): Promise<boolean> {
    const { key } = this.day(date);
    const holdings = this.#holdings.get(date) ?? [];
    return await this.#context.indexes.has(key) ||
      holdings.some(({ state, entry }) =>
        state === "whole" && entry.size < SMALLEST_INDEXED
      );
  }

  async #makeIndex({ entry }: Holding): Promise<RowIndex | LackingDay> {
    const { destination, indexes } = this.#context;
    const { keepsIndexes, signal } = this.#options;
    try {
      const index = await indexCopy(destination, entry, signal);
      const isOfUse = entry.encoding === "stored" && isLarge(entry);
      if (keepsIndexes && isOfUse) await indexes.tryWrite(index);
      return index;
    } catch (error) {
      if (error instanceof NotIndexable) return { reason: "failed", error };
      if (error instanceof IntegrityError) return { reason: "damaged", error };
      throw error;
    }
  }

  async #openFile(
    { entry }: Holding,
    selector: RowSelector,
  ): Promise<FoundDay> {
    const { destination: { folder }, indexes } = this.#context;
    if (folder === undefined) return await this.#openCopy(entry, selector);
    const { keepsIndexes } = this.#options;
    const { key, etag, size, bytes, encoding, path } = entry;
    const isIndexed = encoding === "stored" && isLarge(entry);
    const file: SelectedFile = {
      path: `${folder}/${path}`,
      name: path,
      key,
      filter: selector.filter,
      object: isIndexed ? { key, etag, size } : undefined,
      indexPath: isIndexed && !selector.isOfAllTickers
        ? indexes.pathOf(key)
        : undefined,
      makesIndex: keepsIndexes,
    };
    const selections: Selection[] = [];
    const begin = (part: SelectedFile, isThreaded: boolean) =>
      this.#begin(part, entry, isThreaded, selections);
    let all: Iterable<BegunRows> | AsyncIterable<BegunRows>;
    if (this.#atOnce > 1) all = [begin(file, true)];
    else {
      const parts = await this.#partsOf(file, selector);
      const isThreaded = parts.length > 1;
      all = ahead(
        parts,
        isThreaded ? this.#context.files.count : 1,
        (part) => Promise.resolve(begin(part, isThreaded)),
      );
    }
    return {
      size: bytes,
      source: () =>
        selections.some(({ isOfParts }) => isOfParts) ? "file-parts" : "file",
      bytesRead: () =>
        selections.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
      async *rows() {
        let header: RowHeader | undefined;
        for await (const begun of all) {
          for await (const batch of begun.rows()) {
            // Columns are compared only where the header row is another one.
            yield { ...batch, header: header ??= batch.header };
          }
        }
      },
    };
  }

  /** Opens a copy that is not on this machine: by ranges where it has an index. */
  async #openCopy(
    entry: ManifestEntry,
    selector: RowSelector,
  ): Promise<FoundDay> {
    const { destination, indexes } = this.#context;
    const { signal } = this.#options;
    const { key, date, path, bytes, encoding } = entry;
    const isIndexed = encoding === "stored" && isLarge(entry);
    const tell = this.#teller(date, bytes);
    const index = isIndexed && !selector.isOfAllTickers
      ? await indexes.read(entry)
      : undefined;
    if (index !== undefined) {
      const ranges = await destination.openRanges(path, signal);
      const { counted, bytesRead } = countSlices(ranges, tell);
      return {
        source: () => "file-parts",
        size: bytes,
        bytesRead,
        async *rows() {
          using _ranges = ranges;
          const opened = openIndexed(counted, index);
          yield* selector.selectIndexed(opened, key, { signal });
        },
      };
    }
    const reader = await destination.open(path, signal);
    const { counted, bytesRead } = countPieces(piecesOf(reader), tell);
    const content = isIndexed
      ? this.#contentOf(counted, entry)
      : contentOf(counted, path);
    return {
      source: () => "file",
      size: bytes,
      bytesRead,
      async *rows() {
        using _reader = reader;
        yield* selector.select(content, key);
      },
    };
  }

  /** A file that has an index as several ones, one for each part of what is wanted, if that is much. */
  async #partsOf(
    file: SelectedFile,
    selector: RowSelector,
  ): Promise<SelectedFile[]> {
    const { indexPath, object } = file;
    if (object === undefined || indexPath === undefined) return [file];
    const index = await this.#context.indexes.read(object);
    if (index === undefined) return [file]; // it is read through
    const parts: RowSpan[][] = [[]];
    let size = 0;
    for (const span of selector.wantedSpans(index, true)) {
      if (size >= PART_SIZE) {
        parts.push([]);
        size = 0;
      }
      parts.at(-1)?.push(span);
      size += span.end - span.start;
    }
    if (parts.length < MIN_PARTS) return [{ ...file, index }];
    return parts.map((spans) => ({
      ...file,
      index: partOfIndex(index, spans),
    }));
  }

  /** Begins to select rows of a file. */
  #begin(
    file: SelectedFile,
    { key, date, bytes }: ManifestEntry,
    isThreaded: boolean,
    selections: Selection[],
  ): BegunRows {
    const { files, indexes } = this.#context;
    const { signal } = this.#options;
    const tell = this.#teller(date, bytes);
    return beginRows(async (onRows) => {
      const selection = await files.run("selectFile", [file], {
        signal,
        isThreaded,
        onRows,
        onProgress: tell && (({ bytes }) => tell(bytes)),
      });
      selections.push(selection);
      const { madeIndex } = selection;
      if (madeIndex !== undefined) await indexes.tryWriteBytes(key, madeIndex);
    });
  }

  async #openObject(
    date: string,
    selector: RowSelector,
  ): Promise<FoundDay> {
    const { key } = this.day(date);
    const { signal } = this.#options;
    const { bucket } = this.#context.catalog;
    const downloader = this.#context.downloader("extract rows");
    const object = await this.#lookUp(key);
    const index = object && await this.#context.indexes.read(object);
    if (object !== undefined && index !== undefined) {
      const ranges = downloader.openRanges(bucket, object);
      const { counted, bytesRead } = countSlices(
        ranges,
        this.#teller(date, object.size),
      );
      return {
        source: () => "object-parts",
        size: object.size,
        bytesRead,
        rows: () =>
          selector.selectIndexed(openIndexed(counted, index), key, { signal }),
      };
    }
    const stored = await downloader.openStream(bucket, key, {
      signal,
      decompress: false,
    });
    const { counted, bytesRead } = countPieces(
      stored,
      this.#teller(date, object?.size),
    );
    const content = object !== undefined && isLarge(object)
      ? this.#contentOf(counted, object)
      : contentOf(counted, key);
    return {
      source: () => "object",
      size: object?.size,
      bytesRead,
      rows: () => selector.select(content, key),
    };
  }

  /** What tells how much of a day was read so far. */
  #teller(
    date: string,
    size: number | undefined,
  ): ((bytesRead: number) => void) | undefined {
    const { onRead } = this.#options;
    if (onRead === undefined) return undefined;
    const day = this.day(date);
    return (bytesRead) => onRead({ code: "reading", ...day, bytesRead, size });
  }

  /** The object as the service has it now, where it has an index, or is to get one. */
  async #lookUp(key: string): Promise<IndexedObject | undefined> {
    const { signal, keepsIndexes, selector } = this.#options;
    const isOfUse = keepsIndexes ||
      !selector.isOfAllTickers && await this.#context.indexes.has(key);
    if (!isOfUse) return undefined;
    const { bucket } = this.#context.catalog;
    const { size, etag } = await this.#context.downloader("extract rows")
      .getObjectInfo(bucket, key, { signal });
    return etag === "" ? undefined : { key, size, etag };
  }

  /** The content of gzip data; on the way its index is made, where it is to be kept. */
  #contentOf(
    stored: AsyncIterable<Uint8Array>,
    { key, size, etag }: IndexedObject,
  ): AsyncIterable<Uint8Array> {
    // Only WebAssembly tells where blocks begin.
    const isIndexed = this.#options.keepsIndexes && canInflate;
    if (!isIndexed) return contentOf(stored, key);
    return pull(async (take) => {
      using indexer = new RowIndexer({ key, size, etag }, { take });
      for await (const bytes of stored) await indexer.write(bytes);
      await indexer.end();
      if (indexer.damage !== undefined) throw indexer.damage;
      // A stream may have been of another version than the one that was looked up.
      if (indexer.index?.object.size !== size) return;
      await this.#context.indexes.tryWrite(indexer.index);
    });
  }
}

/** Whether an index saves more time than it takes. */
function isLarge({ size }: { size: number }): boolean {
  return size >= SMALLEST_INDEXED;
}

/** The content of a file or an object, in pieces that are good until the next one. */
function contentOf(
  stored: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  return pull(async (take) => {
    using decompressor = new Decompressor(name, take);
    for await (const bytes of stored) await decompressor.write(bytes);
    await decompressor.end();
    if (decompressor.damage !== undefined) throw decompressor.damage;
  });
}

/** Pieces, and how many bytes they have had so far. */
function countPieces(
  source: AsyncIterable<Uint8Array>,
  tell: ((count: number) => void) | undefined,
): { counted: AsyncGenerator<Uint8Array>; bytesRead: () => number } {
  let count = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const bytes of source) {
      count += bytes.length;
      tell?.(count);
      yield bytes;
    }
  }
  return { counted: counted(), bytesRead: () => count };
}
