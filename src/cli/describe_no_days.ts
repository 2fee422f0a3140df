import { MarketCalendar } from "../calendar/mod.ts";
import type { Dataset } from "../catalog/mod.ts";
import type { DateRange } from "./dates.ts";
import { WEEKDAYS } from "./format.ts";

/** Why no file of a range is expected, as a sentence without its end. */
export function describeNoDays(
  { id, calendar, firstDate }: Dataset,
  { from, to }: DateRange,
): string {
  if (to < firstDate) return `${id} begins on ${firstDate}`;
  if (from !== to) return "There is no trading day in that time";
  const holiday = MarketCalendar.for(calendar).holidays(
    Number(from.slice(0, 4)),
  )
    .find(({ date, kind }) => date === from && kind !== "early-close");
  const day = WEEKDAYS[new Date(from).getUTCDay()];
  return `${from} is a ${
    holiday === undefined ? day : `holiday (${holiday.name})`
  }: no file of ${id} is expected`;
}
