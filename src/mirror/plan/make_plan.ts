import {
  type DataType,
  getDataset,
  getFileDates,
  getFileDay,
  lastDueDate,
  newYorkDate,
} from "../../catalog/mod.ts";
import {
  AccessDeniedError,
  forEach,
  NotFoundError,
  ObjectArchivedError,
} from "../../base/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import { sameEtag } from "../../store/mod.ts";
import { dateFor } from "./dates_by_type.ts";
import type { Floors } from "./floors.ts";
import type { Floor } from "./floor.ts";
import { statFile } from "../../files/mod.ts";
import { type Holding, holdingsOf } from "./holdings.ts";
import { isSameTime } from "../verify/is_same_time.ts";
import { type Listing, listMonths, monthsOf } from "./listing.ts";
import { relativePathOf } from "../local_path.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { afterListing } from "./withdrawn.ts";
import type {
  Plan,
  PlanItem,
  PlanOptions,
  PlanRange,
  PlanState,
} from "./plan.ts";

/** Up to so many files are simply asked for: finding the floor would take as many requests. */
const FEW = 14;
/** How many floors are searched for at once. */
const MAX_SEARCHES = 8;

/**
 * Files are looked for that many years before a dataset's first date: it is what the
 * documentation promises, and listings of some begin up to four years earlier.
 */
const YEARS_BEFORE = 5;

/** Makes a plan; the options are checked already. */
export async function makePlan(
  context: MirrorContext,
  floors: Floors,
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
  const found = new Map<DataType, Floor>();
  await forEach(open, MAX_SEARCHES, async (range) => {
    const floor = await floors.find(range.dataType, { signal });
    found.set(range.dataType, floor);
    range.from = floor.date ?? range.from;
    range.isListed = floor.outcome !== "refused";
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
    const floor = found.get(range.dataType) ??
      await findFloor(context, floors, range, planned, signal);
    applyFloor(floor, range, planned);
    for (const item of planned) items.push(item);
  }
  return summed(items, ranges, listing.foreignKeys);
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
  const accepted = new Set(context.manifest.acceptedHoles(dataType));
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
    const path = `${context.folder}/${relativePathOf(key, context.form)}`;
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
    const verdict = judge(held.get(date) ?? [], context, object, {
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

/** Whether a file of stored bytes is there that is not the one that the manifest knows. */
function isOtherThere(
  holdings: readonly Holding[],
  { form }: MirrorContext,
  path: string,
): boolean {
  // What was decompressed cannot be compared with the listing.
  if (form !== "stored") return false;
  const file = statFile(path);
  if (file === undefined) return false;
  const known = holdings.find(({ entry }) => entry.form === form)?.entry;
  return known === undefined || known.bytes !== file.size ||
    !isSameTime(file.mtime, known.mtime);
}

/** What is to be done about a file. */
function judge(
  holdings: readonly Holding[],
  { form }: MirrorContext,
  object: ObjectInfo | undefined,
  day: {
    isListed: boolean;
    isDue: boolean;
    isAccepted: boolean;
    isUnfinished: boolean;
    isReleasedWanted: boolean;
    path: string;
  },
): Pick<PlanItem, "state" | "reason" | "gzipFault"> {
  const own = holdings.find(({ entry }) => entry.form === form);
  // Also where it was of the other form: the day's space was given back.
  const released = holdings.find(({ state }) => state === "released");
  // What is not listed any more cannot be fetched again: that day is missing.
  const canBeFetched = object !== undefined || !day.isListed;
  if (
    released !== undefined && !day.isReleasedWanted && canBeFetched &&
    (own === undefined || own === released)
  ) {
    const reason = object && differenceOf(released.entry, object);
    return { state: "released", ...(reason && { reason }) };
  }
  const kept = own && keptState(own);
  if (object === undefined) {
    if (kept !== undefined) {
      return { ...kept, reason: day.isListed ? "not-listed" : "unlisted" };
    }
    if (!day.isDue) return { state: "not-published" };
    if (!day.isListed) return { state: "new", reason: "unlisted" };
    return { state: day.isAccepted ? "accepted" : "missing" };
  }
  if (own === undefined) {
    if (holdings.some(({ state }) => state === "whole")) {
      return { state: "new", reason: "form" };
    }
    if (day.isUnfinished) return { state: "new", reason: "unfinished" };
    return statFile(day.path) === undefined
      ? { state: "new" }
      : { state: "new", reason: "untracked" };
  }
  if (own.state !== "whole" && own.state !== "damaged-at-source") {
    return { state: "new", reason: own.state };
  }
  const difference = differenceOf(own.entry, object);
  if (difference !== undefined) {
    return { state: "replaced", reason: difference };
  }
  return kept ?? { state: "present" };
}

/** The state of a file that is as it was fetched, if it is. */
function keptState(
  { state, entry }: Holding,
): Pick<PlanItem, "state" | "gzipFault"> | undefined {
  if (state === "whole") return { state: "present" };
  if (state !== "damaged-at-source") return undefined;
  const { gzipFault = "is not whole" } = entry;
  return { state, gzipFault };
}

/** What tells an object's version from the one that was fetched. */
export function differenceOf(
  held: { size: number; etag: string; lastModified: Date | undefined },
  { size, etag, lastModified }: ObjectInfo,
): "etag" | "size" | undefined {
  if (size !== held.size) return "size";
  if (etag !== "" && held.etag !== "") {
    return sameEtag(etag, held.etag) ? undefined : "etag";
  }
  // A service without ETags has only its dates to tell versions apart.
  return lastModified?.getTime() === held.lastModified?.getTime()
    ? undefined
    : "etag";
}

/** Finds out, where it is worth it, from which date on the account can read. */
async function findFloor(
  context: MirrorContext,
  floors: Floors,
  range: PlanRange,
  items: PlanItem[],
  signal: AbortSignal | undefined,
): Promise<Floor | undefined> {
  const known = floors.known(range.dataType);
  if (known !== undefined) return known;
  const wanted = items.filter(isWanted);
  const [oldest] = wanted;
  if (oldest === undefined || wanted.length <= FEW) return undefined;
  if (!await isRefused(context, oldest.key)) return undefined;
  return await floors.find(range.dataType, { refused: oldest.date, signal });
}

/** Marks what the account cannot read. */
function applyFloor(
  floor: Floor | undefined,
  range: PlanRange,
  items: PlanItem[],
): void {
  if (floor === undefined) return;
  if (floor.date !== undefined) range.floor = floor.date;
  if (floor.outcome === "refused") range.floor = null;
  for (const item of items) {
    if (isWanted(item) && isBelow(floor, item.date)) {
      item.state = "refused";
      item.reason = "floor";
      delete item.mayBeAdopted;
      if (statFile(item.path) !== undefined) item.isKept = true;
    }
  }
}

/** Whether a date is older than what the account can read. */
export function isBelow(floor: Floor, date: string): boolean {
  return floor.outcome === "refused" ||
    floor.outcome === "readable" && date < (floor.date ?? "");
}

async function isRefused(
  context: MirrorContext,
  key: string,
): Promise<boolean> {
  try {
    await context.downloader("plan")
      .getObjectInfo(context.catalog.bucket, key);
    return false;
  } catch (error) {
    if (error instanceof AccessDeniedError) return true;
    const isOther = error instanceof NotFoundError ||
      error instanceof ObjectArchivedError;
    if (isOther) return false;
    throw error;
  }
}

/** Whether a sync fetches an item. */
export function isWanted({ state }: Pick<PlanItem, "state">): boolean {
  return state === "new" || state === "replaced";
}

function summed(
  items: PlanItem[],
  ranges: PlanRange[],
  foreignKeys: number,
): Plan {
  const counts: Record<PlanState, number> = {
    "new": 0,
    "replaced": 0,
    "present": 0,
    "damaged-at-source": 0,
    "not-published": 0,
    "missing": 0,
    "accepted": 0,
    "released": 0,
    "refused": 0,
  };
  let bytes = 0, unknownSizes = 0, unexpected = 0;
  for (const item of items) {
    counts[item.state]++;
    if (item.isUnexpected) unexpected++;
    if (!isWanted(item)) continue;
    if (item.size === undefined) unknownSizes++;
    else bytes += item.size;
  }
  return {
    items,
    ranges,
    counts,
    bytes,
    unknownSizes,
    unexpected,
    foreignKeys,
  };
}
