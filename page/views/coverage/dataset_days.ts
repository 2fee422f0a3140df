import {
  type CoverageLine,
  DAY_LETTERS,
  type DayLetter,
} from "../../../src/web/ui/coverage/coverage_types.ts";
import { unpackDays } from "../../../src/web/ui/coverage/pack_days.ts";
import type { DayLookName } from "../../../src/web/day_looks.ts";
import { dayOf, newYearOf, yearOf } from "./dates.ts";

/** What there is of a year of a dataset. */
export interface YearSums {
  year: number;
  files: number;
  bytes: number;
  parquetFiles: number;
  parquetBytes: number;
  /** How many days look how. */
  counts: ReadonlyMap<DayLookName, number>;
}

/** The days of a dataset, as the page works with them. */
export interface DatasetDays {
  id: string;
  /** The first part of its id: `stocks`. */
  group: string;
  /** The number of the first day. */
  firstDay: number;
  /** The number of the last day. */
  lastDay: number;
  /** A letter for each day. */
  letters: string;
  /** The years, the last one first. */
  years: readonly YearSums[];
  /** Why it could not be read, if so. */
  problem: string | undefined;
}

/** Takes a line of the server's answer apart. */
export function datasetDays(line: CoverageLine): DatasetDays {
  const { dataType, from, problem } = line;
  const letters = unpackDays(line.days);
  const firstDay = dayOf(from);
  const lastDay = firstDay + letters.length - 1;
  const sizes = new Map(line.years.map((sums) => [sums[0], sums]));
  const years: YearSums[] = [];
  if (letters !== "") {
    for (let year = yearOf(lastDay); year >= yearOf(firstDay); year--) {
      const counts = new Map<DayLookName, number>();
      const last = Math.min(lastDay, newYearOf(year + 1) - 1);
      for (let day = Math.max(firstDay, newYearOf(year)); day <= last; day++) {
        const name = nameOf(letters[day - firstDay]);
        if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      const [, files = 0, bytes = 0, parquetFiles = 0, parquetBytes = 0] =
        sizes.get(year) ?? [];
      years.push({ year, files, bytes, parquetFiles, parquetBytes, counts });
    }
  }
  const group = dataType.split("_", 1)[0] ?? "";
  return {
    ...{ id: dataType, group, firstDay, lastDay, letters, years },
    problem,
  };
}

/** How a letter's day looks; `undefined` where there is nothing to show. */
export function nameOf(letter: string | undefined): DayLookName | undefined {
  const name = DAY_LETTERS[letter as DayLetter];
  return name === "before" ? undefined : name;
}

/** How a day of a dataset looks. */
export function lookOf(
  { letters, firstDay }: DatasetDays,
  day: number,
): DayLookName | undefined {
  return nameOf(letters[day - firstDay]);
}

/** What counts as a gap: what somebody has to look after. */
export const GAPS: readonly DayLookName[] = ["missing", "damaged"];

/** How many days of some years look like one of some names. */
export function countDays(
  years: readonly YearSums[],
  names: Iterable<DayLookName>,
): number {
  let sum = 0;
  for (const name of names) {
    for (const { counts } of years) sum += counts.get(name) ?? 0;
  }
  return sum;
}
