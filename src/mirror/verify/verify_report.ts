import type { OptionNames } from "../../base/mod.ts";
import type { DataTypeName } from "../../catalog/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";

/**
 * How thoroughly a mirror is verified:
 *
 * - `quick`: compares each file's size and modification time with the manifest;
 * - `full`: reads each file, and checks its SHA-256 and its gzip data;
 * - `remote`: like `quick`, and compares each file's version with the bucket's listing.
 */
export type VerifyMode = "quick" | "full" | "remote";

/**
 * What is wrong with a file:
 *
 * - `lost`: it was fetched, and is not there any more;
 * - `damaged`: its content is not what was fetched;
 * - `damaged-at-source`: its content is what was fetched, and its gzip data is damaged: fetching it again does not help until it is replaced upstream;
 * - `unreadable`: the system cannot read it;
 * - `mtime-changed`: it has the right size and another modification time, as a copy has: a full verification reads it;
 * - `outdated`: upstream has another version;
 * - `withdrawn`: the bucket does not list it any more; the file itself is in order;
 * - `wrong-index`: the index of its rows is damaged, or not its own; the file itself is in order;
 * - `wrong-parquet`: a Parquet file that was made is not there, damaged, or of another version of its file; the file itself is in order;
 * - `untracked`: it has the path of a flat file, and is not in the manifest.
 */
export type ProblemCode =
  | "lost"
  | "damaged"
  | "damaged-at-source"
  | "unreadable"
  | "mtime-changed"
  | "outdated"
  | "withdrawn"
  | "wrong-index"
  | "wrong-parquet"
  | "untracked";

/** A problem with a flat file. */
export interface VerifyProblem extends MirrorFile {
  /** What is wrong. */
  code: ProblemCode;
  /** What is wrong, to complete a sentence after the path and a colon. Files with the same problem have the same text. */
  reason: string;
  /** The reason as a sentence with the path. */
  message: string;
  /** Whether it was repaired, and checked afterwards. */
  isRepaired: boolean;
  /** Why it could not be repaired, if a repair was tried. */
  error?: Error;
}

/** A file in the mirror's folder that does not belong to the mirror, and is left alone. */
export interface IgnoredFile {
  /** Its path, relative to the mirror. */
  path: string;
  /**
   * `part` if it is part of an unfinished download, which a sync resumes; `misplaced` if it
   * has the name of a flat file, but its path is not the key; otherwise `foreign`.
   */
  code: "part" | "misplaced" | "foreign";
}

/** The result of a verification. */
export interface VerifyReport {
  /** The mode of the verification. */
  mode: VerifyMode;
  /** How many files of the manifest were checked. */
  checked: number;
  /** How many Parquet files were checked. */
  parquet: number;
  /** How many bytes were read. */
  bytes: number;
  /** The problems, in the order of data types and dates; untracked files come last. */
  problems: VerifyProblem[];
  /** Other files in the folder. */
  ignored: IgnoredFile[];
  /** How many files were released: they are not there on purpose. */
  released: number;
  /** Of the files without a problem, how many have gzip data that was never checked to its end. */
  notLookedInto: number;
  /** Of the files without a problem, how many could be checked by their size only: only a download could prove them. */
  unproven: number;
  /** How many files a rebuild has added to the manifest. */
  adopted: number;
  /** How many files were repaired. */
  repaired: number;
  /** Whether no problem is left. A withdrawn file does not count as a problem. */
  isSound: boolean;
  /** Whether the mirror is sound, and every file is proven and its gzip data was checked, now or before. */
  isWhole: boolean;
  /** Of a shard: when the service was listed, if another shard did it; the oldest of several. */
  listedAt?: Date;
  /** Why the findings could not be recorded, if that was requested. */
  notRemembered?: Error;
  /** The duration in milliseconds. */
  elapsed: number;
}

/** A file was checked. */
export interface CheckedEvent {
  /** What has happened. */
  code: "checked";
  /** The file's path, relative to the mirror. */
  path: string;
  /** How many files have been checked. */
  done: number;
  /** How many files there are to check. */
  total: number;
}

/** A problem was found. */
export interface ProblemEvent {
  /** What has happened. */
  code: "problem";
  /** The problem, as it was found. */
  problem: VerifyProblem;
}

/** A file was found that does not belong to the mirror. */
export interface IgnoredEvent {
  /** What has happened. */
  code: "ignored";
  /** The file. */
  file: IgnoredFile;
}

/** A file was repaired, and checked afterwards. */
export interface RepairedEvent {
  /** What has happened. */
  code: "repaired";
  /** The file's path, relative to the mirror. */
  path: string;
  /** How many stored bytes were fetched; 0 if only the modification time had changed, or the index was wrong. */
  bytes: number;
}

/** A file could not be repaired. The repair of the others continues. */
export interface NotRepairedEvent {
  /** What has happened. */
  code: "not-repaired";
  /** The file's path, relative to the mirror. */
  path: string;
  /** Why. */
  error: Error;
}

/** A rebuild has added a file to the manifest. */
export interface AdoptedEvent {
  /** What has happened. */
  code: "adopted";
  /** The file's path, relative to the mirror. */
  path: string;
  /** Whether it is proven to match the bucket's listing, by more than its size. */
  isProven: boolean;
}

/** What happens during a verification: plain objects, distinguished by `code`. */
export type VerifyEvent =
  | CheckedEvent
  | ProblemEvent
  | IgnoredEvent
  | RepairedEvent
  | NotRepairedEvent
  | AdoptedEvent;

/** Options of {@linkcode Mirror.verify}. */
export interface VerifyOptions<Name extends string = string> {
  /**
   * How thoroughly to verify.
   *
   * @default {"quick"}
   */
  mode?: VerifyMode;
  /**
   * Whether to fetch lost, damaged, unreadable, `mtime-changed` and outdated files again,
   * and to make wrong indexes again.
   * What was fetched is checked to its end; until then the old file stays.
   *
   * @default {false}
   */
  repair?: boolean;
  /**
   * Whether to add files to the manifest first that it does not know and that match the
   * bucket's listing. Downloads nothing.
   *
   * @default {false}
   */
  rebuild?: boolean;
  /**
   * Whether a mirror that is opened read-only records the findings at the end, and takes
   * the lock while it does. A mirror that is open for writing always records them.
   *
   * @default {false}
   */
  remember?: boolean;
  /** The data types; all by default. */
  dataTypes?: readonly DataTypeName<Name>[] | undefined;
  /** Aborts the verification, which rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with each event. */
  onEvent?: ((event: VerifyEvent) => void) | undefined;
}

/** The names of {@linkcode VerifyOptions}. */
export const VERIFY_OPTIONS: OptionNames<VerifyOptions> = {
  mode: true,
  repair: true,
  rebuild: true,
  remember: true,
  dataTypes: true,
  signal: true,
  onEvent: true,
};
