import { type DataType, getDataset } from "../catalog/mod.ts";
import { LocalFileError } from "../store/mod.ts";
import { examineFile } from "./examine_file.ts";
import { fetchFile } from "./fetch_file.ts";
import { statFile } from "./file_identity.ts";
import { forEach } from "./for_each.ts";
import { isHopeless } from "./is_hopeless.ts";
import { type Listing, listMonths } from "./listing.ts";
import { fileAt, partFileAt, relativePathOf } from "./local_path.ts";
import { differenceOf } from "./make_plan.ts";
import type { ManifestEntry } from "./manifest_entry.ts";
import type { MirrorContext } from "./mirror_context.ts";
import { monthsWith, rebuild } from "./rebuild.ts";
import type {
  ProblemKind,
  VerifyOptions,
  VerifyProblem,
  VerifyReport,
} from "./verify_report.ts";
import { type WalkedFile, walkFolder } from "./walk_folder.ts";

/** How many files are read at once: a disk is not made faster by more. */
const MAX_READS = 2;
/** How many files are fetched again at once. */
const MAX_REPAIRS = 8;

const REPAIRABLE: readonly ProblemKind[] = [
  "lost",
  "damaged",
  "unreadable",
  "touched",
  "outdated",
];

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
  readonly #dataTypes: readonly DataType[] | undefined;
  readonly #report: VerifyReport;

  constructor(context: MirrorContext, options: VerifyOptions) {
    this.#context = context;
    this.#options = options;
    this.#dataTypes = options.dataTypes?.map((name) => getDataset(name).id);
    this.#report = {
      mode: options.mode,
      checked: 0,
      bytes: 0,
      problems: [],
      adopted: 0,
      unproven: 0,
      repaired: 0,
      isWhole: false,
      elapsed: 0,
    };
  }

  async run(): Promise<VerifyReport> {
    const { now } = this.#context;
    const report = this.#report;
    const started = now().getTime();
    if (this.#options.rebuild) {
      const { bytes, adopted, unproven } = await rebuild(
        this.#context,
        this.#dataTypes,
        this.#options,
      );
      Object.assign(report, { bytes, adopted, unproven });
    }
    await this.#checkEntries();
    await this.#checkFolder();
    if (this.#options.repair) await this.#repair();
    report.isWhole = report.problems.every(({ kind, isRepaired }) =>
      isRepaired || !REPAIRABLE.includes(kind)
    );
    report.elapsed = now().getTime() - started;
    return report;
  }

  async #checkEntries(): Promise<void> {
    const { catalog, manifest } = this.#context;
    const { mode, signal, onEvent } = this.#options;
    const entries = this.#dataTypes === undefined
      ? manifest.entries()
      : this.#dataTypes.flatMap((dataType) => manifest.entries({ dataType }));
    const listing = mode === "remote"
      ? await listMonths(
        this.#context.downloader("verify against the bucket"),
        catalog,
        monthsWith(entries),
        { signal },
      )
      : undefined;
    const found = new Map<ManifestEntry, VerifyProblem>();
    await forEach(entries, MAX_READS, async (entry) => {
      const problem = await this.#checkEntry(entry) ??
        (listing && compare(entry, listing));
      if (problem !== undefined) found.set(entry, problem);
      this.#report.checked++;
      onEvent?.({
        event: "checked",
        path: relativePathOf(entry.key, entry.form),
        done: this.#report.checked,
        total: entries.length,
      });
    }, signal);
    for (const entry of entries) {
      const problem = found.get(entry);
      if (problem !== undefined) this.#add(problem);
    }
  }

  async #checkEntry(entry: ManifestEntry): Promise<VerifyProblem | undefined> {
    const { folder } = this.#context;
    const path = relativePathOf(entry.key, entry.form);
    const file = statFile(`${folder}/${path}`);
    if (file === undefined) {
      return problemOf(entry, "lost", "it is not there");
    }
    if (file.size !== entry.bytes) {
      this.#mark(entry, true);
      return problemOf(
        entry,
        "damaged",
        `it has ${file.size} bytes, and had ${entry.bytes} when it was fetched`,
      );
    }
    if (this.#options.mode === "full") {
      return await this.#readEntry(entry);
    }
    if (entry.isDamaged) {
      return problemOf(entry, "damaged", "it was found damaged before");
    }
    if (file.mtime?.getTime() !== entry.mtime.getTime()) {
      return problemOf(
        entry,
        "touched",
        "it was changed, or given another time, since it was fetched",
      );
    }
  }

  async #readEntry(entry: ManifestEntry): Promise<VerifyProblem | undefined> {
    const { folder } = this.#context;
    const path = relativePathOf(entry.key, entry.form);
    const examined = await examineFile(
      `${folder}/${path}`,
      { gzip: entry.form === "stored", signal: this.#options.signal },
    ).catch((error) => {
      if (error instanceof LocalFileError) return error;
      throw error;
    });
    if (examined instanceof LocalFileError) {
      const { message } = examined;
      const [, reason = message] = /': (.*)$/.exec(message) ?? [];
      return problemOf(entry, "unreadable", `it cannot be read: ${reason}`);
    }
    const { sha256, bytes, mtime, gzipFault } = examined;
    this.#report.bytes += bytes;
    const fault = sha256 !== entry.sha256
      ? "its bytes are not those that were fetched"
      : gzipFault === undefined
      ? undefined
      : `its bytes are those that were fetched, and its gzip data ${gzipFault}`;
    if (fault !== undefined) {
      this.#mark(entry, true);
      return problemOf(entry, "damaged", fault);
    }
    this.#mark({ ...entry, mtime }, false);
  }

  /** Notes what reading a file has shown, where this is the mirror's writer. */
  #mark(entry: ManifestEntry, isDamaged: boolean): void {
    const { isWriter, manifest, now } = this.#context;
    if (isWriter) manifest.record({ ...entry, isDamaged, verifiedAt: now() });
  }

  async #checkFolder(): Promise<void> {
    const { folder, manifest } = this.#context;
    const prefixes = this.#dataTypes?.map((name) => getDataset(name).prefix);
    for (const below of prefixes ?? [""]) {
      for await (const walked of walkFolder(folder, below)) {
        this.#options.signal?.throwIfAborted();
        const { path } = walked;
        const file = walked.isFile ? fileAt(path) : undefined;
        if (file === undefined) {
          await this.#checkOther(walked);
        } else if (manifest.entry(file.key, file.form) === undefined) {
          const message =
            `Cannot vouch for '${path}': the manifest does not know it`;
          this.#add({
            kind: "untracked",
            path,
            message,
            key: file.key,
            dataType: file.dataType,
            date: file.date,
            form: file.form,
            isRepaired: false,
          });
        }
      }
    }
  }

  async #checkOther({ path, isFile }: WalkedFile): Promise<void> {
    const part = isFile ? partFileAt(path) : undefined;
    if (part === undefined) {
      return this.#add({
        kind: "foreign",
        path,
        message: `Cannot vouch for '${path}': it is ${
          isFile ? "no flat file" : "no file, and links are not followed"
        }`,
        isRepaired: false,
      });
    }
    const whole = relativePathOf(part.key, part.form);
    if (await this.#isUnderWay(`${whole}.part`)) return;
    this.#add({
      kind: "part",
      path,
      message:
        `Cannot vouch for '${path}': it is left of a download that has not ended`,
      key: part.key,
      dataType: part.dataType,
      date: part.date,
      form: part.form,
      isRepaired: false,
    });
  }

  /** Whether a download holds a part file just now. */
  async #isUnderWay(path: string): Promise<boolean> {
    if (this.#context.isWriter) return false; // nobody else fetches
    try {
      using file = await Deno.open(`${this.#context.folder}/${path}`);
      return !await file.tryLock(false);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  async #repair(): Promise<void> {
    const { onEvent, signal } = this.#options;
    const broken = this.#report.problems.filter(({ kind }) =>
      REPAIRABLE.includes(kind)
    );
    await forEach(broken, MAX_REPAIRS, async (problem) => {
      try {
        const bytes = await this.#mend(problem);
        problem.isRepaired = true;
        this.#report.repaired++;
        onEvent?.({ event: "repaired", path: problem.path, bytes });
      } catch (reason) {
        signal?.throwIfAborted();
        if (isHopeless(reason)) throw reason;
        const error = reason instanceof Error
          ? reason
          : new Error(String(reason));
        problem.error = error;
        onEvent?.({ event: "not-repaired", path: problem.path, error });
      }
    }, signal);
  }

  /** Brings a file in order, and returns how many bytes were fetched for it. */
  async #mend({ kind, key = "", form = "stored" }: VerifyProblem): Promise<
    number
  > {
    const { folder, manifest } = this.#context;
    const { signal } = this.#options;
    const entry = manifest.entry(key, form);
    if (entry === undefined) return 0;
    if (kind === "touched") {
      const path = `${folder}/${relativePathOf(key, form)}`;
      const { sha256, mtime } = await examineFile(path, { signal });
      if (sha256 === entry.sha256) {
        this.#mark({ ...entry, mtime }, false);
        return 0;
      }
    }
    const { entry: fetched, resumedFrom } = await fetchFile(
      this.#context,
      {
        key,
        form,
        dataType: entry.dataType,
        date: entry.date,
      },
      { signal },
    );
    return fetched.size - resumedFrom;
  }

  #add(problem: VerifyProblem): void {
    this.#report.problems.push(problem);
    this.#options.onEvent?.({ event: "problem", ...problem });
  }
}

function problemOf(
  { key, form, dataType, date }: ManifestEntry,
  kind: ProblemKind,
  reason: string,
): VerifyProblem {
  const path = relativePathOf(key, form);
  const message = `Cannot vouch for '${path}': ${reason}`;
  return { kind, path, message, key, dataType, date, form, isRepaired: false };
}

/** What tells an entry from what the bucket lists. */
function compare(
  entry: ManifestEntry,
  listing: Listing,
): VerifyProblem | undefined {
  const { dataType, date } = entry;
  if (listing.refused.has(`${dataType} ${date.slice(0, 7)}`)) return undefined;
  const object = listing.objects.get(dataType)?.get(date);
  if (object === undefined) {
    return problemOf(
      entry,
      "withdrawn",
      "the bucket does not list it any more",
    );
  }
  const difference = differenceOf(entry, object);
  if (difference === undefined) return undefined;
  return problemOf(
    entry,
    "outdated",
    `another version of it is in the bucket: its ${
      difference === "etag" ? "ETag" : "size"
    } is different`,
  );
}
