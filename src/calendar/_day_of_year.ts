import { epochDayOf, weekdayOf } from "../base/mod.ts";

/** A day that every year has, as a rule names it. */
export type DayOfYear =
  /** The same day of the same month each year. */
  | { month: number; day: number }
  /** The nth weekday of a month (-1 for the last), and perhaps days after it. */
  | { month: number; weekday: number; nth: number; plus?: number }
  /** Days from Easter Sunday in the Gregorian calendar. */
  | { fromEaster: number };

/** The epoch day that a rule names in a year. */
export function dayInYear(rule: DayOfYear, year: number): number {
  if ("fromEaster" in rule) return easterOf(year) + rule.fromEaster;
  if ("day" in rule) return epochDayOf(year, rule.month, rule.day);
  const { month, weekday, nth, plus = 0 } = rule;
  if (nth < 0) {
    const last = epochDayOf(year, month + 1, 1) - 1;
    return last - (weekdayOf(last) - weekday + 7) % 7 + 7 * (nth + 1) + plus;
  }
  const first = epochDayOf(year, month, 1);
  return first + (weekday - weekdayOf(first) + 7) % 7 + 7 * (nth - 1) + plus;
}

/** Epoch day of Easter Sunday, by the anonymous Gregorian computus. */
function easterOf(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const skipped = century - Math.floor(century / 4) -
    Math.floor((8 * century + 13) / 25);
  const epact = (skipped + 19 * golden + 15) % 30;
  const moon = epact -
    Math.floor(epact / 28) *
      (1 -
        Math.floor(epact / 28) * Math.floor(29 / (epact + 1)) *
          Math.floor((21 - golden) / 11));
  const weekday = (year + Math.floor(year / 4) + moon + 2 - century +
    Math.floor(century / 4)) %
    7;
  const offset = moon - weekday;
  const month = 3 + Math.floor((offset + 40) / 44);
  return epochDayOf(year, month, offset + 28 - 31 * Math.floor(month / 4));
}
