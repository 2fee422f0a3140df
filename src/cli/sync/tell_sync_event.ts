import {
  describeSyncEvent,
  type Mirror,
  speedOf,
  type SyncEvent,
} from "../../mirror/mod.ts";
import { messageLine } from "../print_message.ts";
import type { Progress } from "../progress.ts";
import { print, printError, printJson, printNote } from "../terminal.ts";

/** Prints an event of a sync as a line of JSON. */
export function printSyncEvent(event: SyncEvent): void {
  if (event.code === "progress") return; // too many to be lines
  if (event.code === "summary") {
    // Of a dataset that the account cannot read, these may be thousands of days.
    const refusals = event.refusals.map((
      { dataType, since, older, newer, damaged, optional },
    ) => ({
      dataType,
      since,
      older: older.length,
      newer: newer.length,
      damaged: damaged.length,
      optional: optional.length,
    }));
    printJson({ ...event, refusals, bytesPerSecond: speedOf(event) });
  } else {
    printJson(event);
  }
}

/** The width of the longest word of a line. */
const WIDTH = "replaced".length;

/** Tells of an event of a sync: in its bar on a terminal, in a line elsewhere. */
export function tellSyncEvent(
  event: SyncEvent,
  progress: Progress,
  mirror: Mirror,
): void {
  drawSyncEvent(event, progress);
  const message = describeSyncEvent(event, mirror);
  if (message === undefined) return;
  const isDrawn = message.level === "info" && event.code !== "pieces" &&
    progress.isDrawn;
  if (isDrawn) return; // the bars show it
  progress.clear();
  const line = messageLine(message, { width: WIDTH, bad: "red" });
  PRINT[message.level](line);
}

const PRINT = { info: print, note: printNote, error: printError } as const;

/** Shows an event in the bars. */
function drawSyncEvent(event: SyncEvent, progress: Progress): void {
  switch (event.code) {
    case "examining":
    case "fetching":
      return progress.update(event.key, 0, event.size);
    case "progress":
      return progress.update(event.key, event.bytes, event.size);
    case "fetched":
      return progress.finish(event.key, event.size);
    case "adopted":
      return progress.finish(event.key, event.bytes);
    case "damaged-at-source":
      return progress.finish(event.key, event.size ?? 0);
    case "pieces":
    case "failed":
    case "refused":
    case "missing":
    case "not-published":
    case "absent":
    case "accepted":
      return progress.finish(event.key, 0);
  }
}
