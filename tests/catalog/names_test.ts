import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  DATASETS,
  getDataset,
  readPrefix,
  S3Catalog,
  suggestDataTypes,
  toKey,
} from "../../src/catalog/mod.ts";

const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

Deno.test("suggestDataTypes knows misspelt words, other orders and cases, and the words of others", () => {
  const cases: Record<string, string[]> = {
    stocks_dialy: ["stocks_daily"],
    stocks_day: ["stocks_daily"],
    "stocks-daily": ["stocks_daily"],
    STOCKS_DAILY: ["stocks_daily"],
    StocksDaily: ["stocks_daily"],
    daily_stocks: ["stocks_daily"],
    stock_daily: ["stocks_daily"],
    equities_eod: ["stocks_daily"],
    us_stocks_sip_day_aggs_v1: ["stocks_daily"],
    "us_stocks_sip/minute_aggs_v1": ["stocks_minute"],
    stocks_minutes: ["stocks_minute"],
    stocks_1min: ["stocks_minute"],
    option_trade: ["options_trades"],
    "options nbbo": ["options_quotes"],
    optoins_qoutes: ["options_quotes"],
    index_values: ["indices_values"],
    fx_day: ["forex_daily"],
    currencies_quotes: ["forex_quotes"],
    crypto_ticks: ["crypto_trades"],
    futures_cme_daily: ["futures_cme_session"],
    cme_trades: ["futures_cme_trades"],
    stocks: ["stocks_daily", "stocks_minute", "stocks_trades", "stocks_quotes"],
    // There is no such kind of that market: what the market has.
    crypto_quotes: ["crypto_daily", "crypto_minute", "crypto_trades"],
    forex_trades: ["forex_daily", "forex_minute", "forex_quotes"],
    frobnicate: [],
    "": [],
    x: [],
  };
  for (const [name, expected] of Object.entries(cases)) {
    assertEquals([name, ...suggestDataTypes(name)], [name, ...expected]);
  }
  for (const { id, prefix } of DATASETS) {
    assertEquals(suggestDataTypes(id.toUpperCase()), [id]);
    assertEquals(suggestDataTypes(prefix), [id]);
  }
  assertEquals(suggestDataTypes("stocks ".repeat(1e6) + "daily").length, 4);
});

Deno.test("getDataset says what may have been meant", () => {
  assertThrows(
    () => getDataset("stocks_dialy" as string),
    RangeError,
    "Cannot find dataset 'stocks_dialy'; did you mean stocks_daily?",
  );
  assertThrows(
    () => getDataset("frobnicate" as string),
    RangeError,
    "Cannot find dataset 'frobnicate'; the data types are stocks_daily, ",
  );
});

Deno.test("toKey takes the address of a key or prefix", () => {
  for (const key of [KEY, "us_stocks_sip/", "us_options/trades_v1/2024/", ""]) {
    for (
      const name of [
        key,
        `/${key}`,
        `s3://flatfiles/${key}`,
        `S3://flatfiles/${key}`,
        `s3a://flatfiles/${key}`,
        `flatfiles/${key}`,
        `/flatfiles/${key}`,
        `https://files.massive.com/flatfiles/${key}`,
        `https://files.polygon.io/flatfiles/${key}?X-Amz-Signature=abc#x`,
        `https://Files.Polygon.IO/flatfiles/${key.replaceAll("_", "%5F")}`,
      ]
    ) {
      assertEquals([name, toKey(name)], [name, key]);
    }
  }
  assertEquals(toKey("s3://flatfiles"), "");
  assertEquals(toKey("flatfiles"), "");
  assertEquals(toKey(`s3://other/${KEY}`, "other"), KEY);
  assertEquals(
    toKey(
      `http://127.0.0.1:9000/flatfiles/${KEY}`,
      "flatfiles",
      "http://127.0.0.1:9000",
    ),
    KEY,
  );
  // A key may begin as the bucket is called.
  assertEquals(toKey("flatfiles/x.csv"), "flatfiles/x.csv");
  assertEquals(
    toKey("other/key with blanks%20.csv"),
    "other/key with blanks%20.csv",
  );
});

Deno.test("toKey refuses the address of another bucket or service, and shows no signature", () => {
  const other = assertThrows(() => toKey(`s3://other/${KEY}`), RangeError);
  assertEquals(
    other.message,
    `Cannot take 's3://other/${KEY}' as a key: it is one of bucket 'other', and bucket 'flatfiles' is asked`,
  );
  for (
    const name of [
      `https://files.massive.com/other/${KEY}`,
      `https://user:made-up@example.com/flatfiles/${KEY}?X-Amz-Signature=made-up`,
    ]
  ) {
    const { message } = assertThrows(() => toKey(name), RangeError);
    assertFalse(message.includes("X-Amz"), message);
  }
  assertThrows(() => toKey(7 as unknown as string), TypeError);
});

Deno.test("readPrefix tells datasets, years and months, and what there is in the place of none", () => {
  const read = (prefix: string) => {
    const { dataset, year, month, problem } = readPrefix(prefix);
    return problem ?? [dataset?.id, year, month];
  };
  assertEquals(read(""), [undefined, undefined, undefined]);
  assertEquals(read("us_"), [undefined, undefined, undefined]);
  assertEquals(read("us_stocks_sip"), [undefined, undefined, undefined]);
  assertEquals(read("us_stocks_sip/"), [undefined, undefined, undefined]);
  assertEquals(read("us_stocks_sip/day"), [undefined, undefined, undefined]);
  assertEquals(read("us_options/day_aggs_v1"), [
    "options_daily",
    undefined,
    undefined,
  ]);
  assertEquals(read("us_stocks_sip/day_aggs_v1/2024/01/"), [
    "stocks_daily",
    "2024",
    "01",
  ]);
  assertEquals(read("us_stocks_sip/day_aggs_v1/2024/13"), [
    "stocks_daily",
    "2024",
    undefined,
  ]);
  assertEquals(
    read("us_futures_cme/day_aggs_v1"),
    "there is no dataset us_futures_cme/day_aggs_v1; us_futures_cme has session_aggs_v1, minute_aggs_v1, trades_v1 and quotes_v1",
  );
  assertEquals(
    read("us_stocks/day_aggs_v1/"),
    "there is no dataset under us_stocks; did you mean us_stocks_sip?",
  );
});

Deno.test("S3Catalog.parseKeyMetadata refuses an address, and names the key in it", () => {
  const catalog = new S3Catalog();
  assertThrows(
    () => catalog.parseKeyMetadata(`s3://flatfiles/${KEY}`),
    RangeError,
    `; did you mean ${KEY}?`,
  );
  assertFalse(catalog.validateKey(`s3://flatfiles/${KEY}`));
});
