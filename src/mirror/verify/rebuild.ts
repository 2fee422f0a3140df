import type { DataType } from "../../catalog/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";
import { adoptFile, MAX_READS } from "../adopt_file.ts";
import { forEach } from "../../base/mod.ts";
import { type AgedListing, listFor } from "../plan/list_for.ts";
import type { ListedMonth, Listing } from "../plan/listing.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { type MirrorFile, mirrorFileAt } from "../mirror_file.ts";
import type { VerifyOptions } from "./verify_report.ts";

/** What a rebuild has done. */
export interface Rebuilt {
  listing: AgedListing;
  adopted: number;
  unproven: number;
  bytes: number;
  /** The paths of those that the bucket does not list. */
  unlisted: Set<string>;
}

const DOING = "rebuild the manifest";

/**
 * Takes files into the manifest that it does not know, where they are what the bucket
 * lists, as far as that can be told without a download.
 */
export async function rebuild(
  context: MirrorContext,
  dataTypes: readonly DataType[] | undefined,
  { signal, onEvent }: VerifyOptions,
): Promise<Rebuilt> {
  const { destination, manifest } = context;
  const unknown: MirrorFile[] = [];
  for await (const { path, isRegular } of destination.list()) {
    const file = isRegular ? mirrorFileAt(path) : undefined;
    if (file === undefined || !context.isMine(file.key)) continue;
    if (dataTypes !== undefined && !dataTypes.includes(file.dataType)) continue;
    if (manifest.entry(file.key, file.encoding) === undefined) {
      unknown.push(file);
    }
  }
  const listing = await listFor(context, DOING, monthsWith(unknown), {
    signal,
  });
  const result: Rebuilt = {
    listing,
    adopted: 0,
    unproven: 0,
    bytes: 0,
    unlisted: new Set(),
  };
  await forEach(unknown, MAX_READS, async (file) => {
    const object = find(listing, file);
    const { path } = file;
    if (object === undefined) {
      const month = `${file.dataType} ${file.date.slice(0, 7)}`;
      if (!listing.refused.has(month)) result.unlisted.add(path);
      return;
    }
    const { entry, isProven, bytes } = await adoptFile(context, file, object, {
      doing: DOING,
      areUnprovenTaken: true,
      signal,
    });
    result.bytes += bytes;
    if (entry === undefined) return;
    result.adopted++;
    if (!isProven) result.unproven++;
    onEvent?.({ code: "adopted", path, isProven });
  }, signal);
  return result;
}

/** The months that some files are of. */
export function monthsWith(
  files: Iterable<{ dataType: DataType; date: string }>,
): ListedMonth[] {
  const months = new Map<string, ListedMonth>();
  for (const { dataType, date } of files) {
    const month = date.slice(0, 7);
    months.set(`${dataType} ${month}`, { dataType, month });
  }
  return [...months.values()];
}

function find(
  listing: Listing,
  { dataType, date }: { dataType: DataType; date: string },
): ObjectInfo | undefined {
  return listing.objects.get(dataType)?.get(date);
}
