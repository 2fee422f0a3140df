import { assertEquals, assertThrows } from "@std/assert";
import {
  DATASETS,
  type FileDatesOptions,
  type FileDay,
  getFileDates,
  getFileDay,
  S3Catalog,
} from "../../src/catalog/mod.ts";

Deno.test("getFileDay() says on which days a file is due, or may be", () => {
  // 2023-04-07 is Good Friday, 2022-06-20 Juneteenth, 2024-01-05 to 08 a weekend.
  const cases: [string, string, FileDay][] = [
    ["stocks_daily", "2024-01-05", "expected"],
    ["stocks_daily", "2023-04-07", "none"],
    ["stocks_daily", "2024-01-06", "none"],
    ["options_trades", "2018-10-11", "expected"],
    ["options_trades", "2018-10-12", "optional"],
    ["options_daily", "2018-10-12", "expected"],
    ["options_trades", "2022-06-20", "optional"],
    ["options_trades", "2024-01-06", "none"],
    ["indices_daily", "2023-04-06", "expected"],
    ["indices_daily", "2023-04-07", "optional"],
    ["indices_minute", "2024-01-07", "none"],
    // A US stock holiday on which the futures trade, and one on which they do not.
    ["futures_cme_trades", "2024-01-15", "expected"],
    ["futures_cme_trades", "2024-12-25", "optional"],
    ["futures_cme_trades", "2024-01-07", "none"],
    ["futures_nymex_quotes", "2024-01-07", "optional"],
    ["futures_nymex_quotes", "2024-01-06", "none"],
    ["forex_daily", "2024-01-05", "expected"],
    ["forex_daily", "2024-01-06", "optional"],
    ["forex_quotes", "2024-01-07", "optional"],
    ["crypto_daily", "2024-01-06", "expected"],
  ];
  for (const [dataType, date, day] of cases) {
    assertEquals(getFileDay(dataType, date), day, `${dataType} ${date}`);
  }
});

Deno.test("getFileDates() counts the files that users have counted", () => {
  const range = ["2023-03-09", "2026-08-11"] as const;
  assertEquals(getFileDates("indices_daily", ...range).length, 859);
  assertEquals(
    getFileDates("indices_daily", ...range, { optional: true }).length,
    894,
  );
  assertEquals(
    getFileDates("stocks_daily", "2003-09-10", "2026-08-31", { optional: true })
      .length,
    5780,
  );
});

Deno.test("getFileDates() has the days that getFileDay() calls expected, or optional", () => {
  const week = ["2024-01-01", "2024-01-07"] as const;
  for (const { id } of DATASETS) {
    const days = Array.from({ length: 7 }, (_, day) => `2024-01-0${day + 1}`);
    const of = (...kinds: FileDay[]) =>
      days.filter((date) => kinds.includes(getFileDay(id, date)));
    assertEquals(getFileDates(id, ...week), of("expected"));
    assertEquals(
      getFileDates(id, ...week, { optional: true }),
      of("expected", "optional"),
    );
  }
});

Deno.test("getFileDates() refuses what is no option, and a reversed range", () => {
  for (const options of [null, 1, { optional: "yes" }] as unknown[]) {
    assertThrows(
      () =>
        getFileDates(
          "stocks_daily",
          "2024-01-01",
          "2024-01-02",
          options as FileDatesOptions,
        ),
      TypeError,
    );
  }
  assertThrows(
    () => getFileDates("stocks_daily", "2024-01-02", "2024-01-01"),
    RangeError,
  );
});

Deno.test("S3Catalog.getDateRangeKeys() stays with expected days, unless told to take the optional ones", () => {
  const catalog = new S3Catalog();
  const range = ["forex_daily", "2024-01-05", "2024-01-08"] as const;
  const dates = (keys: string[]) => keys.map((key) => key.slice(-17, -7));
  assertEquals(dates(catalog.getDateRangeKeys(...range)), [
    "2024-01-05",
    "2024-01-08",
  ]);
  assertEquals(
    dates(catalog.getDateRangeKeys(...range, [], { optional: true })),
    ["2024-01-05", "2024-01-06", "2024-01-07", "2024-01-08"],
  );
});
