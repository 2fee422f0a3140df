import { forEach } from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { decodeListing, encodeListing } from "../shards/shared_listing.ts";
import {
  type ListedMonth,
  type Listing,
  listMonths,
  type ListOptions,
} from "./listing.ts";

/** How many data types are listed or waited for at once. */
const AT_ONCE = 4;

/** A listing, and how old it is where shards share it. */
export interface AgedListing extends Listing {
  /** When the oldest part was listed that another process has made. */
  listedAt: Date | undefined;
}

/**
 * Lists months for a mirror. Shards share the listings of whole years of a data type: each
 * is made once, by whichever shard comes first.
 */
export async function listFor(
  context: MirrorContext,
  doing: string,
  months: readonly ListedMonth[],
  options: ListOptions = {},
): Promise<AgedListing> {
  const { catalog, shard, shared } = context;
  const downloader = context.downloader(doing);
  if (shared === undefined || shard === undefined) {
    const listing = await listMonths(downloader, catalog, months, options);
    return { ...listing, listedAt: undefined };
  }
  const result: AgedListing = {
    objects: new Map(),
    refused: new Set(),
    foreignKeys: 0,
    listedAt: undefined,
  };
  const { signal, onListing } = options;
  let done = 0;
  const types = [...Map.groupBy(months, ({ dataType }) => dataType)];
  // Each shard begins with another data type: they do not all wait for the first.
  const first = shard.index % Math.max(1, types.length);
  const order = [...types.slice(first), ...types.slice(0, first)];
  await forEach(order, AT_ONCE, async ([dataType, asked], signal) => {
    const years = yearsOf(asked);
    const name = `listings/${dataType}/${years[0]}-${years.at(-1)}.json`;
    const list = async () =>
      encodeListing(
        dataType,
        await listMonths(downloader, catalog, monthsOf(dataType, years), {
          signal,
        }),
      );
    let made = await shared.get(name, list, signal);
    let listing = decodeListing(dataType, made.content);
    if (listing === undefined) {
      // Somebody else's version of Flatbed, or a damaged file.
      const content = new TextEncoder().encode(await list());
      made = { content, madeAt: context.now(), isOwn: true };
      listing = decodeListing(dataType, content);
    }
    if (listing === undefined) throw new Error("a listing cannot be read back");
    const { madeAt, isOwn } = made;
    if (!isOwn && !(result.listedAt && result.listedAt <= madeAt)) {
      result.listedAt = madeAt;
    }
    result.objects.set(dataType, listing.objects);
    result.foreignKeys += listing.foreignKeys;
    const refused = new Set(listing.refused);
    for (const { month } of asked) {
      const isRefused = refused.has(month);
      if (isRefused) result.refused.add(`${dataType} ${month}`);
      done++;
      onListing?.({ dataType, month, isRefused, done, total: months.length });
    }
  }, signal);
  return result;
}

/** All years from the first to the last that is asked for. */
function yearsOf(asked: readonly ListedMonth[]): number[] {
  const years = asked.map(({ month }) => Number(month.slice(0, 4)));
  const first = Math.min(...years);
  return Array.from(
    { length: Math.max(...years) - first + 1 },
    (_, at) => first + at,
  );
}

function monthsOf(
  dataType: DataType,
  years: readonly number[],
): ListedMonth[] {
  return years.flatMap((year) =>
    Array.from({ length: 12 }, (_, at) => ({
      dataType,
      month: `${year}-${String(at + 1).padStart(2, "0")}`,
    }))
  );
}
