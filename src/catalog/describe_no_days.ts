import { WEEKDAYS } from "../base/mod.ts";
import { MarketCalendar } from "../calendar/mod.ts";
import type { Dataset } from "./dataset.ts";

/**
 * Why no file of a range is expected.
 *
 * @param dataset The dataset.
 * @param range The first and the last date, `YYYY-MM-DD`.
 * @returns A sentence without its end, which names the holiday of a single day.
 */
export function describeNoDays(
  { id, calendar, firstDate }: Pick<Dataset, "id" | "calendar" | "firstDate">,
  { from, to }: { readonly from: string; readonly to: string },
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
