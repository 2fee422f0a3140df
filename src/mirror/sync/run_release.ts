import { addDays, daysBetween } from "../../calendar/mod.ts";
import { type DataType, getDataset, newYorkDate } from "../../catalog/mod.ts";
import { isAbsent, statFile, withFile } from "../../files/mod.ts";
import { dateFor } from "../plan/dates_by_type.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import { isSameTime } from "../verify/is_same_time.ts";
import { relativePathOf } from "../local_path.ts";
import { isOlderThanReadable } from "../plan/is_older_than_readable.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type {
  KeptReason,
  ReleasedFile,
  ReleaseOptions,
  ReleaseSummary,
} from "./release_event.ts";

/** How many years the shortest history of a plan has. */
const SHORTEST_HISTORY = 2;

/** So many files are noted at once: each time waits for the disk. */
const BATCH = 100;

/** What a file's space can be given back of. */
interface Candidate {
  entry: ManifestEntry;
  file: ReleasedFile;
}

/**
 * Gives the space of files back and keeps their entries; the options are checked already.
 * The manifest says so before a file goes: what is gone is never taken for lost.
 */
export async function runRelease(
  context: MirrorContext,
  entitlements: Entitlements,
  options: ReleaseOptions,
): Promise<ReleaseSummary> {
  const { force = false, dryRun = false, signal, onEvent } = options;
  const summary: ReleaseSummary = {
    released: 0,
    bytes: 0,
    kept: {
      "old": 0,
      "refused": 0,
      "withdrawn": 0,
      "perhaps-old": 0,
      "changed": 0,
    },
    releasedBefore: 0,
  };
  const candidates: Candidate[] = [];
  for (const name of new Set(options.dataTypes)) {
    const { id: dataType } = getDataset(name);
    const from = dateFor(options.from, dataType);
    const to = dateFor(options.to, dataType);
    const reasonOf = judge(context, entitlements, dataType);
    for (const entry of context.manifest.entries({ dataType, from, to })) {
      const { key, encoding, date } = entry;
      const path = `${context.folder}/${relativePathOf(key, encoding)}`;
      const found = statFile(path);
      if (entry.releasedAt !== undefined && found === undefined) {
        summary.releasedBefore++;
        continue;
      }
      const bytes = found?.size ?? 0;
      const file = { dataType, date, key, path, encoding, bytes };
      const reason = force || found === undefined
        ? undefined
        : reasonOf(entry, found);
      if (reason === undefined) candidates.push({ entry, file });
      else {
        summary.kept[reason]++;
        onEvent?.({ code: "kept", ...file, reason });
      }
    }
  }
  for (let at = 0; at < candidates.length; at += BATCH) {
    const batch = candidates.slice(at, at + BATCH);
    signal?.throwIfAborted();
    if (!dryRun) noteReleased(context, batch);
    for (const { entry, file } of batch) {
      if (!dryRun) await remove(context, entry, file.path);
      summary.released++;
      summary.bytes += file.bytes;
      onEvent?.({ code: "released", ...file });
    }
  }
  return summary;
}

function noteReleased(
  { manifest, now }: MirrorContext,
  batch: readonly Candidate[],
): void {
  const releasedAt = now();
  manifest.note(
    [],
    batch.map(({ entry }) => ({
      ...entry,
      releasedAt,
      // What was wrong with the file went with it.
      isDamaged: false,
    })),
    releasedAt,
  );
}

/** Removes a file; where that cannot be done, its entry is what it was. */
async function remove(
  { manifest }: MirrorContext,
  entry: ManifestEntry,
  path: string,
): Promise<void> {
  try {
    await withFile("remove", path, async () => {
      await Deno.remove(path).catch((error) => {
        if (!isAbsent(error)) throw error;
      });
    });
  } catch (error) {
    manifest.record(entry);
    throw error;
  }
}

/** Tells why a data type's file should stay. */
function judge(
  { now }: MirrorContext,
  entitlements: Entitlements,
  dataType: DataType,
): (entry: ManifestEntry, found: Deno.FileInfo) => KeptReason | undefined {
  const today = newYorkDate(now());
  const readable = entitlements.last(dataType);
  const isKnown = readable !== undefined && readable.outcome !== "unknown";
  // The window has moved on since, a day every day.
  const moved = readable?.date === undefined ? undefined : addDays(
    readable.date,
    Math.max(0, daysBetween(readable.foundOn, today)),
  );
  const shortest = `${Number(today.slice(0, 4)) - SHORTEST_HISTORY}${
    today.slice(4).replace("02-29", "02-28")
  }`;
  return (entry, found) => {
    // An empty file has nothing to be lost, unless it was fetched so.
    const isEmptied = found.size === 0 && entry.bytes > 0;
    const isChanged = entry.isDamaged || found.size !== entry.bytes ||
      !isSameTime(found.mtime, entry.mtime);
    if (isEmptied) return undefined;
    if (isChanged) return "changed";
    if (entry.withdrawnAt !== undefined) return "withdrawn";
    if (!isKnown) return entry.date < shortest ? "perhaps-old" : undefined;
    if (readable.outcome === "refused") return "refused";
    // Where nothing was listed, neither was this.
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
