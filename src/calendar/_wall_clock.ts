import { dayInYear, type DayOfYear } from "./_day_of_year.ts";
import { civilOf, NEW_YORK } from "../base/mod.ts";

/** A time zone whose rules this room holds itself. */
export type ClockZone = typeof NEW_YORK | "America/Chicago" | "UTC";

/** A time of day on the clock of a zone, on a day or the days around it. */
export interface ClockTime {
  /** `HH:MM`. */
  time: string;
  /** The zone whose clock shows that time. */
  zone: ClockZone;
  /** Days from the date in question: -1 for the evening before it. */
  days?: number;
}

const STANDARD_OFFSET_MINUTES: Record<ClockZone, number> = {
  [NEW_YORK]: -300,
  "America/Chicago": -360,
  "UTC": 0,
};

/**
 * Daylight saving in the United States, which begins and ends at 02:00 local
 * time: the Uniform Time Act as amended in 1986, and the Energy Policy Act of
 * 2005, in force from 2007.
 */
const DAYLIGHT_SAVING: {
  fromYear: number;
  start: DayOfYear;
  end: DayOfYear;
}[] = [
  {
    fromYear: 2007,
    start: { month: 3, weekday: 0, nth: 2 },
    end: { month: 11, weekday: 0, nth: 1 },
  },
  {
    fromYear: 1987,
    start: { month: 4, weekday: 0, nth: 1 },
    end: { month: 10, weekday: 0, nth: -1 },
  },
];
const CHANGE_MINUTE = 120;

/** The instant at which a clock shows a time on (or around) an epoch day. */
export function instantOf(clock: ClockTime, epochDay: number): Date {
  const day = epochDay + (clock.days ?? 0);
  const minute = Number(clock.time.slice(0, 2)) * 60 +
    Number(clock.time.slice(3));
  const offset = STANDARD_OFFSET_MINUTES[clock.zone] +
    (clock.zone !== "UTC" && isDaylightSaving(day, minute) ? 60 : 0);
  return new Date((day * 1440 + minute - offset) * 60_000);
}

function isDaylightSaving(epochDay: number, minute: number): boolean {
  const { year } = civilOf(epochDay);
  const law = DAYLIGHT_SAVING.find(({ fromYear }) => year >= fromYear);
  if (law === undefined) return false;
  const now = epochDay * 1440 + minute;
  return now >= dayInYear(law.start, year) * 1440 + CHANGE_MINUTE &&
    now < dayInYear(law.end, year) * 1440 + CHANGE_MINUTE;
}
