import {
  getDataset,
  getFileDates,
  getFileDay,
  lastDueDate,
} from "../../catalog/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { mirrorFile } from "../mirror_file.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import { holdingsOf } from "./holdings.ts";
import { isWanted } from "./is_wanted.ts";
import { judgeDay } from "./judge_day.ts";
import type { Listing } from "./listing.ts";
import type { PlanItem, PlanRange } from "./plan.ts";
import { afterListing } from "./withdrawn.ts";

/** What is to be done about each day of a range: what is listed, held and expected, side by side. */
export async function planRange(
  context: MirrorContext,
  { dataType, from, to }: Pick<PlanRange, "dataType" | "from" | "to">,
  listing: Listing,
  { unlisted, areReleasedWanted, signal }: {
    /** The months that are not listed. */
    unlisted: ReadonlySet<string>;
    areReleasedWanted: boolean;
    signal: AbortSignal | undefined;
  },
): Promise<PlanItem[]> {
  if (to < from) return [];
  const { destination, encoding, isWriter, manifest, now } = context;
  const { firstDate } = getDataset(dataType);
  const listed = listing.objects.get(dataType) ?? new Map<string, ObjectInfo>();
  const held = await holdingsOf(context, { dataType, from, to, signal });
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
    const holdings = held.get(date) ?? [];
    const own = holdings.find(({ entry }) => entry.encoding === encoding);
    const there = own !== undefined
      ? own.there
      : object && await destination.stat(file.path);
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
    });
  }
  return items;
}
