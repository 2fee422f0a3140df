import type { OptionNames } from "../../base/mod.ts";
import type { DataTypeName } from "../../catalog/mod.ts";
import type { DatesByType } from "../plan/dates_by_type.ts";
import type { FileEncoding } from "../mirror_file.ts";
import type { EventFile } from "./sync_event.ts";

/**
 * Why a file's space is not given back unless it is forced:
 *
 * - `old`: it is older than what the account can read, so no other can be fetched;
 * - `refused`: the account was found to be able to read nothing of its data type, or nothing as new;
 * - `withdrawn`: the bucket was found not to list it any more: it may be the last copy;
 * - `perhaps-old`: too little is known of what the account can read, and it is older than the shortest history of a plan;
 * - `changed`: it is not what was fetched, and nowhere else.
 */
export type KeptReason =
  | "old"
  | "refused"
  | "withdrawn"
  | "perhaps-old"
  | "changed";

/** A file that a release is about. */
export interface ReleasedFile extends EventFile {
  /** The file's encoding. */
  encoding: FileEncoding;
  /** How many bytes it has on the disk; 0 where it was removed before. */
  bytes: number;
}

/** A file's space has been given back, or would be. */
export interface ReleasedEvent extends ReleasedFile {
  /** What has happened. */
  code: "released";
}

/** A file stays. */
export interface KeptEvent extends ReleasedFile {
  /** What has happened. */
  code: "kept";
  /** Why. */
  reason: KeptReason;
}

/** What happens during a release, as plain objects, told apart by `code`. */
export type ReleaseEvent = ReleasedEvent | KeptEvent;

/** Options of {@linkcode Mirror.release}. */
export interface ReleaseOptions<Name extends string = string> {
  /** The data types. */
  dataTypes: readonly DataTypeName<Name>[];
  /** The first date, of all data types or of each. */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each. */
  to?: DatesByType | undefined;
  /**
   * Whether files go as well of which perhaps no other can be fetched.
   *
   * @default {false}
   */
  force?: boolean;
  /**
   * Whether it is only told what would be done.
   *
   * @default {false}
   */
  dryRun?: boolean;
  /** Ends the release between two files. */
  signal?: AbortSignal | undefined;
  /** Called for each file. */
  onEvent?: ((event: ReleaseEvent) => void) | undefined;
}

/** The names of {@linkcode ReleaseOptions}. */
export const RELEASE_OPTIONS: OptionNames<ReleaseOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  force: true,
  dryRun: true,
  signal: true,
  onEvent: true,
};

/** What a release has done, or would do. */
export interface ReleaseSummary {
  /** How many files' space was given back. */
  released: number;
  /** How many bytes that is. */
  bytes: number;
  /** How many files stay, by the reason. */
  kept: Record<KeptReason, number>;
  /** How many files were released before. */
  releasedBefore: number;
}
