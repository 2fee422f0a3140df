import {
  formatBytes,
  formatCount,
  formatDifferentBytes,
} from "../../base/mod.ts";
import type { Message } from "../message.ts";
import { describeDamaged } from "./describe_damaged.ts";
import type { PiecesEvent, SyncEvent } from "./sync_event.ts";

/** What of a mirror matters for what is said of its files; a {@linkcode Mirror} has it. */
export interface DescribedMirror {
  /** Where it is. */
  readonly location: string;
  /** Whether its files are decompressed. */
  readonly decompress: boolean;
}

/**
 * What happens in a sync, in the words of the command line.
 *
 * @param event What happens.
 * @param mirror The mirror.
 * @returns A line or a sentence; `undefined` where nothing is said of it, or where
 * {@linkcode describeSyncReport} says it of all files together.
 */
export function describeSyncEvent(
  event: SyncEvent,
  { location, decompress }: DescribedMirror,
): Message | undefined {
  switch (event.code) {
    case "start": {
      if (event.untracked === 0) return undefined;
      const files = formatCount(event.untracked, "file");
      return {
        level: "note",
        text:
          `Reading ${files} that the mirror does not know: only those that differ from the bucket's are fetched again`,
      };
    }
    case "fetched": {
      const { key, bytes, isReplaced, isUnexpected } = event;
      const note = isUnexpected ? "  (on a day without trading)" : "";
      return {
        level: "info",
        word: isReplaced ? "replaced" : "fetched",
        text: `${key}  ${formatBytes(bytes)}${note}`,
      };
    }
    case "joining":
      return {
        level: "info",
        word: "joining",
        text: `${event.key}  ${
          formatBytes(event.size)
        }: all pieces are here, and the whole is proven`,
      };
    case "pieces":
      return {
        level: "info",
        word: "pieces",
        text: `${event.key}  ${describePieces(event)}`,
      };
    case "adopted":
      return {
        level: "info",
        word: "adopted",
        text: `${event.key}  ${formatBytes(event.bytes)}`,
      };
    case "damaged-at-source": {
      const { key, gzipFault, isFetched, keptAs } = event;
      if (!isFetched) return undefined; // the summary names it
      return {
        level: "error",
        word: "damaged",
        text: describeDamaged(
          { name: key, gzipFault },
          decompress ? "no-content" : "kept",
          keptAs && `${location}/${keptAs}`,
        ),
      };
    }
    case "failed":
      return { level: "error", word: "failed", text: event.error.message };
    default:
      return undefined;
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
