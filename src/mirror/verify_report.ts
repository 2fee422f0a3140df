import type { DataType } from "../catalog/mod.ts";
import type { FileForm } from "./file_form.ts";

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
 * - `lost`: the manifest knows it, and it is not there;
 * - `damaged`: it is not what was fetched;
 * - `unreadable`: the system cannot read it;
 * - `touched`: it has its size, and another time: reading it tells more;
 * - `outdated`: another version of it is upstream;
 * - `withdrawn`: the bucket does not list it any more;
 * - `untracked`: it lies where a flat file belongs, and the manifest does not know it;
 * - `part`: it is left of a download that has not ended;
 * - `foreign`: it is something else.
 */
export type ProblemKind =
  | "lost"
  | "damaged"
  | "unreadable"
  | "touched"
  | "outdated"
  | "withdrawn"
  | "untracked"
  | "part"
  | "foreign";

/** A file with which something is wrong. */
export interface VerifyProblem {
  /** What is wrong. */
  kind: ProblemKind;
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** The same in a sentence. */
  message: string;
  /** The object's key, where the file is a flat file's. */
  key?: string;
  /** The dataset's id, where the file is a flat file's. */
  dataType?: DataType;
  /** The file's date, where the file is a flat file's. */
  date?: string;
  /** The file's form, where the file is a flat file's. */
  form?: FileForm;
  /** Whether it is in order again. */
  isRepaired: boolean;
  /** Why it could not be repaired, where that was tried. */
  error?: Error;
}

/** What a verification has found. */
export interface VerifyReport {
  /** How it was done. */
  mode: VerifyMode;
  /** How many files of the manifest were looked at. */
  checked: number;
  /** How many bytes were read. */
  bytes: number;
  /** What is wrong, in the order of data types and dates; other files come last. */
  problems: VerifyProblem[];
  /** How many files a rebuild has taken into the manifest. */
  adopted: number;
  /** Of the adopted files, how many only look right: nothing but a download could prove it. */
  unproven: number;
  /** How many files were mended. */
  repaired: number;
  /** Whether every file of the manifest is whole, and in remote mode the newest version, by now. */
  isWhole: boolean;
  /** How long it took, in milliseconds. */
  elapsed: number;
}

/** A file has been looked at. */
export interface CheckedEvent {
  /** What has happened. */
  event: "checked";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** How many files have been looked at. */
  done: number;
  /** How many files there are to look at. */
  total: number;
}

/** Something is wrong with a file. */
export interface ProblemEvent extends VerifyProblem {
  /** What has happened. */
  event: "problem";
}

/** A file has been mended. */
export interface RepairedEvent {
  /** What has happened. */
  event: "repaired";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** How many bytes were fetched for it, as stored; 0 where the file had only been touched. */
  bytes: number;
}

/** A file could not be mended; the others go on. */
export interface NotRepairedEvent {
  /** What has happened. */
  event: "not-repaired";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** Why. */
  error: Error;
}

/** A file has been taken into the manifest by a rebuild. */
export interface AdoptedEvent {
  /** What has happened. */
  event: "adopted";
  /** Where the file lies, from the mirror's folder on. */
  path: string;
  /** Whether it is proven to be what the bucket lists, as far as that can be without a download. */
  isProven: boolean;
}

/** What happens during a verification, as plain objects, told apart by `event`. */
export type VerifyEvent =
  | CheckedEvent
  | ProblemEvent
  | RepairedEvent
  | NotRepairedEvent
  | AdoptedEvent;

/** Options of {@linkcode Mirror.verify}. */
export interface VerifyOptions {
  /** How thoroughly. */
  mode: VerifyMode;
  /**
   * Whether lost, damaged, touched and outdated files are fetched again.
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
  /** The data types; all where they are not given. */
  dataTypes?: readonly string[] | undefined;
  /** Ends the verification; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called with everything that happens. */
  onEvent?: ((event: VerifyEvent) => void) | undefined;
}
