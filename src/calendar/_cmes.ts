import type { MarketRules } from "./_market_rules.ts";

const CHICAGO = "America/Chicago";

/**
 * CME Globex, by the hours of its equity index futures. Facts: CME Group's
 * Globex holiday schedules since 2017, as exchange_calendars and
 * pandas_market_calendars record them.
 */
export const CMES: MarketRules = {
  timeZone: CHICAGO,
  firstDate: "1990-01-01",
  lastDate: "2100-12-31",
  weekdays: [1, 2, 3, 4, 5],
  open: { time: "17:00", zone: CHICAGO, days: -1 },
  close: { time: "16:00", zone: CHICAGO },
  yearly: [
    { name: "New Year's Day", on: { month: 1, day: 1 }, ifSunday: 1 },
    {
      name: "Good Friday",
      on: { fromEaster: -2 },
      notIn: [2010, 2012, 2015, 2021, 2023, 2026],
    },
    {
      name: "Christmas Day",
      on: { month: 12, day: 25 },
      ifSaturday: -1,
      ifSunday: 1,
    },
    {
      name: "Martin Luther King, Jr. Day",
      on: { month: 1, weekday: 1, nth: 3 },
      close: "12:00",
      fromYear: 1998,
    },
    {
      name: "Washington's Birthday",
      on: { month: 2, weekday: 1, nth: 3 },
      close: "12:00",
    },
    {
      name: "Memorial Day",
      on: { month: 5, weekday: 1, nth: -1 },
      close: "12:00",
    },
    {
      name: "Juneteenth National Independence Day",
      on: { month: 6, day: 19 },
      ifSaturday: -1,
      ifSunday: 1,
      close: "12:00",
      fromYear: 2022,
    },
    {
      name: "Independence Day",
      on: { month: 7, day: 4 },
      ifSaturday: -1,
      ifSunday: 1,
      close: "12:00",
    },
    {
      name: "Labor Day",
      on: { month: 9, weekday: 1, nth: 1 },
      close: "12:00",
    },
    {
      name: "Thanksgiving Day",
      on: { month: 11, weekday: 4, nth: 4 },
      close: "12:00",
    },
    {
      name: "Day before Independence Day",
      on: { month: 7, day: 3 },
      onlyOn: [1, 2, 3, 4],
      close: "12:15",
    },
    {
      name: "Day after Thanksgiving",
      on: { month: 11, weekday: 4, nth: 4, plus: 1 },
      close: "12:15",
    },
    {
      name: "Christmas Eve",
      on: { month: 12, day: 24 },
      onlyOn: [1, 2, 3, 4],
      close: "12:15",
    },
  ],
  // The monthly employment report came out on these Good Fridays.
  once: [
    { date: "2010-04-02", name: "Good Friday", close: "08:15" },
    { date: "2012-04-06", name: "Good Friday", close: "08:15" },
    { date: "2015-04-03", name: "Good Friday", close: "08:15" },
    { date: "2021-04-02", name: "Good Friday", close: "08:15" },
    { date: "2023-04-07", name: "Good Friday", close: "08:15" },
    { date: "2026-04-03", name: "Good Friday", close: "08:15" },
  ],
};
