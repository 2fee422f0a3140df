import { formatBytes } from "../../base/mod.ts";
import type { DownloadFilesSummary } from "../../download/mod.ts";
import { formatCount, formatDuration } from "../format.ts";

/** What became of a number of files. */
export interface GetSummary
  extends Omit<DownloadFilesSummary, "planned" | "isFinished"> {
  /** Files that would be fetched in a dry run, if there are any. */
  planned?: number;
  /** Files that are not due yet. */
  notPublished: number;
  /** Files that need not exist: of optional days, and of days before the dataset begins. */
  absent: number;
}

/** The summary in one sentence. */
export function describeSummary(
  summary: GetSummary,
  retries = 0,
  isDecompressed = false,
): string {
  const {
    fetched,
    planned,
    present,
    damagedAtSource,
    failed,
    notPublished,
    absent,
    bytes,
    written,
    elapsed,
  } = summary;
  const parts = [];
  if (planned !== undefined) {
    parts.push(
      `${formatCount(planned, "file")} to fetch, ${formatBytes(bytes)}`,
    );
  } else if (fetched > 0) {
    parts.push(
      `${formatCount(fetched, "file")} fetched, ${formatBytes(bytes)} in ${
        formatDuration(elapsed)
      } (${formatBytes(bytes / Math.max(elapsed, 1) * 1000)}/s)${
        isDecompressed ? `, ${formatBytes(written)} decompressed` : ""
      }`,
    );
  } else if (failed === 0 && damagedAtSource === 0) {
    parts.push("Nothing to fetch");
  }
  if (present > 0) parts.push(`${formatCount(present, "file")} already here`);
  if (damagedAtSource > 0) {
    parts.push(`${formatCount(damagedAtSource, "file")} damaged at source`);
  }
  if (notPublished > 0) {
    parts.push(`${formatCount(notPublished, "file")} not due yet`);
  }
  if (absent > 0) {
    parts.push(`${formatCount(absent, "file")} not there, and not expected`);
  }
  if (failed > 0) parts.push(`${formatCount(failed, "file")} failed`);
  if (retries > 0) parts.push(formatCount(retries, "retry", "retries"));
  return parts.join("; ");
}
