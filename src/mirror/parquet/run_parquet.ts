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
import type {
  CopyInfo,
  CopyLookup,
  Destination,
} from "../destination/destination.ts";
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
import { lookUpDays } from "../plan/look_up.ts";
import { openWorkplace, type Workplace } from "../workplace/workplace.ts";
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

/** What conversions share. */
interface Tools {
  pool: DuckDBPool;
  workplace: Workplace;
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
  readonly #target: Destination;
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
    if (folder !== undefined && context.destination.folder === undefined) {
      throw new TypeError(
        `Cannot use folder: the Parquet files of ${context.destination.location} go into the bucket, where all machines find them`,
      );
    }
    this.#folder = folder === undefined ? "" : makeFolder(folder);
    this.#target = folder === undefined
      ? context.destination
      : new FolderDestination(folder);
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
      await using workplace = await openWorkplace(this.#context.destination);
      await using pool = await this.#openPool(atOnce, workplace);
      const tools = { pool, workplace };
      await forEach(
        items,
        atOnce,
        (item, signal) => this.#settle(item, tools, signal),
        signal,
      );
    }
    summary.elapsed = now().getTime() - started;
    return summary;
  }

  async #openPool(
    atOnce: number,
    { near }: Workplace,
  ): Promise<DuckDBPool> {
    const temporaryFolder = `${near.folder}/${STATE_FOLDER}/spilled`;
    // What a run has left that was killed.
    await Deno.remove(temporaryFolder, { recursive: true }).catch(ignoreAbsent);
    const { memory = DUCKDB_MEMORY, signal, onEvent } = this.#options;
    let isSaid = false;
    return new DuckDBPool({
      folders: [near.folder, this.#drafts(near).folder],
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
    const lookup = days.length === 0
      ? this.#target
      : await this.#lookUp(dataType);
    for (const { date, made } of days) {
      if (made === undefined) return undefined;
      const { key } = mirrorFile(dataType, date, "stored");
      const there = await lookup.stat(parquetPath(key, this.#folder));
      if (there === undefined || !isAsFetched(there, made)) return undefined;
    }
    return days.length;
  }

  #lookUp(dataType: DataType): Promise<CopyLookup> {
    const root = this.#folder === "" ? "parquet/" : "";
    return lookUpDays(this.#target, this.#filterOf(dataType), root);
  }

  /** What is to be done for each day of a data type, in the order of dates. */
  async #itemsOf(dataType: DataType): Promise<Item[]> {
    const made = new Map(
      this.#context.manifest.parquet(this.#folder)
        .map((entry) => [entry.key, entry]),
    );
    const lookup = made.size === 0
      ? this.#target
      : await this.#lookUp(dataType);
    const items = new Map<string, Item>();
    const without = new Set<string>();
    const holdings = eachHolding(this.#context, this.#filterOf(dataType));
    for await (const holding of holdings) {
      const item = await this.#itemOf(holding, made, lookup);
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
    lookup: CopyLookup,
  ): Promise<Item | undefined> {
    const { key, dataType, date } = entry;
    const path = parquetPath(key, this.#folder);
    const made = entries.get(key);
    const there = made && await lookup.stat(path);
    const isPresent = made !== undefined && there !== undefined &&
      isCurrent(made, entry, there);
    if (state !== "whole" && !isPresent) return undefined;
    return { day: { dataType, date, key, path }, entry, made, isPresent };
  }

  /** Where Parquet files are written, before they are taken as copies. */
  #drafts(near: FolderDestination): FolderDestination {
    const { folder } = this.#target;
    return folder === undefined ? near : new FolderDestination(folder);
  }

  /** Does what is to be done for a day, or counts why not. It throws if every other day would fail as well. */
  async #settle(
    item: Item,
    tools: Tools,
    signal: AbortSignal,
  ): Promise<void> {
    const { dropSource = false, onEvent } = this.#options;
    try {
      const made = item.isPresent
        ? item.made
        : await this.#convert(item, tools, signal);
      if (made === undefined || !dropSource) return;
      if (item.entry.releasedAt === undefined) {
        await this.#drop(item, made, tools, signal);
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
    { pool, workplace }: Tools,
    signal: AbortSignal,
  ): Promise<ParquetEntry> {
    const { manifest, now } = this.#context;
    const { key, etag, sha256 } = entry;
    const part = day.path + PART_ENDINGS.part;
    const drafts = this.#drafts(workplace.near);
    const partFile = `${drafts.folder}/${part}`;
    await withFile("write", partFile, async () => {
      await Deno.mkdir(dirname(partFile), { recursive: true });
    });
    await using _source = await workplace.bring(entry.path, signal);
    await assertAsFetched(workplace.near, entry, signal);
    const csv = await this.#csvOf(entry, workplace, signal);
    let written: WrittenParquet & { examined: Examination };
    let taken: CopyInfo;
    try {
      written = await this.#write(csv, { key, part }, drafts, pool, signal);
      const { sha256 } = written.examined;
      taken = await this.#target.take(partFile, day.path, { sha256, signal });
    } catch (error) {
      throw ofKey(error, key);
    } finally {
      await drafts.remove(part).catch(() => {}); // it is a copy now, or nothing
    }
    const { rows, asText, examined } = written;
    const converted: ParquetEntry = {
      ...day,
      folder: this.#folder,
      etag,
      sourceSha256: sha256,
      schema: PARQUET_VERSION,
      rows,
      bytes: examined.bytes,
      mtime: taken.mtime,
      sha256: examined.sha256,
      asText,
      extraColumns: extraColumns(csv),
      madeAt: now(),
    };
    manifest.recordParquet(converted);
    const summary = this.#summary;
    const isReplaced = made !== undefined && made.sourceSha256 !== sha256;
    summary.converted++;
    if (isReplaced) summary.replaced++;
    summary.rows += rows;
    summary.bytes += converted.bytes;
    summary.sourceBytes += entry.bytes;
    this.#options.onEvent?.({
      code: "converted",
      ...day,
      rows,
      bytes: converted.bytes,
      sourceBytes: entry.bytes,
      isReplaced,
      newColumns: newColumns(day.dataType, csv.names),
      asText,
    });
    return converted;
  }

  /** Writes a part file, and proves that it has as many rows as our own reader has found. */
  async #write(
    csv: CsvFile & { rows: number },
    { key, part }: { key: string; part: string },
    drafts: FolderDestination,
    pool: DuckDBPool,
    signal: AbortSignal,
  ): Promise<WrittenParquet & { examined: Examination }> {
    const path = `${drafts.folder}/${part}`;
    const written = await pool.use((duckdb) => csvToParquet(duckdb, csv, path));
    await assertRows(path, key, csv.rows);
    const examined = await examineFile(drafts, part, { signal });
    return { ...written, examined };
  }

  /** Releases a file whose Parquet file has the same rows. */
  async #drop(
    { day, entry, isPresent }: Item,
    made: ParquetEntry,
    { pool, workplace }: Tools,
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
    await using stack = new AsyncDisposableStack();
    stack.use(await workplace.bring(entry.path, signal));
    if (isPresent) await assertAsFetched(workplace.near, entry, signal);
    const isNear = this.#target.folder !== undefined;
    if (!isNear) stack.use(await workplace.bring(path, signal));
    const csv = {
      ...await this.#csvOf(entry, workplace, signal),
      asText: made.asText,
    };
    const file = `${this.#drafts(workplace.near).folder}/${path}`;
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
    { near }: Workplace,
    signal: AbortSignal,
  ): Promise<CsvFile & { rows: number }> {
    const { dataType, date, path, encoding } = entry;
    const { header, rows } = await this.#indexOf(entry, near, signal);
    return {
      dataType,
      date,
      path: `${near.folder}/${path}`,
      isGzip: encoding === "stored",
      names: header.trim() === "" ? [] : columnsOf(header),
      rows,
    };
  }

  async #indexOf(
    entry: ManifestEntry,
    near: FolderDestination,
    signal: AbortSignal,
  ): Promise<Pick<RowIndex, "header" | "rows">> {
    const { indexes } = this.#context;
    const isStored = entry.encoding === "stored";
    const there = isStored ? await indexes.read(entry) : undefined;
    if (there !== undefined) return there;
    const made = await indexCopy(near, entry, signal);
    if (isStored && entry.size >= SMALLEST_INDEXED) {
      await indexes.tryWrite(made);
    }
    return made;
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
 * Asserts that a file still has the bytes that were fetched: DuckDB does not check the
 * CRC-32 of gzip data, so that rows of a file damaged on the disk would be taken for good.
 *
 * @throws {IntegrityError} If it has others.
 */
async function assertAsFetched(
  near: FolderDestination,
  { key, path, sha256 }: ManifestEntry,
  signal: AbortSignal,
): Promise<void> {
  const found = await examineFile(near, path, { signal });
  if (found.sha256 === sha256) return;
  throw new IntegrityError(
    `Cannot convert '${key}': '${path}' does not have the bytes that were fetched; 'flatbed verify --full --repair' fetches it again`,
    { key },
  );
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
