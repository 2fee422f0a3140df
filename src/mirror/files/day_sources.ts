import { PARQUET_VERSION } from "../../rows/mod.ts";
import type { CopyLookup, Destination } from "../destination/destination.ts";
import { FolderDestination } from "../destination/folder_destination.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { ParquetEntry } from "../manifest/parquet_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import {
  type Holding,
  type HoldingFilter,
  holdingOf,
} from "../plan/holdings.ts";
import { keyRange } from "./key_range.ts";
import { lookUpDays } from "../plan/look_up.ts";

/** What the mirror knows of a day. */
export interface DaySources {
  readonly date: string;
  /** The Parquet file of the newest version, and where it is. */
  readonly parquet: FoundParquet | undefined;
  /** The whole file; of two, the compressed one. */
  readonly file: ManifestEntry | undefined;
  /** The copies that were fetched, whether they are there or not. */
  readonly copies: readonly Holding[];
}

/** A Parquet file that is there. */
export interface FoundParquet {
  readonly entry: ParquetEntry;
  /** Where it is. */
  readonly target: Destination;
}

/**
 * The days of a data type that the mirror knows of, in order. With `parquetIsEnough`, the
 * copies of a day with Parquet are not looked up: there are none in what is returned.
 */
export async function daySources(
  context: MirrorContext,
  { signal, ...filter }: HoldingFilter,
  { parquetIsEnough = false } = {},
): Promise<DaySources[]> {
  const made = await madeParquet(context, { ...filter, signal });
  const entries = Map.groupBy(
    context.manifest.eachEntry(filter),
    ({ date }) => date,
  );
  const days: DaySources[] = [];
  let lookup: CopyLookup | undefined;
  for (const [date, ofDay] of entries) {
    signal?.throwIfAborted();
    const parquet = await firstCurrent(made.get(date) ?? [], ofDay);
    const copies: Holding[] = [];
    if (parquet === undefined || !parquetIsEnough) {
      lookup ??= await lookUpDays(context.destination, { ...filter, signal });
      for (const entry of ofDay) copies.push(await holdingOf(lookup, entry));
    }
    // Of two copies, the compressed one is the last.
    const file = copies.findLast(({ state }) => state === "whole")?.entry;
    days.push({ date, parquet, file, copies });
  }
  return days;
}

/** A Parquet file that was made, and perhaps is there. */
interface MadeParquet {
  readonly entry: ParquetEntry;
  readonly target: Destination;
  readonly lookup: CopyLookup;
}

/** What was made of a data type, by its date; what is in the mirror itself comes first. */
async function madeParquet(
  { destination, manifest }: MirrorContext,
  filter: HoldingFilter,
): Promise<Map<string, MadeParquet[]>> {
  const made: MadeParquet[] = [];
  for (const other of manifest.parquetFolders()) {
    const isOwn = other === "";
    const target = isOwn ? destination : new FolderDestination(other);
    const entries = manifest.parquet(other, ...keyRange(filter))
      .filter(({ schema }) => schema === PARQUET_VERSION);
    if (entries.length === 0) continue;
    const lookup = await lookUpDays(target, filter, isOwn ? "parquet/" : "");
    for (const entry of entries) made.push({ entry, target, lookup });
  }
  return Map.groupBy(made, ({ entry }) => entry.date);
}

async function firstCurrent(
  made: readonly MadeParquet[],
  copies: readonly ManifestEntry[],
): Promise<FoundParquet | undefined> {
  for (const { entry, target, lookup } of made) {
    const isOfCopy = copies.some(({ sha256 }) => sha256 === entry.sourceSha256);
    const there = isOfCopy ? await lookup.stat(entry.path) : undefined;
    if (there !== undefined && isAsFetched(there, entry)) {
      return { entry, target };
    }
  }
  return undefined;
}
