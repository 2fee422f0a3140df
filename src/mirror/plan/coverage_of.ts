import { eachDay } from "../../calendar/mod.ts";
import {
  type DataType,
  getDataset,
  getFileDay,
  lastDueDate,
  newYorkDate,
} from "../../catalog/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { type ArrivedFile, arrivedFile } from "./arrived_file.ts";
import type { Coverage, CoverageOptions, DayState } from "./coverage.ts";
import { dateFor } from "./dates_by_type.ts";
import type { Entitlements } from "./entitlements.ts";
import { holdingsOf } from "./holdings.ts";
import { isOlderThanReadable } from "./is_older_than_readable.ts";

/** What a mirror has; the options are checked already. */
export async function coverageOf(
  context: MirrorContext,
  entitlements: Entitlements,
  { dataTypes, from, to, signal }: CoverageOptions,
): Promise<Coverage[]> {
  const today = newYorkDate(context.now());
  const names = new Set(dataTypes ?? context.manifest.dataTypes());
  const coverage: Coverage[] = [];
  for (const name of names) {
    const { id } = getDataset(name);
    const end = dateFor(to, id) ?? today;
    coverage.push(
      await coverDataType(context, entitlements, id, {
        from: dateFor(from, id),
        to: end > today ? today : end,
        signal,
      }),
    );
  }
  return coverage;
}

async function coverDataType(
  context: MirrorContext,
  entitlements: Entitlements,
  dataType: DataType,
  { from: wantedFrom, to, signal }: {
    from: string | undefined;
    to: string;
    signal: AbortSignal | undefined;
  },
): Promise<Coverage> {
  const { firstDate } = getDataset(dataType);
  // Asked before what is known: what arrives meanwhile is one or the other.
  const arrivals = context.manifest.arrivals();
  const range = { from: wantedFrom, to, signal };
  const held = await holdingsOf(context, dataType, range);
  const all = [...held.values()].flat();
  const whole = all.filter(({ state }) => state === "whole");
  const damaged = all.filter(({ state }) => state === "damaged-at-source")
    .map(({ entry }) => entry);
  const files = [
    ...whole.map(({ entry }) => entry),
    ...damaged.filter(({ encoding }) => encoding === "stored"),
  ];
  const released = all.filter(({ state }) => state === "released");
  const releasedDates = new Set(released.map(({ entry }) => entry.date));
  // What is not listed any more cannot be fetched again.
  const goneDates = new Set(
    released.filter(({ entry }) => entry.withdrawnAt !== undefined)
      .map(({ entry }) => entry.date)
      .filter((date) => getFileDay(dataType, date) === "expected"),
  );
  const arrived: ArrivedFile[] = [];
  for (const arrival of arrivals) {
    const isOfRange = arrival.dataType === dataType && arrival.date <= to &&
      arrival.date >= (wantedFrom ?? "");
    const file = isOfRange && await arrivedFile(context, arrival, held);
    if (file) arrived.push(file);
  }
  const dates = new Set([
    ...whole.map(({ entry }) => entry.date),
    ...arrived.map(({ date }) => date),
  ]);
  const damagedDates = new Set(damaged.map(({ date }) => date));
  const ordered = [...dates.union(damagedDates)].sort();
  const readable = entitlements.last(dataType);
  const from = wantedFrom ?? [...ordered, ...releasedDates].sort()[0] ??
    readable?.date ?? firstDate;
  const lastDue = lastDueDate(context.now());
  const accepted = new Set(context.manifest.acceptedDates(dataType));

  const stateOf = (date: string): DayState => {
    if (dates.has(date)) return "present";
    if (releasedDates.has(date) && !goneDates.has(date)) return "released";
    if (damagedDates.has(date)) return "damaged";
    if (date < firstDate) return "before";
    const day = getFileDay(dataType, date);
    if (day !== "expected") return day === "none" ? "closed" : day;
    if (date > lastDue) return "not-published";
    if (accepted.has(date)) return "accepted";
    // Where nothing could be read, that may be for the time being: it hides no gap.
    const isRefused = readable?.outcome === "readable" &&
      isOlderThanReadable(readable, date);
    if (isRefused && !held.has(date)) return "refused";
    return "missing";
  };
  const days = to < from
    ? []
    : Array.from(eachDay(from, to), (date) => ({ date, state: stateOf(date) }));
  const datesOf = (wanted: DayState) =>
    days.filter(({ state }) => state === wanted).map(({ date }) => date);
  return {
    dataType,
    from,
    to,
    first: ordered[0],
    last: ordered.at(-1),
    files: files.length + arrived.length,
    bytes: [...files, ...arrived].reduce((sum, { bytes }) => sum + bytes, 0),
    released: released.filter(({ entry }) => !goneDates.has(entry.date)).length,
    damagedAtSource: damaged.map(({ date, key, gzipFault, encoding }) => ({
      date,
      key,
      gzipFault: gzipFault ?? "is not whole",
      hasFile: encoding === "stored",
    })),
    missing: datesOf("missing"),
    accepted: datesOf("accepted"),
    days,
  };
}
