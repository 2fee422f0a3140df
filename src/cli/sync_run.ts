import { explainRefusal } from "../catalog/mod.ts";
import type {
  Mirror,
  Plan,
  RefusedFiles,
  SyncEvent,
  SyncSummary,
} from "../mirror/mod.ts";
import { type Day, describeDays } from "./day_ranges.ts";
import { formatBytes } from "../base/mod.ts";
import { formatCount, formatDuration, formatTable, grouped } from "./format.ts";
import {
  type DamagedFile,
  damagedLine,
  damagedSummary,
} from "./damaged_at_source.ts";
import { throwIfInterrupted } from "./interrupt.ts";
import { Progress } from "./progress.ts";
import {
  print,
  printError,
  printJson,
  printNote,
  printText,
  style,
} from "./terminal.ts";
import { ExitCode } from "./usage.ts";

/** Options of {@linkcode runSync}. */
export interface SyncRunOptions {
  maxConcurrent: number;
  keepReplaced: boolean;
  trustEtag: boolean;
  json: boolean;
  signal: AbortSignal;
}

/** What a sync has come to. */
export interface SyncOutcome {
  summary: SyncSummary;
  /** The files that are due and not in the bucket. */
  missing: Day[];
  /** The files that are listed and not in the bucket, of days of which none is expected. */
  absent: Day[];
  /** The files that are damaged at source. */
  damaged: DamagedFile[];
  /** What was refused, and what that can mean. */
  refusals: string[];
  /** The data types of which not everything that is due is there, as the service has it. */
  incomplete: Set<string>;
  exitCode: number;
}

/** Runs a plan, and tells of each file: as bars on a terminal, as lines elsewhere. */
export async function runSync(
  mirror: Mirror,
  plan: Plan,
  options: SyncRunOptions,
): Promise<SyncOutcome> {
  const { json, signal, maxConcurrent, keepReplaced, trustEtag } = options;
  const toFetch = plan.counts.new + plan.counts.replaced;
  const missing: SyncOutcome["missing"] = [];
  const absent: SyncOutcome["absent"] = [];
  const damaged: SyncOutcome["damaged"] = [];
  const incomplete = new Set<string>();
  using progress = await Progress.start(toFetch, json);
  const onEvent = (event: SyncEvent) => {
    if (event.code === "missing") missing.push(event);
    if (event.code === "absent") absent.push(event);
    if (event.code === "missing" || event.code === "failed") {
      incomplete.add(event.dataType);
    }
    if (event.code === "damaged-at-source") {
      const { dataType, date, gzipFault } = event;
      damaged.push({ name: `${dataType} ${date}`, gzipFault });
    }
    if (json) printEvent(event);
    else tell(event, progress, mirror);
  };
  let done = 0;
  const summary = await mirror.sync(plan, {
    signal,
    maxConcurrent,
    keepReplaced,
    trustEtag,
    onEvent(event) {
      const { code } = event;
      if (
        code === "fetched" || code === "adopted" ||
        code === "damaged-at-source" && event.isFetched
      ) {
        done++;
      }
      onEvent(event);
    },
  }).catch((error) => {
    const present = plan.counts.present + plan.counts["damaged-at-source"];
    throwIfInterrupted(signal, present + done, present + toFetch);
    throw error;
  });
  for (const { dataType, newer } of summary.refusals) {
    if (newer.length > 0) incomplete.add(dataType);
  }
  return {
    summary,
    missing,
    absent,
    damaged,
    refusals: describeRefusals(summary.refusals, new Date()),
    incomplete,
    exitCode: exitCodeOf(summary),
  };
}

function printEvent(event: SyncEvent): void {
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

function speedOf({ bytes, elapsed }: SyncSummary): number {
  return Math.round(bytes / Math.max(elapsed, 1) * 1000);
}

function tell(event: SyncEvent, progress: Progress, mirror: Mirror): void {
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
          event.keptAs && `${mirror.folder}/${event.keptAs}`,
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

/** The summary, a figure for each outcome that occurred. */
export function printSummary(
  { summary, missing, absent, damaged, refusals, exitCode }: SyncOutcome,
  plan: Plan,
): void {
  const { elapsed, bytes } = summary;
  const adopted: [string, number][] = summary.adopted === 0
    ? []
    : [["adopted", summary.adopted]];
  const figures: [string, number][] = [
    ["fetched", summary.fetched],
    ["replaced", summary.replaced],
    ["present", summary.present],
    ...adopted,
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
      `Listed and not there, of days of which none is due: ${
        describeDays(absent)
      }`,
    );
  }
  // What is older than the plan reaches back is refused every day.
  const tell = exitCode === ExitCode.Done ? printText : printError;
  for (const line of refusals) tell(line);
  if (summary.kept > 0) {
    tell(
      `${
        formatCount(summary.kept, "file")
      } of them here in an older version, damaged, or not known to the mirror: kept, since perhaps no other can be fetched any more`,
    );
  }
  if (summary.accepted > 0) {
    printText(
      `${
        formatCount(summary.accepted, "file")
      } missing upstream, as was accepted`,
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
      } left alone that no flat file has`,
    );
  }
}

function isBad(name: string, count: number): boolean {
  return count > 0 && ["failed", "missing", "damaged at source"].includes(name);
}

/** What is refused is a failure where it should have been readable, or where what was fetched is gone. */
function exitCodeOf(summary: SyncSummary): number {
  const isRefused = summary.refusals.some(({ newer, damaged }) =>
    newer.length + damaged.length > 0
  );
  if (summary.failed > 0 || summary.damagedAtSource > 0 || isRefused) {
    return ExitCode.Failed;
  }
  return summary.missing > 0 ? ExitCode.MissingUpstream : ExitCode.Done;
}

/** What was refused, a line for each thing that it can mean. */
function describeRefusals(
  refusals: readonly RefusedFiles[],
  now: Date,
): string[] {
  const byMeaning = new Map<string, { dataTypes: string[]; count: number }>();
  const add = (meaning: string, dataType: string, count: number) => {
    const { dataTypes, count: before } = byMeaning.get(meaning) ??
      { dataTypes: [], count: 0 };
    byMeaning.set(meaning, {
      dataTypes: [...dataTypes, dataType],
      count: before + count,
    });
  };
  const lines: string[] = [];
  for (const { dataType, older, newer, damaged, optional } of refusals) {
    if (older.length > 0) {
      add("they are older than those that can be read", dataType, older.length);
    }
    const newest = newer.at(-1);
    if (newest !== undefined) {
      add(explainRefusal(newest, now), dataType, newer.length);
    }
    const named = (dates: string[]) =>
      describeDays(dates.map((date) => ({ dataType, date })));
    if (damaged.length > 0) {
      lines.push(
        `Lost or damaged here, and refused: ${
          named(damaged)
        }: restore them from a copy, or give them up with 'flatbed release --force'`,
      );
    }
    if (optional.length > 0) {
      lines.push(`Refused, though listed, and none is due: ${named(optional)}`);
    }
  }
  return [
    ...[...byMeaning].map(([meaning, { dataTypes, count }]) =>
      `${formatCount(count, "file")} refused (${
        dataTypes.join(", ")
      }): ${meaning}; 'flatbed entitlements' tells since when files can be read`
    ),
    ...lines,
  ];
}

/** The speed that a plan reckons with where no limit is given, in bytes a second. */
const ASSUMED_RATE = 50e6;

/** What a plan would do, as a table. */
export function printPlan(
  plan: Plan,
  limitRate: number | undefined,
): void {
  const bytesPerSecond = limitRate ?? ASSUMED_RATE;
  const byType = new Map<
    string,
    {
      fetch: number;
      bytes: number;
      present: number;
      other: number;
      from: string;
      to: string;
    }
  >();
  for (const { dataType, date, state, size = 0 } of plan.items) {
    const row = byType.get(dataType) ??
      { fetch: 0, bytes: 0, present: 0, other: 0, from: date, to: date };
    if (date < row.from) row.from = date;
    if (date > row.to) row.to = date;
    if (state === "new" || state === "replaced") {
      row.fetch++;
      row.bytes += size;
    } else if (state === "present") row.present++;
    else row.other++;
    byType.set(dataType, row);
  }
  const rows = [...byType].map(([dataType, row]) => [
    dataType,
    row.from,
    row.to,
    String(row.fetch),
    formatBytes(row.bytes),
    String(row.present),
    String(row.other),
  ]);
  const head = [
    "data type",
    "from",
    "to",
    "to fetch",
    "bytes",
    "present",
    "other",
  ];
  const [first = "", ...lines] = formatTable([head, ...rows], [3, 4, 5, 6]);
  print(style("bold", first));
  lines.forEach((line) => print(line));
  const { new: fresh, replaced, missing, accepted, refused } = plan.counts;
  print(
    `\n${formatCount(fresh + replaced, "file")} to fetch, ${
      formatBytes(plan.bytes)
    }: about ${formatDuration(plan.bytes / bytesPerSecond * 1000)} at ${
      formatBytes(bytesPerSecond)
    }/s${
      limitRate === undefined
        ? ", longer where the line gives less or the files are small"
        : ""
    }`,
  );
  if (plan.unknownSizes > 0) {
    print(`The size of ${formatCount(plan.unknownSizes, "file")} is not known`);
  }
  const untracked = plan.items.filter(({ mayBeAdopted }) => mayBeAdopted);
  if (untracked.length > 0) {
    print(
      `Here already, unknown to the mirror: ${
        formatCount(untracked.length, "file")
      }; the sync reads them first, and fetches only those that differ from the bucket's`,
    );
  }
  const notes: [string, number][] = [
    ["of them replaced upstream", replaced],
    ["damaged at source", plan.counts["damaged-at-source"]],
    ["missing upstream", missing],
    ["missing upstream, as was accepted", accepted],
    ["refused", refused],
    ["released", plan.counts.released],
    ["not due yet", plan.counts["not-published"]],
    ["of days without trading", plan.unexpected],
  ];
  for (const [note, count] of notes) {
    if (count > 0) print(`${formatCount(count, "file")} ${note}`);
  }
  if ([...byType.values()].some(({ other }) => other > 0)) {
    print(
      "other: neither to fetch nor present, such as missing upstream, refused, released, damaged at source or not due yet",
    );
  }
}
