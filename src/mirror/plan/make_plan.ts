import { type DataType, getDataset, newYorkDate } from "../../catalog/mod.ts";
import { forEach, monthsOf } from "../../base/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { dateFor } from "./dates_by_type.ts";
import type { Entitlements } from "./entitlements.ts";
import { listFor } from "./list_for.ts";
import { findReadableRange, markRefused } from "./mark_refused.ts";
import type { Plan, PlanItem, PlanOptions, PlanRange } from "./plan.ts";
import { planRange } from "./plan_range.ts";
import type { ReadableRange } from "./readable_range.ts";
import { sumPlan } from "./sum_plan.ts";

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
  { dataTypes, from, to, released = false, split, signal, onListing }:
    PlanOptions,
): Promise<Plan> {
  if (split !== undefined) assertCanSplit(context);
  context.downloader("plan"); // throws where there is none
  const names = [...new Set(dataTypes)].map((name) => getDataset(name).id);
  // A sync begins with the oldest readable file if it is not told where.
  const open = names.filter((id) => dateFor(from, id) === undefined);
  const found = new Map<DataType, ReadableRange>();
  await forEach(open, MAX_SEARCHES, async (id) => {
    found.set(id, await entitlements.find(id, { signal }));
  }, signal);
  const today = newYorkDate(context.now());
  const wanted = names.map((dataType) => {
    const { firstDate } = getDataset(dataType);
    const earliest = earliestOf(firstDate);
    const start = dateFor(from, dataType) ?? firstDate;
    const end = dateFor(to, dataType) ?? today;
    const readable = found.get(dataType);
    return {
      dataType,
      from: readable?.date ?? (start < earliest ? earliest : start),
      to: end > today ? today : end,
      isListed: readable?.outcome !== "refused",
    };
  });
  const listing = await listFor(
    context,
    "plan",
    wanted.filter(({ isListed }) => isListed).flatMap((
      { dataType, from, to },
    ) => monthsOf(from, to).map((month) => ({ dataType, month }))),
    { signal, onListing },
  );
  const items: PlanItem[] = [];
  const ranges: PlanRange[] = [];
  for (const range of wanted) {
    const { dataType, from, to, isListed } = range;
    const months = to < from ? [] : monthsOf(from, to);
    const unlisted = new Set(
      months.filter((month) =>
        !isListed || listing.refused.has(`${dataType} ${month}`)
      ),
    );
    const planned = await planRange(context, range, listing, {
      unlisted,
      areReleasedWanted: released,
      split,
      signal,
    });
    listing.objects.delete(dataType); // the items have what is needed of it
    const readable = found.get(dataType) ??
      await findReadableRange(context, entitlements, dataType, planned, signal);
    const oldestReadable = readable?.outcome === "refused"
      ? null
      : readable?.date;
    ranges.push({
      ...range,
      unlistedMonths: unlisted.size,
      ...(oldestReadable !== undefined && { oldestReadable }),
    });
    for (const item of await markRefused(context, readable, planned)) {
      items.push(item);
    }
  }
  return {
    ...sumPlan(items, ranges, listing.foreignKeys),
    ...(listing.listedAt !== undefined && { listedAt: listing.listedAt }),
  };
}

function earliestOf(firstDate: string): string {
  return `${Number(firstDate.slice(0, 4)) - YEARS_BEFORE}-01-01`;
}

function assertCanSplit({ destination, shard }: MirrorContext): void {
  const reason = shard === undefined
    ? "the mirror was opened without a shard"
    : destination.pieces === undefined
    ? `files are put together of pieces in a folder only, not in ${destination.location}`
    : undefined;
  if (reason !== undefined) throw new RangeError(`Cannot use split: ${reason}`);
}
