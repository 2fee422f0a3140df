import { takingTurns } from "../../base/mod.ts";
import { eachDay } from "../../calendar/mod.ts";
import {
  type DataType,
  getDataset,
  getFileDay,
  lastDueDate,
  newYorkDate,
} from "../../catalog/mod.ts";
import { PARQUET_VERSION } from "../../rows/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { arrivedFile } from "./arrived_file.ts";
import type {
  Coverage,
  CoverageDay,
  CoverageOptions,
  DamagedDay,
  DayState,
} from "./coverage.ts";
import { dateFor } from "./dates_by_type.ts";
import type { Entitlements } from "./entitlements.ts";
import { eachHolding } from "./holdings.ts";
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
  const known = new Set<string>(), present = new Set<string>();
  const released: string[] = [], gone = new Set<string>();
  const damagedAtSource: DamagedDay[] = [];
  const sizes = new Map<string, number>();
  let files = 0, size = 0;
  const add = (date: string, bytes: number) => {
    files++;
    size += bytes;
    sizes.set(date, (sizes.get(date) ?? 0) + bytes);
  };
  // A hundred thousand files take seconds, in which a server has others to answer.
  const turn = takingTurns();
  for await (
    const { entry, state } of eachHolding(context, {
      dataType,
      from: wantedFrom,
      to,
      signal,
    })
  ) {
    await turn();
    const { date, key, encoding, gzipFault = "is not whole" } = entry;
    known.add(date);
    if (state === "whole") present.add(date);
    if (state === "released") {
      released.push(date);
      // What is not listed any more cannot be fetched again.
      const isGone = entry.withdrawnAt !== undefined &&
        getFileDay(dataType, date) === "expected";
      if (isGone) gone.add(date);
    }
    const hasFile = state === "whole" ||
      state === "damaged-at-source" && encoding === "stored";
    if (state === "damaged-at-source") {
      damagedAtSource.push({ date, key, gzipFault, hasFile });
    }
    if (hasFile) add(date, entry.bytes);
  }
  for (const arrival of arrivals) {
    const { date } = arrival;
    const isOfRange = arrival.dataType === dataType && date <= to &&
      date >= (wantedFrom ?? "");
    if (!isOfRange || known.has(date)) continue;
    const file = await arrivedFile(context, arrival);
    if (file === undefined) continue;
    present.add(date);
    add(date, file.bytes);
  }
  const damaged = new Set(damagedAtSource.map(({ date }) => date));
  const ordered = [...present.union(damaged)].sort();
  const readable = entitlements.last(dataType);
  const from = wantedFrom ?? [...ordered.slice(0, 1), ...released].sort()[0] ??
    readable?.date ?? firstDate;
  const lastDue = lastDueDate(context.now());
  const accepted = new Set(context.manifest.acceptedDates(dataType));

  const releasedDates = new Set(released);

  const stateOf = (date: string): DayState => {
    if (present.has(date)) return "present";
    if (releasedDates.has(date) && !gone.has(date)) return "released";
    if (damaged.has(date)) return "damaged";
    if (date < firstDate) return "before";
    const day = getFileDay(dataType, date);
    if (day !== "expected") return day === "none" ? "closed" : day;
    if (date > lastDue) return "not-published";
    if (accepted.has(date)) return "accepted";
    // Where nothing could be read, that may be for the time being: it hides no gap.
    const isRefused = readable?.outcome === "readable" &&
      isOlderThanReadable(readable, date);
    if (isRefused && !known.has(date)) return "refused";
    return "missing";
  };
  const parquet = new Map(
    context.manifest.parquetDays(
      { dataType, from: wantedFrom, to },
      "",
      PARQUET_VERSION,
    ).map(({ date, made }) => [date, made?.bytes]),
  );
  const { catalog, isMine } = context;
  const days: CoverageDay[] = [];
  for (const date of to < from ? [] : eachDay(from, to)) {
    await turn();
    if (!isMine(catalog.getKey(dataType, date))) continue;
    const bytes = sizes.get(date), parquetBytes = parquet.get(date);
    days.push({
      date,
      state: stateOf(date),
      ...(bytes !== undefined && { bytes }),
      ...(parquetBytes !== undefined && { parquetBytes }),
    });
  }
  const datesOf = (wanted: DayState) =>
    days.filter(({ state }) => state === wanted).map(({ date }) => date);
  return {
    dataType,
    from,
    to,
    first: ordered[0],
    last: ordered.at(-1),
    files,
    bytes: size,
    released: released.filter((date) => !gone.has(date)).length,
    damagedAtSource,
    missing: datesOf("missing"),
    accepted: datesOf("accepted"),
    days,
  };
}
