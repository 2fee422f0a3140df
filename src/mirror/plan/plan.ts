import type { OptionNames } from "../../base/mod.ts";
import type { DataType, DataTypeName } from "../../catalog/mod.ts";
import type { MirrorFile } from "../mirror_file.ts";
import type { DatesByType } from "./dates_by_type.ts";
import type { ListingProgress } from "./listing.ts";

/**
 * What is to be done about a day's file:
 *
 * - `new`: it is to be fetched;
 * - `replaced`: it is to be fetched again, since another version of it is upstream;
 * - `present`: it is there;
 * - `damaged-at-source`: it is there as the service has it, and its gzip data is not whole; it is fetched again when another version of it is upstream;
 * - `not-published`: it is not listed, and not due yet;
 * - `missing`: it is expected on that day, due, and not listed;
 * - `accepted`: it is not listed, and that was accepted;
 * - `released`: its space was given back, so that it is left; where it is not listed any more, it is `missing`;
 * - `refused`: it would be to be fetched, but the account cannot read it.
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
 * Why an item is in its state, where that is not plain:
 *
 * - `untracked` (new): a file is there, of which the manifest knows nothing;
 * - `unfinished` (new): it was being fetched when the process ended;
 * - `lost` (new): the manifest knows it, and its file is gone;
 * - `damaged` (new): its file has another size, or was found damaged;
 * - `released` (new): its space was given back, and it is wanted again;
 * - `encoding` (new): it is there, but decompressed where it is wanted as stored, or the other way round;
 * - `etag`, `size` (replaced, released): what is different upstream;
 * - `not-listed` (present, damaged-at-source): the mirror has it, and the bucket does not list it any more;
 * - `unlisted` (new, present, damaged-at-source): listing was refused, so the calendar alone speaks for it;
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
  /** Why, where that is not plain. */
  reason?: PlanReason;
  /**
   * Of one to be fetched, whether a file is there that the mirror does not know: a sync
   * reads it first, and does not fetch it where it is what the bucket lists.
   */
  mayBeAdopted?: boolean;
  /** Of a refused one, whether a file is there all the same, of another version, damaged or not known: it is kept. */
  isKept?: boolean;
  /** What is wrong with the gzip data of a file that is damaged at source, as the end of a sentence that begins with it. */
  gzipFault?: string;
  /** The object's size as stored, in bytes, where it is listed. */
  size?: number;
  /** The ETag without quotes, where it is listed. */
  etag?: string;
  /** When the object was uploaded, where it is listed. */
  lastModified?: Date;
  /** Whether it is listed on a day on which the dataset should have no file. */
  isUnexpected: boolean;
}

/** The range that was planned for a data type. */
export interface PlanRange {
  /** The dataset's id. */
  dataType: DataType;
  /** The first date. */
  from: string;
  /** The last date; before `from` where there is nothing to plan. */
  to: string;
  /** The oldest date that the account can read, where it is known; `null` where it can read none. */
  oldestReadable?: string | null;
  /** Whether the bucket was asked what it has: not so where the account can read nothing anyway. */
  isListed: boolean;
  /** How many months are not listed, since they were not asked for or the service refused. */
  unlistedMonths: number;
}

/** What a sync would do. Plain data, made by {@linkcode Mirror.plan}. */
export interface Plan {
  /** Every file, in the order of the data types asked for and of dates. */
  items: PlanItem[];
  /** What was planned. */
  ranges: PlanRange[];
  /** How many items there are in each state. */
  counts: Record<PlanState, number>;
  /** How many bytes, as stored, are to be fetched, as far as the listing says: at most, where items may be adopted. */
  bytes: number;
  /** How many of the items to be fetched have no known size. */
  unknownSizes: number;
  /** How many items are unexpected. */
  unexpected: number;
  /** How many listed keys are none of the data type and month that were asked for; they are left alone. */
  foreignKeys: number;
}

/** Options of {@linkcode Mirror.plan}. */
export interface PlanOptions<Name extends string = string> {
  /** The data types. */
  dataTypes: readonly DataTypeName<Name>[];
  /**
   * The first date, of all data types or of each. Where it is not given, the oldest one
   * that the account can read, or else the dataset's first one. Nothing is looked for
   * more than five years before that.
   */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each; today in New York where it is not given, or lies behind it. */
  to?: DatesByType | undefined;
  /**
   * Whether released files are wanted again.
   *
   * @default {false}
   */
  released?: boolean;
  /** Ends the planning. */
  signal?: AbortSignal | undefined;
  /** Called for each month when it has been listed. */
  onListing?: ((progress: ListingProgress) => void) | undefined;
}

/** The names of {@linkcode PlanOptions}. */
export const PLAN_OPTIONS: OptionNames<PlanOptions> = {
  dataTypes: true,
  from: true,
  to: true,
  released: true,
  signal: true,
  onListing: true,
};
