import type { Day } from "../../catalog/mod.ts";
import type { SyncEvent } from "./sync_event.ts";
import type { SyncSummary } from "./sync_summary.ts";

/** A file that is damaged at source. */
export interface DamagedFile {
  /** Its key or path, or its data type and date. */
  name: string;
  /** What is wrong with its gzip data, to complete the sentence "its gzip data …". */
  gzipFault: string;
}

/** The files of a sync that a summary of it names, from its events. */
export interface SyncNotes {
  /** The files that are due and not in the bucket. */
  readonly missing: Day[];
  /** The files that are listed and not in the bucket, of days of which none is expected. */
  readonly absent: Day[];
  /** The files that are damaged at source. */
  readonly damaged: DamagedFile[];
}

/** What a sync has done, as {@linkcode describeSyncReport} takes it. */
export interface SyncReport extends SyncNotes {
  /** What it returned. */
  readonly summary: SyncSummary;
}

/**
 * Notes of an event of a sync what its report needs.
 *
 * @param notes What was noted before.
 * @param event The event.
 */
export function noteSyncEvent(notes: SyncNotes, event: SyncEvent): void {
  switch (event.code) {
    case "missing":
      notes.missing.push(event);
      break;
    case "absent":
      notes.absent.push(event);
      break;
    case "damaged-at-source": {
      const { dataType, date, gzipFault } = event;
      notes.damaged.push({ name: `${dataType} ${date}`, gzipFault });
    }
  }
}
