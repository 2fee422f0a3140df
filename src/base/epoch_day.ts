import { isLeap } from "@std/datetime/is-leap";

/** Epoch day of 0001-01-01, the first date that an ISO date string can hold. */
export const FIRST_EPOCH_DAY = -719_162;

/** Epoch day of 9999-12-31, the last date that an ISO date string can hold. */
export const LAST_EPOCH_DAY = 2_932_896;

const ZERO = 48;
const HYPHEN = 45;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970-01-01 of a date in the proleptic Gregorian calendar. */
export function epochDayOf(year: number, month: number, day: number): number {
  // Years begin in March here, so that the leap day is the last of its year.
  const shifted = month > 2 ? year : year - 1;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor(
    (153 * (month > 2 ? month - 3 : month + 9) + 2) /
      5,
  ) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Year, month (1 to 12) and day of an epoch day. */
export function civilOf(
  epochDay: number,
): { year: number; month: number; day: number } {
  const shifted = epochDay + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) -
      Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  };
}

/** The `YYYY-MM-DD` string of an epoch day. */
export function formatEpochDay(epochDay: number): string {
  const { year, month, day } = civilOf(epochDay);
  const yearText = year > 999 ? `${year}` : String(year).padStart(4, "0");
  return `${yearText}-${month < 10 ? "0" : ""}${month}-${
    day < 10 ? "0" : ""
  }${day}`;
}

/** Day of the week of an epoch day, 0 for Sunday to 6 for Saturday. */
export function weekdayOf(epochDay: number): number {
  // 1970-01-01 was a Thursday.
  return (((epochDay + 4) % 7) + 7) % 7;
}

function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** What is wrong with a string that is meant to be a date, or its epoch day. */
export function parseIsoDate(
  text: string,
): number | "malformed" | "impossible" {
  if (
    text.length !== 10 || text.charCodeAt(4) !== HYPHEN ||
    text.charCodeAt(7) !== HYPHEN
  ) return "malformed";
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  if (Number.isNaN(year + month + day)) return "malformed";
  const monthDays = month === 2 && isLeap(year) ? 29 : MONTH_DAYS[month - 1];
  if (year < 1 || monthDays === undefined || day < 1 || day > monthDays) {
    return "impossible";
  }
  return epochDayOf(year, month, day);
}
