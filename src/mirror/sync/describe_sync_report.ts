import {
  formatBytes,
  formatCount,
  formatDuration,
  grouped,
} from "../../base/mod.ts";
import { describeDays } from "../../catalog/mod.ts";
import type { Message } from "../message.ts";
import type { Plan } from "../plan/plan.ts";
import { describeRefusals } from "./describe_refusals.ts";
import { speedOf } from "./speed_of.ts";
import type { DamagedFile, SyncReport } from "./sync_report.ts";

/** The most files that a summary names. */
const MOST_NAMED = 5;

/** Figures that are bad unless they are 0. */
const BAD = ["failed", "missing", "damaged at source"];

/** Options of {@linkcode describeSyncReport}. */
export interface DescribeSyncOptions {
  /** The current time. */
  now?: Date;
  /** Marks a figure up, such as by a colour. */
  mark?: (figure: string, isBad: boolean) => string;
}

/**
 * What a sync has done, in the words of the command line: the figures, and a sentence for
 * each thing that needs attention.
 *
 * @param report What it has done.
 * @param plan What was to be done.
 * @param options The time, and how figures are marked.
 * @returns The figures first.
 */
export function describeSyncReport(
  { summary, missing, absent, damaged }: SyncReport,
  plan: Plan,
  { now = new Date(), mark = (figure) => figure }: DescribeSyncOptions = {},
): Message[] {
  const messages: Message[] = [];
  const add = (level: Message["level"], text: string) =>
    messages.push({ level, text });
  const { elapsed, bytes } = summary;
  const figures: [string, number][] = [
    ["fetched", summary.fetched],
    ["replaced", summary.replaced],
    ["present", summary.present],
    ...some("adopted", summary.adopted),
    ...some("in pieces", summary.inPieces),
    ["missing", summary.missing],
    ["refused", summary.refused],
    ["failed", summary.failed],
    ...some("damaged at source", summary.damagedAtSource),
  ];
  add(
    "info",
    figures.map(([name, count]) =>
      mark(`${name} ${grouped(count)}`, count > 0 && BAD.includes(name))
    ).join(", ") +
      (bytes === 0
        ? ""
        : `; ${formatBytes(bytes)} in ${formatDuration(elapsed)} (${
          formatBytes(speedOf(summary))
        }/s)`),
  );
  if (summary.inPieces > 0) {
    add(
      "info",
      `${
        formatCount(summary.inPieces, "file")
      } not whole yet: the pieces of this shard are here, and others are fetching the rest; the last one puts them together, or the next 'flatbed sync' does`,
    );
  }
  if (summary.adopted > 0) {
    add(
      "info",
      `Adopted without a download: ${
        formatCount(summary.adopted, "file")
      } that ${
        summary.adopted === 1 ? "was" : "were"
      } here before, proven by MD5, or by size and gzip data`,
    );
  }
  if (damaged.length > 0) {
    add("error", damagedSummary(damaged, "'flatbed status' lists them"));
  }
  if (missing.length > 0) {
    add("error", `Missing upstream, though due: ${describeDays(missing)}`);
  }
  if (absent.length > 0) {
    add(
      "note",
      `Listed but not in the bucket, on days without an expected file: ${
        describeDays(absent)
      }`,
    );
  }
  // Files older than the plan's history are refused every day: not an error.
  const level = summary.outcome === "complete" ? "info" : "error";
  describeRefusals(summary.refusals, now).forEach((text) => add(level, text));
  if (summary.kept > 0) {
    add(
      level,
      `${
        formatCount(summary.kept, "file")
      } of them here in an older version, damaged, or unknown to the mirror: kept, since they may be the last copies`,
    );
  }
  if (summary.accepted > 0) {
    add(
      "info",
      `${
        formatCount(summary.accepted, "file")
      } missing upstream, which was accepted`,
    );
  }
  if (summary.notPublished > 0) {
    add("info", `${formatCount(summary.notPublished, "file")} not due yet`);
  }
  if (summary.released > 0) {
    add(
      "info",
      `${
        formatCount(summary.released, "file")
      } released: add --released to this command to fetch them again`,
    );
  }
  if (summary.unexpected > 0) {
    add(
      "info",
      `${formatCount(summary.unexpected, "file")} of days without trading`,
    );
  }
  if (plan.foreignKeys > 0) {
    add(
      "info",
      `${
        formatCount(plan.foreignKeys, "listed key")
      } ignored: not a key of a flat file`,
    );
  }
  return messages;
}

/** A figure that is left out where it is 0. */
function some(name: string, count: number): [string, number][] {
  return count === 0 ? [] : [[name, count]];
}

/** A paragraph that names the files and says what to do. */
function damagedSummary(
  files: readonly DamagedFile[],
  whereAll: string,
): string {
  const named = files.slice(0, MOST_NAMED)
    .map(({ name, gzipFault }) => `${name} (its gzip data ${gzipFault})`);
  const more = files.length > MOST_NAMED
    ? ` and ${files.length - MOST_NAMED} more; ${whereAll}`
    : "";
  return `${
    formatCount(files.length, "file")
  } damaged at source, fetched again once upstream replaces ${
    files.length === 1 ? "it" : "them"
  }: ${named.join(", ")}${more}`;
}
