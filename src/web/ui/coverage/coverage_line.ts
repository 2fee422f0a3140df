import type { Coverage, CoverageDay, DayState } from "../../../mirror/mod.ts";
import type { CoverageLine, DayLetter } from "./coverage_types.ts";
import { packDays } from "./pack_days.ts";

/** The letter of each name; the type demands that all states are there. */
const LETTERS: Readonly<Record<DayState | "parquet", DayLetter>> = {
  present: "p",
  parquet: "q",
  released: "r",
  missing: "m",
  damaged: "d",
  accepted: "a",
  refused: "x",
  "not-published": "n",
  optional: "o",
  closed: "c",
  before: "b",
};

/** What the page needs of a dataset's coverage. */
export function coverageLine({ dataType, from, days }: Coverage): CoverageLine {
  const years = new Map<number, [number, number, number, number, number]>();
  let letters = "";
  for (const day of days) {
    letters += letterOf(day);
    const { date, bytes, parquetBytes } = day;
    if (bytes === undefined && parquetBytes === undefined) continue;
    const year = Number(date.slice(0, 4));
    const sums = years.get(year) ?? [year, 0, 0, 0, 0];
    years.set(year, sums);
    sums[1] += bytes === undefined ? 0 : 1;
    sums[2] += bytes ?? 0;
    sums[3] += parquetBytes === undefined ? 0 : 1;
    sums[4] += parquetBytes ?? 0;
  }
  return {
    dataType,
    from,
    days: packDays(letters),
    years: [...years.values()],
  };
}

/** A file with Parquet beside it looks other than one without; other states say more than that. */
function letterOf({ state, parquetBytes }: CoverageDay): DayLetter {
  const name = state === "present" && parquetBytes !== undefined
    ? "parquet"
    : state;
  return LETTERS[name];
}
