import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertLessOrEqual,
  assertMatch,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  addDays,
  CALENDAR_IDS,
  type CalendarId,
  dayOfWeek,
  daysBetween,
  eachDay,
  isIsoDate,
  isoDateAt,
  MarketCalendar,
} from "../../src/calendar/mod.ts";

const XNYS = MarketCalendar.for("XNYS");
const CMES = MarketCalendar.for("CMES");
const FOREX = MarketCalendar.for("FOREX");
const ALWAYS = MarketCalendar.for("24/7");

/** A value as an untyped caller could pass it. */
function untyped<T>(value: unknown): T {
  return value as T;
}

/** Local date and time of an instant, such as `2024-01-02 09:30`. */
function clock(instant: Date | undefined, timeZone: string): string {
  assert(instant !== undefined);
  return `${isoDateAt(instant, timeZone)} ${
    instant.toLocaleTimeString("en-GB", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
    })
  }`;
}

function hours(calendar: MarketCalendar, date: string): string[] {
  const session = calendar.session(date);
  return [session?.open, session?.close].map((instant) =>
    clock(instant, calendar.timeZone)
  );
}

function utcHours(calendar: MarketCalendar, date: string): string[] {
  const session = calendar.session(date);
  assert(session !== null, date);
  return [session.open.toISOString(), session.close.toISOString()];
}

function closures(calendar: MarketCalendar, year: number): string[] {
  return calendar.holidays(year).filter(({ kind }) => kind === "holiday")
    .map(({ date }) => date);
}

Deno.test("MarketCalendar.for() gives the same calendar for the same name", () => {
  assertEquals([...CALENDAR_IDS], ["XNYS", "CMES", "FOREX", "24/7"]);
  for (const id of CALENDAR_IDS) {
    const calendar = MarketCalendar.for(id);
    assertStrictEquals(MarketCalendar.for(id), calendar);
    assertEquals(calendar.id, id);
  }
  assertEquals(CALENDAR_IDS.map((id) => MarketCalendar.for(id).timeZone), [
    "America/New_York",
    "America/Chicago",
    "UTC",
    "UTC",
  ]);
});

Deno.test("MarketCalendar.for() refuses unknown names", () => {
  for (
    const id of [
      "",
      "NYSE",
      "xnys",
      "XNYS ",
      "__proto__",
      "constructor",
      "toString",
      "24/7\n",
    ]
  ) {
    const error = assertThrows(
      () => MarketCalendar.for(untyped(id)),
      RangeError,
      "the calendars are XNYS, CMES, FOREX, 24/7",
    );
    assertMatch(error.message, /^[\x20-\x7e]+$/);
  }
  for (const id of [undefined, null, 247, {}, ["XNYS"]]) {
    assertThrows(() => MarketCalendar.for(untyped(id)), TypeError);
  }
});

Deno.test("MarketCalendar methods refuse bad dates", () => {
  type OneDate =
    | "isTradingDay"
    | "nextTradingDay"
    | "previousTradingDay"
    | "isEarlyClose"
    | "session";
  const methods: OneDate[] = [
    "isTradingDay",
    "nextTradingDay",
    "previousTradingDay",
    "isEarlyClose",
    "session",
  ];
  for (const id of CALENDAR_IDS) {
    const calendar = MarketCalendar.for(id);
    for (const method of methods) {
      for (const date of ["2024-02-30", "", "2024-1-2", "2024-01-02\n"]) {
        assertThrows(() => calendar[method](date), RangeError, "Cannot use");
      }
      for (const date of [undefined, null, 20240102, new Date(0), {}]) {
        assertThrows(() => calendar[method](untyped(date)), TypeError);
      }
    }
  }
});

Deno.test("MarketCalendar.tradingDays() refuses bad and reversed ranges", () => {
  for (const id of CALENDAR_IDS) {
    const calendar = MarketCalendar.for(id);
    assertThrows(
      () => calendar.tradingDays("2024-01-02", "2024-01-01"),
      RangeError,
      "the end is before the start",
    );
    assertThrows(
      () => calendar.tradingDays("2024-02-30", "2024-03-01"),
      RangeError,
      "startDate",
    );
    assertThrows(
      () => calendar.tradingDays("2024-02-01", untyped(null)),
      TypeError,
      "endDate",
    );
  }
});

Deno.test("MarketCalendar methods refuse dates for which the rules are not known", () => {
  for (const calendar of [XNYS, CMES, FOREX]) {
    for (const date of ["1989-12-31", "2101-01-01", "0001-01-01"]) {
      for (
        const ask of [
          () => calendar.isTradingDay(date),
          () => calendar.isEarlyClose(date),
          () => calendar.session(date),
          () => calendar.nextTradingDay(date),
          () => calendar.previousTradingDay(date),
        ]
      ) {
        assertThrows(ask, RangeError, "reaches from 1990-01-01 to 2100-12-31");
      }
    }
    assertThrows(
      () => calendar.tradingDays("1989-12-29", "1990-01-05"),
      RangeError,
      "'1989-12-29'",
    );
    assertThrows(
      () => calendar.tradingDays("2100-12-01", "2101-01-05"),
      RangeError,
      "'2101-01-05'",
    );
    assertThrows(() => calendar.holidays(1989), RangeError, "1990 to 2100");
    assertThrows(() => calendar.holidays(2101), RangeError, "1990 to 2100");
  }
});

Deno.test("MarketCalendar.nextTradingDay() and previousTradingDay() throw at the calendar's ends", () => {
  assertThrows(
    () => XNYS.nextTradingDay("2100-12-31"),
    RangeError,
    "Cannot find a trading day after '2100-12-31': the calendar XNYS ends on 2100-12-31",
  );
  assertThrows(
    () => XNYS.previousTradingDay("1990-01-02"),
    RangeError,
    "the calendar XNYS begins on 1990-01-01",
  );
  assertThrows(() => ALWAYS.nextTradingDay("9999-12-31"), RangeError, "ends");
  assertThrows(
    () => ALWAYS.previousTradingDay("0001-01-01"),
    RangeError,
    "begins",
  );
  assertEquals(XNYS.nextTradingDay("1990-01-01"), "1990-01-02");
  assertEquals(XNYS.previousTradingDay("2100-12-31"), "2100-12-30");
});

Deno.test("MarketCalendar.holidays() refuses what is not a year", () => {
  for (const id of CALENDAR_IDS) {
    const calendar = MarketCalendar.for(id);
    for (const year of [undefined, null, "2024", 2024n, {}, new Date(0)]) {
      assertThrows(() => calendar.holidays(untyped(year)), TypeError);
    }
    for (const year of [NaN, Infinity, -Infinity, 2024.5, -1, 0, 10_000]) {
      assertThrows(() => calendar.holidays(year), RangeError, "as year");
    }
  }
});

Deno.test("MarketCalendar.holidays() names the closures of XNYS in order", () => {
  assertEquals(XNYS.holidays(2024), [
    { date: "2024-01-01", name: "New Year's Day", kind: "holiday" },
    {
      date: "2024-01-15",
      name: "Martin Luther King, Jr. Day",
      kind: "holiday",
    },
    { date: "2024-02-19", name: "Washington's Birthday", kind: "holiday" },
    { date: "2024-03-29", name: "Good Friday", kind: "holiday" },
    { date: "2024-05-27", name: "Memorial Day", kind: "holiday" },
    {
      date: "2024-06-19",
      name: "Juneteenth National Independence Day",
      kind: "holiday",
    },
    {
      date: "2024-07-03",
      name: "Day before Independence Day",
      kind: "early-close",
    },
    { date: "2024-07-04", name: "Independence Day", kind: "holiday" },
    { date: "2024-09-02", name: "Labor Day", kind: "holiday" },
    { date: "2024-11-28", name: "Thanksgiving Day", kind: "holiday" },
    { date: "2024-11-29", name: "Day after Thanksgiving", kind: "early-close" },
    { date: "2024-12-24", name: "Christmas Eve", kind: "early-close" },
    { date: "2024-12-25", name: "Christmas Day", kind: "holiday" },
  ]);
});

Deno.test("MarketCalendar.holidays() hands out copies", () => {
  for (const entry of XNYS.holidays(2023)) entry.date = "spoiled";
  XNYS.holidays(2023).length = 0;
  assertEquals(XNYS.holidays(2023)[0]?.date, "2023-01-02");
});

Deno.test("MarketCalendar.holidays() says where a holiday is kept on another day", () => {
  assertEquals(
    XNYS.holidays(2021).find(({ date }) => date === "2021-12-24"),
    { date: "2021-12-24", name: "Christmas Day (observed)", kind: "holiday" },
  );
  assertEquals(XNYS.holidays(2023)[0]?.name, "New Year's Day (observed)");
});

Deno.test("MarketCalendar.holidays() leaves out New Year's Day on a Saturday", () => {
  for (const year of [1994, 2000, 2005, 2011, 2022, 2028, 2033]) {
    assertEquals(dayOfWeek(`${year}-01-01`), 6);
    assert(XNYS.isTradingDay(`${year - 1}-12-31`), `${year - 1}-12-31`);
    assertFalse(closures(XNYS, year).includes(`${year}-01-01`));
    assertFalse(closures(XNYS, year - 1).includes(`${year - 1}-12-31`));
    assert(XNYS.isTradingDay(`${year}-01-03`));
  }
  for (const year of [1995, 2006, 2012, 2017, 2023, 2034]) {
    assertEquals(dayOfWeek(`${year}-01-01`), 0);
    assertFalse(XNYS.isTradingDay(`${year}-01-02`), `${year}-01-02`);
  }
});

Deno.test("MarketCalendar.isTradingDay() knows the weekend rules of XNYS", () => {
  const closed = [
    "1992-07-03", // the fourth on a Saturday
    "1993-07-05", // on a Sunday
    "2020-07-03",
    "2021-07-05",
    "1993-12-24", // Christmas on a Saturday
    "1994-12-26", // on a Sunday
    "2022-12-26",
    "2022-06-20", // Juneteenth on a Sunday
    "2027-06-18", // on a Saturday
  ];
  for (const date of closed) assertFalse(XNYS.isTradingDay(date), date);
  for (const date of ["1992-07-06", "1993-07-02", "2022-12-23", "2027-06-21"]) {
    assert(XNYS.isTradingDay(date), date);
  }
});

Deno.test("MarketCalendar.isTradingDay() knows when XNYS took up a holiday", () => {
  assert(XNYS.isTradingDay("1997-01-20"));
  assertFalse(XNYS.isTradingDay("1998-01-19"));
  assert(XNYS.isTradingDay("2020-06-19"));
  assert(XNYS.isTradingDay("2021-06-18"));
  assertFalse(XNYS.isTradingDay("2022-06-20"));
  assertFalse(XNYS.isTradingDay("2023-06-19"));
});

Deno.test("MarketCalendar.isTradingDay() knows the one-off closures of XNYS", () => {
  const closed: Record<string, string> = {
    "1994-04-27": "Funeral of Richard Nixon",
    "2001-09-11": "Attacks of September 11",
    "2001-09-12": "Attacks of September 11",
    "2001-09-13": "Attacks of September 11",
    "2001-09-14": "Attacks of September 11",
    "2004-06-11": "National day of mourning for Ronald Reagan",
    "2007-01-02": "National day of mourning for Gerald Ford",
    "2012-10-29": "Hurricane Sandy",
    "2012-10-30": "Hurricane Sandy",
    "2018-12-05": "National day of mourning for George H. W. Bush",
    "2025-01-09": "National day of mourning for Jimmy Carter",
  };
  const found: Record<string, string> = {};
  for (let year = 1990; year <= 2100; year++) {
    for (const { date, name, kind } of XNYS.holidays(year)) {
      if (kind === "special-closure") found[date] = name;
    }
  }
  assertEquals(found, closed);
  for (const date of Object.keys(closed)) {
    assertFalse(XNYS.isTradingDay(date), date);
    assertEquals(XNYS.session(date), null);
    assertFalse(XNYS.isEarlyClose(date), date);
  }
  assertEquals(XNYS.nextTradingDay("2001-09-10"), "2001-09-17");
  assertEquals(XNYS.nextTradingDay("2012-10-26"), "2012-10-31");
  assertEquals(XNYS.previousTradingDay("2007-01-03"), "2006-12-29");
});

Deno.test("MarketCalendar.isEarlyClose() knows how XNYS's rule for July changed", () => {
  const early = [
    "1995-07-03", // Monday
    "1997-07-03", // Thursday
    "2001-07-03", // Tuesday
    "1996-07-05", // Friday after a Thursday
    "2002-07-05",
    "2013-07-03", // Wednesday, from 2013
    "2019-07-03",
    "2024-07-03",
    "2025-07-03",
  ];
  const full = [
    "1990-07-03",
    "1991-07-05",
    "1994-07-01",
    "1996-07-03",
    "2002-07-03",
    "2013-07-05",
    "2019-07-05",
    "2021-07-02",
    "2026-07-02",
  ];
  for (const date of early) {
    assert(XNYS.isEarlyClose(date), date);
    assertEquals(hours(XNYS, date)[1], `${date} 13:00`);
  }
  for (const date of full) {
    assertFalse(XNYS.isEarlyClose(date), date);
    assertEquals(hours(XNYS, date)[1], `${date} 16:00`);
  }
});

Deno.test("MarketCalendar.session() knows early closes of XNYS with their time", () => {
  const closes: Record<string, string> = {
    "1990-12-24": "14:00",
    "1991-11-29": "16:00",
    "1992-11-27": "14:00",
    "1992-12-24": "14:00",
    "1993-11-26": "13:00",
    "1994-02-11": "14:30",
    "1996-12-24": "13:00",
    "1997-10-27": "15:30",
    "1997-12-26": "13:00",
    "1999-12-31": "13:00",
    "2003-12-26": "13:00",
    "2005-06-01": "15:56",
    "2014-12-26": "16:00",
    "2025-12-24": "13:00",
  };
  for (const [date, time] of Object.entries(closes)) {
    assertEquals(hours(XNYS, date), [`${date} 09:30`, `${date} ${time}`]);
    assertEquals(XNYS.isEarlyClose(date), time !== "16:00", date);
  }
});

Deno.test("MarketCalendar.session() knows late opens of XNYS, which are no early closes", () => {
  const opens: Record<string, string> = {
    "1990-12-27": "09:31",
    "1991-01-17": "09:31",
    "1991-02-25": "09:31",
    "1995-12-18": "10:30",
    "2001-09-17": "09:33",
    "2001-10-08": "09:31",
    "2002-09-11": "12:00",
    "2003-03-20": "09:32",
    "2004-06-07": "09:32",
    "2006-12-27": "09:32",
  };
  for (const [date, time] of Object.entries(opens)) {
    assertEquals(hours(XNYS, date), [`${date} ${time}`, `${date} 16:00`]);
    assertFalse(XNYS.isEarlyClose(date), date);
    assertFalse(
      XNYS.holidays(Number(date.slice(0, 4))).some((day) => day.date === date),
    );
  }
  assertEquals(hours(XNYS, "1996-01-08"), [
    "1996-01-08 11:00",
    "1996-01-08 14:00",
  ]);
});

Deno.test("MarketCalendar.session() follows daylight saving under both laws", () => {
  const opens: Record<string, string> = {
    "1990-03-30": "14:30",
    "1990-04-02": "13:30",
    "2006-03-31": "14:30", // until 2006: April to October
    "2006-04-03": "13:30",
    "2006-10-27": "13:30",
    "2006-10-30": "14:30",
    "2007-03-09": "14:30", // from 2007: March to November
    "2007-03-12": "13:30",
    "2007-11-02": "13:30",
    "2007-11-05": "14:30",
    "2024-03-08": "14:30",
    "2024-03-11": "13:30",
    "2035-11-05": "14:30",
  };
  for (const [date, time] of Object.entries(opens)) {
    assertEquals(utcHours(XNYS, date)[0], `${date}T${time}:00.000Z`);
  }
});

Deno.test("MarketCalendar.session() shows the same hours as the platform's time zones", () => {
  const times = new Map<string, Intl.DateTimeFormat>();
  for (const zone of ["America/New_York", "America/Chicago"]) {
    times.set(
      zone,
      new Intl.DateTimeFormat("en-GB", {
        timeZone: zone,
        hour: "2-digit",
        minute: "2-digit",
      }),
    );
  }
  for (
    const [calendar, open, close] of [
      [XNYS, "09:30", "16:00"],
      [CMES, "17:00", "16:00"],
    ] as const
  ) {
    const format = times.get(calendar.timeZone);
    let checked = 0;
    for (const date of calendar.tradingDays("2003-01-01", "2012-12-31")) {
      if (calendar.isEarlyClose(date)) continue;
      const session = calendar.session(date);
      // Late opens of XNYS have a test of their own.
      if (!["2003-03-20", "2004-06-07", "2006-12-27"].includes(date)) {
        assertEquals(format?.format(session?.open), open, date);
      }
      assertEquals(format?.format(session?.close), close, date);
      checked++;
    }
    assertGreater(checked, 2000);
  }
});

Deno.test("MarketCalendar.session() gives dates of its own each time", () => {
  XNYS.session("2024-01-02")?.open.setTime(0);
  assertEquals(utcHours(XNYS, "2024-01-02"), [
    "2024-01-02T14:30:00.000Z",
    "2024-01-02T21:00:00.000Z",
  ]);
});

Deno.test("MarketCalendar of CMES opens on the evening before its date", () => {
  assertEquals(hours(CMES, "2024-01-08"), [
    "2024-01-07 17:00",
    "2024-01-08 16:00",
  ]);
  assertEquals(hours(CMES, "2024-01-02"), [
    "2024-01-01 17:00",
    "2024-01-02 16:00",
  ]);
  // Daylight saving begins during the night of the first session.
  assertEquals(utcHours(CMES, "2024-03-11"), [
    "2024-03-10T22:00:00.000Z",
    "2024-03-11T21:00:00.000Z",
  ]);
  assertFalse(CMES.isTradingDay("2024-01-07"));
});

Deno.test("MarketCalendar of CMES is closed on three holidays only", () => {
  assertEquals(closures(CMES, 2024), [
    "2024-01-01",
    "2024-03-29",
    "2024-12-25",
  ]);
  assertEquals(closures(CMES, 2022), ["2022-04-15", "2022-12-26"]);
  assertEquals(closures(CMES, 2021), ["2021-01-01", "2021-12-24"]);
  assert(CMES.isTradingDay("2018-12-05"));
  assert(CMES.isTradingDay("2025-01-09"));
  assertFalse(CMES.isEarlyClose("2025-01-09"));
});

Deno.test("MarketCalendar of CMES trades for a morning when jobs are reported on Good Friday", () => {
  for (const date of ["2015-04-03", "2021-04-02", "2023-04-07", "2026-04-03"]) {
    assert(CMES.isTradingDay(date), date);
    assert(CMES.isEarlyClose(date), date);
    assertEquals(hours(CMES, date)[1], `${date} 08:15`);
  }
  for (const date of ["2020-04-10", "2024-03-29", "2025-04-18"]) {
    assertFalse(CMES.isTradingDay(date), date);
  }
});

Deno.test("MarketCalendar of CMES halts early on holidays in the United States", () => {
  const closes: Record<string, string> = {
    "2024-01-15": "12:00",
    "2024-02-19": "12:00",
    "2024-05-27": "12:00",
    "2024-06-19": "12:00",
    "2024-07-03": "12:15",
    "2024-07-04": "12:00",
    "2024-09-02": "12:00",
    "2024-11-28": "12:00",
    "2024-11-29": "12:15",
    "2024-12-24": "12:15",
  };
  for (const [date, time] of Object.entries(closes)) {
    assertEquals(hours(CMES, date)[1], `${date} ${time}`);
  }
  assertEquals(
    CMES.holidays(2024).filter(({ kind }) => kind === "early-close")
      .map(({ date }) => date),
    Object.keys(closes),
  );
});

Deno.test("MarketCalendar of FOREX has every day but Saturday", () => {
  // Listed by Massive: no Saturday, every Sunday, Good Friday on the 10th.
  const april = FOREX.tradingDays("2020-04-02", "2020-04-30");
  assertEquals(
    [...eachDay("2020-04-02", "2020-04-30")].filter((date) =>
      !april.includes(date)
    ),
    ["2020-04-04", "2020-04-11", "2020-04-18", "2020-04-25"],
  );
  assert(FOREX.isTradingDay("2024-12-25"));
  assert(FOREX.isTradingDay("2024-01-01"));
  assertEquals(FOREX.holidays(2024), []);
});

Deno.test("MarketCalendar of FOREX opens and closes the week at 17:00 in New York", () => {
  assertEquals(utcHours(FOREX, "2024-01-07"), [
    "2024-01-07T22:00:00.000Z",
    "2024-01-08T00:00:00.000Z",
  ]);
  assertEquals(utcHours(FOREX, "2024-01-10"), [
    "2024-01-10T00:00:00.000Z",
    "2024-01-11T00:00:00.000Z",
  ]);
  assertEquals(utcHours(FOREX, "2024-07-12"), [
    "2024-07-12T00:00:00.000Z",
    "2024-07-12T21:00:00.000Z",
  ]);
  assertEquals(utcHours(FOREX, "2024-03-10")[0], "2024-03-10T21:00:00.000Z");
  assertFalse(FOREX.isEarlyClose("2024-07-12"));
  assertEquals(FOREX.session("2024-07-13"), null);
});

Deno.test("MarketCalendar of 24/7 has every day, in UTC", () => {
  assertEquals(
    ALWAYS.tradingDays("2023-12-20", "2024-03-05"),
    [...eachDay("2023-12-20", "2024-03-05")],
  );
  assertEquals(utcHours(ALWAYS, "2024-12-25"), [
    "2024-12-25T00:00:00.000Z",
    "2024-12-26T00:00:00.000Z",
  ]);
  assert(ALWAYS.isTradingDay("0001-01-01"));
  assertEquals(ALWAYS.nextTradingDay("9999-12-30"), "9999-12-31");
  assertEquals(ALWAYS.holidays(1), []);
});

Deno.test("MarketCalendar.tradingDays() holds both ends, and nothing on a closed stretch", () => {
  assertEquals(XNYS.tradingDays("2024-01-02", "2024-01-02"), ["2024-01-02"]);
  assertEquals(XNYS.tradingDays("2024-03-29", "2024-03-31"), []);
  assertEquals(XNYS.tradingDays("2023-12-29", "2024-01-02"), [
    "2023-12-29",
    "2024-01-02",
  ]);
  assertEquals(XNYS.tradingDays("2024-01-01", "2024-01-31").length, 21);
});

Deno.test("MarketCalendar.tradingDays() agrees with isTradingDay(), session() and holidays()", () => {
  const weekend: Record<CalendarId, number[]> = {
    XNYS: [0, 6],
    CMES: [0, 6],
    FOREX: [6],
    "24/7": [],
  };
  for (const id of CALENDAR_IDS) {
    const calendar = MarketCalendar.for(id);
    for (const year of [1990, 2001, 2012, 2021, 2022, 2024, 2100]) {
      const listed = calendar.holidays(year);
      assertEquals(
        listed.map(({ date }) => date),
        [...new Set(listed.map(({ date }) => date))].sort(),
      );
      const days = [...eachDay(`${year}-01-01`, `${year}-12-31`)];
      const closed = listed.filter(({ kind }) => kind !== "early-close");
      for (const { date } of listed) {
        assert(isIsoDate(date));
        assertFalse(weekend[id].includes(dayOfWeek(date)), date);
      }
      const trading = calendar.tradingDays(`${year}-01-01`, `${year}-12-31`);
      assertEquals(
        trading.length,
        days.filter((date) => !weekend[id].includes(dayOfWeek(date))).length -
          closed.length,
      );
      assertEquals(trading, days.filter((date) => calendar.isTradingDay(date)));
      assertEquals(
        trading,
        days.filter((date) => calendar.session(date) !== null),
      );
      assertEquals(
        days.filter((date) => calendar.isEarlyClose(date)),
        listed.filter(({ kind }) => kind === "early-close")
          .map(({ date }) => date),
      );
    }
  }
});

Deno.test("MarketCalendar.isEarlyClose() is never true on a closed day", () => {
  for (const calendar of [XNYS, CMES]) {
    for (let year = 1990; year <= 2100; year++) {
      for (const { date, kind } of calendar.holidays(year)) {
        assertEquals(calendar.isTradingDay(date), kind === "early-close", date);
        assertEquals(calendar.isEarlyClose(date), kind === "early-close", date);
        assertEquals(date.slice(0, 4), String(year));
      }
    }
  }
});

Deno.test("MarketCalendar.nextTradingDay() and previousTradingDay() undo each other", () => {
  for (const id of CALENDAR_IDS) {
    const calendar = MarketCalendar.for(id);
    const days = calendar.tradingDays("2000-06-01", "2002-12-31");
    for (const [index, date] of days.entries()) {
      const next = days[index + 1];
      if (next === undefined) continue;
      assertEquals(calendar.nextTradingDay(date), next);
      assertEquals(calendar.previousTradingDay(next), date);
      for (let gap = 1; gap < daysBetween(date, next); gap++) {
        const between = addDays(date, gap);
        assertEquals(calendar.nextTradingDay(between), next);
        assertEquals(calendar.previousTradingDay(between), date);
      }
    }
  }
});

Deno.test("MarketCalendar.session() never overlaps another, and belongs to its date", () => {
  for (const id of CALENDAR_IDS) {
    const calendar = MarketCalendar.for(id);
    let before = -Infinity;
    for (const date of calendar.tradingDays("1990-01-01", "2040-12-31")) {
      const session = calendar.session(date);
      assert(session !== null, date);
      const [open, close] = [session.open.getTime(), session.close.getTime()];
      assertLessOrEqual(before, open);
      assertGreater(close, open);
      const lastMoment = new Date(close - 1);
      assertEquals(isoDateAt(lastMoment, calendar.timeZone), date);
      before = close;
    }
  }
});

Deno.test("MarketCalendar.tradingDays() expands twenty years of every dataset quickly", () => {
  const start = performance.now();
  let count = 0;
  for (let dataset = 0; dataset < 33; dataset++) {
    count += XNYS.tradingDays("2005-01-01", "2024-12-31").length;
  }
  assertEquals(count, 33 * 5033);
  // Some 0.1 s on a laptop: the bound only catches work done anew for each day.
  assertLessOrEqual(performance.now() - start, 5000);
});

Deno.test("MarketCalendar.bounds() are midnights on the market's clock, and for CMES begin on the evening before", () => {
  const boundsOf = (id: "XNYS" | "CMES" | "FOREX" | "24/7", date: string) => {
    const { start, end } = MarketCalendar.for(id).bounds(date);
    return [start.toISOString(), end.toISOString()];
  };
  // The clocks change at 02:00.
  assertEquals(boundsOf("XNYS", "2024-03-10"), [
    "2024-03-10T05:00:00.000Z",
    "2024-03-11T04:00:00.000Z",
  ]);
  assertEquals(boundsOf("CMES", "2024-07-07"), [
    "2024-07-06T22:00:00.000Z",
    "2024-07-08T05:00:00.000Z",
  ]);
  for (const id of ["FOREX", "24/7"] as const) {
    assertEquals(boundsOf(id, "2024-07-05"), [
      "2024-07-05T00:00:00.000Z",
      "2024-07-06T00:00:00.000Z",
    ]);
  }
  assertThrows(() => boundsOf("XNYS", "1989-12-31"), RangeError, "reaches");
});
