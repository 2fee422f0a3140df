import { formatBytes, passesSoon } from "../../base/mod.ts";
import {
  type Dataset,
  describeDays,
  describeNoDays,
  getFileDates,
  isOfShard,
  NO_ROWS_REASONS,
  S3Catalog,
  type Shard,
} from "../../catalog/mod.ts";
import type {
  ExtractEvent,
  ExtractSummaryEvent,
  NoRowsEvent,
  ReadingEvent,
} from "../../mirror/mod.ts";
import type { RowFilter } from "../../rows/mod.ts";
import { messageOf } from "../arguments.ts";
import type { DateRange } from "../dates.ts";
import { describeColumns } from "../describe_columns.ts";
import { ExitCode } from "../exit_code.ts";
import { formatCount, formatDuration } from "../format.ts";
import type { StatusLine } from "../status_line.ts";
import { printError } from "../terminal.ts";
import { describeNotFound } from "./describe_not_found.ts";
import { ExtractStats } from "./extract_stats.ts";

/** What an {@linkcode ExtractReport} is of. */
export interface ExtractReportOptions {
  dataset: Dataset;
  range: DateRange;
  /** Why the service cannot be asked. */
  problem: string | undefined;
  /** Whether what is read through gets an index. */
  keepsIndexes: boolean;
  /** The part of the days that is extracted, if not all are. */
  shard?: Shard | undefined;
  /** Where it is shown how far the extraction is. */
  status: StatusLine;
}

/** What an extraction tells on standard error. */
export class ExtractReport {
  readonly #options: ExtractReportOptions;
  readonly #started = performance.now();
  readonly #expected: number;
  readonly #gaps: NoRowsEvent[] = [];
  readonly #stats = new ExtractStats();
  #daysDone = 0;
  #rows = 0;
  #summary: ExtractSummaryEvent | undefined;

  constructor(options: ExtractReportOptions) {
    this.#options = options;
    const { dataset: { id }, range: { from, to }, shard } = options;
    const catalog = new S3Catalog();
    this.#expected = getFileDates(id, from, to)
      .filter((date) => isOfShard(catalog.getKey(id, date), shard)).length;
  }

  /** What the extraction comes to: a day that is damaged at source has failed. */
  get exitCode(): number {
    if (this.#gaps.some(({ reason }) => reason === "damaged-at-source")) {
      return ExitCode.Failed;
    }
    const failures = this.#gaps.flatMap(({ error, reason }) =>
      reason === "failed" && error !== undefined ? [error] : []
    );
    // Of a run that may succeed in minutes, the rows are not all that there are.
    if (failures.length > 0 && failures.every(passesSoon)) {
      return ExitCode.TryAgain;
    }
    return this.#gaps.length > 0 ? ExitCode.MissingUpstream : ExitCode.Done;
  }

  /** How many rows of how many days there were. */
  get counts(): string {
    const { rows = 0, days = 0 } = this.#summary ?? {};
    return `${formatCount(rows, "row")} of ${formatCount(days, "day")}`;
  }

  /** The same as figures. */
  get figures(): { rows: number; files: number } {
    const { rows = 0, days = 0 } = this.#summary ?? {};
    return { rows, files: days };
  }

  /** Takes what happened. */
  add(event: ExtractEvent): void {
    switch (event.code) {
      case "reading":
        this.#options.status.draw(() => this.#describe(event));
        break;
      case "no-rows":
        this.#daysDone++;
        this.#gaps.push(event);
        break;
      case "columns-differ":
        this.#options.status.clear();
        printError(
          `Other columns in ${event.name} (${
            describeColumns(event)
          }): its rows are written by name`,
        );
        break;
      case "summary":
        this.#summary = event;
        break;
      case "extracted":
        this.#daysDone++;
        this.#rows += event.rows;
        this.#stats.add(event);
        break;
    }
  }

  /** Tells what is to be told at the end. */
  print(filter: RowFilter, withStats: boolean): void {
    const { dataset, range, problem, keepsIndexes, shard } = this.#options;
    const groups = Map.groupBy(this.#gaps, ({ reason }) => reason);
    for (const [reason, gaps] of groups) {
      const error = gaps.find(({ error }) => error !== undefined)?.error;
      const why = reason === "failed" && error !== undefined
        ? `: ${messageOf(error)}`
        : "";
      printError(
        `No rows of ${formatCount(gaps.length, "day")}, ${
          NO_ROWS_REASONS[reason]
        }${why}: ${describeDays(gaps)}`,
      );
    }
    if (problem !== undefined && this.#gaps.length > 0) {
      printError(`The service was not asked: ${problem}`);
    }
    if (this.#summary === undefined) return;
    if (this.#daysDone === 0) {
      printError(
        shard === undefined
          ? describeNoDays(dataset, range)
          : "No day of that time belongs to this shard",
      );
    }
    for (const line of describeNotFound(this.#summary, dataset.id, filter)) {
      printError(line);
    }
    if (!withStats) return;
    const elapsed = formatDuration(performance.now() - this.#started);
    printError(`${this.counts} in ${elapsed}`);
    for (const line of this.#stats.lines) printError(line);
    if (!keepsIndexes && this.#stats.wasLargeReadThrough) {
      printError(
        `No index was kept: 'flatbed index ${dataset.id} --remote' makes those of such days, for less to download the next time`,
      );
    }
  }

  /** How far it is, such as "2024-01-03, day 2 of 5: 12 MB of 53 MB; 11,476 rows so far". */
  #describe({ date, bytesRead, size }: ReadingEvent): string {
    const day = this.#daysDone + 1;
    const of = day <= this.#expected ? ` of ${this.#expected}` : "";
    const all = size === undefined ? "" : ` of ${formatBytes(size)}`;
    return `${date}, day ${day}${of}: ${formatBytes(bytesRead)}${all}; ${
      formatCount(this.#rows, "row")
    } so far`;
  }
}
