import type { MirrorFile } from "../mirror_file.ts";

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
export interface ReleasedFile extends MirrorFile {
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
