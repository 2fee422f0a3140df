import type { OptionNames } from "../../base/mod.ts";
import { eachDay } from "../../calendar/mod.ts";
import {
  type DataType,
  type DataTypeName,
  getDataset,
  getFileDay,
  lastDueDate,
  newYorkDate,
} from "../../catalog/mod.ts";
import { dateFor, type DatesByType } from "./dates_by_type.ts";
import type { Floors } from "./floors.ts";
import { type Holding, holdingsOf } from "./holdings.ts";
import { identityOf, statFile } from "../../files/mod.ts";
import { fileAt, relativePathOf } from "../local_path.ts";
import { isBelow } from "./make_plan.ts";
import type { Arrival } from "../manifest/manifest_entry.ts";
import type { MirrorContext } from "../mirror_context.ts";

/**
 * What a mirror has of a day:
 *
 * - `present`: its file, in either form;
 * - `released`: nothing, since its space was given back; where a file is due, and the bucket was found not to list it any more, it is `missing`;
 * - `damaged`: its file as the service has it, which is damaged at source; no file where content is wanted;
 * - `missing`: nothing, although a file is due;
 * - `accepted`: nothing, although a file is due, which was accepted;
 * - `optional`: nothing, and that is no gap: there may be a file of such a day;
 * - `holiday`: nothing, since the market is closed: on weekends as well;
 * - `not-published`: nothing, since no file is due yet;
 * - `refused`: nothing, and the account cannot read it, by the last floor that was found;
 * - `before`: nothing, since the dataset begins later.
 */
export type DayState =
  | "present"
  | "released"
  | "damaged"
  | "missing"
  | "accepted"
  | "optional"
  | "holiday"
  | "not-published"
  | "refused"
  | "before";

/** A day of a {@linkcode Coverage}. */
export interface CoverageDay {
  /** The date, `YYYY-MM-DD`. */
  date: string;
  /** What the mirror has of it. */
  state: DayState;
}

/** A day's file that is damaged at source. */
export interface DamagedDay {
  /** The date, `YYYY-MM-DD`. */
  date: string;
  /** The object's key, in the live layout. */
  key: string;
  /** What is wrong with its gzip data, as the end of a sentence that begins with it. */
  gzipFault: string;
  /** Whether a file of the service's bytes is there: where content is wanted, there is none. */
  hasFile: boolean;
}

/** What a mirror has of a data type. */
export interface Coverage {
  /** The dataset's id. */
  dataType: DataType;
  /** The first date that was looked at. */
  from: string;
  /** The last date that was looked at; before `from` where there is none. */
  to: string;
  /** The first date that is there. */
  first: string | undefined;
  /** The last date that is there. */
  last: string | undefined;
  /** How many files there are, of both forms. */
  files: number;
  /** How many bytes they have on the disk. */
  bytes: number;
  /** How many files' space was given back. */
  released: number;
  /** The files that are damaged at source, in order. */
  damagedAtSource: DamagedDay[];
  /** The dates that are missing, without those that were accepted. */
  holes: string[];
  /** The dates that are missing, which was accepted. */
  accepted: string[];
  /** Every day of the range. */
  days: CoverageDay[];
}

/** Options of {@linkcode Mirror.coverage} and {@linkcode Mirror.missing}. */
export interface CoverageOptions<Name extends string = string> {
  /** The data types; those of which the mirror has files where they are not given. */
  dataTypes?: readonly DataTypeName<Name>[] | undefined;
  /** The first date, of all data types or of each; where it is not given, that of the first file, or else the oldest readable or the dataset's first one. */
  from?: DatesByType | undefined;
  /** The last date, of all data types or of each; today in New York where it is not given, or lies behind it. */
  to?: DatesByType | undefined;
}

/** The names of {@linkcode CoverageOptions}. */
export const COVERAGE_OPTIONS: OptionNames<CoverageOptions> = {
  dataTypes: true,
  from: true,
  to: true,
};

/** What a mirror has; the options are checked already. */
export function coverageOf(
  context: MirrorContext,
  floors: Floors,
  { dataTypes, from, to }: CoverageOptions,
): Coverage[] {
  const today = newYorkDate(context.now());
  const names = new Set(dataTypes ?? context.manifest.dataTypes());
  return [...names].map((name) => {
    const { id } = getDataset(name);
    const end = dateFor(to, id) ?? today;
    const last = end > today ? today : end;
    return coverDataType(context, floors, id, dateFor(from, id), last);
  });
}

function coverDataType(
  context: MirrorContext,
  floors: Floors,
  dataType: DataType,
  wantedFrom: string | undefined,
  to: string,
): Coverage {
  const { firstDate } = getDataset(dataType);
  // Asked before what is known: what arrives meanwhile is one or the other.
  const arrivals = context.manifest.arrivals();
  const held = holdingsOf(context, dataType, wantedFrom, to);
  const all = [...held.values()].flat();
  const whole = all.filter(({ state }) => state === "whole");
  const damaged = all.filter(({ state }) => state === "damaged-at-source")
    .map(({ entry }) => entry);
  const files = [
    ...whole.map(({ entry }) => entry),
    ...damaged.filter(({ form }) => form === "stored"),
  ];
  const released = all.filter(({ state }) => state === "released");
  const releasedDates = new Set(released.map(({ entry }) => entry.date));
  // What is not listed any more cannot be fetched again.
  const goneDates = new Set(
    released.filter(({ entry }) => entry.withdrawnAt !== undefined)
      .map(({ entry }) => entry.date)
      .filter((date) => getFileDay(dataType, date) === "expected"),
  );
  const arrived = arrivals.flatMap((arrival) =>
    arrivedFile(context, arrival, held)
  ).filter((file) =>
    file.dataType === dataType && file.date >= (wantedFrom ?? "") &&
    file.date <= to
  );
  const dates = new Set([
    ...whole.map(({ entry }) => entry.date),
    ...arrived.map(({ date }) => date),
  ]);
  const damagedDates = new Set(damaged.map(({ date }) => date));
  const ordered = [...dates.union(damagedDates)].sort();
  const floor = floors.last(dataType);
  const from = wantedFrom ?? [...ordered, ...releasedDates].sort()[0] ??
    floor?.date ?? firstDate;
  const lastDue = lastDueDate(context.now());
  const accepted = new Set(context.manifest.acceptedHoles(dataType));

  const stateOf = (date: string): DayState => {
    if (dates.has(date)) return "present";
    if (releasedDates.has(date) && !goneDates.has(date)) return "released";
    if (damagedDates.has(date)) return "damaged";
    if (date < firstDate) return "before";
    const day = getFileDay(dataType, date);
    if (day !== "expected") return day === "none" ? "holiday" : day;
    if (date > lastDue) return "not-published";
    if (accepted.has(date)) return "accepted";
    // Where nothing could be read, that may be for the time being: it hides no gap.
    const isRefused = floor?.outcome === "readable" && isBelow(floor, date);
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
    damagedAtSource: damaged.map(({ date, key, gzipFault, form }) => ({
      date,
      key,
      gzipFault: gzipFault ?? "is not whole",
      hasFile: form === "stored",
    })),
    holes: datesOf("missing"),
    accepted: datesOf("accepted"),
    days,
  };
}

/**
 * The file that has come to its name, where the manifest does not know it yet, or did not
 * when the run was killed: the next writer takes it in.
 */
function arrivedFile(
  { folder }: MirrorContext,
  { key, form, size, was }: Arrival,
  held: ReadonlyMap<string, Holding[]>,
): { dataType: DataType; date: string; bytes: number }[] {
  const path = relativePathOf(key, form);
  const named = fileAt(path);
  const file = statFile(`${folder}/${path}`);
  if (named === undefined || file === undefined) return [];
  if (identityOf(`${folder}/${path}`) === was) return [];
  const { dataType, date } = named;
  const isKnown = held.get(date)?.some(({ entry }) => entry.key === key);
  const isWhole = form === "decompressed" || size === undefined ||
    file.size === size;
  return isWhole && !isKnown ? [{ dataType, date, bytes: file.size }] : [];
}
