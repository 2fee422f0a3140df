import { addDays, daysBetween } from "../../calendar/mod.ts";
import { type DataType, newYorkDate } from "../../catalog/mod.ts";
import type { CopyInfo } from "../destination/destination.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import { isOlderThanReadable } from "../plan/is_older_than_readable.ts";
import { isAsFetched } from "../is_as_fetched.ts";
import type { KeptReason } from "./release_event.ts";

/** The shortest history that a plan has, in years. */
const SHORTEST_HISTORY_YEARS = 2;

/**
 * Why a release leaves a data type's files, unless it is forced: a function of what is
 * known of a file and what is there, which returns `undefined` if nothing speaks against it.
 */
export function keptReason(
  { now }: MirrorContext,
  entitlements: Entitlements,
  dataType: DataType,
): (entry: ManifestEntry, found: CopyInfo) => KeptReason | undefined {
  const today = newYorkDate(now());
  const readable = entitlements.last(dataType);
  const isKnown = readable !== undefined && readable.outcome !== "unknown";
  // The window has moved on since, a day every day.
  const moved = readable?.date === undefined ? undefined : addDays(
    readable.date,
    Math.max(0, daysBetween(readable.foundOn, today)),
  );
  const shortest = `${Number(today.slice(0, 4)) - SHORTEST_HISTORY_YEARS}${
    today.slice(4).replace("02-29", "02-28")
  }`;
  return (entry, found) => {
    // An empty file has nothing to lose, unless it was fetched so.
    const isEmptied = found.bytes === 0 && entry.bytes > 0;
    const isChanged = entry.isDamaged || !isAsFetched(found, entry);
    if (isEmptied) return undefined;
    if (isChanged) return "changed";
    if (entry.withdrawnAt !== undefined) return "withdrawn";
    if (!isKnown) return entry.date < shortest ? "perhaps-old" : undefined;
    if (readable.outcome === "refused") return "refused";
    // If nothing was listed, neither was this.
    if (readable.outcome === "no-files") return "withdrawn";
    if (isOlderThanReadable({ ...readable, date: moved }, entry.date)) {
      return "old";
    }
    if (readable.until !== undefined && entry.date > readable.until) {
      return "refused";
    }
    // The date was not found: what is newer than it may be refused as well.
    return !readable.isExact && entry.date < shortest
      ? "perhaps-old"
      : undefined;
  };
}
