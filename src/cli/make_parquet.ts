import {
  describeParquetEvent,
  describeParquetSummary,
  type Mirror,
  type ParquetEvent,
  type ParquetOptions,
  type ParquetSummary,
} from "../mirror/mod.ts";
import { messageLine } from "./print_message.ts";
import { print, printError, printJson, printNote, style } from "./terminal.ts";

/** Makes Parquet files, and tells of them. */
export async function makeParquet(
  mirror: Mirror,
  options: ParquetOptions,
  isJson: boolean,
): Promise<ParquetSummary & { failures: readonly Error[] }> {
  const said = new Set<string>();
  const failures: Error[] = [];
  const summary = await mirror.toParquet({
    ...options,
    onEvent: (event) => {
      if (event.code === "not-converted") failures.push(event.error);
      if (isJson) printJson(event);
      tellEvent(event, isJson, said);
    },
  });
  if (!isJson) {
    const mark = (text: string) => style("bold", text);
    for (const { level, text } of describeParquetSummary(summary, { mark })) {
      if (level === "error") printError(text);
      else print(text);
    }
  }
  return { ...summary, failures };
}

/** The width of the longest word of a line. */
const WIDTH = "converted".length;

function tellEvent(
  event: ParquetEvent,
  isJson: boolean,
  said: Set<string>,
): void {
  for (const message of describeParquetEvent(event, said)) {
    if (message.level === "note") printNote(message.text);
    else if (isJson) continue;
    else if (message.level === "error") printError(message.text);
    else print(messageLine(message, { width: WIDTH, good: "green" }));
  }
}
