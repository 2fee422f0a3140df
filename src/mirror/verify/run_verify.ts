import {
  AccessDeniedError,
  endsRun,
  forEach,
  formatDifferentBytes,
  IntegrityError,
  LocalFileError,
} from "../../base/mod.ts";
import { type DataType, getDataset } from "../../catalog/mod.ts";
import { afterReading } from "./after_reading.ts";
import {
  compareWithListing,
  isUnlisted,
  objectOf,
} from "./compare_with_listing.ts";
import { atSource, atSourceError, whatCame } from "./damaged_at_source.ts";
import { type Examination, examineFile } from "./examine_file.ts";
import { fetchFile } from "../sync/fetch_file.ts";
import type { CopyInfo, ListedCopy } from "../destination/destination.ts";
import { isSameTime } from "./is_same_time.ts";
import { type Listing, listMonths } from "../plan/listing.ts";
import { versionDifference } from "../plan/version_difference.ts";
import { afterListing } from "../plan/withdrawn.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { type MirrorFile, mirrorFileAt } from "../mirror_file.ts";
import { isSameFile, noteReadings, type Reading } from "./note_readings.ts";
import { problemOf } from "./problem_of.ts";
import { monthsWith, rebuild } from "./rebuild.ts";
import type {
  IgnoredFile,
  ProblemCode,
  VerifyMode,
  VerifyOptions,
  VerifyProblem,
  VerifyReport,
} from "./verify_report.ts";

/** How many files are read at once: a disk is not made faster by more. */
const MAX_READS = 2;
/** How many files are fetched again at once. */
const MAX_REPAIRS = 8;

/** What can be tried to be repaired. */
const REPAIRABLE: readonly ProblemCode[] = [
  "lost",
  "damaged",
  "damaged-at-source",
  "unreadable",
  "mtime-changed",
  "outdated",
];

/** What is said of a file that was released. */
const IS_BACK =
  "its space was given back, and a file is there again: 'flatbed verify --full' takes it in where it is what was fetched, 'flatbed release' removes it";

const IS_OTHER =
  "it is not what the bucket lists: 'flatbed sync' fetches it again";
const IS_UNLISTED =
  "the bucket does not list a file of that day, so that nothing can prove it: move it out of the folder, and nothing is wrong any more";
const IS_GONE =
  "its space was given back, and the bucket does not list it: it cannot be fetched again";

/** Verifies a mirror; the options are checked already. */
export async function runVerify(
  context: MirrorContext,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const verification = new Verification(context, options);
  return await verification.run();
}

/** One run. */
class Verification {
  readonly #context: MirrorContext;
  readonly #options: VerifyOptions;
  readonly #mode: VerifyMode;
  readonly #dataTypes: readonly DataType[] | undefined;
  readonly #report: VerifyReport;
  /** What reading has shown, where this is not the mirror's writer. */
  readonly #readings: Reading[] = [];
  /** The entries whose objects are listed no more, or again, where this is the writer. */
  readonly #withdrawn: ManifestEntry[] = [];
  /** The paths of files that a rebuild found and the bucket does not list. */
  #unlisted: ReadonlySet<string> = new Set();

  constructor(context: MirrorContext, options: VerifyOptions) {
    this.#context = context;
    this.#options = options;
    this.#mode = options.mode ?? "quick";
    this.#dataTypes = options.dataTypes?.map((name) => getDataset(name).id);
    this.#report = {
      mode: this.#mode,
      checked: 0,
      bytes: 0,
      problems: [],
      ignored: [],
      released: 0,
      notLookedInto: 0,
      unproven: 0,
      adopted: 0,
      repaired: 0,
      isSound: false,
      isWhole: false,
      elapsed: 0,
    };
  }

  async run(): Promise<VerifyReport> {
    const { now } = this.#context;
    const report = this.#report;
    const started = now().getTime();
    if (this.#options.rebuild) {
      const { bytes, adopted, unlisted } = await rebuild(
        this.#context,
        this.#dataTypes,
        this.#options,
      );
      Object.assign(report, { bytes, adopted });
      this.#unlisted = unlisted;
    }
    try {
      await this.#checkEntries();
    } finally {
      // What was read before an interruption need not be read again either.
      await this.#noteReadings();
    }
    await this.#checkFolder();
    if (this.#options.repair) await this.#repair();
    report.isSound = report.problems.every(({ code, isRepaired }) =>
      isRepaired || code === "withdrawn"
    );
    report.isWhole = report.isSound && report.notLookedInto === 0 &&
      report.unproven === 0;
    report.elapsed = now().getTime() - started;
    return report;
  }

  async #checkEntries(): Promise<void> {
    const { catalog, destination, manifest } = this.#context;
    const { signal, onEvent } = this.#options;
    const report = this.#report;
    const total = manifest.count(this.#dataTypes);
    const listing = this.#mode === "remote"
      ? await listMonths(
        this.#context.downloader("verify against the bucket"),
        catalog,
        monthsWith(this.#entries()),
        { signal },
      )
      : undefined;
    // In the order of the entries, although several are read at once.
    const found = new Map<number, VerifyProblem>();
    await forEach(numbered(this.#entries()), MAX_READS, async ([at, entry]) => {
      if (listing !== undefined) this.#noteListed(entry, listing);
      const there = await destination.stat(entry.path);
      if (entry.releasedAt !== undefined && there === undefined) {
        report.released++;
        if (entry.withdrawnAt !== undefined && listing !== undefined) {
          found.set(at, problemOf(entry, "withdrawn", IS_GONE));
        }
        return;
      }
      let problem = await this.#checkCurrent(entry, there);
      // Another version upstream is what can help.
      if (problem === undefined || problem.code === "damaged-at-source") {
        problem = (listing && compareWithListing(entry, listing)) ?? problem;
      }
      if (problem !== undefined) found.set(at, problem);
      if (problem === undefined || problem.code === "withdrawn") {
        this.#countProof(entry);
      }
      report.checked++;
      onEvent?.({
        code: "checked",
        path: entry.path,
        done: report.checked + report.released,
        total,
      });
    }, signal);
    for (const [, problem] of [...found].toSorted(([a], [b]) => a - b)) {
      this.#add(problem);
    }
    manifest.noteWithdrawn(this.#withdrawn);
  }

  /** The entries of the data types that are looked at, a page in memory at a time. */
  *#entries(): Generator<ManifestEntry> {
    const { manifest } = this.#context;
    for (const dataType of this.#dataTypes ?? manifest.dataTypes()) {
      yield* manifest.eachEntry({ dataType });
    }
  }

  /** Notes whether the bucket lists a file no more, or again. */
  #noteListed(entry: ManifestEntry, listing: Listing): void {
    const { isWriter, now } = this.#context;
    if (isUnlisted(entry, listing)) return;
    const isListed = objectOf(entry, listing) !== undefined;
    const found = afterListing(entry, isListed, now());
    if (found === undefined) return;
    if (isWriter) this.#withdrawn.push(found);
    else this.#readings.push({ known: { ...entry }, found });
    // What is noted next of the same entry begins with it.
    entry.withdrawnAt = found.withdrawnAt;
  }

  /** Counts a file without a problem where that says little. */
  #countProof({ encoding, gzip, proof }: ManifestEntry): void {
    if (encoding === "stored" && this.#mode === "full") return; // read just now
    if (encoding === "stored" && gzip === "unchecked") {
      this.#report.notLookedInto++;
    }
    if (proof === "size") this.#report.unproven++;
  }

  /** Checks an entry; a reader's may have been fetched anew meanwhile. */
  async #checkCurrent(
    entry: ManifestEntry,
    there: CopyInfo | undefined,
  ): Promise<VerifyProblem | undefined> {
    const { destination, isWriter, manifest } = this.#context;
    const problem = await this.#checkEntry(entry, there);
    if (problem === undefined || isWriter) return problem;
    const current = manifest.entry(entry.key, entry.encoding);
    if (current === undefined) return undefined; // another one has just come
    return isSameFile(current, entry)
      ? problem
      : await this.#checkEntry(current, await destination.stat(current.path));
  }

  async #checkEntry(
    entry: ManifestEntry,
    there: CopyInfo | undefined,
  ): Promise<VerifyProblem | undefined> {
    if (there === undefined) {
      // Content that is damaged at its source is none.
      return entry.encoding === "decompressed" && entry.gzip === "damaged"
        ? problemOf(entry, "damaged-at-source", atSource(entry))
        : problemOf(entry, "lost", "it was fetched, and is not there");
    }
    if (entry.releasedAt !== undefined) {
      return this.#mode === "full" && there.bytes === entry.bytes
        ? await this.#readEntry(entry)
        : problemOf(entry, "untracked", IS_BACK);
    }
    if (there.bytes !== entry.bytes) {
      this.#note(entry, { ...entry, isDamaged: true });
      const [now, then] = formatDifferentBytes(there.bytes, entry.bytes);
      return problemOf(
        entry,
        "damaged",
        `it has ${now}, and had ${then} when it was fetched`,
      );
    }
    if (this.#mode === "full") return await this.#readEntry(entry);
    if (entry.isDamaged) {
      return problemOf(entry, "damaged", "it was found damaged before");
    }
    if (entry.gzip === "damaged") {
      return problemOf(entry, "damaged-at-source", atSource(entry));
    }
    if (!isSameTime(there.mtime, entry.mtime)) {
      return problemOf(
        entry,
        "mtime-changed",
        "it was changed, or given another time as copies are, since it was fetched: 'flatbed verify --full' reads it, and remembers that it is whole",
      );
    }
  }

  async #readEntry(entry: ManifestEntry): Promise<VerifyProblem | undefined> {
    const examined = await examineFile(
      this.#context.destination,
      entry.path,
      { gzip: entry.encoding === "stored", signal: this.#options.signal },
    ).catch((error) => {
      if (error instanceof LocalFileError) return error;
      throw error;
    });
    if (examined instanceof LocalFileError) {
      const { message } = examined;
      const [, reason = message] = /': (.*)$/.exec(message) ?? [];
      return problemOf(entry, "unreadable", reason);
    }
    this.#report.bytes += examined.bytes;
    if (examined.sha256 !== entry.sha256) {
      if (entry.releasedAt !== undefined) {
        return problemOf(entry, "untracked", IS_BACK);
      }
      this.#note(entry, { ...entry, isDamaged: true });
      return problemOf(
        entry,
        "damaged",
        "its bytes are not those that were fetched",
      );
    }
    const found = afterReading(entry, examined);
    this.#note(entry, found);
    if (found.gzip === "damaged") {
      return problemOf(
        entry,
        "damaged-at-source",
        atSource(found),
      );
    }
  }

  /** Notes what a file has turned out to be. */
  #note(known: ManifestEntry, found: ManifestEntry): void {
    const { isWriter, manifest, now } = this.#context;
    const verified = { ...found, verifiedAt: now() };
    if (isWriter) manifest.record(verified);
    else this.#readings.push({ known, found: verified });
  }

  /** Notes what was read in a mirror that is only looked at, where that is wanted. */
  async #noteReadings(): Promise<void> {
    const { remember = false } = this.#options;
    const isOfUse = this.#mode !== "quick" && this.#readings.length > 0;
    if (!remember || !isOfUse) return;
    try {
      await noteReadings(this.#context, this.#readings);
    } catch (error) {
      // What was found is worth more than that it is remembered.
      this.#report.notRemembered = asError(error);
    }
  }

  /** Whether the manifest knows a file; those of a folder, which come together, are looked up together. */
  #knownFiles(): (file: MirrorFile) => boolean {
    let month = "";
    let keys = new Set<string>();
    return ({ dataType, date, key, encoding }) => {
      const own = `${dataType} ${date.slice(0, 7)}`;
      if (own !== month) {
        month = own;
        const [from, to] = [`${date.slice(0, 7)}-01`, `${date.slice(0, 7)}-31`];
        const entries = this.#context.manifest.eachEntry({
          dataType,
          from,
          to,
        });
        keys = new Set(
          entries.map(({ key, encoding }) => `${key} ${encoding}`),
        );
      }
      return keys.has(`${key} ${encoding}`);
    };
  }

  async #checkFolder(): Promise<void> {
    const { destination, manifest } = this.#context;
    const prefixes = this.#dataTypes?.map((name) => getDataset(name).prefix);
    const unknown: MirrorFile[] = [];
    const known = this.#knownFiles();
    for (const below of prefixes ?? [""]) {
      for await (const listed of destination.list(below)) {
        this.#options.signal?.throwIfAborted();
        const { path, isRegular } = listed;
        const file = mirrorFileAt(path);
        if (file === undefined) {
          await this.#checkOther(listed);
        } else if (known(file)) {
          continue; // also where a link leads to it
        } else if (isRegular) {
          unknown.push(file);
        } else {
          this.#ignore({ path, code: "foreign" });
        }
      }
    }
    // One that has come to its name is whole: its writer, or the next one, takes it in.
    const arrived = new Set<string>();
    for (const { path, was } of manifest.arrivals()) {
      const there = await destination.stat(path);
      if (there?.identity !== was) arrived.add(path);
    }
    for (const file of unknown) {
      const { path } = file;
      const isKnown = arrived.has(path) ||
        manifest.entry(file.key, file.encoding) !== undefined;
      if (isKnown) continue;
      this.#add(problemOf(
        file,
        "untracked",
        this.#options.rebuild
          ? this.#unlisted.has(path) ? IS_UNLISTED : IS_OTHER
          : file.encoding === "stored"
          ? "not downloaded by Flatbed; 'flatbed sync' of its data type, or 'flatbed verify --rebuild' for all, compares it with the bucket and adopts it where it matches"
          : "not downloaded by Flatbed, and content cannot be compared with the bucket: 'flatbed verify --rebuild' adopts it where it is no older than the object",
      ));
    }
  }

  async #checkOther(
    { path, isRegular, partOf }: ListedCopy,
  ): Promise<void> {
    const whole = isRegular && partOf !== undefined
      ? mirrorFileAt(partOf)
      : undefined;
    if (whole === undefined) {
      const isMisplaced = isRegular && /(^|\/)\d{4}-\d{2}-\d{2}\.csv(\.gz)?$/
        .test(path);
      const code = isMisplaced ? "misplaced" : "foreign";
      return this.#ignore({ path, code });
    }
    const { destination, isWriter } = this.#context;
    // Where this is the writer, nobody else puts anything.
    if (!isWriter && await destination.isBeingPut(whole.path)) return;
    this.#ignore({ path, code: "part" });
  }

  async #repair(): Promise<void> {
    const { onEvent, signal } = this.#options;
    const broken = this.#report.problems.filter(({ code }) =>
      REPAIRABLE.includes(code)
    );
    await forEach(broken, MAX_REPAIRS, async (problem) => {
      try {
        const bytes = await this.#mend(problem);
        problem.isRepaired = true;
        this.#report.repaired++;
        onEvent?.({ code: "repaired", path: problem.path, bytes });
      } catch (reason) {
        signal?.throwIfAborted();
        if (endsRun(reason)) throw reason;
        const error = await this.#explain(problem, reason);
        problem.error = error;
        onEvent?.({ code: "not-repaired", path: problem.path, error });
      }
    }, signal);
  }

  /** Brings a file in order, and returns how many bytes were fetched for it. */
  async #mend(problem: VerifyProblem): Promise<number> {
    const { key, encoding } = problem;
    const { manifest } = this.#context;
    const entry = manifest.entry(key, encoding);
    if (entry === undefined) {
      throw new LocalFileError(
        `Cannot repair '${problem.path}': the manifest does not know it any more`,
      );
    }
    if (problem.code === "mtime-changed" && await this.#isAsFetched(entry)) {
      return 0;
    }
    const known = manifest.entry(key, encoding) ?? entry;
    const isThere = ["damaged-at-source", "mtime-changed"].includes(
      problem.code,
    );
    // Asking is enough where an MD5 tells; else the bytes may have been damaged on their way.
    if (known.gzip === "damaged" && isThere && known.proof === "md5") {
      await this.#assertReplaced(known);
    }
    const { entry: fetched, resumedFrom, keptAs } = await fetchFile(
      this.#context,
      entry,
      { signal: this.#options.signal },
    );
    const checked = await this.#lookInto(fetched);
    if (checked.gzip === "damaged") {
      // What was wrong before is not what is wrong now.
      Object.assign(
        problem,
        problemOf(checked, "damaged-at-source", atSource(checked)),
      );
      throw atSourceError(checked, whatCame(entry, checked), keptAs);
    }
    return fetched.size - resumedFrom;
  }

  /** Whether a file whose modification time has changed is what was fetched, and whole; that is noted. */
  async #isAsFetched(entry: ManifestEntry): Promise<boolean> {
    const examined = await this.#examine(entry);
    if (examined.sha256 !== entry.sha256) return false;
    const found = afterReading(entry, examined);
    this.#note(entry, found);
    return found.gzip !== "damaged";
  }

  /** Reads a file that has come without being inflated: what is called repaired was checked. */
  async #lookInto(fetched: ManifestEntry): Promise<ManifestEntry> {
    if (fetched.gzip !== "unchecked" || fetched.encoding !== "stored") {
      return fetched;
    }
    const examined = await this.#examine(fetched);
    const found = examined.sha256 === fetched.sha256
      ? afterReading(fetched, examined)
      : { ...fetched, isDamaged: true };
    this.#note(fetched, found);
    if (found.isDamaged) {
      throw new IntegrityError(
        `Cannot repair '${fetched.path}': it was fetched, and reading it gives other bytes: is the disk in order?`,
        { key: fetched.key },
      );
    }
    return found;
  }

  async #examine(entry: ManifestEntry): Promise<Examination> {
    const { path, encoding } = entry;
    return await examineFile(
      this.#context.destination,
      path,
      { gzip: encoding === "stored", signal: this.#options.signal },
    );
  }

  /**
   * Asks whether another version of an object is upstream.
   *
   * @throws {IntegrityError} If it is the same one.
   */
  async #assertReplaced(entry: ManifestEntry): Promise<void> {
    const { catalog } = this.#context;
    const object = await this.#context.downloader("repair files")
      .getObjectInfo(catalog.bucket, entry.key, {
        signal: this.#options.signal,
      });
    if (versionDifference(entry, object) === undefined) {
      throw atSourceError(entry, "upstream has the same bytes");
    }
  }

  /** Why a file could not be repaired, and that what is there stays. */
  async #explain(
    { path, key }: VerifyProblem,
    reason: unknown,
  ): Promise<Error> {
    const error = asError(reason);
    if (!(error instanceof AccessDeniedError)) return error;
    const there = await this.#context.destination.stat(path);
    if (there === undefined) return error;
    return new AccessDeniedError(
      `${error.message}; the file that is there is kept, since perhaps no other can be fetched any more`,
      {
        key,
        cause: error,
        status: error.status,
        serviceCode: error.serviceCode,
      },
    );
  }

  #add(problem: VerifyProblem): void {
    this.#report.problems.push(problem);
    this.#options.onEvent?.({ code: "problem", problem: { ...problem } });
  }

  #ignore(file: IgnoredFile): void {
    this.#report.ignored.push(file);
    this.#options.onEvent?.({ code: "ignored", file });
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** Items with their numbers. */
function* numbered<T>(items: Iterable<T>): Generator<[number, T]> {
  let at = 0;
  for (const item of items) yield [at++, item];
}
