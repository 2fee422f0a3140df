import type { DataType } from "../../catalog/mod.ts";
import { PARQUET_VERSION } from "../../rows/mod.ts";
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
  /** Its path, as this process sees it. */
  readonly path: string;
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
  const made = madeParquet(context, filter.dataType);
  const entries = Map.groupBy(
    context.manifest.eachEntry(filter),
    ({ date }) => date,
  );
  const days: DaySources[] = [];
  for (const [date, ofDay] of entries) {
    signal?.throwIfAborted();
    const parquet = await firstCurrent(made.get(date) ?? [], ofDay);
    const copies: Holding[] = [];
    if (parquet === undefined || !parquetIsEnough) {
      for (const entry of ofDay) copies.push(await holdingOf(context, entry));
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
  readonly target: FolderDestination;
}

/** What was made of a data type, by its date; what is in the mirror itself comes first. */
function madeParquet(
  { folder, manifest }: MirrorContext,
  dataType: DataType,
): Map<string, MadeParquet[]> {
  const made = manifest.parquetFolders().flatMap((other) => {
    const target = new FolderDestination(other === "" ? folder : other);
    return manifest.parquet(other)
      .filter((entry) =>
        entry.dataType === dataType && entry.schema === PARQUET_VERSION
      )
      .map((entry) => ({ entry, target }));
  });
  return Map.groupBy(made, ({ entry }) => entry.date);
}

async function firstCurrent(
  made: readonly MadeParquet[],
  copies: readonly ManifestEntry[],
): Promise<FoundParquet | undefined> {
  for (const { entry, target } of made) {
    const isOfCopy = copies.some(({ sha256 }) => sha256 === entry.sourceSha256);
    const there = isOfCopy ? await target.stat(entry.path) : undefined;
    if (there !== undefined && isAsFetched(there, entry)) {
      return { entry, path: `${target.location}/${entry.path}` };
    }
  }
  return undefined;
}
