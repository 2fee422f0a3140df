import { assertDateRange, assertIsoDate } from "../../src/base/mod.ts";
import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertLessOrEqual,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  addDays,
  dayOfWeek,
  daysBetween,
  eachDay,
  isIsoDate,
  isoDateAt,
} from "../../src/calendar/mod.ts";

const IMPOSSIBLE = [
  "2024-02-30",
  "2023-02-29",
  "1900-02-29",
  "2024-04-31",
  "2024-13-01",
  "2024-00-10",
  "2024-01-00",
  "2024-01-32",
  "0000-01-01",
];

const MALFORMED = [
  "",
  "2024",
  "2024-1-02",
  "2024-01-2",
  "24-01-02",
  "20240102",
  "2024/01/02",
  "2024-01-02 ",
  " 2024-01-02",
  "2024-01-02\n",
  "2024-01-02\0",
  "2024-01-02T00:00:00Z",
  "+2024-01-02",
  "12024-01-02",
  "-024-01-02",
  "2024-01-0x",
  "2024-0１-02",
  "２０２４-01-02",
  "2024–01–02",
  "1e03-01-02",
  "0x10-01-02",
  "../../../x",
  "today",
];

const NOT_STRINGS: unknown[] = [
  undefined,
  null,
  20240102,
  NaN,
  true,
  {},
  ["2024-01-02"],
  new Date(0),
  Symbol("2024-01-02"),
  10n,
  new String("2024-01-02"),
];

/** A value as an untyped caller could pass it. */
function untyped<T>(value: unknown): T {
  return value as T;
}

Deno.test("isIsoDate() accepts dates that exist", () => {
  for (
    const date of [
      "0001-01-01",
      "1900-02-28",
      "2000-02-29",
      "2024-02-29",
      "2024-12-31",
      "9999-12-31",
    ]
  ) {
    assert(isIsoDate(date), date);
  }
});

Deno.test("isIsoDate() refuses everything else, and never throws", () => {
  for (const value of [...IMPOSSIBLE, ...MALFORMED, ...NOT_STRINGS]) {
    assertFalse(isIsoDate(value), String(value));
  }
});

Deno.test("isIsoDate() agrees with Date on every day of every kind of year", () => {
  for (const year of [1896, 1900, 2000, 2023, 2024, 2100]) {
    for (let month = 1; month <= 12; month++) {
      for (let day = 1; day <= 31; day++) {
        const text = `${year}-${String(month).padStart(2, "0")}-${
          String(day).padStart(2, "0")
        }`;
        const exists =
          new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
        assertEquals(isIsoDate(text), exists, text);
      }
    }
  }
});

Deno.test("assertIsoDate() names the value and what it was to be", () => {
  assertIsoDate("2024-02-29");
  assertThrows(
    () => assertIsoDate("2024-02-30", "startDate"),
    RangeError,
    "Cannot use '2024-02-30' as startDate: there is no such day",
  );
  assertThrows(
    () => assertIsoDate("yesterday"),
    RangeError,
    "Cannot use date: expected a date as YYYY-MM-DD, got 'yesterday'",
  );
  assertThrows(
    () => assertIsoDate(null, "endDate"),
    TypeError,
    "Cannot use endDate: expected a date as YYYY-MM-DD, got null",
  );
});

Deno.test("assertIsoDate() throws a RangeError for a string and a TypeError for anything else", () => {
  for (const value of [...IMPOSSIBLE, ...MALFORMED]) {
    assertThrows(() => assertIsoDate(value), RangeError);
  }
  for (const value of NOT_STRINGS) {
    assertThrows(() => assertIsoDate(value), TypeError);
  }
});

Deno.test("assertIsoDate() keeps hostile strings out of the message", () => {
  for (
    const value of [
      "x".repeat(5_000_000),
      "\x1b[31mred\x1b[0m\r\nmore",
      "\u202e20-10-4202",
      "\u009b31m",
      "'; DROP TABLE",
      "\ud800",
    ]
  ) {
    const error = assertThrows(() => assertIsoDate(value), RangeError);
    assertLessOrEqual(error.message.length, 200);
    assertMatch(error.message, /^[\x20-\x7e…]+$/);
    assertFalse(error.message.endsWith("."));
  }
});

Deno.test("assertDateRange() takes one day, and refuses a reversed range", () => {
  assertDateRange("2024-01-02", "2024-01-02");
  assertDateRange("2023-12-31", "2024-01-01");
  assertThrows(
    () => assertDateRange("2024-01-02", "2024-01-01"),
    RangeError,
    "Cannot use '2024-01-02' to '2024-01-01' as a range: the end is before the start",
  );
});

Deno.test("assertDateRange() says which end is wrong", () => {
  assertThrows(
    () => assertDateRange("2024-02-30", "2024-03-01"),
    RangeError,
    "as startDate",
  );
  assertThrows(
    () => assertDateRange("2024-02-01", "2024-02-30"),
    RangeError,
    "as endDate",
  );
  assertThrows(
    () => assertDateRange("2024-02-01", untyped(undefined)),
    TypeError,
    "use endDate",
  );
});

Deno.test("addDays() crosses months, years and leap days", () => {
  assertEquals(addDays("2024-02-28", 1), "2024-02-29");
  assertEquals(addDays("2023-02-28", 1), "2023-03-01");
  assertEquals(addDays("2024-01-01", -1), "2023-12-31");
  assertEquals(addDays("2024-01-01", 0), "2024-01-01");
  assertEquals(addDays("0001-01-01", 3_652_058), "9999-12-31");
  assertEquals(addDays("9999-12-31", -3_652_058), "0001-01-01");
});

Deno.test("addDays() refuses what is not a whole number, and results without a name", () => {
  for (const days of ["1", null, undefined, 1n]) {
    assertThrows(() => addDays("2024-01-01", untyped(days)), TypeError);
  }
  for (const days of [NaN, Infinity, -Infinity, 0.5, 2 ** 53]) {
    assertThrows(() => addDays("2024-01-01", days), RangeError);
  }
  assertThrows(() => addDays("9999-12-31", 1), RangeError, "0001 to 9999");
  assertThrows(() => addDays("0001-01-01", -1), RangeError, "0001 to 9999");
  assertThrows(() => addDays("2024-02-30", 1), RangeError, "as date");
});

Deno.test("daysBetween() is the inverse of addDays()", () => {
  assertEquals(daysBetween("2024-02-28", "2024-03-01"), 2);
  assertEquals(daysBetween("2024-03-01", "2024-02-28"), -2);
  for (const days of [-1_000_000 / 2, -366, -1, 0, 1, 59, 60, 61, 146_097]) {
    assertEquals(daysBetween("2020-01-01", addDays("2020-01-01", days)), days);
  }
  assertThrows(() => daysBetween("x", "2024-01-01"), RangeError, "use from");
  assertThrows(() => daysBetween("2024-01-01", "x"), RangeError, "use to");
});

Deno.test("dayOfWeek() agrees with Date", () => {
  assertEquals(dayOfWeek("1970-01-01"), 4);
  assertEquals(dayOfWeek("0001-01-01"), 1);
  for (const date of eachDay("1899-12-25", "1900-03-05")) {
    assertEquals(dayOfWeek(date), new Date(date).getUTCDay(), date);
  }
  assertThrows(() => dayOfWeek("2024-02-30"), RangeError);
});

Deno.test("eachDay() gives both ends and every day between them", () => {
  assertEquals([...eachDay("2024-02-28", "2024-03-01")], [
    "2024-02-28",
    "2024-02-29",
    "2024-03-01",
  ]);
  assertEquals([...eachDay("2024-01-01", "2024-01-01")], ["2024-01-01"]);
  const days = [...eachDay("1600-01-01", "1999-12-31")];
  assertEquals(days.length, 146_097);
  assertEquals(
    days,
    days.map((_, index) =>
      new Date(Date.UTC(1600, 0, 1 + index)).toISOString().slice(0, 10)
    ),
  );
});

Deno.test("eachDay() checks the range before the first day is asked for", () => {
  assertThrows(() => eachDay("2024-01-02", "2024-01-01"), RangeError);
  assertThrows(() => eachDay("2024-01-02", untyped(5)), TypeError);
});

Deno.test("isoDateAt() is the date on the wall in that time zone", () => {
  const instant = new Date("2024-01-01T23:30:00Z");
  assertEquals(isoDateAt(instant, "UTC"), "2024-01-01");
  assertEquals(isoDateAt(instant, "Asia/Tokyo"), "2024-01-02");
  assertEquals(isoDateAt(instant, "America/New_York"), "2024-01-01");
  assertEquals(
    isoDateAt(new Date("2024-07-01T03:59:59.999Z"), "America/New_York"),
    "2024-06-30",
  );
  assertEquals(
    isoDateAt(new Date("2024-07-01T04:00:00Z"), "America/New_York"),
    "2024-07-01",
  );
});

Deno.test("isoDateAt() pads early years and refuses those without a name", () => {
  assertEquals(
    isoDateAt(new Date("0042-03-05T12:00:00Z"), "UTC"),
    "0042-03-05",
  );
  assertEquals(
    isoDateAt(new Date("9999-12-31T12:00:00Z"), "UTC"),
    "9999-12-31",
  );
  for (
    const instant of [
      8.64e15,
      -8.64e15,
      Date.UTC(10_000, 0, 1),
      -62_135_596_800_001,
    ]
  ) {
    assertThrows(
      () => isoDateAt(new Date(instant), "UTC"),
      RangeError,
      "0001 to 9999",
    );
  }
});

Deno.test("isoDateAt() refuses bad arguments", () => {
  const now = new Date(0);
  assertThrows(() => isoDateAt(untyped("2024-01-01"), "UTC"), TypeError);
  assertThrows(() => isoDateAt(untyped(0), "UTC"), TypeError);
  assertThrows(() => isoDateAt(now, untyped(undefined)), TypeError);
  assertThrows(() => isoDateAt(new Date(NaN), "UTC"), RangeError, "invalid");
  const error = assertThrows(
    () => isoDateAt(now, "Mars/Olympus_Mons\n"),
    RangeError,
  );
  assertStringIncludes(error.message, "'Mars/Olympus_Mons\\n'");
  assertInstanceOf(error.cause, RangeError);
});
