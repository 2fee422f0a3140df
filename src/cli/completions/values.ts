import { addDays, dayOfWeek, MarketCalendar } from "../../calendar/mod.ts";
import { DATASETS, getFileDates, newYorkDate } from "../../catalog/mod.ts";
import { matchDataTypes } from "../arguments.ts";
import { formatBytes } from "../../base/mod.ts";
import { formatCount, MONTHS, WEEKDAYS } from "../format.ts";
import type { Candidate } from "./candidate.ts";

/** How many trading days are offered where nothing is typed yet. */
const RECENT_DAYS = 10;
/** How many months are. */
const RECENT_MONTHS = 12;

/** The data types, and behind them what `*` makes of their beginnings. */
export function dataTypes(): Candidate[] {
  const ids = DATASETS.map(
    ({ id, firstDate, typicalCompressedBytesPerDay }) => {
      const [from, to] = typicalCompressedBytesPerDay;
      return {
        value: id,
        description: `since ${firstDate}, ${
          formatBytes((from + to) / 2)
        } a day`,
      };
    },
  );
  const beginnings = new Set(
    DATASETS.flatMap(({ id }) =>
      [...id.matchAll(/_/g)].map(({ index }) => `${id.slice(0, index + 1)}*`)
    ),
  );
  const patterns = [...beginnings].map((value) => ({
    value,
    description: formatCount(matchDataTypes(value).length, "data type"),
  }));
  return [...ids, ...patterns];
}

/**
 * The last trading days, the newest first; where a month is typed already, its trading
 * days. Yesterday's file in New York is the newest that there can be.
 */
export function dates(
  typed: string,
  dataType: string | undefined,
  now = new Date(),
): Candidate[] {
  const [dataset] = matchDataTypes(dataType ?? "");
  const market = MarketCalendar.for(dataset?.calendar ?? "XNYS");
  const daysOf = (from: string, to: string) =>
    getFileDates(dataset?.id ?? "stocks_daily", from, to);
  const year = /^\d{4}(?=-[01])/.exec(typed)?.[0];
  const yesterday = addDays(newYorkDate(now), -1);
  const days = year === undefined
    ? daysOf(addDays(yesterday, -30), yesterday)
      .slice(-RECENT_DAYS).toReversed()
    : daysOf(`${year}-01-01`, `${year}-12-31`);
  return days.map((date) => ({
    value: date,
    description: `${WEEKDAYS[dayOfWeek(date)]}` +
      (market.isEarlyClose(date) ? ", early close" : ""),
  }));
}

/** The last months, the newest first, and their years; where a year is typed already, its months. */
export function periods(typed: string, now = new Date()): Candidate[] {
  const typedYear = /^\d{4}/.exec(typed)?.[0];
  const last = typedYear === undefined
    ? newYorkDate(now).slice(0, 7)
    : `${typedYear}-12`;
  const months: string[] = [];
  for (let month = last; months.length < RECENT_MONTHS;) {
    months.push(month);
    month = addDays(`${month}-01`, -1).slice(0, 7);
  }
  const years = [...new Set(months.map((month) => month.slice(0, 4)))];
  return [
    ...months.map((month) => ({
      value: month,
      description: `${MONTHS[Number(month.slice(5)) - 1]}`,
    })),
    ...years.map((year) => ({ value: year, description: "the whole year" })),
  ];
}
