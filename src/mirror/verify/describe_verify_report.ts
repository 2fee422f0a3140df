import {
  formatBytes,
  formatCount,
  formatDuration,
  grouped,
} from "../../base/mod.ts";
import type { Shard } from "../../catalog/mod.ts";
import type { Message } from "../message.ts";
import type { VerifyProblem, VerifyReport } from "./verify_report.ts";

/** How a verification came out: something is wrong, there is nothing, or all is well. */
export type VerifyVerdict = "bad" | "empty" | "good";

/** Options of {@linkcode describeVerifyReport}. */
export interface DescribeVerifyOptions {
  /** The shard that was verified, if only that was. */
  shard?: Shard | undefined;
  /** Marks the verdict up, such as by a colour. */
  mark?: (text: string, verdict: VerifyVerdict) => string;
}

/**
 * What a verification came to, in the words of the command line. The problems themselves
 * are not named.
 *
 * @param report What was found.
 * @param options The shard, and how the verdict is marked.
 * @returns The verdict first.
 */
export function describeVerifyReport(
  report: VerifyReport,
  { shard, mark = (text) => text }: DescribeVerifyOptions = {},
): Message[] {
  const { checked, bytes, problems, ignored, elapsed } = report;
  const left = problems.filter(isLeft);
  const atSource = left.filter(({ code }) => code === "damaged-at-source");
  const withdrawn = problems.filter(({ code }) => code === "withdrawn");
  const counts: [count: number, text: string][] = [
    [
      report.adopted,
      `${formatCount(report.adopted, "file")} taken into the manifest`,
    ],
    [report.repaired, `${formatCount(report.repaired, "file")} repaired`],
    [report.released, `${grouped(report.released)} released`],
    [
      report.notLookedInto,
      `${grouped(report.notLookedInto)} not decompressed`,
    ],
    [report.unproven, `${grouped(report.unproven)} not proven`],
    [withdrawn.length, `${grouped(withdrawn.length)} withdrawn upstream`],
    [atSource.length, `${grouped(atSource.length)} damaged at source`],
  ];
  const parts = [`${formatCount(checked, "file")} checked`];
  if (report.parquet > 0) {
    parts.push(`${formatCount(report.parquet, "Parquet file")} as well`);
  }
  if (bytes > 0) parts.push(`${formatBytes(bytes)} read`);
  for (const [count, text] of counts) if (count > 0) parts.push(text);
  parts.push(
    left.length === 0 ? "no problems" : formatCount(left.length, "problem"),
  );
  const others = ignored.length === 0
    ? ""
    : `; ${formatCount(ignored.length, "other file")} ignored`;
  const messages: Message[] = [{
    level: "info",
    text: `${mark(...verdictOf(report, shard))}: ${
      parts.join(", ")
    }${others} (${formatDuration(elapsed)})`,
  }];
  if (report.notLookedInto > 0) {
    messages.push({
      level: "info",
      text:
        "Files checked by MD5 alone were not decompressed: 'flatbed verify --full' does that",
    });
  }
  if (report.notRemembered !== undefined) {
    messages.push({
      level: "error",
      text:
        `The results could not be recorded for later commands: ${report.notRemembered.message}`,
    });
  }
  return messages;
}

/** Whether a problem is left: a withdrawn file is in order. */
function isLeft({ code, isRepaired }: VerifyProblem): boolean {
  return !isRepaired && code !== "withdrawn";
}

function verdictOf(
  { isSound, isWhole, checked, released }: VerifyReport,
  shard: Shard | undefined,
): [text: string, verdict: VerifyVerdict] {
  // Of the others nothing is known.
  const what = shard === undefined
    ? "The mirror"
    : `Shard ${shard.index}/${shard.count} of the mirror`;
  if (!isSound) return [`${what} is not whole`, "bad"];
  if (checked + released === 0) return [`${what} is empty`, "empty"];
  return [`${what} is ${isWhole ? "whole" : "as fetched"}`, "good"];
}
