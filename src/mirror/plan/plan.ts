import type { OptionNames } from "../../base/mod.ts";
import type { DataType, DataTypeName } from "../../catalog/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";
import type { DatesByType } from "./dates_by_type.ts";
import type { ListingProgress } from "./listing.ts";

/**
 * What is to be done about a day's file:
 *
 * - `new`: it is to be fetched;
 * - `replaced`: it is to be fetched again, since upstream has another version;
 * - `present`: it is there;
 * - `damaged-at-source`: the mirror has it as the service does, with damaged gzip data; it is fetched again once upstream has another version;
 * - `not-published`: it is not listed, and not due yet;
 * - `missing`: it is expected on that day, due, and not listed;
 * - `accepted`: it is not listed, and its absence was accepted;
 * - `released`: it was released, and is not fetched; if it is not listed any more, it is `missing`;
 * - `refused`: it should be fetched, but the account cannot read it.
 */
export type PlanState =
  | "new"
  | "replaced"
  | "present"
  | "damaged-at-source"
  | "not-published"
  | "missing"
  | "accepted"
  | "released"
  | "refused";

/**
 * Why an item is in its state, if the state alone does not say:
 *
 * - `untracked` (new): a file is there that the manifest does not know;
 * - `unfinished` (new): the process ended while it was being fetched;
 * - `lost` (new): it was fetched, and its file is gone;
 * - `damaged` (new): its file has another size, or was found damaged;
 * - `released` (new): it was released, and is to be fetched again;
 * - `encoding` (new): the mirror has it in the other encoding: decompressed instead of as stored, or the reverse;
 * - `etag`, `size` (replaced, released): what differs upstream;
 * - `not-listed` (present, damaged-at-source): the mirror has it, and the bucket does not list it any more;
 * - `unlisted` (new, present, damaged-at-source): listing was refused, so it is expected by the calendar alone;
 * - `older-than-readable` (refused): its date is older than what the account can read.
 */
export type PlanReason =
  | "untracked"
  | "unfinished"
  | "lost"
  | "damaged"
  | "released"
  | "encoding"
  | "etag"
  | "size"
  | "not-listed"
  | "unlisted"
  | "older-than-readable";

/** A day's file in a {@linkcode Plan}. */
export interface PlanItem extends MirrorFile {
  /** What is to be done about it. */
  state: PlanState;
  /** Why, if the state alone does not say. */
  reason?: PlanReason;
  /**
   * Of an item to be fetched: whether a file is there that the mirror does not know. A sync
   * reads it first, and adopts it instead of fetching if it matches the bucket's listing.
   */
  mayBeAdopted?: boolean;
  /** Of a refused item: whether a file is there anyway, of another version, damaged or unknown. It is kept. */
  isKept?: boolean;
  /** What is wrong with the gzip data of a file that is damaged at source, to complete the sentence "its gzip data …". */
  gzipFault?: string;
  /** The object's size as stored, in bytes, if it is listed. */
  size?: number;
  /** The ETag without quotes, if it is listed. */
  etag?: string;
  /** When the object was uploaded, if it is listed. */
  lastModified?: Date;
  /** Whether it is listed on a day on which the dataset should have no file. */
  isUnexpected: boolean;
  /** Of a file to be fetched by several shards: what is this one's. */
  pieces?: PlannedPieces;
}

/** The pieces of a large file that this shard fetches, while others fetch the rest. */
export interface PlannedPieces {
  /** The size of a piece in bytes, as it was asked for. */
  split: number;
  /** How many pieces the file has. */
  count: number;
  /** How many of them are this shard's. */
  own: number;
  /** How many bytes these have. */
  bytes: number;
}

/** The range that was planned for a data type. */
export interface PlanRange {
  /** The dataset's id. */
  dataType: DataType;
  /** The first date. */
  from: string;
  /** The last date; before `from` if there is nothing to plan. */
  to: string;
  /** The oldest date that the account can read, if it is known; `null` if it can read none. */
  oldestReadable?: string | null;
  /** Whether the bucket was listed; `false` if the account cannot read anything. */
  isListed: boolean;
  /** How many months were not listed, since that was not necessary or the service refused. */
  unlistedMonths: number;
}

/** What a sync would do. Plain data, made by {@linkcode Mirror.plan}. */
export interface Plan {
  /** The files, in the order of the requested data types and of dates. */
  items: PlanItem[];
  /** The range of each data type. */
  ranges: PlanRange[];
  /** How many items there are in each state. */
  counts: Record<PlanState, number>;
  /** The stored bytes to be fetched, by the listing; an upper bound if files may be adopted. */
  bytes: number;
  /** How many items to be fetched have an unknown size. */
  unknownSizes: number;
  /** How many items are unexpected. */
  unexpected: number;
  /** Of a shard: when the service was listed, if another shard did it; the oldest of several. */
  listedAt?: Date;
  /** How many listed keys do not belong to the data type and month that were listed; they are ignored. */
  foreignKeys: number;
}

/** Options of {@linkcode Mirror.plan}. */
export interface PlanOptions<Name extends string = string> {
  /** The data types. */
  dataTypes: readonly DataTypeName<Name>[];
  /**
   * The first date, of all data types or of each. By default the oldest one that the
   * account can read, or else the dataset's first date. Nothing is searched more than five
   * years before that.
   */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each; at most today in New York, which is the default. */
  to?: DatesByType | undefined;
  /**
   * Whether to fetch released files again.
   *
   * @default {false}
   */
  released?: boolean;
  /**
   * In a mirror of a shard: files that are larger than this, in bytes, are fetched in pieces
   * of this size by all shards, and are put together by the last one. All shards should be
   * given the same.
   */
  split?: number | undefined;
  /** Aborts the planning. */
  signal?: AbortSignal | undefined;
  /** Called after each month was listed. */
  onListing?: ((progress: ListingProgress) => void) | undefined;
}

/** The names of {@linkcode PlanOptions}. */
export const PLAN_OPTIONS: OptionNames<PlanOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  released: true,
  split: true,
  signal: true,
  onListing: true,
};
