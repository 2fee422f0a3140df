import { formatBytes, formatCount, grouped } from "../../base/mod.ts";
import type { Message } from "../message.ts";
import type { ParquetSummary } from "./parquet_event.ts";

/**
 * What making Parquet files came to, in the words of the command line.
 *
 * @param summary What was done.
 * @param options `mark` marks the count up, such as by a colour.
 * @returns A sentence, and one more if files stay that were to be released.
 */
export function describeParquetSummary(
  summary: ParquetSummary,
  { mark = (text) => text }: { mark?: (text: string) => string } = {},
): Message[] {
  const { converted, bytes, sourceBytes, released, kept } = summary;
  const counts: [count: number, text: string][] = [
    [summary.replaced, `${grouped(summary.replaced)} of them made again`],
    [summary.present, `${grouped(summary.present)} there before`],
    [
      released,
      `${formatCount(released, "file")} of ${
        formatBytes(summary.releasedBytes)
      } released`,
    ],
    [kept, `${formatCount(kept, "file")} not released`],
    [
      summary.withoutSource,
      `${
        formatCount(summary.withoutSource, "day")
      } without a file to make one of`,
    ],
    [summary.failed, `${grouped(summary.failed)} failed`],
  ];
  const others = counts.filter(([count]) => count > 0).map(([, text]) => text);
  const made = mark(formatCount(converted, "Parquet file"));
  const sizes = converted === 0
    ? ""
    : ` of ${formatBytes(bytes)} for ${formatBytes(sourceBytes)}`;
  const messages: Message[] = [
    { level: "info", text: [`Made ${made}${sizes}`, ...others].join(", ") },
  ];
  if (kept > 0) {
    messages.push({
      level: "error",
      text:
        "Files that were not released perhaps cannot be downloaded again: 'flatbed release --dry-run' says why",
    });
  }
  return messages;
}
