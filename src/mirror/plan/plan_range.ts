import {
  getDataset,
  getFileDates,
  getFileDay,
  lastDueDate,
  type Shard,
} from "../../catalog/mod.ts";
import { countBytes } from "../../base/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { mirrorFile } from "../mirror_file.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import { type Holding, holdingOf, holdingsOf } from "./holdings.ts";
import { isWanted } from "./is_wanted.ts";
import { judgeDay } from "./judge_day.ts";
import { lookUpDays } from "./look_up.ts";
import type { Listing } from "./listing.ts";
import type { PlanItem, PlannedPieces, PlanRange } from "./plan.ts";
import { splitObject } from "../split/split_object.ts";
import { afterListing } from "./withdrawn.ts";

/** What is to be done about each day of a range: what is listed, held and expected, side by side. */
export async function planRange(
  context: MirrorContext,
  { dataType, from, to }: Pick<PlanRange, "dataType" | "from" | "to">,
  listing: Listing,
  { unlisted, areReleasedWanted, split, signal }: {
    /** The months that are not listed. */
    unlisted: ReadonlySet<string>;
    areReleasedWanted: boolean;
    /** The size of the pieces of large files, if they have any. */
    split: number | undefined;
    signal: AbortSignal | undefined;
  },
): Promise<PlanItem[]> {
  if (to < from) return [];
  const { destination, encoding, isMine, isWriter, manifest, now } = context;
  const { firstDate } = getDataset(dataType);
  const listed = listing.objects.get(dataType) ?? new Map<string, ObjectInfo>();
  const days = { dataType, from, to, signal };
  const copies = await lookUpDays(destination, days);
  const held = await holdingsOf(context, days, copies);
  const first = from > firstDate ? from : firstDate;
  const expected = first > to ? [] : getFileDates(dataType, first, to);
  const lastDue = lastDueDate(now());
  const isListed = (date: string) => !unlisted.has(date.slice(0, 7));
  if (isWriter) {
    const changed = [...held].flatMap(([date, holdings]) =>
      isListed(date)
        ? holdings.flatMap(({ entry }) =>
          afterListing(entry, listed.has(date), now()) ?? []
        )
        : []
    );
    manifest.noteWithdrawn(changed);
  }
  const accepted = new Set(manifest.acceptedDates(dataType));
  const unfinished = new Set(manifest.arrivals().map(({ key }) => key));
  const dates = new Set(expected);
  for (const date of listed.keys()) {
    if (date >= from && date <= to) dates.add(date);
  }
  const items: PlanItem[] = [];
  for (const date of [...dates].sort()) {
    signal?.throwIfAborted();
    const object = listed.get(date);
    const file = mirrorFile(dataType, date, encoding);
    const isOwn = isMine(file.key);
    const pieces = object && plannedPieces(context.shard, object, split);
    if (!isOwn && pieces === undefined) continue;
    const holdings = isOwn
      ? held.get(date) ?? []
      : await holdingsOfKey(context, file.key);
    const own = holdings.find(({ entry }) => entry.encoding === encoding);
    const there = own !== undefined
      ? own.there
      : object && await copies.stat(file.path);
    const verdict = judgeDay(holdings, encoding, object, {
      isListed: isListed(date),
      isDue: date <= lastDue,
      isAccepted: accepted.has(date),
      isUnfinished: unfinished.has(file.key),
      isReleasedWanted: areReleasedWanted,
      isThere: there !== undefined,
    });
    // What was decompressed cannot be compared with the listing.
    const mayBeAdopted = object !== undefined && encoding === "stored" &&
      isWanted(verdict) && there !== undefined &&
      !(own !== undefined && isAsFetched(there, own.entry));
    // Of another shard's files, only pieces are fetched; that one finds out what is there.
    if (!isOwn && (!isWanted(verdict) || mayBeAdopted)) continue;
    items.push({
      ...file,
      ...(object === undefined ? {} : {
        size: object.size,
        etag: object.etag,
        ...(object.lastModified && { lastModified: object.lastModified }),
      }),
      // Before the first documented date, nothing is known of any day.
      isUnexpected: date >= firstDate && getFileDay(dataType, date) === "none",
      ...verdict,
      ...(mayBeAdopted && { mayBeAdopted }),
      ...(pieces && isWanted(verdict) && { pieces }),
    });
  }
  return items;
}

/** What is this shard's of an object that is fetched in pieces; undefined if nothing is. */
function plannedPieces(
  shard: Shard | undefined,
  { key, size, etag }: ObjectInfo,
  split: number | undefined,
): PlannedPieces | undefined {
  // Without an ETag, nothing says that two pieces are of one version.
  if (split === undefined || shard === undefined || etag === "") {
    return undefined;
  }
  const pieces = splitObject(key, size, split, shard.count);
  const own = pieces.filter((piece) => piece.shard === shard.index);
  return own.length === 0 ? undefined : {
    split,
    count: pieces.length,
    own: own.length,
    bytes: countBytes(own),
  };
}

/** What the mirror has of a key, in either encoding. */
async function holdingsOfKey(
  context: MirrorContext,
  key: string,
): Promise<Holding[]> {
  const holdings: Holding[] = [];
  for (const encoding of ["stored", "decompressed"] as const) {
    const entry = context.manifest.entry(key, encoding);
    if (entry !== undefined) {
      holdings.push(await holdingOf(context.destination, entry));
    }
  }
  return holdings;
}
