import { assertEquals, assertThrows } from "@std/assert";
import { getDataset } from "../../src/catalog/mod.ts";
import { parseLast } from "../../src/cli/date_options.ts";
import { readDates, readRange, untilToday } from "../../src/cli/dates.ts";
import { UsageError } from "../../src/cli/usage.ts";

// Wednesday, 2024-01-17, 12:00 in New York; Monday the 15th was a holiday of the exchange.
const NOON = new Date("2024-01-17T17:00:00Z");
const STOCKS = getDataset("stocks_daily");
const CRYPTO = getDataset("crypto_daily");

Deno.test("readDates reads one date, a range, and words for dates", () => {
  const read = (options: Parameters<typeof readDates>[0], now = NOON) =>
    readDates(options, STOCKS, now);
  assertEquals(read({}), undefined);
  const days = (from: string, to = from) => ({ from, to });
  assertEquals(read({ date: "2024-01-02" }), days("2024-01-02"));
  assertEquals(read({ date: "today" }), days("2024-01-17"));
  assertEquals(read({ date: "yesterday" }), days("2024-01-16"));
  assertEquals(read({ from: "2024-01-02" }), days("2024-01-02", "2024-01-17"));
  assertEquals(
    read({ from: "yesterday", to: "today" }),
    days("2024-01-16", "2024-01-17"),
  );
  for (
    const options of [
      { to: "2024-01-02" },
      { from: "2024-01-03", to: "2024-01-02" },
      { from: "2024-01-19" },
      { date: "today", from: "2024-01-02" },
      { date: "today", last: "5d" },
      { last: "5d", from: "2024-01-02" },
    ]
  ) {
    assertThrows(() => read(options), UsageError);
  }
});

Deno.test("readDates takes today for the day in the market's time zone", () => {
  const evening = new Date("2024-01-18T02:00:00Z");
  assertEquals(
    [STOCKS, CRYPTO].map((dataset) =>
      readDates({ date: "today" }, dataset, evening)?.from
    ),
    ["2024-01-17", "2024-01-18"],
  );
});

Deno.test("readDates counts days of --last as trading days whose files are due", () => {
  const read = (last: string, dataset = STOCKS, now = NOON, to?: string) => {
    const range = readDates({ last, ...(to && { to }) }, dataset, now);
    return [range?.from, range?.to];
  };
  assertEquals(read("1d"), ["2024-01-16", "2024-01-17"]);
  assertEquals(read("2d"), ["2024-01-12", "2024-01-17"]);
  assertEquals(read("5d"), ["2024-01-09", "2024-01-17"]);
  assertEquals(read("5d", CRYPTO), ["2024-01-12", "2024-01-17"]);
  // Before 11:00, the files of the day before are not due.
  const morning = new Date("2024-01-17T15:59:00Z");
  assertEquals(read("1d", STOCKS, morning)[0], "2024-01-12");
  assertEquals(read("5d", STOCKS, NOON, "2024-01-02"), [
    "2023-12-26",
    "2024-01-02",
  ]);
  assertEquals(read("9999d")[0], STOCKS.firstDate);
  assertEquals(read("250d")[0], "2023-01-18");
});

Deno.test("untilToday cuts a range off at today, and refuses one of the future", () => {
  const range = (from: string, to: string) =>
    untilToday({ from, to }, { from }, NOON);
  assertEquals(range("2024-01-02", "2030-01-02"), {
    from: "2024-01-02",
    to: "2024-01-17",
  });
  assertThrows(
    () => range("2024-01-19", "2030-01-02"),
    UsageError,
    "--from 2024-01-19 is in the future: today is 2024-01-17 in New York",
  );
  assertThrows(
    () =>
      untilToday(
        { from: "2030-01-01", to: "2030-01-01" },
        { date: "2030-01-01" },
        NOON,
      ),
    UsageError,
    "--date 2030-01-01",
  );
  // Where it is tomorrow already.
  assertEquals(range("2024-01-18", "2024-01-18").to, "2024-01-18");
  assertThrows(
    () => readRange({ from: "2030-01-01" }, ["stocks_daily"], NOON),
    UsageError,
    "in the future",
  );
});

Deno.test("readDates counts weeks, months and years by the calendar", () => {
  const from = (last: string, to: string) =>
    readDates({ last, to }, STOCKS, NOON)?.from;
  assertEquals(from("2w", "2024-01-14"), "2024-01-01");
  assertEquals(from("1m", "2024-03-31"), "2024-03-01");
  assertEquals(from("3m", "2024-01-17"), "2023-10-18");
  assertEquals(from("1y", "2024-02-29"), "2023-03-01");
});

Deno.test("parseLast takes days, weeks, months and years, and nothing else", () => {
  for (const text of ["1d", "2w", "3m", "9999y"]) {
    assertEquals(parseLast(text), text);
  }
  for (const text of ["", "d", "0d", "1", "1h", "-1d", "1.5d", "1 d", "5D"]) {
    assertThrows(() => parseLast(text), Error, "as 5d, 2w, 3m or 1y", text);
  }
});

Deno.test("readRange has a date for each data type where they differ", () => {
  const types = ["stocks_daily", "crypto_daily"] as const;
  assertEquals(readRange({}, types, NOON), { from: undefined, to: undefined });
  assertEquals(readRange({ from: "2024-01-02" }, types, NOON), {
    from: "2024-01-02",
    to: undefined,
  });
  assertEquals(readRange({ last: "5d" }, types, NOON), {
    from: { stocks_daily: "2024-01-09", crypto_daily: "2024-01-12" },
    to: undefined,
  });
  assertEquals(
    readRange(
      {
        from: {
          "*": "2020-01-01",
          "stocks_*": "2021-01-01",
          stocks_daily: "2022-01-01",
        },
      },
      types,
      NOON,
    ).from,
    { stocks_daily: "2022-01-01", crypto_daily: "2020-01-01" },
  );
  assertEquals(
    readRange({ from: { "stocks_*": "2021-01-01" } }, types, NOON).from,
    { stocks_daily: "2021-01-01" },
  );
});
