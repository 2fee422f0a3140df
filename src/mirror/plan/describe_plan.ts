import { formatBytes, formatCount, formatDuration } from "../../base/mod.ts";
import { addDays } from "../../calendar/mod.ts";
import {
  type DataType,
  explainRefusal,
  newYorkDate,
} from "../../catalog/mod.ts";
import type { Message } from "../message.ts";
import type { Plan } from "./plan.ts";

/** The speed assumed for an estimate where no limit is set, in bytes a second. */
const ASSUMED_RATE = 50e6;

/** What a plan has of a data type. */
export interface PlanTally {
  /** The dataset's id. */
  dataType: DataType;
  /** The first date with an item. */
  from: string;
  /** The last one. */
  to: string;
  /** How many files are to be fetched. */
  fetch: number;
  /** The stored bytes of these, as far as they are known. */
  bytes: number;
  /** How many files are there already. */
  present: number;
  /** How many files are neither: missing upstream, refused, released, damaged at source or not due yet. */
  other: number;
}

/**
 * Sums a plan up by data type.
 *
 * @param plan The plan.
 * @returns A row for each data type that has items, in their order.
 */
export function tallyPlan({ items }: Pick<Plan, "items">): PlanTally[] {
  const byType = new Map<DataType, PlanTally>();
  for (const { dataType, date, state, size = 0 } of items) {
    const row = byType.get(dataType) ?? {
      ...{ dataType, from: date, to: date },
      ...{ fetch: 0, bytes: 0, present: 0, other: 0 },
    };
    if (date < row.from) row.from = date;
    if (date > row.to) row.to = date;
    if (state === "new" || state === "replaced") {
      row.fetch++;
      row.bytes += size;
    } else if (state === "present") row.present++;
    else row.other++;
    byType.set(dataType, row);
  }
  return [...byType.values()];
}

/**
 * What a sync would do, in the words of the command line, to follow the table of
 * {@linkcode tallyPlan}.
 *
 * @param plan The plan.
 * @param options `limitRate` is the limit in bytes a second, if there is one.
 * @returns A sentence for each thing to know.
 */
export function describePlan(
  plan: Plan,
  { limitRate }: { limitRate?: number | undefined } = {},
): Message[] {
  const { items, counts, bytes } = plan;
  const lines = [
    `${formatCount(counts.new + counts.replaced, "file")} to fetch, ${
      formatBytes(bytes)
    }${bytes === 0 ? "" : `: ${describeTime(bytes, limitRate)}`}`,
  ];
  if (plan.unknownSizes > 0) {
    lines.push(
      `The size of ${formatCount(plan.unknownSizes, "file")} is not known`,
    );
  }
  const untracked = items.filter(({ mayBeAdopted }) => mayBeAdopted);
  if (untracked.length > 0) {
    lines.push(
      `Here already, unknown to the mirror: ${
        formatCount(untracked.length, "file")
      }; the sync reads them first, and fetches only those that differ from the bucket's`,
    );
  }
  const notes: [string, number][] = [
    ["of them replaced upstream", counts.replaced],
    ["damaged at source", counts["damaged-at-source"]],
    ["missing upstream", counts.missing],
    ["missing upstream, as was accepted", counts.accepted],
    ["refused", counts.refused],
    ["released", counts.released],
    ["not due yet", counts["not-published"]],
    ["of days without trading", plan.unexpected],
  ];
  for (const [note, count] of notes) {
    if (count > 0) lines.push(`${formatCount(count, "file")} ${note}`);
  }
  if (tallyPlan(plan).some(({ other }) => other > 0)) {
    lines.push(
      "other: neither to fetch nor present, such as missing upstream, refused, released, damaged at source or not due yet",
    );
  }
  return lines.map((text) => ({ level: "info", text }));
}

/** How long it takes to fetch so much. */
function describeTime(bytes: number, limitRate: number | undefined): string {
  const bytesPerSecond = limitRate ?? ASSUMED_RATE;
  const ms = bytes / bytesPerSecond * 1000;
  const time = ms < 1000 ? "less than a second" : `about ${formatDuration(ms)}`;
  const unless = limitRate === undefined
    ? ", longer if the connection is slower or the files are small"
    : "";
  return `${time} at ${formatBytes(bytesPerSecond)}/s${unless}`;
}

/**
 * What somebody should know of a plan before it is carried out, in the words of the command
 * line: datasets that cannot be read at all, and files that are fetched again though they
 * are or were here.
 *
 * @param plan The plan.
 * @param options Where the mirror is, whether the plan is only shown, and the current time.
 * @returns A sentence for each.
 */
export function describeConcerns(
  { items, ranges }: Pick<Plan, "items" | "ranges">,
  { location, isDryRun, now = new Date() }: {
    location: string;
    isDryRun: boolean;
    now?: Date;
  },
): Message[] {
  const messages: Message[] = [];
  for (const { dataType, oldestReadable } of ranges) {
    if (oldestReadable !== null) continue;
    messages.push({
      level: "error",
      text:
        `Access to ${dataType} is denied: neither its newest file nor an older one can be read: ${
          explainRefusal(addDays(newYorkDate(now), -30), now)
        }`,
    });
  }
  // Untracked files that are not decompressed are reported by the sync's own events.
  const untracked =
    items.filter(({ reason, mayBeAdopted }) =>
      reason === "untracked" && !mayBeAdopted
    ).length;
  if (untracked > 0) {
    messages.push({
      level: "note",
      text: `${
        formatCount(untracked, "file")
      } in ${location} that the mirror does not know: decompressed files cannot be compared with the bucket, so they ${
        isDryRun ? "would be" : "are"
      } fetched again; 'flatbed verify --rebuild' adopts them as they are`,
    });
  }
  const lost = items.filter(({ reason }) => reason === "lost").length;
  if (lost > 0) {
    messages.push({
      level: "note",
      text: `${
        isDryRun ? "Would fetch" : "Fetching"
      } again what was removed from ${location}: ${
        formatCount(lost, "file")
      }; 'flatbed release' keeps such files away`,
    });
  }
  return messages;
}
