import { type DataType, getDataset } from "../../catalog/mod.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { AgedListing } from "../plan/list_for.ts";
import { type Examination, examineFile } from "./examine_file.ts";
import { examineInParts } from "./examine_in_parts.ts";
import type {
  IgnoredFile,
  VerifyMode,
  VerifyOptions,
  VerifyProblem,
  VerifyReport,
} from "./verify_report.ts";

/** One run of a verification: what its parts share, and what they have found. */
export class Verification {
  readonly context: MirrorContext;
  readonly options: VerifyOptions;
  readonly mode: VerifyMode;
  /** The data types that are verified; all if `undefined`. */
  readonly dataTypes: readonly DataType[] | undefined;
  readonly report: VerifyReport;
  /** What has been found of entries, to be recorded at the end of a reader's run. */
  readonly findings: ManifestEntry[] = [];

  constructor(context: MirrorContext, options: VerifyOptions) {
    this.context = context;
    this.options = options;
    this.mode = options.mode ?? "quick";
    this.dataTypes = options.dataTypes?.map((name) => getDataset(name).id);
    this.report = {
      mode: this.mode,
      checked: 0,
      parquet: 0,
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

  /** Reads the file of an entry; makes its index where there is one to compare with. */
  async examine(entry: ManifestEntry): Promise<Examination> {
    const { path, encoding, key, etag, size } = entry;
    const { destination, indexes } = this.context;
    const { signal } = this.options;
    const isStored = encoding === "stored";
    const isIndexed = isStored && await indexes.has(key);
    const examined = isIndexed
      ? await examineInParts(this.context, entry, signal)
      : undefined;
    return examined ?? await examineFile(destination, path, {
      gzip: isStored,
      indexed: isIndexed ? { key, etag, size } : undefined,
      signal,
    });
  }

  /** Records what a file has turned out to be: at once, or at the end of a reader's run. */
  recordFinding(found: ManifestEntry): void {
    const { isWriter, manifest, now } = this.context;
    const verified = { ...found, verifiedAt: now() };
    if (isWriter) manifest.record(verified);
    else this.keepFinding(verified);
  }

  /** Keeps what a reader has found of an entry, if it is to be recorded. */
  keepFinding(found: ManifestEntry): void {
    if (this.options.remember && this.mode !== "quick") {
      this.findings.push(found);
    }
  }

  /** Notes how old a listing is that another shard has made. */
  noteListing({ listedAt }: AgedListing): void {
    const { report } = this;
    if (listedAt === undefined) return;
    if (report.listedAt === undefined || listedAt < report.listedAt) {
      report.listedAt = listedAt;
    }
  }

  /** Adds a problem to the report, and tells of it. */
  addProblem(problem: VerifyProblem): void {
    this.report.problems.push(problem);
    this.options.onEvent?.({ code: "problem", problem: { ...problem } });
  }

  /** Adds something that is no file of the mirror to the report, and tells of it. */
  ignore(file: IgnoredFile): void {
    this.report.ignored.push(file);
    this.options.onEvent?.({ code: "ignored", file });
  }
}
