import { explainRefusal } from "../catalog/mod.ts";
import type { Mirror, Plan, SyncEvent, SyncSummary } from "../mirror/mod.ts";
import { formatBytes } from "../base/mod.ts";
import { formatCount, formatDuration, formatTable, grouped } from "./format.ts";
import {
  type DamagedFile,
  damagedLine,
  damagedSummary,
} from "./damaged_at_source.ts";
import { throwIfInterrupted } from "./interrupt.ts";
import { Progress } from "./progress.ts";
import { print, printError, printJson, printText, style } from "./terminal.ts";
import { ExitCode } from "./usage.ts";

/** Options of {@linkcode runSync}. */
export interface SyncRunOptions {
  concurrency: number;
  keepReplaced: boolean;
  trustEtag: boolean;
  json: boolean;
  signal: AbortSignal;
}

/** What a sync has come to. */
export interface SyncOutcome {
  summary: SyncSummary;
  /** The files that are due and not in the bucket. */
  missing: { dataType: string; date: string }[];
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
  const { json, signal, concurrency, keepReplaced, trustEtag } = options;
  const toFetch = plan.counts.new + plan.counts.replaced;
  const refusals = new Refusals(plan);
  const missing: SyncOutcome["missing"] = [];
  const damaged: SyncOutcome["damaged"] = [];
  const incomplete = new Set<string>();
  using progress = await Progress.start(toFetch, json);
  const onEvent = (event: SyncEvent) => {
    // Where a file is there, its day is no hole; the summary tells of it.
    if (event.event === "refused") refusals.refuse(event, !event.isKept);
    if (event.event === "missing") missing.push(event);
    if (event.event === "missing" || event.event === "failed") {
      incomplete.add(event.dataType);
    }
    if (event.event === "fetched" || event.event === "adopted") {
      refusals.hold(event);
    }
    if (event.event === "damaged-at-source") {
      const { dataType, date, gzipFault } = event;
      refusals.hold(event);
      damaged.push({ name: `${dataType} ${date}`, gzipFault });
    }
    if (json) printEvent(event);
    else tell(event, progress, !mirror.decompress);
  };
  let done = 0;
  const summary = await mirror.sync(plan, {
    signal,
    concurrency,
    keepReplaced,
    trustEtag,
    onEvent(event) {
      const { event: kind } = event;
      if (
        kind === "fetched" || kind === "adopted" ||
        kind === "damaged-at-source" && event.isFetched
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
  const beyondWindow = refusals.beyondWindow();
  const exitCode = exitCodeOf(summary, beyondWindow.length > 0);
  return {
    summary,
    missing,
    damaged,
    refusals: refusals.describe(new Date()),
    incomplete: incomplete.union(new Set(beyondWindow)),
    exitCode: summary.damagedAtSource > 0 ? ExitCode.Failed : exitCode,
  };
}

function printEvent(event: SyncEvent): void {
  if (event.event === "progress") return; // too many to be lines
  if (event.event === "failed") {
    const { error, ...rest } = event;
    const code = "code" in error ? error.code : undefined;
    printJson({ ...rest, code, message: error.message });
  } else if (event.event === "summary") {
    printJson({ ...event, bytesPerSecond: speedOf(event) });
  } else {
    printJson(event);
  }
}

function speedOf({ bytes, elapsed }: SyncSummary): number {
  return Math.round(bytes / Math.max(elapsed, 1) * 1000);
}

function tell(event: SyncEvent, progress: Progress, isStored: boolean): void {
  switch (event.event) {
    case "start":
      if (event.untracked > 0) {
        const files = formatCount(event.untracked, "file");
        printError(
          `Reading ${files} that the mirror does not know: only those that differ from the bucket's are fetched again`,
        );
      }
      break;
    case "examining":
    case "fetching":
      progress.update(event.key, 0, event.size);
      break;
    case "progress":
      progress.update(event.key, event.bytes, event.total);
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
          isStored ? "kept" : "no-content",
          event.keptAs,
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
    case "accepted":
      progress.finish(event.key, 0);
      break;
  }
}

/** The summary, a figure for each outcome that occurred. */
export function printSummary(
  { summary, missing, damaged, refusals }: SyncOutcome,
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
    printText(damagedSummary(damaged, "'flatbed status' lists them"));
  }
  if (summary.missing > 0) {
    printText(
      `Missing upstream, though due: ${
        missing.slice(0, 5).map(({ dataType, date }) => `${dataType} ${date}`)
          .join(", ")
      }${
        missing.length > 5
          ? ` and ${missing.length - 5} more; 'flatbed missing' lists them`
          : ""
      }`,
    );
  }
  for (const line of refusals) printText(line);
  if (summary.kept > 0) {
    printText(
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
      } released: 'flatbed sync --released' fetches them again`,
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

function exitCodeOf(summary: SyncSummary, isBeyondWindow: boolean): number {
  if (summary.failed > 0 || isBeyondWindow) {
    return ExitCode.Failed;
  }
  return summary.missing > 0 ? ExitCode.MissingUpstream : ExitCode.Done;
}

/** Tells a rolling window of history from files that should have been readable. */
class Refusals {
  readonly #newestRefused = new Map<string, string>();
  /** The same, without those of which an older version is there. */
  readonly #newestLacking = new Map<string, string>();
  readonly #oldestHeld = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  constructor(plan: Plan) {
    for (const item of plan.items) {
      if (item.state === "refused") this.refuse(item, !item.isKept);
      if (item.state === "present" || item.state === "damaged-at-source") {
        this.hold(item);
      }
    }
  }

  refuse(
    { dataType, date }: { dataType: string; date: string },
    isLacking: boolean,
  ): void {
    for (const newest of [this.#newestRefused, this.#newestLacking]) {
      if (newest === this.#newestLacking && !isLacking) continue;
      if (date > (newest.get(dataType) ?? "")) newest.set(dataType, date);
    }
    this.#counts.set(dataType, (this.#counts.get(dataType) ?? 0) + 1);
  }

  hold({ dataType, date }: { dataType: string; date: string }): void {
    const oldest = this.#oldestHeld.get(dataType) ?? "9999";
    if (date < oldest) this.#oldestHeld.set(dataType, date);
  }

  /** The data types of which something was refused that is no older than what could be read. */
  beyondWindow(): string[] {
    return [...this.#newestLacking].filter(([dataType, date]) => {
      const oldest = this.#oldestHeld.get(dataType);
      return oldest === undefined || date > oldest;
    }).map(([dataType]) => dataType);
  }

  /** What was refused, a line for each thing that it can mean. */
  describe(now: Date): string[] {
    const byMeaning = new Map<string, string[]>();
    for (const [dataType, date] of this.#newestRefused) {
      const isOlder = date < (this.#oldestHeld.get(dataType) ?? "");
      const meaning = isOlder
        ? "they are older than those that can be read"
        : explainRefusal(date, now);
      byMeaning.set(meaning, [...byMeaning.get(meaning) ?? [], dataType]);
    }
    return [...byMeaning].map(([meaning, dataTypes]) => {
      const count = dataTypes.reduce(
        (sum, dataType) => sum + (this.#counts.get(dataType) ?? 0),
        0,
      );
      return `${formatCount(count, "file")} refused (${
        dataTypes.join(", ")
      }): ${meaning}; 'flatbed entitlements' tells since when files can be read`;
    });
  }
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
}
