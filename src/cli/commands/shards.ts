import { Argument, type Command } from "commander";
import { formatBytes } from "../../base/mod.ts";
import { parseInteger } from "../arguments.ts";
import { OUT_FIELDS } from "../configuration.ts";
import { addConfigurationOption } from "../configuration_option.ts";
import {
  formatCount,
  formatDuration,
  formatTable,
  grouped,
} from "../format.ts";
import { openMirror, readShards } from "../open_mirror.ts";
import {
  addOutOptions,
  isBucket,
  type OutCommandOptions,
} from "../out_options.ts";
import { compactRanges } from "../shard/compact_ranges.ts";
import type { ShardGroup, ShardRow, ShardState } from "../../mirror/mod.ts";
import { print, printError, printJson, style } from "../terminal.ts";
import { notTogether } from "../usage.ts";

interface ShardsOptions extends OutCommandOptions {
  count?: number;
  all?: boolean;
  failed?: boolean;
  neverStarted?: boolean;
  zeroBased?: boolean;
  json?: boolean;
}

/** The commands that take `--shard`. */
const SHARDED = [
  ...["sync", "get", "verify", "index", "parquet", "release", "extract"],
];

/** Adds `flatbed shards`. */
export function addShardsCommand(program: Command): void {
  const command = program.command("shards")
    .summary("show how the shards of a mirror are")
    .description(
      "Show how the shards of a mirror are, as each has said in the mirror itself: done, running, failed or never started. A running one that has said nothing for two minutes is told as one without a sign of life: it was killed, or cannot reach the mirror.",
    );
  command.addArgument(
    new Argument(
      "[command]",
      "the shards of this command (default: that of which one began last)",
    ).choices(SHARDED),
  );
  addConfigurationOption(addOutOptions(command), OUT_FIELDS)
    .option(
      "--count <n>",
      "the shards i/n of this n (default: that of the one that began last)",
      parseInteger(1),
    )
    .option("--all", "list those that are done too, however many there are")
    .option(
      "--failed",
      "print only the numbers of those that failed or give no sign of life, for 'sbatch --array'",
    )
    .option("--never-started", "the same of those that never started")
    .option(
      "--zero-based",
      "with --failed or --never-started: count from 0, as Kubernetes and AWS Batch do",
    )
    .option("--json", "one line of JSON for each shard")
    .addHelpText(
      "after",
      `
Examples:
  flatbed shards --out /data/flatfiles
  failed=$(flatbed shards --failed --out /data/flatfiles)
  [ -z "$failed" ] || sbatch --array="$failed" shards.sh`,
    )
    .action(async (name: string | undefined, options: ShardsOptions) => {
      const { json = false, failed = false, neverStarted = false } = options;
      const isExpression = failed || neverStarted;
      if (isExpression && json) {
        throw notTogether("--json", "--failed or --never-started");
      }
      const shards = await readShards(options);
      const now = new Date();
      const { count } = options;
      const command = name && `flatbed ${name}`;
      const { latestGroup } = await import("../../mirror/mod.ts");
      const group = latestGroup(shards, now, { command, count });
      if (group === undefined) {
        // Of a bucket without a mirror, that is said instead.
        if (shards.length === 0 && isBucket(options.out)) {
          const reading = { mustExist: true, readOnly: true };
          await using _mirror = await openMirror(options, reading);
        }
        const of = count === undefined ? "" : ` of ${count}`;
        const what = name === undefined ? "" : ` of 'flatbed ${name}'`;
        printError(
          `No shard${of}${what} has begun in the mirror in ${options.out}`,
        );
        return;
      }
      if (!json) tellSeveralJobs(group);
      if (json) printRows(group);
      else if (isExpression) printExpression(group.rows, options, now);
      else printShards(group, options, now);
    });
}

/** Of shards that began so far apart, some may be of an earlier job, in milliseconds. */
const APART = 24 * 60 * 60 * 1000;

/** Says that what is told as done may have been done by an earlier job. */
function tellSeveralJobs({ rows, ofEarlier }: ShardGroup): void {
  if (ofEarlier > 0) {
    printError(
      `Of an earlier job with other arguments: ${
        formatCount(ofEarlier, "shard")
      }, told here as never started`,
    );
  }
  const times = rows.flatMap(({ status }) => status?.since.getTime() ?? []);
  // Not as arguments of Math.min(): there may be a million.
  const first = times.reduce((a, b) => Math.min(a, b), Infinity);
  const last = times.reduce((a, b) => Math.max(a, b), 0);
  if (last - first <= APART) return;
  printError(
    `The first of them began ${minuteOf(new Date(first))} (UTC), the last ${
      minuteOf(new Date(last))
    }: some may be of an earlier job, and not have begun in this one`,
  );
}

function minuteOf(time: Date): string {
  return time.toISOString().slice(0, 16).replace("T", " ");
}

function printRows({ command, count, rows }: ShardGroup): void {
  for (const { index, state, status } of rows) {
    printJson({ index, count, command, ...status, state });
  }
}

/** Prints the numbers of some shards; what a person should know goes to standard error. */
function printExpression(
  rows: readonly ShardRow[],
  { failed = false, neverStarted = false, zeroBased = false }: ShardsOptions,
  now: Date,
): void {
  const wanted: ShardState[] = [
    ...failed ? ["failed", "no-sign-of-life"] as const : [],
    ...neverStarted ? ["never-started"] as const : [],
  ];
  const chosen = rows.filter(({ state }) => wanted.includes(state));
  const numbers = chosen.map(({ index }) => zeroBased ? index - 1 : index);
  if (numbers.length > 0) print(compactRanges(numbers));
  else {
    printError(
      `None of ${formatCount(rows.length, "shard")}${describeRunning(rows)}`,
    );
  }
  for (const { index, state, status } of chosen) {
    if (state !== "no-sign-of-life" || status === undefined) continue;
    printError(
      `Shard ${index} has given no sign of life for ${
        formatDuration(now.getTime() - status.updated.getTime())
      }: make sure that process ${status.pid}${
        status.host === undefined ? "" : ` on ${status.host}`
      } has ended before you run it again`,
    );
  }
  const never = rows.filter(({ state }) => state === "never-started").length;
  if (!neverStarted && never > 0) {
    printError(
      `${
        formatCount(never, "other")
      } never started, and may be queued: --never-started names these too`,
    );
  }
}

/** How many run, and when they were last heard of: one that was killed is among them at first. */
function describeRunning(rows: readonly ShardRow[]): string {
  const times = rows.flatMap(({ state, status }) =>
    state === "running" && status !== undefined ? [status.updated] : []
  ).sort((a, b) => a.getTime() - b.getTime());
  const [first] = times, last = times.at(-1);
  if (first === undefined || last === undefined) return "";
  const clock = (time: Date) => time.toISOString().slice(11, 16);
  const signs = clock(first) === clock(last)
    ? `last sign of life ${clock(last)}`
    : `last signs of life ${clock(first)} to ${clock(last)}`;
  return `; ${grouped(times.length)} ${
    times.length === 1 ? "is" : "are"
  } running, ${signs} UTC`;
}

/** How the states are said. */
const WORDS: Readonly<Record<ShardState, string>> = {
  "done": "done",
  "running": "running",
  "no-sign-of-life": "no sign of life",
  "failed": "failed",
  "never-started": "never started",
};

const SHARD_STATES = Object.keys(WORDS) as ShardState[];

const COLORS: Readonly<Partial<Record<ShardState, "green" | "red">>> = {
  "done": "green",
  "no-sign-of-life": "red",
  "failed": "red",
};

/** Up to so many shards, all are listed. */
const FEW = 20;
/** Of more, so many that are not done. */
const MOST_ROWS = 40;

function printShards(
  { command, rows, job }: ShardGroup,
  { all = false }: ShardsOptions,
  now: Date,
): void {
  const byState = Map.groupBy(rows, ({ state }) => state);
  const counts = SHARD_STATES.flatMap((state) => {
    const count = byState.get(state)?.length ?? 0;
    return count === 0 ? [] : [`${grouped(count)} ${WORDS[state]}`];
  });
  print(
    `${style("bold", formatCount(rows.length, "shard"))} of ${command}${
      job === undefined ? "" : ` (job ${job})`
    }: ${counts.join(", ")}`,
  );
  if (rows.length > FEW) {
    const width = Math.max(
      ...[...byState.keys()].map((state) => WORDS[state].length),
    );
    for (const state of SHARD_STATES) {
      const some = byState.get(state);
      if (some === undefined) continue;
      const word = WORDS[state].padEnd(width);
      print(
        `${stateText(state, word)}  ${
          compactRanges(some.map(({ index }) => index))
        }`,
      );
    }
  }
  const listed = all || rows.length <= FEW
    ? rows
    : rows.filter(({ state }) => state !== "done" && state !== "never-started");
  const shown = all ? listed : listed.slice(0, MOST_ROWS);
  if (shown.length > 0) printTable(shown, rows.length, now);
  if (shown.length < listed.length) {
    print(`${grouped(listed.length - shown.length)} more: --all lists them`);
  }
}

function stateText(state: ShardState, text: string): string {
  const color = COLORS[state];
  return color === undefined ? text : style(color, text);
}

function printTable(
  rows: readonly ShardRow[],
  count: number,
  now: Date,
): void {
  const [head = "", ...lines] = formatTable([
    ["shard", "state", "host", "since (UTC)", "for", "files", "bytes", ""],
    ...rows.map((row) => cellsOf(row, count, now)),
  ], [0, 4, 5, 6]);
  print();
  print(style("bold", head));
  lines.forEach((line, at) => {
    const state = rows[at]?.state ?? "done";
    print(line.replace(WORDS[state], stateText(state, WORDS[state])));
  });
}

function cellsOf(
  { index, state, status }: ShardRow,
  count: number,
  now: Date,
): string[] {
  const name = `${index}/${count}`;
  if (status === undefined) {
    return [name, WORDS[state], "", "", "", "", "", ""];
  }
  const { since, updated, host = "", counts, error, exitCode } = status;
  const { files, present = 0, toFetch, bytes } = counts;
  const end = state === "running" ? now : updated;
  return [
    name,
    WORDS[state],
    host,
    minuteOf(since),
    formatDuration(Math.max(0, end.getTime() - since.getTime())),
    files === undefined
      ? ""
      : state === "running" && toFetch !== undefined
      ? `${grouped(files)} of ${grouped(toFetch)}`
      : present > 0
      ? `${grouped(files)} (had ${grouped(present)})`
      : grouped(files),
    bytes === undefined ? "" : formatBytes(bytes),
    state === "no-sign-of-life"
      ? `since ${minuteOf(updated)}`
      : [exitCode ? `exit code ${exitCode}` : "", error ?? ""]
        .filter((text) => text !== "").join(": "),
  ];
}
