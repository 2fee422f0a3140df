import { formatBytes, formatDifferentBytes } from "../../base/mod.ts";
import type { Mirror, PiecesEvent, SyncEvent } from "../../mirror/mod.ts";
import { damagedLine } from "../describe_damaged.ts";
import { formatCount } from "../format.ts";
import type { Progress } from "../progress.ts";
import { print, printError, printJson, printNote, style } from "../terminal.ts";
import { speedOf } from "./speed_of.ts";

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

/** Says how far a file is that shards fetch together. */
function describePieces(
  { pieces, piecesDone, bytes, size, others }: PiecesEvent,
): string {
  const [there, all] = formatDifferentBytes(bytes, size);
  switch (others) {
    case "fetching":
      return `${piecesDone} of ${
        formatCount(pieces, "piece")
      } are here, ${there} of ${all}: others are fetching the rest`;
    case "joining":
      return `all ${
        formatCount(pieces, "piece")
      } are here: another process is putting them together`;
    case "done":
      return "another shard has put it together";
  }
}

/** Tells of an event of a sync: in its bar on a terminal, in a line elsewhere. */
export function tellSyncEvent(
  event: SyncEvent,
  progress: Progress,
  mirror: Mirror,
): void {
  switch (event.code) {
    case "start":
      if (event.untracked > 0) {
        const files = formatCount(event.untracked, "file");
        printNote(
          `Reading ${files} that the mirror does not know: only those that differ from the bucket's are fetched again`,
        );
      }
      break;
    case "examining":
    case "fetching":
      progress.update(event.key, 0, event.size);
      break;
    case "progress":
      progress.update(event.key, event.bytes, event.size);
      break;
    case "fetched":
      progress.finish(event.key, event.size);
      if (!progress.isDrawn) {
        const verb = event.isReplaced ? "replaced" : "fetched";
        const note = event.isUnexpected ? "  (on a day without trading)" : "";
        print(
          `${verb.padEnd(8)}  ${event.key}  ${formatBytes(event.bytes)}${note}`,
        );
      }
      break;
    case "joining":
      if (!progress.isDrawn) {
        print(
          `joining   ${event.key}  ${
            formatBytes(event.size)
          }: all pieces are here, and the whole is proven`,
        );
      }
      break;
    case "pieces":
      progress.finish(event.key, 0);
      progress.clear();
      print(`pieces    ${event.key}  ${describePieces(event)}`);
      break;
    case "adopted":
      progress.finish(event.key, event.bytes);
      if (!progress.isDrawn) {
        print(`adopted   ${event.key}  ${formatBytes(event.bytes)}`);
      }
      break;
    case "damaged-at-source":
      progress.finish(event.key, event.size ?? 0);
      if (!event.isFetched) break; // the summary names it
      progress.clear();
      printError(
        damagedLine(
          { name: event.key, gzipFault: event.gzipFault },
          mirror.decompress ? "no-content" : "kept",
          event.keptAs && `${mirror.location}/${event.keptAs}`,
        ),
      );
      break;
    case "failed":
      progress.finish(event.key, 0);
      progress.clear();
      printError(`${style("red", "failed")}    ${event.error.message}`);
      break;
    case "refused":
    case "missing":
    case "not-published":
    case "absent":
    case "accepted":
      progress.finish(event.key, 0);
      break;
  }
}
