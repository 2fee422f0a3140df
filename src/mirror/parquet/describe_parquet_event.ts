import { formatBytes, formatCount } from "../../base/mod.ts";
import type { Message } from "../message.ts";
import type { ConvertedEvent, ParquetEvent } from "./parquet_event.ts";

/**
 * What happens while Parquet files are made, in the words of the command line.
 *
 * @param event What happens.
 * @param said What was said of columns before, which is not said again; it is added to.
 * @returns Lines and sentences.
 */
export function describeParquetEvent(
  event: ParquetEvent,
  said: Set<string> = new Set(),
): Message[] {
  switch (event.code) {
    case "fetching-duckdb":
      return [{
        level: "note",
        text: `Downloading DuckDB from npm's registry, about ${
          formatBytes(event.bytes)
        }: once, into Deno's cache`,
      }];
    case "converted": {
      const { path, rows, bytes, sourceBytes } = event;
      return [{
        level: "info",
        word: "converted",
        text: `${path}: ${formatCount(rows, "row")}, ${formatBytes(bytes)} of ${
          formatBytes(sourceBytes)
        }`,
      }, ...describeColumns(event, said)];
    }
    case "not-converted":
      return [{ level: "error", text: event.error.message }];
    case "source-released":
      return [{
        level: "info",
        word: "released",
        text: `${event.key}: ${formatBytes(event.bytes)}`,
      }];
  }
}

/** Says once of a dataset's columns that are not what they should be. */
function describeColumns(
  { dataType, date, newColumns, asText }: ConvertedEvent,
  said: Set<string>,
): Message[] {
  const messages: Message[] = [];
  const say = (columns: readonly string[], what: string) => {
    const text = `${dataType} has ${
      columns.length === 1 ? "a column" : "columns"
    } ${what}: ${columns.join(", ")}`;
    if (columns.length === 0 || said.has(text)) return;
    said.add(text);
    messages.push({ level: "note", text: `${text} (${date})` });
  };
  say(newColumns, "that Flatbed does not know, kept as text");
  say(
    asText,
    "with values that do not fit their type, kept as text in columns beside, named …_text",
  );
  return messages;
}
