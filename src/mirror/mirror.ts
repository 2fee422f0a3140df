import {
  type Abortable,
  assertKey,
  assertOptions,
  assertString,
  checkAbortable,
  linkSignals,
} from "../base/mod.ts";
import {
  type DataType,
  type DataTypeName,
  getDataset,
} from "../catalog/mod.ts";
import { assertDeno } from "../files/mod.ts";
import type {
  RowBatch,
  RowIndex,
  SqlResult,
  TickerSummary,
} from "../rows/mod.ts";
import type { Activity } from "./activity/activity.ts";
import {
  ActivityRun,
  type ActivityWork,
  mayWriteActivities,
} from "./activity/activity_run.ts";
import { ActivityList } from "./activity/list_activities.ts";
import {
  followFetch,
  parquetEventTaker,
  syncEventTaker,
  takeIndexEvent,
  takeIndexSummary,
  takeParquetSummary,
  takeVerifyEvent,
  takeVerifyReport,
} from "./activity/take_events.ts";
import type { CheckOptions, DayCheck } from "./check/day_check.ts";
import { checkCheckOptions, runCheck } from "./check/run_check.ts";
import {
  checkExtractOptions,
  type ExtractOptions,
} from "./extract/extract_options.ts";
import { runExtract } from "./extract/run_extract.ts";
import { runTickers } from "./extract/run_tickers.ts";
import {
  checkTickersOptions,
  type TickersOptions,
} from "./extract/tickers_options.ts";
import {
  type BucketReport,
  inspectBucket,
} from "./destination/inspect_bucket.ts";
import { openBucket } from "./destination/open_bucket.ts";
import type { DayFiles, FilesOptions } from "./files/day_files.ts";
import { checkFilesOptions, filesOf } from "./files/files_of.ts";
import type { IndexSummary } from "./index/index_event.ts";
import { checkIndexOptions, type IndexOptions } from "./index/index_options.ts";
import { runIndex } from "./index/run_index.ts";
import { checkEntriesOptions, type EntriesOptions } from "./entries_options.ts";
import { mirrorFileOf } from "./mirror_file.ts";
import type { ManifestEntry } from "./manifest/manifest_entry.ts";
import { checkMirrorOptions, type MirrorOptions } from "./mirror_options.ts";
import { type OpenContext, openContext, openStore } from "./open_context.ts";
import { checkOutOptions, type OutOptions } from "./out_options.ts";
import type { ParquetSummary } from "./parquet/parquet_event.ts";
import {
  checkParquetOptions,
  type ParquetOptions,
} from "./parquet/parquet_options.ts";
import { type ParquetFile, parquetFilesOf } from "./parquet/parquet_file.ts";
import { runParquet } from "./parquet/run_parquet.ts";
import {
  acceptMissing,
  type AcceptOptions,
  assertDates,
  checkAcceptOptions,
} from "./plan/accept_missing.ts";
import { assertPlan } from "./plan/assert_plan.ts";
import { checkCoverageOptions } from "./plan/check_coverage_options.ts";
import { checkPlanOptions } from "./plan/check_plan_options.ts";
import type { Coverage, CoverageOptions } from "./plan/coverage.ts";
import { coverageOf } from "./plan/coverage_of.ts";
import type { Entitlement } from "./plan/entitlement.ts";
import { Entitlements } from "./plan/entitlements.ts";
import { isWanted } from "./plan/is_wanted.ts";
import { makePlan } from "./plan/make_plan.ts";
import type { MissingFile } from "./plan/missing_file.ts";
import type { Plan, PlanOptions } from "./plan/plan.ts";
import type { PlanSpace } from "./plan/plan_space.ts";
import {
  checkFetchKeyOptions,
  fetchKey,
  type FetchKeyOptions,
  type FetchKeyOutcome,
} from "./sync/fetch_key.ts";
import { listShards } from "./shards/list_shards.ts";
import { ShardRun, type ShardWork } from "./shards/shard_run.ts";
import type { ShardStatus } from "./shards/shard_status.ts";
import { type PiecedFile, piecedFiles } from "./split/pieced_file.ts";
import { runSql } from "./sql/run_sql.ts";
import { checkSqlOptions, type SqlOptions } from "./sql/sql_options.ts";
import { recoverArrivals } from "./sync/recover.ts";
import {
  checkReleaseOptions,
  type ReleaseOptions,
} from "./sync/release_options.ts";
import type { ReleaseSummary } from "./sync/release_summary.ts";
import { runRelease } from "./sync/run_release.ts";
import { SpaceBudget } from "./sync/space_budget.ts";
import { runSync } from "./sync/run_sync.ts";
import { checkSyncOptions, type SyncOptions } from "./sync/sync_options.ts";
import type { SyncSummary } from "./sync/sync_summary.ts";
import { checkVerifyOptions } from "./verify/check_verify_options.ts";
import { runVerify } from "./verify/run_verify.ts";
import type { VerifyOptions, VerifyReport } from "./verify/verify_report.ts";

/**
 * A folder that stores copies of objects under their keys, with a manifest of what it
 * stores. Requires Deno.
 *
 * @example
 * ```ts
 * import { AsyncS3Downloader } from "@flatbed/flatbed/download";
 * import { Mirror } from "@flatbed/flatbed/mirror";
 *
 * await using downloader = new AsyncS3Downloader({
 *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
 *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
 * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
 * await using mirror = await Mirror.open("data", { downloader });
 * const plan = await mirror.plan({
 *   dataTypes: ["stocks_daily"],
 *   from: "2024-01-01",
 *   to: "2024-01-31",
 * });
 * const summary = await mirror.sync(plan);
 * console.log(`${summary.fetched} files fetched`);
 * ```
 *
 * @example Opening a mirror read-only, whether it exists or not
 * ```ts
 * import { Mirror } from "@flatbed/flatbed/mirror";
 * import { assertEquals } from "@std/assert";
 *
 * await using mirror = await Mirror.open("no-such-folder", { readOnly: true });
 * assertEquals(await mirror.coverage(), []);
 * ```
 */
export class Mirror implements AsyncDisposable {
  readonly #context: OpenContext;
  readonly #entitlements: Entitlements;
  readonly #activities: ActivityList;
  /** What follows what is done here, if it was begun. */
  #activity: ActivityRun | undefined;
  readonly #closing = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;
  #recovered: Promise<void> | undefined;

  private constructor(context: OpenContext) {
    this.#context = context;
    this.#entitlements = new Entitlements(context);
    this.#activities = new ActivityList(context.store, context.now);
  }

  /**
   * Opens the mirror in a folder, or in a bucket. It is created if there is none, unless it
   * is opened read-only; a bucket itself must be there.
   *
   * @param location The folder's path, or `s3://bucket/prefix`: a bucket's credentials are those of the AWS chain, and `out` says how it is reached.
   * @param options How to open it.
   * @returns The mirror; dispose of it so that others can write to it.
   * @throws {MirrorBusyError} If another process, or another part of this one, writes to it.
   * @throws {MirrorDamagedError} If its manifest cannot be used.
   * @throws {LocalFileError} If the folder cannot be used.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If an option's value is out of its range.
   */
  static async open(
    location: string,
    options: MirrorOptions = {},
  ): Promise<Mirror> {
    assertDeno("Mirror");
    checkMirrorOptions(options);
    return new Mirror(await openContext(location, options));
  }

  /**
   * Tries what a mirror needs of a bucket, with an object of a name of its own, which is
   * removed again; and looks for uploads that were given up.
   *
   * @param location Where the mirror is or is to be, `s3://bucket/prefix`.
   * @param out How the bucket is reached.
   * @param options The signal.
   * @returns What may be done there, and why not what may not.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If the location or an option is impossible.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * const { write } = await Mirror.inspectBucket("s3://flatfiles/mirror", {
   *   endpointUrl: Deno.env.get("AWS_ENDPOINT_URL"),
   * });
   * console.log(write === undefined ? "may be written to" : write.message);
   * ```
   */
  static async inspectBucket(
    location: string,
    out: OutOptions = {},
    options: Abortable = {},
  ): Promise<BucketReport> {
    assertDeno("Mirror");
    checkOutOptions(out);
    const signal = checkAbortable(options) ?? new AbortController().signal;
    const { memory: _, cacheFolder: __, ...reached } = out;
    using bucket = await openBucket(location, reached);
    return await inspectBucket(bucket, signal);
  }

  /**
   * How the shards of a mirror are, as {@linkcode Mirror.shards} tells it, from what they say
   * of themselves alone: the manifest and its journals are not read, and may be damaged.
   *
   * @param location The folder's path, or `s3://bucket/prefix`.
   * @param out How the bucket is reached.
   * @param options The signal.
   * @returns The shards, by their count and index; none where there is no mirror.
   * @throws {FlatbedError} If they cannot be read.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If the location or an option is impossible.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(await Mirror.shardsOf("no-such-folder"), []);
   * ```
   */
  static async shardsOf(
    location: string,
    out?: OutOptions,
    options: Abortable = {},
  ): Promise<ShardStatus[]> {
    assertDeno("Mirror");
    if (out !== undefined) checkOutOptions(out);
    const signal = checkAbortable(options);
    using opened = await openStore(location, { out });
    return await listShards(opened.store, signal);
  }

  /** Where it is: the folder, or `s3://bucket/prefix`. */
  get location(): string {
    return this.#context.destination.location;
  }

  /**
   * Whether there is a mirror at its location: it keeps something there.
   *
   * @returns Whether there is.
   * @throws {FlatbedError} If that cannot be found out, such as for a bucket that is not there.
   */
  async exists(): Promise<boolean> {
    return await this.#run(undefined, () => this.#context.exists());
  }

  /** Whether files are decompressed. */
  get decompress(): boolean {
    return this.#context.encoding === "decompressed";
  }

  /**
   * Plans what to do so that the mirror is complete: compares what the bucket lists, what
   * the mirror holds and what the calendar expects. Nothing is fetched.
   *
   * @param options Which data types and dates, and how.
   * @returns The plan: plain data.
   * @throws {FlatbedError} If the service cannot be asked. A listing that it refuses is no error.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async plan<Name extends string>(options: PlanOptions<Name>): Promise<Plan> {
    checkPlanOptions(options);
    this.#running?.begin("planning");
    return await this.#runRecovered(
      options.signal,
      (signal) =>
        makePlan(this.#context, this.#entitlements, { ...options, signal }),
    );
  }

  /**
   * The disk space that {@linkcode Mirror.sync} of a plan needs at the least, and what is
   * free. The service is not asked.
   *
   * @param plan What {@linkcode Mirror.plan} returned.
   * @param options How many files would be fetched at once, as in {@linkcode SyncOptions}.
   * @returns The space.
   * @throws {LocalFileError} If it cannot be found out.
   * @throws {TypeError} If an argument has the wrong type.
   */
  async space(
    plan: Plan,
    options: Pick<SyncOptions, "maxConcurrent" | "keepReplaced" | "signal"> =
      {},
  ): Promise<PlanSpace> {
    assertPlan(plan);
    checkSyncOptions(options);
    const { maxConcurrent = 8, keepReplaced = false } = options;
    return await this.#run(options.signal, async () => {
      const budget = new SpaceBudget(this.#context, keepReplaced);
      return {
        needed: await budget.neededFor(
          plan.items.filter(isWanted),
          maxConcurrent,
        ),
        free: await this.#context.destination.freeBytes(),
      };
    });
  }

  /**
   * Fetches what is new or replaced in a plan. A file that cannot be fetched is reported
   * and counted, and the others go on.
   *
   * @param plan What {@linkcode Mirror.plan} returned.
   * @param options How to fetch.
   * @returns What was done.
   * @throws {NotEnoughSpaceError} If the disk has too little space; part files are kept.
   * @throws {CredentialsError} If the service refuses the credentials.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror was opened read-only.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async sync(plan: Plan, options: SyncOptions = {}): Promise<SyncSummary> {
    assertPlan(plan);
    checkSyncOptions(options);
    this.#assertWriter("sync");
    const run = this.#running;
    return await this.#runRecovered(
      options.signal,
      (signal) =>
        runSync(this.#context, this.#entitlements, plan, {
          ...options,
          signal,
          onEvent: both(
            run && syncEventTaker(run, plan, this),
            options.onEvent,
          ),
        }),
    );
  }

  /**
   * Fetches one object by its key, whatever a plan would say of it, and records it. A file
   * that is the object as the service has it now is not fetched again.
   *
   * @param key A flat file's key, in the live layout.
   * @param options How to fetch.
   * @returns What was done.
   * @throws {FlatbedError} If it cannot be downloaded or written; the subclass says why.
   * @throws {TypeError} If an argument has the wrong type, or the mirror was opened read-only and this is not a dry run.
   * @throws {RangeError} If it is not a flat file's key.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async fetch(
    key: string,
    options: FetchKeyOptions = {},
  ): Promise<FetchKeyOutcome> {
    assertKey(key);
    checkFetchKeyOptions(options);
    if (options.dryRun !== true) this.#assertWriter("fetch files");
    const run = options.dryRun === true ? undefined : this.#running;
    return await this.#runRecovered(
      options.signal,
      (signal) =>
        followFetch(
          run,
          key,
          options.onProgress,
          (onProgress) =>
            fetchKey(this.#context, key, { ...options, signal, onProgress }),
        ),
    );
  }

  /**
   * Removes files to free their disk space, and keeps what is known of them: they are
   * neither lost nor missing, and a sync fetches them again only if it is told to. Files
   * that were removed or emptied by hand count as released, too. A file that perhaps
   * cannot be fetched again stays, unless the release is forced. The service is not asked.
   *
   * @param options Which files, and how.
   * @returns How many files were released, and how many stay.
   * @throws {LocalFileError} If a file cannot be removed; those before it are released.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror was opened read-only and this is not a dry run.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async release<Name extends string>(
    options: ReleaseOptions<Name>,
  ): Promise<ReleaseSummary> {
    checkReleaseOptions(options);
    if (options.dryRun !== true) this.#assertWriter("release files");
    return await this.#runRecovered(
      options.signal,
      (signal) =>
        runRelease(this.#context, this.#entitlements, { ...options, signal }),
    );
  }

  /**
   * Compares the files with the manifest, and in remote mode with the bucket. Files that
   * do not belong to the mirror are listed, and never changed or removed. Results of
   * reading files are recorded if the mirror is open for writing, or with `remember`.
   *
   * @param options Which files, how, and what to do about problems.
   * @returns What was found.
   * @throws {FlatbedError} If a file cannot be read, or the service cannot be asked.
   * @throws {TypeError} If an argument has the wrong type, or something is to be repaired or rebuilt and the mirror was opened read-only.
   * @throws {RangeError} If there is no such mode or dataset.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async verify<Name extends string>(
    options: VerifyOptions<Name> = {},
  ): Promise<VerifyReport> {
    checkVerifyOptions(options);
    if (options.repair) this.#assertWriter("repair files");
    if (options.rebuild) this.#assertWriter("rebuild the manifest");
    const run = this.#running;
    run?.begin("verifying");
    const report = await this.#runRecovered(
      options.signal,
      (signal) =>
        runVerify(this.#context, {
          ...options,
          signal,
          onEvent: both(
            run && ((event) => takeVerifyEvent(run, event)),
            options.onEvent,
          ),
        }),
    );
    if (run !== undefined) takeVerifyReport(run, report);
    return report;
  }

  /**
   * The rows of some tickers and times, day by day in the order of dates, and within a day
   * as the file has them: byte for byte, and exactly those that a filter wants, whatever
   * their order. A day is read from the mirror's file, or where it is not there from the
   * service, of which nothing is kept. All batches have the same columns, by name.
   *
   * @param options Which dataset, days and rows.
   * @returns The rows in batches of about 256 KiB, which `writeRows()` of `./rows` writes.
   * @throws {FlatbedError} If a file or an object cannot be read to its end.
   * @throws {RowError} If there is no column to filter by.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset, date or column, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted, or an `AbortError` once the mirror is closed.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data", { readOnly: true });
   * const rows = mirror.extract({
   *   dataType: "stocks_minute",
   *   from: "2024-01-02",
   *   to: "2024-01-31",
   *   tickers: ["AAPL"],
   *   between: { from: "09:30", to: "16:00" },
   * });
   * for await (const { bytes } of rows) console.log(new TextDecoder().decode(bytes));
   * ```
   */
  extract<const Id extends string>(
    options: ExtractOptions<Id>,
  ): AsyncGenerator<RowBatch> {
    checkExtractOptions(options);
    this.#assertOpen();
    return runExtract(this.#context, options, this.#closing.signal);
  }

  /**
   * The tickers of a day, how many rows each has, and when: from the day's index, also
   * where its file was released. Where there is none, the mirror's file is read through once
   * to make it. The service is not asked.
   *
   * @param dataType The dataset's id.
   * @param date The file's date, `YYYY-MM-DD`.
   * @param options Which tickers.
   * @returns The tickers in the order of bytes.
   * @throws {IndexError} If the mirror has neither the file nor its index, or the file can have none.
   * @throws {FlatbedError} If the file cannot be read to its end.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { AsyncS3Downloader } from "@flatbed/flatbed/download";
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using downloader = new AsyncS3Downloader({
   *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
   *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
   * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
   * await using mirror = await Mirror.open("data", { downloader });
   * const days = { dataTypes: ["stocks_minute"], from: "2024-01-02", to: "2024-01-02" } as const;
   * await mirror.sync(await mirror.plan(days));
   * for (
   *   const { ticker, rows } of await mirror.tickers("stocks_minute", "2024-01-02", {
   *     patterns: ["AA*"],
   *   })
   * ) console.log(ticker, rows);
   * ```
   */
  async tickers<Name extends string>(
    dataType: DataTypeName<Name>,
    date: string,
    options: TickersOptions = {},
  ): Promise<TickerSummary[]> {
    checkTickersOptions(dataType, date, options);
    const { id } = getDataset(dataType);
    return await this.#run(
      options.signal,
      (signal) => runTickers(this.#context, id, date, { ...options, signal }),
    );
  }

  /**
   * What one would want to know before trusting the days of a dataset, by their indexes
   * alone: rows, tickers, times that are not of the file's day, a last time well before the
   * market closes, columns that are not those of the day before, and far more or fewer rows
   * or tickers than on the days before. These are hints: nothing of it needs to be wrong.
   * Where there is no index, the mirror's file is read through once to make it. The service
   * is not asked.
   *
   * @param options Which days.
   * @returns The days in the order of dates, those without a file and those that stand out not at all included.
   * @throws {FlatbedError} If a file or an index cannot be read.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted, or an `AbortError` once the mirror is closed.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data", { readOnly: true });
   * const days = mirror.check({
   *   dataType: "options_trades",
   *   from: "2024-06-03",
   *   to: "2024-06-14",
   * });
   * for await (const { date, rows, hints } of days) {
   *   console.log(date, rows, hints.map(({ code }) => code));
   * }
   * ```
   */
  check<const Id extends string>(
    options: CheckOptions<Id>,
  ): AsyncGenerator<DayCheck> {
    checkCheckOptions(options);
    this.#assertOpen();
    return runCheck(this.#context, options, this.#closing.signal);
  }

  /**
   * Makes the indexes that are lacking of large files: with one, {@linkcode Mirror.extract}
   * reads only the parts of a file that may have the rows. A sync makes them while it checks
   * files; here it is done for those that came without. What cannot have one is reported,
   * and the others go on.
   *
   * @param options Which files, and whether objects get one that are not in the mirror.
   * @returns What was done.
   * @throws {FlatbedError} If the service refuses the credentials, or the disk is full.
   * @throws {LocalFileError} If an index cannot be written.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data", { readOnly: true });
   * const { indexed, present } = await mirror.index({ from: "2024-01-02" });
   * console.log(`${indexed} indexes made, ${present} were there`);
   * ```
   */
  async index<Name extends string>(
    options: IndexOptions<Name> = {},
  ): Promise<IndexSummary> {
    checkIndexOptions(options);
    const run = this.#running;
    run?.begin("indexing");
    const summary = await this.#runRecovered(
      options.signal,
      (signal) =>
        runIndex(this.#context, {
          ...options,
          signal,
          onEvent: both(
            run && ((event) => takeIndexEvent(run, event)),
            options.onEvent,
          ),
        }),
    );
    if (run !== undefined) takeIndexSummary(run, summary, this, options);
    return summary;
  }

  /**
   * Makes Parquet files of the mirror's files, one a day: typed, and sorted by ticker and
   * time. What is there already of the newest versions is left alone; what was made of an
   * older one, or was removed, is made again. A day that fails is reported, and the others
   * go on. The service is not asked.
   *
   * It is done by DuckDB in processes of their own, which needs `--allow-run` for `deno`;
   * its package is fetched from npm's registry at the first use.
   *
   * @param options Which files, and where to.
   * @returns What was done.
   * @throws {DuckDBUnavailableError} If DuckDB cannot be loaded; the message says what to do.
   * @throws {NoSpaceError} If the disk is full.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror was opened read-only.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data");
   * const { converted, present } = await mirror.toParquet({ from: "2024-01-02" });
   * console.log(`${converted} files made, ${present} were there`);
   * ```
   */
  async toParquet<Name extends string>(
    options: ParquetOptions<Name> = {},
  ): Promise<ParquetSummary> {
    checkParquetOptions(options);
    this.#assertWriter("make Parquet files");
    const run = this.#running;
    run?.begin("making Parquet");
    const summary = await this.#runRecovered(
      options.signal,
      (signal) =>
        runParquet(this.#context, this.#entitlements, {
          ...options,
          signal,
          onEvent: both(run && parquetEventTaker(run), options.onEvent),
        }),
    );
    if (run !== undefined) takeParquetSummary(run, summary);
    return summary;
  }

  /**
   * The index of an object's rows, if there is one: of the file's version, or where there
   * is no file of whichever it was made of.
   *
   * @param key The object's key, in the live layout.
   * @returns The index; `undefined` if there is none, or it is damaged.
   * @throws {LocalFileError} If it cannot be read.
   * @throws {TypeError} If the key is no key.
   */
  async rowIndex(key: string): Promise<RowIndex | undefined> {
    assertKey(key);
    this.#assertOpen();
    const { indexes, manifest } = this.#context;
    const entry = manifest.entry(key, "stored");
    const isThere = entry !== undefined && entry.releasedAt === undefined;
    return await indexes.read(isThere ? entry : { key });
  }

  /**
   * The days whose rows have an index, whether their files are there or not.
   *
   * @param dataType The dataset's id.
   * @returns The dates, `YYYY-MM-DD`, in their order.
   * @throws {FlatbedError} If the indexes cannot be listed.
   * @throws {RangeError} If there is no such dataset.
   */
  async indexedDates<Name extends string>(
    dataType: DataTypeName<Name>,
  ): Promise<string[]> {
    const { id } = getDataset(dataType);
    this.#assertOpen();
    const keys = await this.#context.indexes.keys(id);
    return keys.filter(this.#context.isMine).flatMap((key) =>
      mirrorFileOf(key, "stored")?.date ?? []
    )
      .toSorted();
  }

  /**
   * What the mirror has of each data type on each day, by looking at the files' sizes. The
   * service is not asked.
   *
   * @param options Which data types and dates.
   * @returns The coverage of each data type.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async coverage<Name extends string>(
    options: CoverageOptions<Name> = {},
  ): Promise<Coverage[]> {
    checkCoverageOptions(options);
    return await this.#run(
      options.signal,
      async (signal) =>
        await coverageOf(this.#context, this.#entitlements, {
          ...options,
          signal,
        }),
    );
  }

  /**
   * The days whose files are due by the calendar and not in the mirror. Those that the
   * account is known not to be able to read are left out.
   *
   * @param options Which data types and dates.
   * @returns The files, by data type and date.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async missing<Name extends string>(
    options: CoverageOptions<Name> = {},
  ): Promise<MissingFile[]> {
    const coverage = await this.coverage(options);
    return coverage.flatMap(({ dataType, missing }) =>
      missing.map((date) => ({
        dataType,
        date,
        key: this.#context.catalog.getKey(dataType, date),
      }))
    );
  }

  /**
   * Accepts that upstream never has the files of some days: they are no longer missing.
   * One that appears all the same is fetched, and its day is expected from then on.
   *
   * @param dataType The dataset's id.
   * @param dates The days, `YYYY-MM-DD`, on which a file is expected and due.
   * @param options Whether to change nothing, and the signal.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror was opened read-only and this is not a dry run.
   * @throws {RangeError} If there is no such dataset or date, no file of a day is expected or due, or the mirror has or had one that can be fetched again.
   */
  async acceptMissing<Name extends string>(
    dataType: DataTypeName<Name>,
    dates: readonly string[],
    options: AcceptOptions = {},
  ): Promise<void> {
    const { id } = getDataset(dataType);
    assertDates(dates);
    checkAcceptOptions(options);
    if (options.dryRun !== true) this.#assertWriter("accept missing days");
    await this.#run(
      options.signal,
      () => acceptMissing(this.#context, id, dates, options),
    );
  }

  /**
   * Takes back {@linkcode Mirror.acceptMissing}.
   *
   * @param dataType The dataset's id.
   * @param dates The days, `YYYY-MM-DD`; those that were not accepted are left alone.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror was opened read-only.
   * @throws {RangeError} If there is no such dataset or date.
   */
  async forgetAccepted<Name extends string>(
    dataType: DataTypeName<Name>,
    dates: readonly string[],
  ): Promise<void> {
    const { id } = getDataset(dataType);
    assertDates(dates);
    this.#assertWriter("expect days again");
    await this.#run(undefined, async () => {
      await Promise.resolve();
      this.#context.manifest.forgetAccepted(id, dates);
    });
  }

  /**
   * The days of a data type that {@linkcode Mirror.acceptMissing} accepted.
   *
   * @param dataType The dataset's id.
   * @returns The days, `YYYY-MM-DD`, in order.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset.
   */
  acceptedDates<Name extends string>(dataType: DataTypeName<Name>): string[] {
    const { id } = getDataset(dataType);
    this.#assertOpen();
    return this.#context.manifest.acceptedDates(id);
  }

  /**
   * Runs a query in SQL over the mirror's files, with DuckDB in a process of its own. Each
   * data type is a table of that name: of the days that are in the mirror, with a `date`
   * column, by which files are left out. A query can only read, and only files of the mirror
   * and of the folders that are allowed. Besides DuckDB's own functions, there are `ny(time)`
   * for the time in New York, and `underlying()`, `expiry()`, `strike()` and `right()` of an
   * options contract's ticker.
   *
   * It needs `--allow-run` for `deno`. DuckDB is fetched at the first use, about 50 MB.
   *
   * @param query One query.
   * @param options What it may use.
   * @returns The result, which is computed when it is read; dispose of it.
   * @throws {DuckDBError} If the query does more than read, or cannot be understood.
   * @throws {DuckDBUnavailableError} If DuckDB cannot be loaded.
   * @throws {LocalFileError} If a folder that is allowed is not there.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { AsyncS3Downloader } from "@flatbed/flatbed/download";
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using downloader = new AsyncS3Downloader({
   *   accessKeyId: Deno.env.get("FLATBED_ACCESS_KEY_ID") ?? "",
   *   secretAccessKey: Deno.env.get("FLATBED_SECRET_ACCESS_KEY") ?? "",
   * }, { endpointUrl: Deno.env.get("FLATBED_ENDPOINT_URL") });
   * await using mirror = await Mirror.open("data", { downloader });
   * const days = { dataTypes: ["stocks_daily"], from: "2024-01-02", to: "2024-01-05" } as const;
   * await mirror.sync(await mirror.plan(days));
   * await using result = await mirror.sql(
   *   "SELECT date, max(close) FROM stocks_daily WHERE date >= '2024-01-03' GROUP BY date ORDER BY date",
   * );
   * for await (const rows of result.rows()) {
   *   for (const [date, close] of rows) console.log(date, close);
   * }
   * ```
   */
  async sql(query: string, options: SqlOptions = {}): Promise<SqlResult> {
    checkSqlOptions(query, options);
    return await this.#run(
      options.signal,
      () => runSql(this.#context, query, options, this.#closing.signal),
    );
  }

  /**
   * The files of a dataset's days, one a day: those that are there with their recorded
   * size, and the days that lack one. Of a day that is there twice, compressed and not, the
   * compressed file. The service is not asked.
   *
   * @param options Which dataset and days.
   * @returns The files, and the days that lack one.
   * @throws {LocalFileError} If a file cannot be looked up.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data", { readOnly: true });
   * const { files, lacking } = await mirror.files({
   *   dataType: "stocks_minute",
   *   from: "2024-01-02",
   *   to: "2024-01-31",
   * });
   * for (const { path } of files) console.log(path);
   * for (const { date, reason } of lacking) console.log(date, reason);
   * ```
   */
  async files<const Id extends string>(
    options: FilesOptions<Id>,
  ): Promise<DayFiles> {
    checkFilesOptions(options);
    return await this.#run(
      options.signal,
      (signal) => filesOf(this.#context, { ...options, signal }),
    );
  }

  /**
   * What the mirror knows of its files. A file that is being replaced is included as long
   * as the older version is there.
   *
   * @param options Which files.
   * @returns The entries, by data type, date and encoding.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date.
   */
  entries<Id extends string>(
    options: EntriesOptions<Id> = {},
  ): ManifestEntry[] {
    checkEntriesOptions(options);
    this.#assertOpen();
    const { dataType, from, to } = options;
    return this.#context.manifest.entries({
      dataType: dataType === undefined ? undefined : getDataset(dataType).id,
      from,
      to,
    });
  }

  /**
   * The Parquet files in the mirror's own folder that have the rows of the version that it
   * knows, whether they are still there or not.
   *
   * @param options Which files.
   * @returns The files, by data type and date.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date.
   */
  parquetFiles<Id extends string>(
    options: EntriesOptions<Id> = {},
  ): ParquetFile[] {
    checkEntriesOptions(options);
    this.#assertOpen();
    return parquetFilesOf(this.#context, options);
  }

  /**
   * Tells states of what the mirror knows apart, without reading it: the same text as long
   * as nobody has written to the manifest. Two changes within a few milliseconds may count
   * as one.
   *
   * @param dataType The dataset's id, to tell states of one dataset apart; that reads its entries.
   * @returns Any text.
   * @throws {LocalFileError} If that cannot be found out.
   * @throws {RangeError} If there is no such dataset.
   */
  revision<Name extends string>(dataType?: DataTypeName<Name>): string {
    const id = dataType === undefined ? undefined : getDataset(dataType).id;
    this.#assertOpen();
    const { manifest } = this.#context;
    return id === undefined ? manifest.revision() : manifest.revisionOf(id);
  }

  /**
   * The data types of which the mirror knows files.
   *
   * @returns Their ids, in the order of the alphabet.
   * @throws {MirrorDamagedError} If the manifest cannot be used.
   */
  dataTypes(): DataType[] {
    this.#assertOpen();
    return this.#context.manifest.dataTypes();
  }

  /**
   * Says in the mirror that its shard is at work, until that is ended or disposed of:
   * {@linkcode Mirror.shards} tells of it, in other processes too.
   *
   * @param options What the work is, so that it is told from that of another job.
   * @returns The run.
   * @throws {TypeError} If the mirror was opened without a shard, or an argument has the wrong type.
   */
  async beginShard(options: ShardWork = {}): Promise<ShardRun> {
    assertOptions(options, { work: true, job: true });
    const { work, job } = options;
    if (work !== undefined) assertString(work, "work");
    if (job !== undefined) assertString(job, "job");
    this.#assertOpen();
    const { command, now, shard, store } = this.#context;
    if (shard === undefined) {
      throw new TypeError(
        "Cannot begin a shard: the mirror was opened without one",
      );
    }
    return await ShardRun.begin({
      ...{ store, shard, command, now, work, job },
    });
  }

  /**
   * Says in the mirror what this process does with it, until that is ended or disposed of:
   * {@linkcode Mirror.activities} tells of it, in other processes too. What is planned,
   * fetched, verified, indexed and made into Parquet is followed by itself; what else there
   * is to tell, the run takes. It needs no lock. Where nothing can be written, as in a mirror
   * of somebody else, nothing is, and that is no error.
   *
   * @param options What the work is.
   * @returns The run.
   * @throws {TypeError} If an argument has the wrong type, or an activity of this mirror object is under way.
   */
  async beginActivity(options: ActivityWork = {}): Promise<ActivityRun> {
    assertOptions(options, { command: true, about: true, continues: true });
    const { command, about } = options;
    if (command !== undefined) assertString(command, "command");
    if (about !== undefined) assertString(about, "about");
    this.#assertOpen();
    if (this.#running !== undefined) {
      throw new TypeError("Cannot begin an activity: one is under way");
    }
    const { hasDownloader, now, store, shard, isWriter } = this.#context;
    await Promise.resolve();
    return this.#activity = ActivityRun.begin({
      ...{ command: this.#context.command, now, store, shard },
      downloader: hasDownloader
        ? this.#context.downloader("measure")
        : undefined,
      mayWrite: async () =>
        mayWriteActivities(store) && (isWriter || await this.#context.exists()),
    }, options);
  }

  /**
   * What processes do with the mirror, and did lately, as each says itself: those that have
   * ended are kept for some time. A process of this machine that was killed is told from one
   * that lives; of another machine, that it has not said anything for long is all there is.
   * It is cheap enough to be asked every second of a folder, and every five of a bucket.
   *
   * @param options The signal.
   * @returns The activities, the one that began last first.
   * @throws {FlatbedError} If they cannot be listed.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data", { readOnly: true });
   * for (const { command, state, counts } of await mirror.activities()) {
   *   console.log(`${command} is ${state}: ${counts.filesDone} files done`);
   * }
   * ```
   */
  async activities(options: Abortable = {}): Promise<Activity[]> {
    const signal = checkAbortable(options);
    return await this.#track(
      signal,
      (signal) => this.#activities.read(signal),
    );
  }

  /**
   * How the shards of the mirror are, as each has said itself: those of this number of
   * shards, and of others that there were before. One that never began is not named.
   *
   * @param options The signal.
   * @returns The shards, by their count and index.
   * @throws {FlatbedError} If they cannot be read.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data", { readOnly: true });
   * for (const { index, count, state, host } of await mirror.shards()) {
   *   console.log(`${index}/${count} ${state} on ${host}`);
   * }
   * ```
   */
  async shards(options: Abortable = {}): Promise<ShardStatus[]> {
    const signal = checkAbortable(options);
    return await this.#run(
      signal,
      (signal) => listShards(this.#context.store, signal),
    );
  }

  /**
   * The files of which shards have fetched pieces, and that are not whole yet, as a plan with
   * `split` makes them. The last shard puts them together, or else the next sync does.
   *
   * @param options The signal.
   * @returns The files, in the order of paths; those of all shards.
   * @throws {FlatbedError} If they cannot be read.
   * @throws {unknown} The signal's reason, if it is aborted.
   *
   * @example
   * ```ts
   * import { Mirror } from "@flatbed/flatbed/mirror";
   *
   * await using mirror = await Mirror.open("data", { readOnly: true });
   * for (const { key, bytes, size } of await mirror.pieces()) {
   *   console.log(`${key}: ${bytes} of ${size} bytes are there`);
   * }
   * ```
   */
  async pieces(options: Abortable = {}): Promise<PiecedFile[]> {
    const signal = checkAbortable(options);
    return await this.#run(signal, () => piecedFiles(this.#context));
  }

  /**
   * The oldest date of a data type whose file the account can read.
   *
   * @param dataType The dataset's id.
   * @param options `signal` ends the search.
   * @returns The date, `YYYY-MM-DD`; `null` if there is none, and
   * {@linkcode Mirror.entitlement} says why.
   * @throws {FlatbedError} If the service cannot be asked.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset.
   */
  async findOldestReadable<Name extends string>(
    dataType: DataTypeName<Name>,
    options: Abortable = {},
  ): Promise<string | null> {
    return (await this.entitlement(dataType, options)).since;
  }

  /**
   * What the account can read of a data type, and since when. The search takes listings of
   * a few years and at most 15 HEAD requests, 11 more if not only the newest file is
   * refused. A date that was found is remembered for the day (UTC).
   *
   * @param dataType The dataset's id.
   * @param options `signal` ends the search.
   * @returns What it can read.
   * @throws {FlatbedError} If the service cannot be asked.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset.
   */
  async entitlement<Name extends string>(
    dataType: DataTypeName<Name>,
    options: Abortable = {},
  ): Promise<Entitlement> {
    const { id } = getDataset(dataType);
    const signal = checkAbortable(options);
    const { outcome, date, isExact, until } = await this.#run(
      signal,
      (signal) => this.#entitlements.find(id, { signal }),
    );
    return {
      dataType: id,
      outcome,
      since: date ?? null,
      isExact,
      until: until ?? null,
    };
  }

  /**
   * Records what {@linkcode Mirror.entitlement} has found in a mirror that was opened
   * read-only, for {@linkcode Mirror.release} and {@linkcode Mirror.coverage}; it takes
   * the lock for a moment. A mirror that is open for writing records it at once.
   *
   * @param options The signal.
   * @throws {MirrorBusyError} If somebody else writes to the mirror.
   * @throws {MirrorDamagedError} If its manifest cannot be used.
   * @throws {LocalFileError} If there is no mirror, or it cannot be written to.
   */
  async rememberEntitlements(options: Abortable = {}): Promise<void> {
    const signal = checkAbortable(options);
    await this.#run(signal, () => this.#entitlements.remember());
  }

  /**
   * Aborts what is under way with an `AbortError`, waits until it has ended, and closes the
   * mirror, so that others can write to it. Calling it twice is fine; it never rejects.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#closing.abort(
      new DOMException("The mirror was closed", "AbortError"),
    );
    await Promise.allSettled([...this.#underWay]);
    await this.#running?.[Symbol.asyncDispose]();
    await this.#context.files[Symbol.asyncDispose]();
    try {
      await this.#context.manifest.flush();
    } catch {
      // As below: each call has flushed what it noted, or told why not.
    }
    try {
      this.#context[Symbol.dispose]();
    } catch {
      // What is in the manifest is on the disk already; in `await using`, this would hide the first error.
    }
  }

  /** Finds out, once, what became of the files that an earlier run was fetching. */
  async #recover(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#context.isWriter) return;
    const isOwn = this.#recovered === undefined;
    const recovered = this.#recovered ??= recoverArrivals(
      this.#context,
      signal,
    );
    try {
      await recovered;
    } catch (error) {
      if (this.#recovered === recovered) this.#recovered = undefined;
      if (isOwn || signal?.aborted) throw error;
      await this.#recover(signal); // another call's signal has ended it
    }
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new TypeError("Cannot use a mirror that is closed");
    }
  }

  #assertWriter(doing: string): void {
    if (!this.#context.isWriter) {
      throw new TypeError(`Cannot ${doing}: the mirror was opened read-only`);
    }
  }

  /** The activity that follows what is done here, if one is under way. */
  get #running(): ActivityRun | undefined {
    return this.#activity?.isIdle ? undefined : this.#activity;
  }

  /** Does some work on a manifest that is not older than some seconds, and flushes it. */
  async #work<T>(
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { manifest } = this.#context;
    await manifest.refresh(MAX_AGE_MS);
    const result = await work(signal);
    await manifest.flush();
    return result;
  }

  /** Runs work that ends with the caller's signal, and when the mirror is closed. */
  async #run<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return await this.#track(signal, (signal) => this.#work(signal, work));
  }

  /** The same without the manifest. */
  async #track<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.#assertOpen();
    using link = linkSignals(signal, this.#closing.signal);
    link.signal.throwIfAborted();
    const promise = work(link.signal);
    this.#underWay.add(promise);
    try {
      return await promise;
    } finally {
      this.#underWay.delete(promise);
    }
  }

  /** The same, after {@linkcode Mirror.#recover}. */
  #runRecovered<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#run(signal, async (signal) => {
      await this.#recover(signal);
      return await work(signal);
    });
  }
}

/** Calls those of two takers of events that there are. */
function both<E>(
  own: ((event: E) => void) | undefined,
  other: ((event: E) => void) | undefined,
): ((event: E) => void) | undefined {
  if (own === undefined || other === undefined) return own ?? other;
  return (event) => {
    own(event);
    other(event);
  };
}

/** How old what is known of a mirror elsewhere may be when a call begins, in milliseconds. */
const MAX_AGE_MS = 5000;
