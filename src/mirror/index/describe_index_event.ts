import { formatBytes, formatCount } from "../../base/mod.ts";
import type { Message } from "../message.ts";
import type { IndexEvent } from "./index_event.ts";

/**
 * What happens while indexes are made, in the words of the command line.
 *
 * @param event What happens.
 * @returns A line or a sentence; `undefined` where nothing is said of it.
 */
export function describeIndexEvent(event: IndexEvent): Message | undefined {
  switch (event.code) {
    case "indexed": {
      const { dataType, date, size, indexSize, rows } = event;
      return {
        level: "info",
        word: "indexed",
        text: `${dataType} ${date}: ${formatCount(rows, "row")}, ${
          formatBytes(size)
        }, index ${formatBytes(indexSize)}`,
      };
    }
    case "not-indexed":
      return { level: "error", text: event.message };
    default:
      return undefined;
  }
}
