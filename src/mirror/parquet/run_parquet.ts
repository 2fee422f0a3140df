import { dirname } from "node:path";
import {
  asError,
  endsRun,
  forEach,
  IntegrityError,
  NoSpaceError,
} from "../../base/mod.ts";
import { type DataType, getDataset } from "../../catalog/mod.ts";
import {
  ignoreAbsent,
  openFileSource,
  PART_ENDINGS,
  withFile,
  withFileSync,
} from "../../files/mod.ts";
import {
  columnsOf,
  type CsvFile,
  csvToParquet,
  DUCKDB_MEMORY,
  DuckDBError,
  extraColumns,
  newColumns,
  PARQUET_VERSION,
  proveParquet,
  readParquetFooter,
  type RowIndex,
  type WrittenParquet,
} from "../../rows/mod.ts";
import type { CopyInfo } from "../destination/destination.ts";
import { FolderDestination } from "../destination/folder_destination.ts";
import { indexCopy } from "../index/index_copy.ts";
import { SMALLEST_INDEXED } from "../index/row_indexes.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import { type ParquetEntry, parquetPath } from "../manifest/parquet_entry.ts";
import { mirrorFile } from "../mirror_file.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { dateFor } from "../plan/dates_by_type.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import {
  eachHolding,
  type Holding,
  type HoldingFilter,
} from "../plan/holdings.ts";
import { STATE_FOLDER } from "../state_folder.ts";
import { runRelease } from "../sync/run_release.ts";
import { type Examination, examineFile } from "../verify/examine_file.ts";
import { DuckDBPool } from "./duckdb_pool.ts";
import type { ParquetDay, ParquetSummary } from "./parquet_event.ts";
import type { ParquetOptions } from "./parquet_options.ts";

/** What is to be done for a day. */
interface Item {
  day: ParquetDay;
  entry: ManifestEntry;
  /** What is there, of whatever version. */
  made: ParquetEntry | undefined;
  /** Whether that is of the newest version. */
  isPresent: boolean;
}

/** Makes the Parquet files that are lacking or outdated; the options are checked already. */
export async function runParquet(
  context: MirrorContext,
  entitlements: Entitlements,
  options: ParquetOptions,
): Promise<ParquetSummary> {
  const run = new ParquetRun(context, entitlements, options);
  return await run.run();
}

class ParquetRun {
  readonly #context: MirrorContext;
  readonly #entitlements: Entitlements;
  readonly #options: ParquetOptions;
  /** As the manifest names it. */
  readonly #folder: string;
  readonly #target: FolderDestination;
  readonly #summary: ParquetSummary = {
    converted: 0,
    replaced: 0,
    present: 0,
    failed: 0,
    withoutSource: 0,
    rows: 0,
    bytes: 0,
    sourceBytes: 0,
    released: 0,
    releasedBytes: 0,
    kept: 0,
    elapsed: 0,
  };

  constructor(
    context: MirrorContext,
    entitlements: Entitlements,
    options: ParquetOptions,
  ) {
    this.#context = context;
    this.#entitlements = entitlements;
    this.#options = options;
    const { folder } = options;
    this.#folder = folder === undefined ? "" : makeFolder(folder);
    this.#target = new FolderDestination(folder ?? context.folder);
  }

  async run(): Promise<ParquetSummary> {
    const { manifest, now } = this.#context;
    const { dataTypes, dropSource = false, signal } = this.#options;
    const started = now().getTime();
    const summary = this.#summary;
    const items: Item[] = [];
    for (const name of dataTypes ?? manifest.dataTypes()) {
      const { id } = getDataset(name);
      const present = dropSource ? undefined : await this.#allPresent(id);
      if (present !== undefined) {
        summary.present += present;
        continue;
      }
      for (const item of await this.#itemsOf(id)) {
        if (item.isPresent) summary.present++;
        if (!item.isPresent || dropSource) items.push(item);
      }
    }
    if (items.length > 0) {
      manifest.assertWritable();
      const atOnce = Math.min(items.length, navigator.hardwareConcurrency);
      await using pool = await this.#openPool(atOnce);
      await forEach(
        items,
        atOnce,
        (item, signal) => this.#settle(item, pool, signal),
        signal,
      );
    }
    summary.elapsed = now().getTime() - started;
    return summary;
  }

  async #openPool(atOnce: number): Promise<DuckDBPool> {
    const { folder } = this.#context;
    const temporaryFolder = `${folder}/${STATE_FOLDER}/spilled`;
    // What a run has left that was killed.
    await Deno.remove(temporaryFolder, { recursive: true }).catch(ignoreAbsent);
    const { memory = DUCKDB_MEMORY, signal, onEvent } = this.#options;
    let isSaid = false;
    return new DuckDBPool({
      folders: [folder, this.#target.location],
      temporaryFolder,
      memory: Math.floor(memory / atOnce),
      signal,
      onFetch: ({ bytes }) => {
        if (!isSaid) onEvent?.({ code: "fetching-duckdb", bytes });
        isSaid = true;
      },
    });
  }

  #filterOf(dataType: DataType): HoldingFilter {
    const { signal } = this.#options;
    const from = dateFor(this.#options.from, dataType);
    const to = dateFor(this.#options.to, dataType);
    return { dataType, from, to, signal };
  }

  /**
   * How many Parquet files of a data type are there, if all of them are: then nothing else
   * is looked up, which would take a quarter of a sync's time.
   */
  async #allPresent(dataType: DataType): Promise<number | undefined> {
    const days = this.#context.manifest.parquetDays(
      this.#filterOf(dataType),
      this.#folder,
      PARQUET_VERSION,
    );
    for (const { date, made } of days) {
      if (made === undefined) return undefined;
      const { key } = mirrorFile(dataType, date, "stored");
      const there = await this.#target.stat(parquetPath(key, this.#folder));
      if (there === undefined || !isAsFetched(there, made)) return undefined;
    }
    return days.length;
  }

  /** What is to be done for each day of a data type, in the order of dates. */
  async #itemsOf(dataType: DataType): Promise<Item[]> {
    const made = new Map(
      this.#context.manifest.parquet(this.#folder)
        .map((entry) => [entry.key, entry]),
    );
    const items = new Map<string, Item>();
    const without = new Set<string>();
    const holdings = eachHolding(this.#context, this.#filterOf(dataType));
    for await (const holding of holdings) {
      const item = await this.#itemOf(holding, made);
      const { date } = holding.entry;
      // Of two copies of a day, the compressed one: it is the last.
      if (item !== undefined) items.set(date, item);
      else without.add(date);
    }
    for (const date of without) {
      if (!items.has(date)) this.#summary.withoutSource++;
    }
    return [...items.values()];
  }

  async #itemOf(
    { entry, state }: Holding,
    entries: ReadonlyMap<string, ParquetEntry>,
  ): Promise<Item | undefined> {
    const { key, dataType, date } = entry;
    const path = parquetPath(key, this.#folder);
    const made = entries.get(key);
    const there = made && await this.#target.stat(path);
    const isPresent = made !== undefined && there !== undefined &&
      isCurrent(made, entry, there);
    if (state !== "whole" && !isPresent) return undefined;
    return { day: { dataType, date, key, path }, entry, made, isPresent };
  }

  /** Does what is to be done for a day, or counts why not. It throws if every other day would fail as well. */
  async #settle(
    item: Item,
    pool: DuckDBPool,
    signal: AbortSignal,
  ): Promise<void> {
    const { dropSource = false, onEvent } = this.#options;
    try {
      const made = item.isPresent
        ? item.made
        : await this.#convert(item, pool, signal);
      if (made === undefined || !dropSource) return;
      if (item.entry.releasedAt === undefined) {
        await this.#drop(item, made, pool, signal);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (endsRun(error)) throw error;
      this.#summary.failed++;
      onEvent?.({ code: "not-converted", ...item.day, error: asError(error) });
    }
  }

  async #convert(
    { day, entry, made }: Item,
    pool: DuckDBPool,
    signal: AbortSignal,
  ): Promise<ParquetEntry> {
    const { manifest, now } = this.#context;
    const { key, etag, sha256 } = entry;
    const part = day.path + PART_ENDINGS.part;
    const partFile = `${this.#target.location}/${part}`;
    await withFile("write", partFile, async () => {
      await Deno.mkdir(dirname(partFile), { recursive: true });
    });
    const csv = await this.#csvOf(entry, signal);
    const { rows, asText, examined } = await this.#write(
      csv,
      { key, part },
      pool,
      signal,
    ).catch(async (error) => {
      await this.#target.remove(part).catch(() => {});
      throw ofKey(error, key);
    });
    await this.#putInPlace(part, day.path);
    const written: ParquetEntry = {
      ...day,
      folder: this.#folder,
      etag,
      sourceSha256: sha256,
      schema: PARQUET_VERSION,
      rows,
      bytes: examined.bytes,
      mtime: examined.mtime,
      sha256: examined.sha256,
      asText,
      extraColumns: extraColumns(csv),
      madeAt: now(),
    };
    manifest.recordParquet(written);
    const summary = this.#summary;
    const isReplaced = made !== undefined && made.sourceSha256 !== sha256;
    summary.converted++;
    if (isReplaced) summary.replaced++;
    summary.rows += rows;
    summary.bytes += written.bytes;
    summary.sourceBytes += entry.bytes;
    this.#options.onEvent?.({
      code: "converted",
      ...day,
      rows,
      bytes: written.bytes,
      sourceBytes: entry.bytes,
      isReplaced,
      newColumns: newColumns(day.dataType, csv.names),
      asText,
    });
    return written;
  }

  /** Writes a part file, and proves that it has as many rows as our own reader has found. */
  async #write(
    csv: CsvFile & { rows: number },
    { key, part }: { key: string; part: string },
    pool: DuckDBPool,
    signal: AbortSignal,
  ): Promise<WrittenParquet & { examined: Examination }> {
    const path = `${this.#target.location}/${part}`;
    const written = await pool.use((duckdb) => csvToParquet(duckdb, csv, path));
    await assertRows(path, key, csv.rows);
    const examined = await examineFile(this.#target, part, { signal });
    return { ...written, examined };
  }

  /** Releases a file whose Parquet file has the same rows. */
  async #drop(
    { day, entry, isPresent }: Item,
    made: ParquetEntry,
    pool: DuckDBPool,
    signal: AbortSignal,
  ): Promise<void> {
    const { dataType, date, key, path } = day;
    const summary = this.#summary;
    const release = (dryRun: boolean) =>
      runRelease(this.#context, this.#entitlements, {
        dataTypes: [dataType],
        from: date,
        to: date,
        dryRun,
        signal,
      });
    if ((await release(true)).released === 0) {
      summary.kept++;
      return;
    }
    const csv = { ...await this.#csvOf(entry, signal), asText: made.asText };
    const file = `${this.#target.location}/${path}`;
    if (isPresent) await assertRows(file, key, csv.rows);
    if (!await pool.use((duckdb) => proveParquet(duckdb, csv, file))) {
      this.#context.manifest.forgetParquet([made]);
      throw new IntegrityError(
        `Cannot release '${key}': '${path}' has other rows; the next run makes it again`,
        { key },
      );
    }
    const { released, bytes } = await release(false);
    summary.released += released;
    summary.releasedBytes += bytes;
    this.#options.onEvent?.({ code: "source-released", ...day, bytes });
  }

  /** A file as SQL reads it, and how many rows our own reader finds in it. */
  async #csvOf(
    entry: ManifestEntry,
    signal: AbortSignal,
  ): Promise<CsvFile & { rows: number }> {
    const { dataType, date, path, encoding } = entry;
    const { header, rows } = await this.#indexOf(entry, signal);
    return {
      dataType,
      date,
      path: `${this.#context.folder}/${path}`,
      isGzip: encoding === "stored",
      names: header.trim() === "" ? [] : columnsOf(header),
      rows,
    };
  }

  async #indexOf(
    entry: ManifestEntry,
    signal: AbortSignal,
  ): Promise<Pick<RowIndex, "header" | "rows">> {
    const { destination, indexes } = this.#context;
    const isStored = entry.encoding === "stored";
    const there = isStored ? await indexes.read(entry) : undefined;
    if (there !== undefined) return there;
    const made = await indexCopy(destination, entry, signal);
    if (isStored && entry.size >= SMALLEST_INDEXED) {
      await indexes.tryWrite(made);
    }
    return made;
  }

  /** Renames what was written, and makes that durable. */
  async #putInPlace(part: string, path: string): Promise<void> {
    const file = `${this.#target.location}/${path}`;
    await withFile("write", file, async () => {
      {
        using written = await Deno.open(`${this.#target.location}/${part}`);
        await written.sync();
      }
      await Deno.rename(`${this.#target.location}/${part}`, file);
    });
    await this.#target.fsync(dirname(path));
  }
}

/** An error of DuckDB's as one of a day's; others are returned unchanged. */
function ofKey(error: unknown, key: string): unknown {
  if (!(error instanceof DuckDBError)) return error;
  if (
    /No space left on device|not enough space on the disk/.test(error.message)
  ) {
    return new NoSpaceError(`Cannot convert '${key}': the disk is full`, {
      key,
      cause: error,
    });
  }
  // What follows an empty line are hints for who writes SQL.
  const [said = ""] = error.message.split("\\u{a}\\u{a}");
  const message = said.replaceAll("\\u{a}", "; ");
  return new DuckDBError(`Cannot convert '${key}': ${message}`, {
    key,
    cause: error,
  });
}

/** Makes a folder where there is none, and returns its full path. */
function makeFolder(folder: string): string {
  return withFileSync("make folder", folder, () => {
    Deno.mkdirSync(folder, { recursive: true });
    return Deno.realPathSync(folder);
  });
}

/** Whether a Parquet file is what was made of the newest version of its source. */
function isCurrent(
  made: ParquetEntry,
  { sha256 }: ManifestEntry,
  there: CopyInfo,
): boolean {
  return made.schema === PARQUET_VERSION && made.sourceSha256 === sha256 &&
    isAsFetched(there, made);
}

/**
 * Asserts that a Parquet file has as many rows as our own reader has found in its source.
 *
 * @throws {IntegrityError} If it has not, or is no whole Parquet file.
 */
async function assertRows(
  path: string,
  key: string,
  expected: number,
): Promise<void> {
  using source = await openFileSource(path);
  const { rows } = await readParquetFooter(source, path);
  if (rows === expected) return;
  throw new IntegrityError(
    `Cannot convert '${key}': it has ${expected} rows, and the Parquet file would have ${rows}`,
    { key },
  );
}
