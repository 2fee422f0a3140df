import { NEW_YORK } from "../base/mod.ts";
import type { MarketRules } from "./_market_rules.ts";

/**
 * The New York Stock Exchange. Facts: the exchange's holidays, hours and special
 * closings, as exchange_calendars and pandas_market_calendars record them (see
 * `tests/calendar/testdata/`), and its announcement for 1999-12-31.
 */
export const XNYS: MarketRules = {
  timeZone: NEW_YORK,
  firstDate: "1990-01-01",
  lastDate: "2100-12-31",
  weekdays: [1, 2, 3, 4, 5],
  open: { time: "09:30", zone: NEW_YORK },
  close: { time: "16:00", zone: NEW_YORK },
  yearly: [
    {
      // Not kept on the Friday before: it would end the accounting year early.
      name: "New Year's Day",
      on: { month: 1, day: 1 },
      ifSunday: 1,
    },
    {
      name: "Martin Luther King, Jr. Day",
      on: { month: 1, weekday: 1, nth: 3 },
      fromYear: 1998,
    },
    {
      name: "Washington's Birthday",
      on: { month: 2, weekday: 1, nth: 3 },
    },
    { name: "Good Friday", on: { fromEaster: -2 } },
    { name: "Memorial Day", on: { month: 5, weekday: 1, nth: -1 } },
    {
      name: "Juneteenth National Independence Day",
      on: { month: 6, day: 19 },
      ifSaturday: -1,
      ifSunday: 1,
      fromYear: 2022,
    },
    {
      name: "Independence Day",
      on: { month: 7, day: 4 },
      ifSaturday: -1,
      ifSunday: 1,
    },
    { name: "Labor Day", on: { month: 9, weekday: 1, nth: 1 } },
    { name: "Thanksgiving Day", on: { month: 11, weekday: 4, nth: 4 } },
    {
      name: "Christmas Day",
      on: { month: 12, day: 25 },
      ifSaturday: -1,
      ifSunday: 1,
    },
    {
      name: "Day before Independence Day",
      on: { month: 7, day: 3 },
      onlyOn: [1, 2, 4],
      close: "13:00",
      fromYear: 1995,
    },
    {
      // Until 2012 a Thursday holiday had its early close on the Friday after.
      name: "Day before Independence Day",
      on: { month: 7, day: 3 },
      onlyOn: [3],
      close: "13:00",
      fromYear: 2013,
    },
    {
      name: "Day after Independence Day",
      on: { month: 7, day: 5 },
      onlyOn: [5],
      close: "13:00",
      fromYear: 1996,
      toYear: 2012,
    },
    {
      name: "Day after Thanksgiving",
      on: { month: 11, weekday: 4, nth: 4, plus: 1 },
      close: "14:00",
      fromYear: 1992,
      toYear: 1992,
    },
    {
      name: "Day after Thanksgiving",
      on: { month: 11, weekday: 4, nth: 4, plus: 1 },
      close: "13:00",
      fromYear: 1993,
    },
    {
      name: "Christmas Eve",
      on: { month: 12, day: 24 },
      onlyOn: [1, 2, 3, 4],
      close: "14:00",
      toYear: 1992,
    },
    {
      name: "Christmas Eve",
      on: { month: 12, day: 24 },
      onlyOn: [1, 2, 3, 4],
      close: "13:00",
      fromYear: 1993,
    },
  ],
  once: [
    { date: "1990-12-27", name: "Power failure", open: "09:31" },
    {
      date: "1991-01-17",
      name: "Moment of silence for the troops in the Gulf",
      open: "09:31",
    },
    {
      date: "1991-02-25",
      name: "Moment of silence for the troops in the Gulf",
      open: "09:31",
    },
    { date: "1994-02-11", name: "Snowstorm", close: "14:30" },
    { date: "1994-04-27", name: "Funeral of Richard Nixon" },
    { date: "1995-12-18", name: "Computer trouble", open: "10:30" },
    { date: "1996-01-08", name: "Snowstorm", open: "11:00", close: "14:00" },
    { date: "1997-10-27", name: "Circuit breakers", close: "15:30" },
    { date: "1997-12-26", name: "Day after Christmas", close: "13:00" },
    { date: "1999-12-31", name: "Year 2000 preparations", close: "13:00" },
    { date: "2001-09-11", name: "Attacks of September 11" },
    { date: "2001-09-12", name: "Attacks of September 11" },
    { date: "2001-09-13", name: "Attacks of September 11" },
    { date: "2001-09-14", name: "Attacks of September 11" },
    {
      date: "2001-09-17",
      name: "Moment of silence for the victims of September 11",
      open: "09:33",
    },
    {
      date: "2001-10-08",
      name: "Moment of silence for the troops in Afghanistan",
      open: "09:31",
    },
    {
      date: "2002-09-11",
      name: "Anniversary of September 11",
      open: "12:00",
    },
    {
      date: "2003-03-20",
      name: "Moment of silence for the troops in Iraq",
      open: "09:32",
    },
    { date: "2003-12-26", name: "Day after Christmas", close: "13:00" },
    {
      date: "2004-06-07",
      name: "Moment of silence for Ronald Reagan",
      open: "09:32",
    },
    { date: "2004-06-11", name: "National day of mourning for Ronald Reagan" },
    { date: "2005-06-01", name: "System trouble", close: "15:56" },
    {
      date: "2006-12-27",
      name: "Moment of silence for Gerald Ford",
      open: "09:32",
    },
    { date: "2007-01-02", name: "National day of mourning for Gerald Ford" },
    { date: "2012-10-29", name: "Hurricane Sandy" },
    { date: "2012-10-30", name: "Hurricane Sandy" },
    {
      date: "2018-12-05",
      name: "National day of mourning for George H. W. Bush",
    },
    { date: "2025-01-09", name: "National day of mourning for Jimmy Carter" },
  ],
};
