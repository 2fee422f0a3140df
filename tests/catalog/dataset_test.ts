import { assertLayout } from "../../src/catalog/layout.ts";
import { assertBucketName } from "../../src/base/mod.ts";
import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  DATASETS,
  type DataType,
  explainAbsence,
  getColumns,
  getDataset,
  getFileDates,
  getFileDay,
  S3Catalog,
  toLayout,
} from "../../src/catalog/mod.ts";
import { isIsoDate, MarketCalendar } from "../../src/calendar/mod.ts";
// Facts about the service, collected from its documentation and from listings.
import reference from "./testdata/datasets.json" with { type: "json" };

Deno.test("DATASETS holds the facts of the reference, dataset by dataset", () => {
  assertEquals(DATASETS.length, 33);
  assertEquals(
    JSON.parse(JSON.stringify(DATASETS)),
    JSON.parse(JSON.stringify(reference.datasets)),
  );
});

Deno.test("DATASETS makes sense", () => {
  assertEquals(new Set(DATASETS.map(({ id }) => id)).size, 33);
  assertEquals(new Set(DATASETS.map(({ prefix }) => prefix)).size, 33);
  for (const { id, prefix, firstDate, calendar, ...rest } of DATASETS) {
    assert(/^[a-z0-9_]+\/[a-z0-9_]+_v1$/.test(prefix), id);
    assert(isIsoDate(firstDate), id);
    assert(MarketCalendar.for(calendar).isTradingDay(firstDate), id);
    const [from, to] = rest.typicalCompressedBytesPerDay;
    assert(from > 0 && from <= to, id);
  }
});

Deno.test("getDataset() finds each dataset by its id", () => {
  for (const dataset of DATASETS) {
    assertEquals(getDataset(dataset.id), dataset);
  }
});

Deno.test("getDataset() refuses what is no data type", () => {
  assertThrows(
    () => getDataset("toString" as string),
    RangeError,
    "'toString'",
  );
  assertThrows(() => getDataset(null as unknown as string), TypeError);
});

Deno.test("toLayout() gives the options root the layout's name, and leaves the rest", () => {
  const rest = "day_aggs_v1/2024/01/2024-01-02.csv.gz";
  for (const name of ["us_options", "us_options_opra"]) {
    assertEquals(
      toLayout(`${name}/${rest}`, "live"),
      `us_options_opra/${rest}`,
    );
    assertEquals(
      toLayout(`${name}/${rest}`, "documented"),
      `us_options/${rest}`,
    );
  }
  assertEquals(toLayout("us_options/", "live"), "us_options_opra/");
  for (
    const other of ["", "us_options", "us_optionsx/a", "x/us_options/a", "/"]
  ) {
    assertEquals(toLayout(other, "live"), other);
    assertEquals(toLayout(other, "documented"), other);
  }
});

Deno.test("assertLayout() takes the two layouts and nothing else", () => {
  assertLayout("live");
  assertLayout("documented");
  assertThrows(() => assertLayout("LIVE"), RangeError);
  assertThrows(() => assertLayout(undefined), TypeError);
});

Deno.test("assertBucketName() takes names that other S3 services allow", () => {
  for (const name of ["flatfiles", "a", "A_b-c.d9", "x".repeat(255)]) {
    assertBucketName(name);
  }
  assertThrows(() => assertBucketName("arn:aws:s3:::x"), RangeError);
  assertThrows(() => assertBucketName(5), TypeError);
});

Deno.test("getDataset() and the catalog take data types known at run time; a misspelt one is an error of the compiler", () => {
  const catalog = new S3Catalog();
  const date = "2024-01-02";
  const key = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
  const text: string = ["stocks", "daily"].join("_");
  const asset: string = text.slice(0, 6);
  const kinds = ["daily", "minute"] as const;
  const types: DataType[] = ["stocks_daily"];
  assertEquals(catalog.getKey(text, date), key);
  assertEquals(catalog.getKey(`${asset}_daily`, date), key);
  assertEquals(catalog.getKey(`stocks_${kinds[0]}`, date), key);
  for (const type of types) assertEquals(catalog.getKey(type, date), key);
  for (const type of ["stocks_daily"]) {
    assertEquals(catalog.getDateRangeKeys(type, date, date), [key]);
  }
  assertEquals(getDataset(text).id, "stocks_daily");
  for (
    const misspelt of [
      // @ts-expect-error it is stocks_daily
      () => catalog.getKey("stock_daily", date),
      // @ts-expect-error it is stocks_daily
      () => catalog.getDateRangeKeys("stock_daily", date, date),
      // @ts-expect-error it is stocks_daily
      () => getDataset("stock_daily"),
      // @ts-expect-error it is stocks_daily
      () => getFileDay("stock_daily", date),
      // @ts-expect-error it is stocks_daily
      () => getFileDates("stock_daily", date, date),
      // @ts-expect-error it is stocks_daily
      () => getColumns("stock_daily"),
      // @ts-expect-error it is stocks_daily
      () => explainAbsence("stock_daily", date, new Date()),
      // @ts-expect-error there are no option values
      () => catalog.getKey(`options_${["values" as const][0]}`, date),
    ]
  ) {
    assertThrows(misspelt, RangeError);
  }
});

Deno.test("getColumns() has each column of each dataset, with a type", () => {
  for (const { id, columns } of DATASETS) {
    assertEquals([id, getColumns(id)?.map(({ name }) => name) ?? null], [
      id,
      columns,
    ]);
  }
  const [ticker, volume] = getColumns("stocks_daily") ?? [];
  assertEquals(ticker?.type, "text");
  assertEquals(volume, {
    name: "volume",
    type: "decimal",
    unit: "shares",
    note: "fractional since 2026-02-23, integers before",
  });
});

Deno.test("getColumns() says when the bars of each market begin, and what sizes are counted in", () => {
  const of = (id: string, name: string) =>
    getColumns(id)?.find((column) => column.name === name);
  assertEquals(
    ["stocks_daily", "indices_daily", "forex_daily", "futures_cme_session"]
      .map((id) => of(id, "window_start")?.note?.replace(/^.*: /, "")),
    [
      "00:00 in New York",
      "01:00 in New York",
      "00:00 UTC",
      "in the evening before",
    ],
  );
  for (const { id } of DATASETS) {
    for (const { name, type, zone, unit } of getColumns(id) ?? []) {
      const isTime = /timestamp$|^window_start$/.test(name);
      assertEquals([id, name, isTime], [id, name, type === "timestamp"]);
      if (isTime) assertEquals([zone, unit], ["UTC", "ns since 1970"]);
    }
  }
  assertEquals(
    of("stocks_quotes", "bid_size")?.note,
    "round lots before 2025-11-03",
  );
  assertEquals(of("options_trades", "size")?.unit, "contracts");
  assertEquals(getColumns("indices_values"), null);
});
