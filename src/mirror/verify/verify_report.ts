import type { OptionNames } from "../../base/mod.ts";
import type { DataTypeName } from "../../catalog/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";

/**
 * How thoroughly a mirror is verified:
 *
 * - `quick`: each file is there, with its size and time;
 * - `full`: each file is read; its SHA-256 is the manifest's, and gzip data is whole;
 * - `remote`: as `quick`, and each file is the version that the bucket lists.
 */
export type VerifyMode = "quick" | "full" | "remote";

/**
 * What is wrong with a file:
 *
 * - `lost`: it was fetched, and is not there;
 * - `damaged`: it is not what was fetched;
 * - `damaged-at-source`: it is what was fetched, and no whole gzip data: fetching it again cannot help until it is replaced upstream;
 * - `unreadable`: the system cannot read it;
 * - `mtime-changed`: its size is right and its modification time is not, as of a copy: reading it tells more;
 * - `outdated`: another version of it is upstream;
 * - `withdrawn`: the bucket does not list it any more; that is no fault of the file;
 * - `untracked`: it lies where a flat file belongs, and the manifest does not know it.
 */
export type ProblemCode =
  | "lost"
  | "damaged"
  | "damaged-at-source"
  | "unreadable"
  | "mtime-changed"
  | "outdated"
  | "withdrawn"
  | "untracked";

/** A flat file with which something is wrong. */
export interface VerifyProblem extends MirrorFile {
  /** What is wrong. */
  code: ProblemCode;
  /** What is wrong, in words that follow the path and a colon; alike for files of which it is alike. */
  reason: string;
  /** The same in a sentence with the path. */
  message: string;
  /** Whether it is in order again, and was checked since. */
  isRepaired: boolean;
  /** Why it could not be repaired, where that was tried. */
  error?: Error;
}

/** Something in the mirror's folder that is none of its files: it is left alone. */
export interface IgnoredFile {
  /** Its path, relative to the mirror. */
  path: string;
  /**
   * `part` where it is left of a download that has not ended, which a sync goes on with;
   * `misplaced` where it is named like a flat file, and does not lie under its key.
   */
  code: "part" | "misplaced" | "foreign";
}

/** What a verification has found. */
export interface VerifyReport {
  /** How it was done. */
  mode: VerifyMode;
  /** How many files of the manifest were looked at. */
  checked: number;
  /** How many bytes were read. */
  bytes: number;
  /** What is wrong, in the order of data types and dates; untracked files come last. */
  problems: VerifyProblem[];
  /** What else lies in the folder. */
  ignored: IgnoredFile[];
  /** How many files are not there on purpose: their space was given back. */
  released: number;
  /** Of the files without a problem, how many have gzip data that was never inflated to its end. */
  notLookedInto: number;
  /** Of the files without a problem, how many nothing but their size speaks for: only a download could prove them. */
  unproven: number;
  /** How many files a rebuild has taken into the manifest. */
  adopted: number;
  /** How many files were repaired. */
  repaired: number;
  /** Whether no problem is left. Withdrawn files are none. */
  isSound: boolean;
  /** Whether, besides that, every file was looked into, now or before, and is proven whole. */
  isWhole: boolean;
  /** Why what was found could not be noted, where that was asked for. */
  notRemembered?: Error;
  /** How long it took, in milliseconds. */
  elapsed: number;
}

/** A file has been looked at. */
export interface CheckedEvent {
  /** What has happened. */
  code: "checked";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** How many files have been looked at. */
  done: number;
  /** How many files there are to look at. */
  total: number;
}

/** Something is wrong with a file. */
export interface ProblemEvent {
  /** What has happened. */
  code: "problem";
  /** The problem, as it was found. */
  problem: VerifyProblem;
}

/** Something lies in the folder that is none of the mirror's files. */
export interface IgnoredEvent {
  /** What has happened. */
  code: "ignored";
  /** What lies there. */
  file: IgnoredFile;
}

/** A file has been repaired, and checked since. */
export interface RepairedEvent {
  /** What has happened. */
  code: "repaired";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** How many bytes were fetched for it, as stored; 0 where the file has only another modification time. */
  bytes: number;
}

/** A file could not be repaired; the others go on. */
export interface NotRepairedEvent {
  /** What has happened. */
  code: "not-repaired";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** Why. */
  error: Error;
}

/** A file has been taken into the manifest by a rebuild. */
export interface AdoptedEvent {
  /** What has happened. */
  code: "adopted";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** Whether it is proven to be what the bucket lists, as far as that can be without a download. */
  isProven: boolean;
}

/** What happens during a verification, as plain objects, told apart by `code`. */
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
   * How thoroughly.
   *
   * @default {"quick"}
   */
  mode?: VerifyMode;
  /**
   * Whether lost, damaged, `mtime-changed` and outdated files are fetched again. Whatever comes
   * is inflated to its end. A file stays until another one that is whole has come.
   *
   * @default {false}
   */
  repair?: boolean;
  /**
   * Whether files that the manifest does not know are taken into it first, where they
   * are what the bucket lists. Nothing is downloaded for that.
   *
   * @default {false}
   */
  rebuild?: boolean;
  /**
   * Whether a mirror that is opened read-only records, at the end, what reading or the
   * bucket's listing has shown: it takes the lock for that moment. A mirror that is open
   * for writing always does.
   *
   * @default {false}
   */
  remember?: boolean;
  /** The data types; all where they are not given. */
  dataTypes?: readonly DataTypeName<Name>[] | undefined;
  /** Ends the verification; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with everything that happens. */
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
