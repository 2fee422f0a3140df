import type { MirrorFile } from "../mirror_file.ts";

/**
 * Why a file is not released unless the release is forced:
 *
 * - `old`: it is older than what the account can read, so that it cannot be fetched again;
 * - `refused`: the account could read nothing of its data type, or nothing that new;
 * - `withdrawn`: the bucket no longer listed it, so that it may be the last copy;
 * - `perhaps-old`: it is not known what the account can read, and the file is older than the shortest history of a plan;
 * - `changed`: it is not what was fetched, so that there may be no other copy.
 */
export type KeptReason =
  | "old"
  | "refused"
  | "withdrawn"
  | "perhaps-old"
  | "changed";

/** A file of a release. */
export interface ReleasedFile extends MirrorFile {
  /** The file's size in bytes; 0 if it was removed before. */
  bytes: number;
}

/** A file was released, or would be. */
export interface ReleasedEvent extends ReleasedFile {
  /** What has happened. */
  code: "released";
}

/** A file was not released. */
export interface KeptEvent extends ReleasedFile {
  /** What has happened. */
  code: "kept";
  /** Why. */
  reason: KeptReason;
}

/** What happens during a release, as plain objects, distinguished by `code`. */
export type ReleaseEvent = ReleasedEvent | KeptEvent;
