import {
  assertArray,
  assertBoolean,
  assertBucketName,
  assertFunction,
  assertInteger,
  assertIsoDate,
  assertKey,
  assertOneOf,
  assertOptions,
  assertSignal,
  assertString,
  type OptionNames,
  quote,
  wrongType,
} from "../base/mod.ts";
import {
  type DataTypeName,
  getDataset,
  getFileDay,
  isDue,
  S3Catalog,
} from "../catalog/mod.ts";
import type { AsyncS3Downloader } from "../download/mod.ts";
import { assertDeno } from "../files/mod.ts";
import {
  type Coverage,
  COVERAGE_OPTIONS,
  type CoverageOptions,
} from "./plan/coverage.ts";
import { coverageOf } from "./plan/coverage_of.ts";
import { assertRanges } from "./plan/dates_by_type.ts";
import { FolderDestination } from "./destination/folder_destination.ts";
import { MirrorDamagedError } from "./errors.ts";
import type { EntitlementOutcome } from "./plan/readable_range.ts";
import { Entitlements } from "./plan/entitlements.ts";
import { whyNotMissing } from "./plan/why_not_missing.ts";
import { STATE_FOLDER } from "./local_path.ts";
import { makePlan } from "./plan/make_plan.ts";
import { GroupCommit } from "./manifest/group_commit.ts";
import { Manifest } from "./manifest/manifest.ts";
import { putManifestAside } from "./manifest/put_manifest_aside.ts";
import type { ManifestEntry } from "./manifest/manifest_entry.ts";
import type { MirrorContext } from "./mirror_context.ts";
import {
  describeProcess,
  folderError,
  MirrorLock,
} from "./manifest/mirror_lock.ts";
import { type Plan, PLAN_OPTIONS, type PlanOptions } from "./plan/plan.ts";
import { recoverArrivals } from "./sync/recover.ts";
import {
  checkFetchKeyOptions,
  fetchKey,
  type FetchKeyOptions,
  type FetchKeyOutcome,
} from "./sync/fetch_key.ts";
import {
  RELEASE_OPTIONS,
  type ReleaseOptions,
} from "./sync/release_options.ts";
import type { ReleaseSummary } from "./sync/release_summary.ts";
import { runRelease } from "./sync/run_release.ts";
import { runSync } from "./sync/run_sync.ts";
import { runVerify } from "./verify/run_verify.ts";
import { SYNC_OPTIONS, type SyncOptions } from "./sync/sync_options.ts";
import type { SyncSummary } from "./sync/sync_summary.ts";
import {
  VERIFY_OPTIONS,
  type VerifyOptions,
  type VerifyReport,
} from "./verify/verify_report.ts";

/** Options of {@linkcode Mirror.open}. */
export interface MirrorOptions {
  /** What asks the service. Without it, only what the mirror itself knows can be asked for. */
  downloader?: AsyncS3Downloader | undefined;
  /**
   * The bucket's name.
   *
   * @default {"flatfiles"}
   */
  bucket?: string;
  /**
   * Whether files are decompressed. Where it is not given, as the mirror's files are,
   * and as stored where there are none.
   */
  decompress?: boolean | undefined;
  /**
   * Whether the mirror is only looked at: then it is never in use by somebody else, and
   * nothing in it is changed or made, unless {@linkcode Mirror.verify} is told to
   * remember.
   *
   * @default {false}
   */
  readOnly?: boolean;
  /**
   * Whether a manifest that cannot be read is put aside, and an empty one takes its
   * place; of one that holds impossible values, only these are forgotten.
   * {@linkcode Mirror.verify} with `rebuild` fills it from the files.
   *
   * @default {false}
   */
  replaceDamaged?: boolean;
  /** What others are told that find the mirror in use; the script's name where it is not given. */
  command?: string | undefined;
  /** The clock. */
  now?: (() => Date) | undefined;
}

const MIRROR_OPTIONS: OptionNames<MirrorOptions> = {
  downloader: true,
  bucket: true,
  decompress: true,
  readOnly: true,
  replaceDamaged: true,
  command: true,
  now: true,
};

/** A day's file that is due, and not in a mirror. */
export interface MissingFile {
  /** The dataset's id. */
  dataType: Coverage["dataType"];
  /** The file's date, `YYYY-MM-DD`. */
  date: string;
  /** The object's key, in the live layout. */
  key: string;
}

/** What an account can read of a data type. */
export interface Entitlement {
  /** The dataset's id. */
  dataType: Coverage["dataType"];
  /** Whether it can read all, what is newer or older than a date, or nothing. */
  outcome: EntitlementOutcome;
  /** The oldest date whose file it can read, `YYYY-MM-DD`; `null` where there is none. */
  since: string | null;
  /** Whether that date was found: otherwise nothing older can be read, and perhaps it cannot either. */
  isExact: boolean;
  /** The newest date whose file it can read, where newer ones are refused that were due long ago; else `null`. */
  until: string | null;
}

/**
 * A folder that holds copies of objects under their keys, and knows what it holds. Needs
 * Deno.
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
 * @example Looking at a mirror, which need not be there
 * ```ts
 * import { Mirror } from "@flatbed/flatbed/mirror";
 * import { assertEquals } from "@std/assert";
 *
 * await using mirror = await Mirror.open("no-such-folder", { readOnly: true });
 * assertEquals(mirror.coverage(), []);
 * ```
 */
export class Mirror implements AsyncDisposable {
  readonly #context: MirrorContext;
  readonly #entitlements: Entitlements;
  readonly #lock: MirrorLock | undefined;
  #isClosed = false;
  #underWay = 0;
  #recovered: Promise<void> | undefined;

  private constructor(context: MirrorContext, lock: MirrorLock | undefined) {
    this.#context = context;
    this.#entitlements = new Entitlements(context);
    this.#lock = lock;
  }

  /**
   * Opens the mirror in a folder, and makes it where there is none, unless it is only
   * looked at.
   *
   * @throws {MirrorBusyError} If another process, or another part of this one, writes to it.
   * @throws {MirrorDamagedError} If its manifest cannot be used.
   * @throws {LocalFileError} If the folder cannot be used.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If an option's value is out of its range.
   */
  static async open(
    folder: string,
    options: MirrorOptions = {},
  ): Promise<Mirror> {
    assertDeno("Mirror");
    const path = checkFolder(folder);
    const checked = checkOptions(options);
    const { readOnly = false, now = () => new Date() } = checked;
    let lock: MirrorLock | undefined;
    let manifest: Manifest;
    if (readOnly) {
      manifest = Manifest.openForReading(path);
    } else {
      try {
        await Deno.mkdir(`${path}/${STATE_FOLDER}`, { recursive: true });
        const holder = describeProcess(checked.command, now());
        lock = await MirrorLock.take(path, holder);
      } catch (error) {
        throw folderError(path, error);
      }
      try {
        manifest = await openManifest(path, checked, now());
      } catch (error) {
        lock[Symbol.dispose]();
        throw error;
      }
    }
    const { downloader, bucket, decompress } = checked;
    const encoding = decompress === undefined
      ? manifest.encodingInUse() ?? "stored"
      : decompress
      ? "decompressed"
      : "stored";
    const destination = new FolderDestination(path);
    return new Mirror({
      folder: path,
      destination,
      catalog: new S3Catalog(bucket, { layout: "live" }),
      manifest,
      journal: new GroupCommit(manifest, destination, now),
      encoding,
      isWriter: lock !== undefined,
      command: checked.command,
      now,
      downloader(doing) {
        if (downloader !== undefined) return downloader;
        throw new TypeError(
          `Cannot ${doing}: the mirror was opened without a downloader`,
        );
      },
    }, lock);
  }

  /** The folder. */
  get folder(): string {
    return this.#context.folder;
  }

  /** Whether files are decompressed. */
  get decompress(): boolean {
    return this.#context.encoding === "decompressed";
  }

  /**
   * What is to be done so that the mirror is complete: what the bucket lists, what the
   * mirror holds and what the calendar expects, side by side. Nothing is fetched.
   *
   * @throws {FlatbedError} If the service cannot be asked. That it refuses to list is no error.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   */
  async plan<Name extends string>(options: PlanOptions<Name>): Promise<Plan> {
    assertOptions(options, PLAN_OPTIONS);
    const { dataTypes, from, to, signal, onListing } = options;
    assertDataTypes(dataTypes);
    assertRanges(from, to);
    assertBoolean(options.released ?? false, "released");
    assertSignal(signal);
    assertFunction(onListing, "onListing");
    return await this.#run(async () => {
      signal?.throwIfAborted();
      await this.#recover(signal);
      return await makePlan(this.#context, this.#entitlements, options);
    });
  }

  /**
   * Fetches what a plan says is new or replaced. What cannot be fetched is counted and
   * told, and the rest goes on.
   *
   * @throws {NotEnoughSpaceError} If there is too little space on the disk; what was begun is kept.
   * @throws {CredentialsError} If the service refuses the credentials.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror is only looked at.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async sync(plan: Plan, options: SyncOptions = {}): Promise<SyncSummary> {
    assertPlan(plan);
    assertOptions(options, SYNC_OPTIONS);
    const { signal, onEvent, maxConcurrent = 8 } = options;
    const { keepReplaced = false, trustEtag = false } = options;
    assertSignal(signal);
    assertFunction(onEvent, "onEvent");
    assertInteger(maxConcurrent, "maxConcurrent", 1);
    assertBoolean(keepReplaced, "keepReplaced");
    assertBoolean(trustEtag, "trustEtag");
    this.#assertWriter("sync");
    return await this.#run(async () => {
      signal?.throwIfAborted();
      await this.#recover(signal);
      return await runSync(this.#context, this.#entitlements, plan, options);
    });
  }

  /**
   * Fetches one object by its key, whatever a plan would say of it, and notes it. A file
   * that is there and is the object as the service has it now is not fetched again.
   *
   * @param key A flat file's key, in the live layout.
   * @param options How, and whether at all.
   * @throws {FlatbedError} If it cannot be downloaded or written; the subclass says why.
   * @throws {TypeError} If an argument has the wrong type, or the mirror is only looked at and it is no dry run.
   * @throws {RangeError} If it is no flat file's key.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async fetch(
    key: string,
    options: FetchKeyOptions = {},
  ): Promise<FetchKeyOutcome> {
    assertKey(key);
    checkFetchKeyOptions(options);
    if (options.dryRun !== true) this.#assertWriter("fetch files");
    return await this.#run(async () => {
      options.signal?.throwIfAborted();
      await this.#recover(options.signal);
      return await fetchKey(this.#context, key, options);
    });
  }

  /**
   * Gives the disk space of files back and keeps what is known of them: they are neither
   * lost nor missing, and a sync fetches them again only where it is told to. It also
   * takes files that were removed or emptied on purpose for released. A file of which
   * perhaps no other can be fetched stays, unless it is forced. The service is not asked.
   *
   * @param options Which files, and how.
   * @returns How many files were released, and how many stay.
   * @throws {LocalFileError} If a file cannot be removed; what was done before it stays done.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror is only looked at and it is no dry run.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async release<Name extends string>(
    options: ReleaseOptions<Name>,
  ): Promise<ReleaseSummary> {
    assertOptions(options, RELEASE_OPTIONS);
    const { dataTypes, from, to, signal, onEvent } = options;
    const { force = false, dryRun = false } = options;
    assertDataTypes(dataTypes);
    assertRanges(from, to);
    assertBoolean(force, "force");
    assertBoolean(dryRun, "dryRun");
    assertSignal(signal);
    assertFunction(onEvent, "onEvent");
    if (!dryRun) this.#assertWriter("release files");
    return await this.#run(async () => {
      signal?.throwIfAborted();
      await this.#recover(signal);
      return await runRelease(this.#context, this.#entitlements, options);
    });
  }

  /**
   * Compares the files with the manifest, and in remote mode with the bucket. Files that
   * are none of the mirror's are named, and never changed or removed. What reading has
   * shown is noted where the mirror is open for writing, or `remember` says so.
   *
   * @throws {FlatbedError} If a file cannot be read, or the service cannot be asked.
   * @throws {TypeError} If an argument has the wrong type, or something is to be repaired or rebuilt and the mirror is only looked at.
   * @throws {RangeError} If there is no such mode or dataset.
   * @throws {unknown} The signal's reason, if it is aborted.
   */
  async verify<Name extends string>(
    options: VerifyOptions<Name> = {},
  ): Promise<VerifyReport> {
    assertOptions(options, VERIFY_OPTIONS);
    const { mode = "quick", repair = false, rebuild = false } = options;
    const { remember = false, dataTypes } = options;
    assertOneOf(mode, "mode", ["quick", "full", "remote"]);
    assertBoolean(repair, "repair");
    assertBoolean(rebuild, "rebuild");
    assertBoolean(remember, "remember");
    if (dataTypes !== undefined) assertDataTypes(dataTypes);
    assertSignal(options.signal);
    assertFunction(options.onEvent, "onEvent");
    if (repair) this.#assertWriter("repair files");
    if (rebuild) this.#assertWriter("rebuild the manifest");
    return await this.#run(async () => {
      options.signal?.throwIfAborted();
      await this.#recover(options.signal);
      return await runVerify(this.#context, options);
    });
  }

  /**
   * What the mirror has, by data type and by day, by the look of the files. The service
   * is not asked.
   *
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   */
  coverage<Name extends string>(
    options: CoverageOptions<Name> = {},
  ): Coverage[] {
    assertOptions(options, COVERAGE_OPTIONS);
    const { dataTypes, from, to } = options;
    if (dataTypes !== undefined) assertDataTypes(dataTypes);
    assertRanges(from, to);
    this.#assertOpen();
    return coverageOf(this.#context, this.#entitlements, options);
  }

  /**
   * The days whose files are due and not in the mirror, by the calendar. Those that the
   * account is known not to be able to read are left out.
   *
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   */
  missing<Name extends string>(
    options: CoverageOptions<Name> = {},
  ): MissingFile[] {
    return this.coverage(options).flatMap(({ dataType, missing }) =>
      missing.map((date) => ({
        dataType,
        date,
        key: this.#context.catalog.getKey(dataType, date),
      }))
    );
  }

  /**
   * Accepts that upstream never has the files of some days: they are no longer missing.
   * One that appears all the same is fetched, and its day expected from then on.
   *
   * @param dataType The dataset's id.
   * @param dates The days, `YYYY-MM-DD`, on which a file is expected and due.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror is only looked at.
   * @throws {RangeError} If there is no such dataset or date, no file of a day is expected or due, or the mirror has or had one that can be fetched again.
   */
  acceptMissing<Name extends string>(
    dataType: DataTypeName<Name>,
    dates: readonly string[],
  ): void {
    const { id } = getDataset(dataType);
    assertDates(dates);
    const now = this.#context.now();
    for (const date of dates) {
      const cannot = `Cannot accept that ${id} lacks ${date}`;
      if (
        date < getDataset(id).firstDate || getFileDay(id, date) !== "expected"
      ) {
        throw new RangeError(`${cannot}: no file of that day is expected`);
      }
      if (!isDue(date, now)) {
        throw new RangeError(`${cannot}: it is not due yet`);
      }
    }
    this.#assertWriter("accept missing days");
    this.#assertOpen();
    for (const date of dates) {
      const why = whyNotMissing(this.#context, id, date);
      if (why !== undefined) {
        throw new RangeError(`Cannot accept that ${id} lacks ${date}: ${why}`);
      }
    }
    this.#context.manifest.acceptMissing(id, dates, now);
  }

  /**
   * Takes back {@linkcode Mirror.acceptMissing}.
   *
   * @param dataType The dataset's id.
   * @param dates The days, `YYYY-MM-DD`; those that were not accepted are left alone.
   * @throws {MirrorDamagedError} If the manifest cannot be used any more.
   * @throws {TypeError} If an argument has the wrong type, or the mirror is only looked at.
   * @throws {RangeError} If there is no such dataset or date.
   */
  forgetAccepted<Name extends string>(
    dataType: DataTypeName<Name>,
    dates: readonly string[],
  ): void {
    const { id } = getDataset(dataType);
    assertDates(dates);
    this.#assertWriter("expect days again");
    this.#assertOpen();
    this.#context.manifest.forgetAccepted(id, dates);
  }

  /**
   * The days of a data type that {@linkcode Mirror.acceptMissing} was told of, in order.
   *
   * @param dataType The dataset's id.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset.
   */
  acceptedDates<Name extends string>(dataType: DataTypeName<Name>): string[] {
    const { id } = getDataset(dataType);
    this.#assertOpen();
    return this.#context.manifest.acceptedDates(id);
  }

  /** What the mirror knows of its files, by data type, date and encoding; of one that is being replaced, as long as the older version is there. */
  entries(): ManifestEntry[] {
    this.#assertOpen();
    return this.#context.manifest.entries();
  }

  /**
   * The oldest date of a data type whose file the account can read, or `null` where
   * there is none; {@linkcode Mirror.entitlement} tells why there is none.
   *
   * @param dataType The dataset's id.
   * @param options `signal` ends the search.
   * @returns The date, `YYYY-MM-DD`.
   * @throws {FlatbedError} If the service cannot be asked.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset.
   */
  async findOldestReadable<Name extends string>(
    dataType: DataTypeName<Name>,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<string | null> {
    return (await this.entitlement(dataType, options)).since;
  }

  /**
   * What the account can read of a data type, and since when: found with listings of a
   * few years and at most 15 HEAD requests, 11 more where not only the newest file is refused. A date that was found is remembered for the
   * day (UTC).
   *
   * @param dataType The dataset's id.
   * @param options `signal` ends the search.
   * @throws {FlatbedError} If the service cannot be asked.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If there is no such dataset.
   */
  async entitlement<Name extends string>(
    dataType: DataTypeName<Name>,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Entitlement> {
    const { id } = getDataset(dataType);
    assertOptions(options, { signal: true });
    const { signal } = options;
    assertSignal(signal);
    const { outcome, date, isExact, until } = await this.#run(() =>
      this.#entitlements.find(id, { signal })
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
   * Remembers what {@linkcode Mirror.entitlement} has found in a mirror that is only
   * looked at, for {@linkcode Mirror.release} and {@linkcode Mirror.coverage}: it takes
   * the lock for a moment. A mirror that is open for writing remembers by itself.
   *
   * @throws {MirrorBusyError} If somebody else writes to the mirror.
   * @throws {MirrorDamagedError} If its manifest cannot be used.
   * @throws {LocalFileError} If there is no mirror, or it cannot be written to.
   */
  async rememberEntitlements(): Promise<void> {
    await this.#run(() => this.#entitlements.remember());
  }

  /**
   * Closes the mirror, so that others can write to it. What is under way must have ended.
   *
   * @throws {TypeError} If something is still under way.
   */
  // deno-lint-ignore require-await -- what it does is a promise by its kind
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    if (this.#underWay > 0) {
      throw new TypeError("Cannot close the mirror: something is under way");
    }
    this.#isClosed = true;
    this.#context.manifest[Symbol.dispose]();
    this.#lock?.[Symbol.dispose]();
  }

  /** Settles, once, what an earlier run has left open: before anything else is fetched. */
  async #recover(signal: AbortSignal | undefined): Promise<void> {
    if (!this.#context.isWriter) return;
    this.#recovered ??= recoverArrivals(this.#context, signal);
    try {
      await this.#recovered;
    } catch (error) {
      this.#recovered = undefined;
      throw error;
    }
  }

  #assertOpen(): void {
    if (this.#isClosed) {
      throw new TypeError("Cannot use a mirror that is closed");
    }
  }

  #assertWriter(doing: string): void {
    if (!this.#context.isWriter) {
      throw new TypeError(`Cannot ${doing}: the mirror was opened read-only`);
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    this.#assertOpen();
    this.#underWay++;
    try {
      return await work();
    } finally {
      this.#underWay--;
    }
  }
}

async function openManifest(
  folder: string,
  { replaceDamaged }: MirrorOptions,
  now: Date,
): Promise<Manifest> {
  try {
    const manifest = Manifest.openForWriting(folder);
    if (replaceDamaged) manifest.forgetImpossible();
    return manifest;
  } catch (error) {
    if (
      !replaceDamaged || !(error instanceof MirrorDamagedError) ||
      error.reason !== "unreadable"
    ) throw error;
    await putManifestAside(folder, now);
    return Manifest.openForWriting(folder);
  }
}

function checkFolder(folder: unknown): string {
  assertString(folder, "folder");
  if (folder === "" || folder.includes("\0")) {
    throw new RangeError(
      `Cannot use ${quote(folder)} as folder: it is empty or holds a NUL`,
    );
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(folder)) {
    throw new RangeError(
      `Cannot use ${
        quote(folder)
      } as folder: a folder of this machine is needed, and buckets are no destinations`,
    );
  }
  return folder.replace(/(?<=.)\/+$/, "");
}

function checkOptions(options: MirrorOptions): MirrorOptions {
  assertOptions(options, MIRROR_OPTIONS);
  const { bucket, decompress, downloader, command, now } = options;
  if (bucket !== undefined) assertBucketName(bucket);
  if (decompress !== undefined) assertBoolean(decompress, "decompress");
  assertBoolean(options.readOnly ?? false, "readOnly");
  assertBoolean(options.replaceDamaged ?? false, "replaceDamaged");
  if (command !== undefined) assertString(command, "command");
  assertFunction(now, "now");
  if (
    downloader !== undefined &&
    typeof downloader?.downloadToFile !== "function"
  ) {
    throw wrongType("downloader", "an AsyncS3Downloader", downloader);
  }
  return options;
}

function assertDataTypes(dataTypes: unknown): void {
  assertArray(dataTypes, "dataTypes");
  for (const name of dataTypes) getDataset(name as string);
}

function assertDates(dates: unknown): asserts dates is string[] {
  assertArray(dates, "dates");
  for (const date of dates) assertIsoDate(date);
}

function assertPlan(plan: Plan): void {
  if (!Array.isArray(plan?.items)) {
    throw new TypeError("Cannot use plan: it was not made by a mirror");
  }
  for (const { dataType, date } of plan.items) {
    getDataset(dataType);
    assertIsoDate(date);
  }
}
