import type { ClockTime, ClockZone } from "./_wall_clock.ts";
import type { DayOfYear } from "./_day_of_year.ts";

/** Everything that is known of one market, as data. */
export interface MarketRules {
  /** The zone in which the market's local times and dates are meant. */
  timeZone: ClockZone;
  /** The first date that the rules hold for. */
  firstDate: string;
  /** The last date that the rules hold for. */
  lastDate: string;
  /** Days of the week on which the market trades, 0 for Sunday. */
  weekdays: readonly number[];
  /** When a session opens, on days of the week that have no hours of their own. */
  open: ClockTime;
  /** When a session closes, likewise. */
  close: ClockTime;
  /** Days of the week with other hours. */
  weekdayHours?: Readonly<
    Record<number, { open?: ClockTime; close?: ClockTime }>
  >;
  /** What comes back every year. */
  yearly: readonly YearlyRule[];
  /** What happened, or will happen, once. */
  once: readonly OneOff[];
}

/** A holiday or an early close that comes back every year. */
export interface YearlyRule {
  /** Its name. */
  name: string;
  /** The day that it is about. */
  on: DayOfYear;
  /** Local time of the close where the market closes early; closed all day otherwise. */
  close?: string;
  /** Days to move it by where it falls on a Saturday; not kept then otherwise. */
  ifSaturday?: number;
  /** Days to move it by where it falls on a Sunday; not kept then otherwise. */
  ifSunday?: number;
  /** The days of the week on which it counts; all of them otherwise. */
  onlyOn?: readonly number[];
  /** The first year that has it. */
  fromYear?: number;
  /** The last year that has it. */
  toYear?: number;
  /** Years in between that do not have it. */
  notIn?: readonly number[];
}

/** A day that was out of the ordinary once. */
export interface OneOff {
  /** The date. */
  date: string;
  /** Why. */
  name: string;
  /** Local time of a late open. */
  open?: string;
  /** Local time of an early close; closed all day where neither time is given. */
  close?: string;
}
