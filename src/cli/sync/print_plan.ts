import { formatBytes } from "../../base/mod.ts";
import type { Plan } from "../../mirror/mod.ts";
import { formatCount, formatDuration, formatTable } from "../format.ts";
import { print, style } from "../terminal.ts";

/** The speed assumed for an estimate without --limit-rate, in bytes a second. */
const ASSUMED_RATE = 50e6;

/** Prints what a plan would do, as a table. */
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
        ? ", longer if the connection is slower or the files are small"
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
