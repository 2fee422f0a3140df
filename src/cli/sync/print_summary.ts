import { formatBytes } from "../../base/mod.ts";
import type { Plan } from "../../mirror/mod.ts";
import { damagedSummary } from "../describe_damaged.ts";
import { describeDays } from "../day_ranges.ts";
import { formatCount, formatDuration, grouped } from "../format.ts";
import { printError, printNote, printText, style } from "../terminal.ts";
import { describeRefusals } from "./describe_refusals.ts";
import { speedOf } from "./speed_of.ts";
import type { SyncReport } from "./sync_mirror.ts";

/** Prints the summary: the figures, and a line for each thing that needs attention. */
export function printSummary(
  { summary, missing, absent, damaged }: SyncReport,
  plan: Plan,
): void {
  const { elapsed, bytes } = summary;
  const adopted: [string, number][] = summary.adopted === 0
    ? []
    : [["adopted", summary.adopted]];
  const inPieces: [string, number][] = summary.inPieces === 0
    ? []
    : [["in pieces", summary.inPieces]];
  const figures: [string, number][] = [
    ["fetched", summary.fetched],
    ["replaced", summary.replaced],
    ["present", summary.present],
    ...adopted,
    ...inPieces,
    ["missing", summary.missing],
    ["refused", summary.refused],
    ["failed", summary.failed],
  ];
  if (summary.damagedAtSource > 0) {
    figures.push(["damaged at source", summary.damagedAtSource]);
  }
  printText(
    figures.map(([name, count]) =>
      style(
        isBad(name, count) ? "red" : "bold",
        `${name} ${grouped(count)}`,
      )
    ).join(", ") +
      (bytes === 0
        ? ""
        : `; ${formatBytes(bytes)} in ${formatDuration(elapsed)} (${
          formatBytes(speedOf(summary))
        }/s)`),
  );
  if (summary.inPieces > 0) {
    printText(
      `${
        formatCount(summary.inPieces, "file")
      } not whole yet: the pieces of this shard are here, and others are fetching the rest; the last one puts them together, or the next 'flatbed sync' does`,
    );
  }
  if (summary.adopted > 0) {
    printText(
      `Adopted without a download: ${
        formatCount(summary.adopted, "file")
      } that ${
        summary.adopted === 1 ? "was" : "were"
      } here before, proven by MD5, or by size and gzip data`,
    );
  }
  if (damaged.length > 0) {
    printError(damagedSummary(damaged, "'flatbed status' lists them"));
  }
  if (missing.length > 0) {
    printError(`Missing upstream, though due: ${describeDays(missing)}`);
  }
  if (absent.length > 0) {
    printNote(
      `Listed but not in the bucket, on days without an expected file: ${
        describeDays(absent)
      }`,
    );
  }
  // Files older than the plan's history are refused every day: not an error.
  const tell = summary.outcome === "complete" ? printText : printError;
  describeRefusals(summary.refusals, new Date()).forEach((line) => tell(line));
  if (summary.kept > 0) {
    tell(
      `${
        formatCount(summary.kept, "file")
      } of them here in an older version, damaged, or unknown to the mirror: kept, since they may be the last copies`,
    );
  }
  if (summary.accepted > 0) {
    printText(
      `${
        formatCount(summary.accepted, "file")
      } missing upstream, which was accepted`,
    );
  }
  if (summary.notPublished > 0) {
    printText(`${formatCount(summary.notPublished, "file")} not due yet`);
  }
  if (summary.released > 0) {
    printText(
      `${
        formatCount(summary.released, "file")
      } released: add --released to this command to fetch them again`,
    );
  }
  if (summary.unexpected > 0) {
    printText(
      `${formatCount(summary.unexpected, "file")} of days without trading`,
    );
  }
  if (plan.foreignKeys > 0) {
    printText(
      `${
        formatCount(plan.foreignKeys, "listed key")
      } ignored: not a key of a flat file`,
    );
  }
}

function isBad(name: string, count: number): boolean {
  return count > 0 && ["failed", "missing", "damaged at source"].includes(name);
}
