import {
  assert,
  assertEquals,
  assertFalse,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  DATASETS,
  type Layout,
  S3Catalog,
  type S3CatalogOptions,
} from "../../src/catalog/mod.ts";
import reference from "./testdata/datasets.json" with { type: "json" };

const catalog = new S3Catalog();
const live = new S3Catalog("flatfiles", { layout: "live" });

/** A value as an untyped caller could pass it. */
function untyped<T>(value: unknown): T {
  return value as T;
}

Deno.test("S3Catalog has the service's bucket unless told otherwise", () => {
  assertEquals(new S3Catalog().bucket, "flatfiles");
  assertEquals(new S3Catalog("my-copy").bucket, "my-copy");
});

Deno.test("S3Catalog makes the documented keys of the four everyday datasets", () => {
  assertEquals(
    [
      catalog.getStocksDailyKey("2024-01-02"),
      catalog.getStocksMinuteKey("2024-01-02"),
      catalog.getOptionsDailyKey("2024-01-02"),
      catalog.getOptionsMinuteKey("2024-01-02"),
    ],
    [
      "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
      "us_stocks_sip/minute_aggs_v1/2024/01/2024-01-02.csv.gz",
      "us_options/day_aggs_v1/2024/01/2024-01-02.csv.gz",
      "us_options/minute_aggs_v1/2024/01/2024-01-02.csv.gz",
    ],
  );
});

Deno.test("S3Catalog makes the live bucket's keys with layout 'live'", () => {
  assertEquals(
    [
      live.getStocksDailyKey("2024-01-02"),
      live.getStocksMinuteKey("2024-01-02"),
      live.getOptionsDailyKey("2024-01-02"),
      live.getOptionsMinuteKey("2024-01-02"),
    ],
    [
      "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
      "us_stocks_sip/minute_aggs_v1/2024/01/2024-01-02.csv.gz",
      "us_options_opra/day_aggs_v1/2024/01/2024-01-02.csv.gz",
      "us_options_opra/minute_aggs_v1/2024/01/2024-01-02.csv.gz",
    ],
  );
});

Deno.test("S3Catalog.getKey() makes the key of every dataset, in both layouts", () => {
  assertEquals(reference.datasets.length, 33);
  for (const { id, prefix } of reference.datasets) {
    assertEquals(
      live.getKey(id, "2023-11-30"),
      `${prefix}/2023/11/2023-11-30.csv.gz`,
    );
    assertEquals(
      catalog.getKey(id, "2023-11-30"),
      `${
        prefix.replace("us_options_opra", "us_options")
      }/2023/11/2023-11-30.csv.gz`,
    );
  }
});

Deno.test("S3Catalog.getKey() makes keys also of days on which the market is closed", () => {
  assertEquals(
    catalog.getKey("stocks_daily", "2024-02-29"),
    "us_stocks_sip/day_aggs_v1/2024/02/2024-02-29.csv.gz",
  );
  assertEquals(
    catalog.getKey("stocks_daily", "2024-12-25"),
    "us_stocks_sip/day_aggs_v1/2024/12/2024-12-25.csv.gz",
  );
});

Deno.test("S3Catalog.parseKeyMetadata() reads back every key of every dataset, in both layouts", () => {
  for (const { id } of reference.datasets) {
    for (const each of [catalog, live]) {
      for (const date of ["2019-02-28", "2020-02-29", "2024-12-31"]) {
        const key = each.getKey(id, date);
        for (const reader of [catalog, live]) {
          assertEquals(reader.parseKeyMetadata(key), {
            dataType: id as (typeof DATASETS)[number]["id"],
            date,
            year: date.slice(0, 4),
            month: date.slice(5, 7),
          });
          assert(reader.validateKey(key));
        }
      }
    }
  }
});

const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

const BROKEN_KEYS: readonly string[] = [
  "",
  " ",
  "/",
  `/${KEY}`,
  `//${KEY}`,
  `./${KEY}`,
  `../${KEY}`,
  `x/${KEY}`,
  `${KEY}/`,
  `${KEY} `,
  ` ${KEY}`,
  `${KEY}\n`,
  `\n${KEY}`,
  `${KEY}\0`,
  `\0${KEY}`,
  `${KEY}.bak`,
  `${KEY}\n${KEY}`,
  KEY.toUpperCase(),
  KEY.replace(".csv.gz", ".csv"),
  KEY.replace(".csv.gz", ".csv.gzz"),
  KEY.replace(".csv.gz", "xcsvxgz"),
  KEY.replace(".csv.gz", ""),
  KEY.replace("/2024-", "\\2024-"),
  KEY.replaceAll("/", "\\"),
  KEY.replace("2024/01/", "2024/01/../01/"),
  KEY.replace("2024/01/", "2024//01/"),
  KEY.replace("2024/01/", ""),
  KEY.replace("2024/01/", "2024/"),
  KEY.replace("/01/", "/1/"),
  KEY.replace("/01/", "/02/"),
  KEY.replace("/01/", "/00/"),
  KEY.replace("/01/", "/13/"),
  KEY.replace("/2024/", "/2023/"),
  KEY.replace("/2024/", "/24/"),
  KEY.replace("2024-01-02", "2024-01-2"),
  KEY.replace("2024-01-02", "20240102"),
  KEY.replace("2024-01-02", "2024-01-32"),
  KEY.replace("2024-01-02", "2024-01-00"),
  KEY.replace("2024-01-02", "2024-01-02T00"),
  KEY.replace("2024-01-02", "２０２４-01-02"),
  "us_stocks_sip/day_aggs_v1/2024/02/2024-02-30.csv.gz",
  "us_stocks_sip/day_aggs_v1/2023/02/2023-02-29.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/13/2024-13-01.csv.gz",
  "us_stocks_sip/day_aggs_v1/2024/00/2024-00-01.csv.gz",
  "us_stocks_sip/values_v1/2024/01/2024-01-02.csv.gz",
  "us_stocks/day_aggs_v1/2024/01/2024-01-02.csv.gz",
  "us_options_opra_opra/day_aggs_v1/2024/01/2024-01-02.csv.gz",
  "us_options_/day_aggs_v1/2024/01/2024-01-02.csv.gz",
  "us_options/us_options/day_aggs_v1/2024/01/2024-01-02.csv.gz",
  "__proto__/constructor/2024/01/2024-01-02.csv.gz",
  "README.txt",
];

Deno.test("S3Catalog.parseKeyMetadata() throws on everything that is no key", () => {
  for (const key of BROKEN_KEYS) {
    assertFalse(catalog.validateKey(key), JSON.stringify(key));
    const error = assertThrows(
      () => catalog.parseKeyMetadata(key),
      RangeError,
      "Cannot parse key",
      JSON.stringify(key),
    );
    assertFalse(/[\0\n]/.test(error.message), "the message is one line");
  }
});

Deno.test("S3Catalog.parseKeyMetadata() throws on every key with one character put in, taken out or replaced", () => {
  const key = catalog.getKey("stocks_daily", "2024-01-02");
  for (let at = 0; at <= key.length; at++) {
    const mutants = ["x", "/", ".", "\\", "\0", " ", "\u0131"].map((mark) =>
      key.slice(0, at) + mark + key.slice(at)
    );
    if (at < key.length) {
      mutants.push(key.slice(0, at) + key.slice(at + 1));
      mutants.push(key.slice(0, at) + "#" + key.slice(at + 1));
    }
    for (const mutant of mutants) {
      assertFalse(live.validateKey(mutant), JSON.stringify(mutant));
    }
  }
});

Deno.test("S3Catalog.parseKeyMetadata() throws a TypeError on what is no string", () => {
  for (const key of [undefined, null, 1, {}, [KEY], Symbol("key")]) {
    assertThrows(() => catalog.parseKeyMetadata(untyped(key)), TypeError);
    assertFalse(catalog.validateKey(key));
  }
});

Deno.test("S3Catalog.validateKey() never throws", () => {
  const hostile = {
    toString() {
      throw new Error("It was turned into a string");
    },
  };
  for (const value of [hostile, Object.create(null), () => {}, NaN, 1n]) {
    assertStrictEquals(catalog.validateKey(value), false);
  }
});

Deno.test("S3Catalog.getDateRangeKeys() leaves out weekends and Good Friday", () => {
  assertEquals(
    catalog.getDateRangeKeys("stocks_daily", "2024-03-28", "2024-04-01"),
    [
      "us_stocks_sip/day_aggs_v1/2024/03/2024-03-28.csv.gz",
      "us_stocks_sip/day_aggs_v1/2024/04/2024-04-01.csv.gz",
    ],
  );
});

Deno.test("S3Catalog.getDateRangeKeys() has the 21 trading days of January 2024, both ends included", () => {
  const keys = catalog.getDateRangeKeys(
    "stocks_daily",
    "2024-01-01",
    "2024-01-31",
  );
  assertEquals(keys.length, 21);
  assertEquals(keys.at(0), KEY);
  assertEquals(
    keys.at(-1),
    "us_stocks_sip/day_aggs_v1/2024/01/2024-01-31.csv.gz",
  );
  assertEquals(keys, keys.toSorted());
  assertEquals(
    catalog.getDateRangeKeys("stocks_daily", "2024-01-02", "2024-01-02"),
    [KEY],
  );
  assertEquals(
    catalog.getDateRangeKeys("stocks_daily", "2024-01-06", "2024-01-07"),
    [],
  );
});

Deno.test("S3Catalog.getDateRangeKeys() follows each dataset's own calendar and the layout", () => {
  // Christmas of 2024 was a Wednesday; the 28th and 29th are a weekend.
  const days = (dataType: string) =>
    live.getDateRangeKeys(dataType, "2024-12-25", "2024-12-29").map((key) =>
      key.slice(-17, -7)
    );
  assertEquals(days("stocks_trades"), ["2024-12-26", "2024-12-27"]);
  assertEquals(days("crypto_daily").length, 5);
  assertEquals(
    live.getDateRangeKeys("options_quotes", "2024-12-26", "2024-12-26"),
    ["us_options_opra/quotes_v1/2024/12/2024-12-26.csv.gz"],
  );
  assertEquals(
    catalog.getDateRangeKeys("options_quotes", "2024-12-26", "2024-12-26"),
    ["us_options/quotes_v1/2024/12/2024-12-26.csv.gz"],
  );
});

Deno.test("S3Catalog.getDateRangeKeys() accepts symbols, which change nothing", () => {
  assertEquals(
    catalog.getDateRangeKeys("stocks_daily", "2024-01-02", "2024-01-03", [
      "AAPL",
      "BRK.A",
    ]),
    catalog.getDateRangeKeys("stocks_daily", "2024-01-02", "2024-01-03"),
  );
  assertEquals(
    catalog.getDateRangeKeys("stocks_daily", "2024-01-02", "2024-01-02", []),
    [KEY],
  );
  const symbols = ["AAPL", "MSFT"];
  for (const given of [null, undefined, new Set(symbols), symbols.values()]) {
    assertEquals(
      catalog.getDateRangeKeys(
        "stocks_daily",
        "2024-01-02",
        "2024-01-02",
        given,
      ),
      [KEY],
    );
  }
});

Deno.test("S3Catalog.getDateRangeKeys() checks symbols", () => {
  for (
    const symbols of [
      "AAPL",
      1,
      {},
      [""],
      [" "],
      [1],
      [undefined],
      [,],
      new Set([""]),
    ]
  ) {
    assertThrows(
      () =>
        catalog.getDateRangeKeys(
          "stocks_daily",
          "2024-01-02",
          "2024-01-03",
          untyped(symbols),
        ),
      TypeError,
      "symbols",
    );
  }
});

Deno.test("S3Catalog.getBusinessDays() has the exchange's trading days", () => {
  assertEquals(S3Catalog.getBusinessDays("2024-01-12", "2024-01-17"), [
    "2024-01-12",
    "2024-01-16", // behind Martin Luther King's day
    "2024-01-17",
  ]);
});

Deno.test("S3Catalog.getMissingDates() has the trading days that are not there", () => {
  assertEquals(
    S3Catalog.getMissingDates(
      ["2024-01-12", "2024-01-12", "2024-01-13", "1999-01-04"],
      "2024-01-12",
      "2024-01-17",
    ),
    ["2024-01-16", "2024-01-17"],
  );
  assertEquals(
    S3Catalog.getMissingDates(
      new Set(S3Catalog.getBusinessDays("2024-01-01", "2024-12-31")),
      "2024-01-01",
      "2024-12-31",
    ),
    [],
  );
});

Deno.test("S3Catalog.getMissingDates() refuses malformed dates instead of ignoring them", () => {
  for (
    const date of ["2024-1-02", "2024-02-30", "20240102", "", "2024-01-02 "]
  ) {
    assertThrows(
      () =>
        S3Catalog.getMissingDates(
          ["2024-01-02", date],
          "2024-01-01",
          "2024-01-05",
        ),
      RangeError,
      "existing date",
    );
  }
  for (const date of [null, 20240102, new Date()]) {
    assertThrows(
      () =>
        S3Catalog.getMissingDates(
          [untyped(date)],
          "2024-01-01",
          "2024-01-05",
        ),
      TypeError,
    );
  }
  for (const dates of ["2024-01-02", null, undefined, 5, {}]) {
    assertThrows(
      () =>
        S3Catalog.getMissingDates(untyped(dates), "2024-01-01", "2024-01-05"),
      TypeError,
      "existingDates",
    );
  }
});

Deno.test("S3Catalog.getSummary() counts keys by data type", () => {
  assertEquals(catalog.getSummary([]), { total: 0 });
  assertEquals(
    catalog.getSummary([
      KEY,
      live.getKey("options_daily", "2024-01-02"),
      catalog.getKey("options_daily", "2024-01-03"),
    ]),
    { total: 3, stocks_daily: 1, options_daily: 2 },
  );
  assertEquals(
    catalog.getSummary(new Set([KEY, "README.txt", untyped<string>(null)])),
    { total: 3, stocks_daily: 1, invalid: 2 },
  );
  assertEquals(
    catalog.getSummary(
      DATASETS.map(({ id }) => catalog.getKey(id, "2024-01-02")),
    ),
    {
      total: 33,
      ...Object.fromEntries(reference.datasets.map(({ id }) => [id, 1])),
    },
  );
});

Deno.test("S3Catalog.getSummary() throws a TypeError on what is no iterable of keys", () => {
  for (const keys of [KEY, null, undefined, 5, {}]) {
    assertThrows(() => catalog.getSummary(untyped(keys)), TypeError, "keys");
  }
});

Deno.test("S3Catalog refuses impossible dates", () => {
  const bad = [
    "2024-02-30",
    "2023-02-29",
    "2024-13-01",
    "2024-00-10",
    "2024-1-2",
    "02-01-2024",
    "2024/01/02",
    "",
    "today",
    " 2024-01-02",
    "2024-01-02T00:00:00Z",
  ];
  for (const date of bad) {
    for (
      const call of [
        () => catalog.getStocksDailyKey(date),
        () => catalog.getStocksMinuteKey(date),
        () => catalog.getOptionsDailyKey(date),
        () => catalog.getOptionsMinuteKey(date),
        () => catalog.getKey("crypto_daily", date),
        () => catalog.getDateRangeKeys("stocks_daily", date, "2024-12-31"),
        () => catalog.getDateRangeKeys("stocks_daily", "2000-01-01", date),
        () => S3Catalog.getBusinessDays(date, "2024-12-31"),
        () => S3Catalog.getBusinessDays("2000-01-01", date),
        () => S3Catalog.getMissingDates([], date, "2024-12-31"),
        () => S3Catalog.getMissingDates([], "2000-01-01", date),
      ]
    ) {
      assertThrows(call, RangeError, undefined, `${date}: ${call}`);
    }
  }
  for (const date of [undefined, null, 20240102, new Date(), {}]) {
    for (
      const call of [
        () => catalog.getStocksDailyKey(untyped(date)),
        () => catalog.getKey("crypto_daily", untyped(date)),
        () =>
          catalog.getDateRangeKeys("stocks_daily", untyped(date), "2024-12-31"),
        () => S3Catalog.getBusinessDays("2000-01-01", untyped(date)),
        () => S3Catalog.getMissingDates([], untyped(date), "2024-12-31"),
      ]
    ) {
      assertThrows(call, TypeError, undefined, `${date}: ${call}`);
    }
  }
});

Deno.test("S3Catalog refuses a reversed range", () => {
  for (
    const call of [
      () =>
        catalog.getDateRangeKeys("crypto_daily", "2024-01-02", "2024-01-01"),
      () => S3Catalog.getBusinessDays("2024-01-02", "2024-01-01"),
      () => S3Catalog.getMissingDates([], "2024-01-02", "2024-01-01"),
    ]
  ) {
    assertThrows(call, RangeError);
  }
});

Deno.test("S3Catalog refuses an unknown data type, and says which there are", () => {
  for (
    const dataType of [
      "",
      "stocks",
      "Stocks_Daily",
      "stocks_daily ",
      "__proto__",
      "constructor",
      "x".repeat(10_000),
    ]
  ) {
    for (
      const call of [
        () => catalog.getKey(dataType, "2024-01-02"),
        () => catalog.getDateRangeKeys(dataType, "2024-01-02", "2024-01-03"),
      ]
    ) {
      const error = assertThrows(call, RangeError, "stocks_daily");
      assert(error.message.length < 2000);
    }
  }
  for (const dataType of [undefined, null, 5, {}, ["stocks_daily"]]) {
    assertThrows(
      () => catalog.getKey(untyped<string>(dataType), "2024-01-02"),
      TypeError,
    );
    assertThrows(
      () =>
        catalog.getDateRangeKeys(
          untyped<string>(dataType),
          "2024-01-02",
          "2024-01-03",
        ),
      TypeError,
    );
  }
});

Deno.test("S3Catalog's constructor refuses impossible buckets and options", () => {
  for (
    const bucket of [
      "",
      " ",
      "..",
      "../x",
      "a/b",
      "a..b",
      "a b",
      "-a",
      "a-",
      ".a",
      "a\0",
      "a\n",
      "ä",
      "a?b",
      "a".repeat(256),
    ]
  ) {
    assertThrows(
      () => new S3Catalog(bucket),
      RangeError,
      "Cannot use bucket: expected a name of letters",
      JSON.stringify(bucket),
    );
  }
  for (const bucket of [null, 5, {}, ["flatfiles"]]) {
    assertThrows(() => new S3Catalog(untyped(bucket)), TypeError);
  }
  for (const layout of ["", "other", "Live", "constructor"]) {
    assertThrows(
      () => new S3Catalog("b", { layout: untyped<Layout>(layout) }),
      RangeError,
      "layout",
    );
  }
  for (const options of [null, "live", 5]) {
    assertThrows(
      () => new S3Catalog("b", untyped<S3CatalogOptions>(options)),
      TypeError,
    );
  }
  assertThrows(
    () => new S3Catalog("b", { layout: untyped<Layout>(null) }),
    TypeError,
  );
});
