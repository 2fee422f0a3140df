import { getDataset } from "../../catalog/mod.ts";
import type { ManifestEntry } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { dateFor } from "../plan/dates_by_type.ts";
import { lookUpDays } from "../plan/look_up.ts";
import type { Entitlements } from "../plan/entitlements.ts";
import { keptReason } from "./kept_reason.ts";
import type { ReleasedFile } from "./release_event.ts";
import type { ReleaseOptions } from "./release_options.ts";
import { emptyReleaseSummary, type ReleaseSummary } from "./release_summary.ts";

/** How many files are noted in one transaction: each waits for the disk. */
const FILES_PER_TRANSACTION = 100;

/** A file that can be released. */
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
  const summary = emptyReleaseSummary();
  const candidates: Candidate[] = [];
  for (const name of new Set(options.dataTypes)) {
    const { id: dataType } = getDataset(name);
    const from = dateFor(options.from, dataType);
    const to = dateFor(options.to, dataType);
    const reasonOf = keptReason(context, entitlements, dataType);
    const days = { dataType, from, to, signal };
    const copies = await lookUpDays(context.destination, days);
    for (const entry of context.manifest.entries({ dataType, from, to })) {
      const { key, path, date, encoding } = entry;
      const found = await copies.stat(path);
      if (entry.releasedAt !== undefined && found === undefined) {
        summary.releasedBefore++;
        continue;
      }
      const bytes = found?.bytes ?? 0;
      const file = { key, path, dataType, date, encoding, bytes };
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
  for (let at = 0; at < candidates.length; at += FILES_PER_TRANSACTION) {
    const batch = candidates.slice(at, at + FILES_PER_TRANSACTION);
    signal?.throwIfAborted();
    if (!dryRun) noteReleased(context, batch);
    let done = 0;
    try {
      for (const { file } of batch) {
        signal?.throwIfAborted();
        if (!dryRun) await context.destination.remove(file.path);
        done++;
        summary.released++;
        summary.bytes += file.bytes;
        onEvent?.({ code: "released", ...file });
      }
    } catch (error) {
      if (!dryRun) noteKept(context, batch.slice(done));
      throw error;
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

/** Notes that files are still there: their entries are what they were. */
function noteKept(
  { manifest, now }: MirrorContext,
  candidates: readonly Candidate[],
): void {
  manifest.note([], candidates.map(({ entry }) => entry), now());
}
