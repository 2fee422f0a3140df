import { assertIsoDate, assertString, quote } from "../base/mod.ts";
import { addDays, isoDateAt, MarketCalendar } from "../calendar/mod.ts";
import type { DataTypeName } from "./dataset.ts";
import { getFileDates } from "./file_days.ts";
import { getDataset } from "./get_dataset.ts";
import { lastDueDate } from "./publication.ts";

/** A length of time up to the last day of a range. */
const LENGTH = /^[1-9]\d{0,3}[dwmy]$/;

/**
 * Whether a text is a length of time that {@linkcode startOfLast} takes: trading days,
 * weeks, months or years, such as `5d`, `2w`, `3m` or `1y`.
 *
 * @param text The text.
 * @returns Whether it is.
 */
export function isLastLength(text: string): boolean {
  return LENGTH.test(text);
}

/** Options of {@linkcode startOfLast}. */
export interface StartOfLastOptions {
  /** The last day of the range; by default today in the time zone of the dataset's market. */
  to?: string | undefined;
  /** The current time: days whose files are not due yet are not counted. */
  now?: Date;
}

/**
 * The first day of a length of time: of trading days, those are counted whose files are
 * expected and due.
 *
 * @param last The length, such as `5d`, `2w`, `3m` or `1y`.
 * @param dataType The dataset's id.
 * @param options The last day, and the current time.
 * @returns The first date, `YYYY-MM-DD`.
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If there is no such length, dataset or date.
 */
export function startOfLast<Name extends string>(
  last: string,
  dataType: DataTypeName<Name>,
  { to, now = new Date() }: StartOfLastOptions = {},
): string {
  assertString(last, "last");
  if (!isLastLength(last)) {
    throw new RangeError(
      `Cannot use ${
        quote(last)
      } as length of time: expected trading days, weeks, months or years, such as 5d, 2w, 3m or 1y`,
    );
  }
  if (to !== undefined) assertIsoDate(to, "to");
  const { id, calendar, firstDate } = getDataset(dataType);
  const end = to ?? isoDateAt(now, MarketCalendar.for(calendar).timeZone);
  const count = Number(last.slice(0, -1));
  if (last.endsWith("w")) return addDays(end, 1 - 7 * count);
  if (!last.endsWith("d")) {
    const months = count * (last.endsWith("y") ? 12 : 1);
    // Years before the first date's are as good as that, and may be none of a calendar.
    return months > MOST_MONTHS ? firstDate : monthsBefore(months, end);
  }
  const due = lastDueDate(now);
  const until = end < due ? end : due;
  if (until <= firstDate) return until;
  // About two of three days are trading days, fewer around Christmas.
  const window = addDays(until, -Math.ceil(count * 1.5) - 10);
  const days = getFileDates(id, window < firstDate ? firstDate : window, until);
  return days.at(-count) ?? days[0] ?? until;
}

/** So many months are more than there are files of. */
const MOST_MONTHS = 100 * 12;

/** The day after the same day of an earlier month, or after that month's last day. */
function monthsBefore(count: number, date: string): string {
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  const months = year * 12 + month - 1 - count;
  const [newYear, newMonth] = [Math.floor(months / 12), months % 12 + 1];
  const lastDay = new Date(Date.UTC(newYear, newMonth, 0)).getUTCDate();
  const two = (value: number) => String(value).padStart(2, "0");
  const four = String(newYear).padStart(4, "0");
  return addDays(`${four}-${two(newMonth)}-${two(Math.min(day, lastDay))}`, 1);
}
