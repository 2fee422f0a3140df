import { assertDateRange } from "../../src/base/mod.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  addDays,
  type CalendarId,
  dayOfWeek,
  daysBetween,
  eachDay,
  isIsoDate,
  isoDateAt,
  MarketCalendar,
  type TradingSession,
} from "../../src/calendar/mod.ts";
import {
  wallDateByIntl,
  wallDateByTemporal,
} from "../../src/calendar/_wall_date.ts";
import { check } from "./_check.ts";
import {
  anyDate,
  dateBetween,
  isRealDate,
  laterBy,
  likeDate,
} from "./_dates.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What every day of a market is like that is not out of the ordinary. */
interface Market {
  id: CalendarId;
  /** The first and the last date that the calendar holds. */
  reach: readonly [first: string, last: string];
  /** How long a session is, in hours; not given where it depends on the day. */
  hours?: number;
  /** When it closes, in its own zone; not given where it depends on the day. */
  close?: string;
}

const MARKETS: readonly Market[] = [
  {
    id: "XNYS",
    reach: ["1990-01-01", "2100-12-31"],
    hours: 6.5,
    close: "16:00",
  },
  {
    id: "CMES",
    reach: ["1990-01-01", "2100-12-31"],
    hours: 23,
    close: "16:00",
  },
  { id: "FOREX", reach: ["1990-01-01", "2100-12-31"] },
  {
    id: "24/7",
    reach: ["0001-01-01", "9999-12-31"],
    hours: 24,
    close: "00:00",
  },
];

/** A market, its calendar, and a stretch of days in its reach. */
const stretch = fc.constantFrom(...MARKETS).chain((market) => {
  const [first, last] = market.reach;
  const days = Math.round((Date.parse(last) - Date.parse(first)) / DAY);
  return fc.record({
    market: fc.constant(market),
    calendar: fc.constant(MarketCalendar.for(market.id)),
    place: fc.nat({ max: days }),
    length: fc.integer({ min: 1, max: 500 }),
    cut: fc.nat(),
  }).map(({ place, length, ...rest }) => ({
    ...rest,
    start: laterBy(first, place),
    length: Math.min(length, days - place + 1),
  })).map((range) => ({
    ...range,
    end: laterBy(range.start, range.length - 1),
    dates: Array.from(
      { length: range.length },
      (_, index) => laterBy(range.start, index),
    ),
  }));
});

/** A calendar and a date in its reach. */
const day = stretch.map(({ start, ...rest }) => ({ ...rest, date: start }));

/** A trading day that is found, or `undefined` at the calendar's ends. */
function found(find: () => string): string | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

Deno.test("MarketCalendar.previousTradingDay() undoes nextTradingDay(), and the other way round", async () => {
  await check(
    fc.property(day, ({ calendar, date }) => {
      const next = found(() => calendar.nextTradingDay(date));
      const previous = found(() => calendar.previousTradingDay(date));
      const here = calendar.isTradingDay(date) ? date : undefined;
      if (next !== undefined) {
        assert(next > date && calendar.isTradingDay(next));
        assertEquals(
          found(() => calendar.previousTradingDay(next)),
          here ?? previous,
        );
      }
      if (previous !== undefined) {
        assert(previous < date && calendar.isTradingDay(previous));
        assertEquals(
          found(() => calendar.nextTradingDay(previous)),
          here ?? next,
        );
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("MarketCalendar.nextTradingDay() passes over no trading day", async () => {
  await check(
    fc.property(day, ({ calendar, date }) => {
      const next = found(() => calendar.nextTradingDay(date));
      const previous = found(() => calendar.previousTradingDay(date));
      if (next !== undefined) {
        assertEquals(calendar.tradingDays(laterBy(date, 1), next), [next]);
      }
      if (previous !== undefined) {
        assertEquals(
          calendar.tradingDays(previous, laterBy(date, -1)),
          [previous],
        );
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("MarketCalendar.tradingDays() gives for a range what it gives for its parts", async () => {
  await check(
    fc.property(stretch, ({ calendar, start, end, length, cut }) => {
      const whole = calendar.tradingDays(start, end);
      const middle = laterBy(start, cut % length);
      const first = calendar.tradingDays(start, middle);
      const second = middle === end
        ? []
        : calendar.tradingDays(laterBy(middle, 1), end);
      assertEquals(first.length + second.length, whole.length);
      assertEquals([...first, ...second], whole);
    }),
    { numRuns: 200 },
  );
});

Deno.test("MarketCalendar.isTradingDay(), tradingDays() and session() agree", async () => {
  await check(
    fc.property(stretch, ({ calendar, start, end, dates }) => {
      const open = dates.filter((date) => calendar.isTradingDay(date));
      assertEquals(calendar.tradingDays(start, end), open);
      assertEquals(
        dates.filter((date) => calendar.session(date) !== null),
        open,
      );
    }),
    { numRuns: 60 },
  );
});

Deno.test("MarketCalendar.session() opens before it closes, and after the one before has closed", async () => {
  await check(
    fc.property(stretch, ({ calendar, start, end }) => {
      let before: TradingSession | undefined;
      for (const date of calendar.tradingDays(start, end)) {
        const session = calendar.session(date);
        assert(session !== null);
        assert(session.open < session.close, date);
        assert(before === undefined || before.close <= session.open, date);
        // It belongs to its date: it closes on it, or at its end.
        const { timeZone } = calendar;
        const last = new Date(session.close.getTime() - 1);
        assertEquals(isoDateAt(last, timeZone), date);
        before = session;
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("MarketCalendar.isEarlyClose() holds on the trading days on which the session closes before its time, and on no other day", async () => {
  const clocks = new Map<string, Intl.DateTimeFormat>();
  const timeIn = (zone: string, instant: Date) => {
    const clock = clocks.get(zone) ?? new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hour: "2-digit",
      minute: "2-digit",
    });
    clocks.set(zone, clock);
    return clock.format(instant);
  };
  await check(
    fc.property(stretch, ({ market, calendar, dates }) => {
      for (const date of dates) {
        const session = calendar.session(date);
        const isEarly = calendar.isEarlyClose(date);
        if (session === null) {
          assert(!isEarly, `${date} is closed`);
          continue;
        }
        const { close, hours } = market;
        if (close === undefined || hours === undefined) {
          assert(!isEarly, `${date} closes when such a day does`);
          continue;
        }
        const time = timeIn(calendar.timeZone, session.close);
        assertEquals(isEarly, time !== close, date);
        const lasts = (session.close.getTime() - session.open.getTime()) / HOUR;
        if (isEarly) assertGreater(hours, lasts, date);
        // Late opens are shorter as well; no session is longer.
        else assertLessOrEqual(lasts, hours, date);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("MarketCalendar.holidays() holds exactly the weekdays without trading and the early closes", async () => {
  const year = fc.record({
    id: fc.constantFrom<CalendarId>("XNYS", "CMES"),
    year: fc.integer({ min: 1990, max: 2100 }),
  });
  await check(
    fc.property(year, ({ id, year }) => {
      const calendar = MarketCalendar.for(id);
      const holidays = calendar.holidays(year);
      const dates = holidays.map(({ date }) => date);
      assertEquals(dates, [...new Set(dates)].sort(), "in order, each once");
      const named = new Map(holidays.map(({ date, kind }) => [date, kind]));
      const first = `${year}-01-01`;
      for (let date = first; date < `${year + 1}`; date = laterBy(date, 1)) {
        const weekday = new Date(date).getUTCDay();
        const isWeekend = weekday === 0 || weekday === 6;
        const kind = named.get(date);
        const isClosed = isWeekend || kind === "holiday" ||
          kind === "special-closure";
        assertEquals(calendar.isTradingDay(date), !isClosed, date);
        assertEquals(calendar.isEarlyClose(date), kind === "early-close", date);
        assert(!isWeekend || kind === undefined, date);
        named.delete(date);
      }
      assertEquals([...named.keys()], [], "all are of the year");
    }),
    { numRuns: 60 },
  );
});

Deno.test("MarketCalendar.holidays() is empty for markets without any", async () => {
  await check(
    fc.property(fc.integer({ min: 1990, max: 2100 }), (year) => {
      assertEquals(MarketCalendar.for("FOREX").holidays(year), []);
      assertEquals(MarketCalendar.for("24/7").holidays(year), []);
    }),
  );
});

Deno.test("MarketCalendar refuses what is no date, and dates out of its reach", async () => {
  const market = fc.constantFrom(...MARKETS);
  const text = fc.oneof(likeDate(), anyDate(), fc.string());
  await check(
    fc.property(market, text, ({ id, reach: [first, last] }, text) => {
      const calendar = MarketCalendar.for(id);
      if (isRealDate(text) && text >= first && text <= last) {
        assertEquals(typeof calendar.isTradingDay(text), "boolean");
        return;
      }
      for (
        const ask of [
          () => calendar.isTradingDay(text),
          () => calendar.nextTradingDay(text),
          () => calendar.previousTradingDay(text),
          () => calendar.isEarlyClose(text),
          () => calendar.session(text),
          () => calendar.tradingDays(text, text),
        ]
      ) assertThrows(ask, RangeError);
    }),
    { numRuns: 300 },
  );
});

Deno.test("isIsoDate() holds for the dates that there are, and for no other text", async () => {
  const edited = fc.tuple(anyDate(), fc.nat({ max: 9 }), fc.string())
    .map(([date, at, text]) => date.slice(0, at) + text + date.slice(at + 1));
  await check(
    fc.property(
      fc.oneof(likeDate(), anyDate(), edited, fc.string({ unit: "binary" })),
      (text) => assertEquals(isIsoDate(text), isRealDate(text)),
    ),
    { numRuns: 3000 },
  );
  // The last days of every February, the leap years' rule among them.
  for (let year = 0; year <= 9999; year++) {
    for (const day of [28, 29, 30]) {
      const text = `${String(year).padStart(4, "0")}-02-${day}`;
      assert(isIsoDate(text) === isRealDate(text), text);
    }
  }
});

Deno.test("addDays() agrees with Date, undoes itself, and stays within the years that can be written", async () => {
  const days = fc.oneof(
    fc.integer({ min: -800, max: 800 }),
    fc.integer({ min: -4_000_000, max: 4_000_000 }),
  );
  await check(
    fc.property(anyDate(), days, (date, days) => {
      const time = Date.parse(date) + days * DAY;
      const isWritable = time >= Date.parse("0001-01-01") &&
        time <= Date.parse("9999-12-31");
      if (!isWritable) {
        assertThrows(() => addDays(date, days), RangeError);
        return;
      }
      const later = addDays(date, days);
      assertEquals(later, laterBy(date, days));
      assertEquals(daysBetween(date, later), days);
      assertEquals(addDays(later, -days), date);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("daysBetween() is the difference by Date, and turns its sign with the direction", async () => {
  await check(
    fc.property(anyDate(), anyDate(), anyDate(), (a, b, c) => {
      const days = (Date.parse(b) - Date.parse(a)) / DAY;
      assertEquals(daysBetween(a, b), days);
      assertEquals(daysBetween(b, a) + days, 0);
      assertEquals(addDays(a, days), b);
      assertEquals(daysBetween(a, c), days + daysBetween(b, c));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("dayOfWeek() agrees with Date", async () => {
  await check(
    fc.property(anyDate(), (date) => {
      assertEquals(dayOfWeek(date), new Date(date).getUTCDay());
    }),
    { numRuns: 2000 },
  );
});

Deno.test("eachDay() gives every day of a range once, in order, and refuses a reversed range", async () => {
  const start = dateBetween("0001-01-01", "9998-01-01");
  await check(
    fc.property(start, fc.nat({ max: 500 }), (start, length) => {
      const end = laterBy(start, length);
      assertEquals(
        [...eachDay(start, end)],
        Array.from({ length: length + 1 }, (_, i) => laterBy(start, i)),
      );
      if (length > 0) {
        assertThrows(() => assertDateRange(end, start), RangeError);
        assertThrows(() => eachDay(end, start), RangeError);
      }
    }),
  );
});

Deno.test("isoDateAt() has the same dates by Temporal and by Intl", async () => {
  const zone = fc.constantFrom(
    "UTC",
    "America/New_York",
    "America/Chicago",
    "Europe/London",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
  );
  const instant = fc.oneof(
    fc.date({
      min: new Date("0001-01-03"),
      max: new Date("9999-12-29"),
      noInvalidDate: true,
    }),
    // The clocks change, and days begin.
    fc.tuple(
      dateBetween("1967-01-01", "2037-12-31"),
      fc.integer({ min: -14 * 3600, max: 14 * 3600 }),
    ).map(([date, seconds]) => new Date(Date.parse(date) + seconds * 1000)),
  );
  await check(
    fc.property(instant, zone, (instant, zone) => {
      const [year, month, day] = wallDateByIntl(instant, zone);
      assertEquals(wallDateByTemporal(instant, zone), [year, month, day]);
      assertEquals(
        isoDateAt(instant, zone).split("-").map(Number),
        [year, month, day],
      );
    }),
    { numRuns: 1000 },
  );
});
