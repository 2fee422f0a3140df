import {
  type DataType,
  getDataset,
  getFileDates,
  getFileDay,
  lastDueDate,
  newYorkDate,
} from "../../catalog/mod.ts";
import { forEach, monthsOf } from "../../base/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import { relativePathOf } from "../local_path.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { findReadableRange, markRefused } from "./mark_refused.ts";
import { dateFor } from "./dates_by_type.ts";
import type { ReadableRange } from "./readable_range.ts";
import type { Entitlements } from "./entitlements.ts";
import { holdingsOf } from "./holdings.ts";
import { isWanted } from "./is_wanted.ts";
import { isOtherThere, judgeDay } from "./judge_day.ts";
import { type Listing, listMonths } from "./listing.ts";
import type { Plan, PlanItem, PlanOptions, PlanRange } from "./plan.ts";
import { sumPlan } from "./sum_plan.ts";
import { afterListing } from "./withdrawn.ts";

/** How many data types are searched at once. */
const MAX_SEARCHES = 8;

/**
 * Files are looked for that many years before a dataset's first date: it is what the
 * documentation promises, and listings of some begin up to four years earlier.
 */
const YEARS_BEFORE = 5;

/** Makes a plan; the options are checked already. */
export async function makePlan(
  context: MirrorContext,
  entitlements: Entitlements,
  { dataTypes, from, to, released = false, signal, onListing }: PlanOptions,
): Promise<Plan> {
  const downloader = context.downloader("plan");
  const today = newYorkDate(context.now());
  const ranges = [...new Set(dataTypes)].map((name): PlanRange => {
    const { id, firstDate } = getDataset(name);
    const earliest = earliestOf(firstDate);
    const start = dateFor(from, id) ?? firstDate;
    const end = dateFor(to, id) ?? today;
    return {
      dataType: id,
      from: start < earliest ? earliest : start,
      to: end > today ? today : end,
      isListed: true,
      unlistedMonths: 0,
    };
  });
  // A sync begins with the oldest readable file where it is not told where.
  const open = ranges.filter(({ dataType }) =>
    dateFor(from, dataType) === undefined
  );
  const found = new Map<DataType, ReadableRange>();
  await forEach(open, MAX_SEARCHES, async (range) => {
    const readable = await entitlements.find(range.dataType, { signal });
    found.set(range.dataType, readable);
    range.from = readable.date ?? range.from;
    range.isListed = readable.outcome !== "refused";
  }, signal);
  const listing = await listMonths(
    downloader,
    context.catalog,
    ranges.filter(({ isListed }) => isListed).flatMap((
      { dataType, from, to },
    ) => monthsOf(from, to).map((month) => ({ dataType, month }))),
    { signal, onListing },
  );
  const items: PlanItem[] = [];
  for (const range of ranges) {
    const planned = planRange(context, range, listing, released);
    const readable = found.get(range.dataType) ??
      await findReadableRange(context, entitlements, range, planned, signal);
    markRefused(readable, range, planned);
    for (const item of planned) items.push(item);
  }
  return sumPlan(items, ranges, listing.foreignKeys);
}

function earliestOf(firstDate: string): string {
  return `${Number(firstDate.slice(0, 4)) - YEARS_BEFORE}-01-01`;
}

function planRange(
  context: MirrorContext,
  range: PlanRange,
  listing: Listing,
  areReleasedWanted: boolean,
): PlanItem[] {
  const { dataType, from, to } = range;
  if (to < from) return [];
  const { firstDate } = getDataset(dataType);
  const listed = listing.objects.get(dataType) ?? new Map<string, ObjectInfo>();
  const held = holdingsOf(context, dataType, from, to);
  const first = from > firstDate ? from : firstDate;
  const expected = first > to ? [] : getFileDates(dataType, first, to);
  const lastDue = lastDueDate(context.now());
  const refused = new Set(
    monthsOf(from, to).filter((month) =>
      !range.isListed || listing.refused.has(`${dataType} ${month}`)
    ),
  );
  range.unlistedMonths = refused.size;
  if (context.isWriter) {
    const changed = [...held].flatMap(([date, holdings]) =>
      refused.has(date.slice(0, 7))
        ? []
        : holdings.flatMap(({ entry }) =>
          afterListing(entry, listed.has(date), context.now()) ?? []
        )
    );
    context.manifest.noteWithdrawn(changed);
  }
  const accepted = new Set(context.manifest.acceptedDates(dataType));
  const unfinished = new Set(
    context.manifest.arrivals().map(({ key }) => key),
  );

  const dates = new Set(expected);
  for (const date of listed.keys()) {
    if (date >= from && date <= to) dates.add(date);
  }
  return [...dates].sort().map((date) => {
    const object = listed.get(date);
    const key = context.catalog.getKey(dataType, date);
    const path = `${context.folder}/${relativePathOf(key, context.encoding)}`;
    const item = {
      dataType,
      date,
      key,
      path,
      ...(object === undefined ? {} : {
        size: object.size,
        etag: object.etag,
        ...(object.lastModified && { lastModified: object.lastModified }),
      }),
      // Before the first documented date, nothing is known of any day.
      isUnexpected: date >= firstDate && getFileDay(dataType, date) === "none",
    };
    const verdict = judgeDay(held.get(date) ?? [], context, object, {
      isListed: !refused.has(date.slice(0, 7)),
      isDue: date <= lastDue,
      isAccepted: accepted.has(date),
      isUnfinished: unfinished.has(key),
      isReleasedWanted: areReleasedWanted,
      path,
    });
    const mayBeAdopted = object !== undefined && isWanted(verdict) &&
      isOtherThere(held.get(date) ?? [], context, path);
    return { ...item, ...verdict, ...(mayBeAdopted && { mayBeAdopted }) };
  });
}
