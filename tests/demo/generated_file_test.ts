import { md5 } from "../support/hash.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { crc32, gunzipSync } from "node:zlib";
import { MarketCalendar } from "../../src/calendar/mod.ts";
import { DATASETS, S3Catalog } from "../../src/catalog/mod.ts";
import { INVENTED_COLUMNS } from "../../src/demo/data/column_writers.ts";
import { combineCrc32 } from "../../src/demo/data/crc32_combine.ts";
import { planFile } from "../../src/demo/data/file_plan.ts";
import {
  generatedEtag,
  readGenerated,
} from "../../src/demo/data/generated_file.ts";
import {
  demoFileText,
  type DemoFileTextOptions,
  type DemoServer,
  startDemoServer,
} from "../../src/demo/mod.ts";
import { generateSegment } from "../../src/demo/data/segment.ts";
import { bytesOf, gunzip, signedFetch } from "../support/s3_client.ts";

const catalog = new S3Catalog("flatfiles", { layout: "live" });
const DATE = "2024-01-16";

async function get(server: DemoServer, key: string, range?: string) {
  const response = await signedFetch(server, `/flatfiles/${key}`, {
    headers: range === undefined ? {} : { range },
  });
  return { response, bytes: await bytesOf(response) };
}

async function textOf(
  key: string,
  scale = 1,
  shape: Omit<DemoFileTextOptions, "scale"> = {},
): Promise<string> {
  return await new Response(demoFileText(key, { scale, ...shape })).text();
}

/** Splits a row at the commas that stand outside of quotes. */
function fields(row: string): string[] {
  return [...row.matchAll(/("[^"]*"|[^,]*)(,|$)/g)].slice(0, -1)
    .map(([, field = ""]) => field);
}

/** Reads a CSV text of one file and checks what holds for every dataset. */
function readRows(text: string): Record<string, string>[] {
  assert(text.endsWith("\n") && !text.includes("\r"));
  const [header = "", ...lines] = text.slice(0, -1).split("\n");
  const columns = header.split(",");
  return lines.map((line) => {
    const values = line.includes('"') ? fields(line) : line.split(",");
    if (line.endsWith(",") && values.length < columns.length) values.push("");
    assertEquals(values.length, columns.length, line);
    return Object.fromEntries(
      columns.map((name, i) => [name, values[i] ?? ""]),
    );
  });
}

const TIME_COLUMNS = ["timestamp", "sip_timestamp", "participant_timestamp"];

function checkRows(
  rows: Record<string, string>[],
  datasetId: string,
  date: string,
): void {
  const dataset = DATASETS.find(({ id }) => id === datasetId);
  assert(dataset !== undefined);
  const session = MarketCalendar.for(dataset.calendar).session(date);
  assert(session !== null);
  const open = BigInt(session.open.getTime()) * 1_000_000n;
  const close = BigInt(session.close.getTime()) * 1_000_000n;
  let ticker = "";
  let time = 0n;
  for (const row of rows) {
    const context = JSON.stringify(row);
    assert((row.ticker ?? "") >= ticker, context);
    if (row.ticker !== ticker) time = 0n;
    ticker = row.ticker ?? "";
    if (row.open !== undefined) {
      const [low, from, to, high] = [row.low, row.open, row.close, row.high]
        .map(Number) as [number, number, number, number];
      assert(
        0 < low && low <= Math.min(from, to) && Math.max(from, to) <= high,
        context,
      );
      assertMatch(row.window_start ?? "", /^\d{19}$/);
      const start = BigInt(row.window_start ?? "");
      assert(start > time, context);
      time = start;
      if (dataset.kind === "minute_aggs") {
        assertEquals(start % 60_000_000_000n, 0n);
        assert(start >= open && start < close, context);
      }
    }
    for (const name of TIME_COLUMNS) {
      const value = row[name];
      if (value === undefined) continue;
      assertMatch(value, /^\d{19}$/, context);
      assert(BigInt(value) >= open && BigInt(value) < close, context);
    }
    const instant = row.sip_timestamp ?? row.timestamp;
    if (instant !== undefined) {
      assert(BigInt(instant) > time, context);
      time = BigInt(instant);
    }
    if (row.bid_price) {
      assert(Number(row.bid_price) < Number(row.ask_price), context);
    }
    for (const name of ["volume", "size", "transactions", "price", "value"]) {
      if (row[name] !== undefined) assert(Number(row[name]) > 0, context);
    }
    if (row.session_end_date !== undefined) {
      assertEquals(row.session_end_date, date);
    }
  }
}

for (const dataset of DATASETS) {
  const { id, columns } = dataset;
  Deno.test(`the generated file of ${id} has its columns and sensible rows`, async () => {
    const key = catalog.getKey(id, DATE);
    const text = await textOf(key, 1, { order: "sorted" });
    const header = text.slice(0, text.indexOf("\n"));
    assertEquals(header.split(","), [...columns ?? INVENTED_COLUMNS[id] ?? []]);
    const rows = readRows(text);
    assertGreater(rows.length, 100);
    checkRows(rows, id, DATE);
    assertGreater(new Set(rows.map(({ ticker }) => ticker)).size, 4);
  });
}

Deno.test("generated files have the quirks of the real ones", async () => {
  const trades = await textOf(catalog.getKey("stocks_trades", DATE));
  assertStringIncludes(trades, ',"12,37",');
  const rows = readRows(trades);
  assert(rows.some(({ conditions }) => conditions === ""), "empty conditions");
  assert(rows.some(({ trf_id }) => trf_id !== "0"));
  const daily = readRows(await textOf(catalog.getKey("stocks_daily", DATE)));
  assert(daily.some(({ volume }) => volume?.includes(".")), "fractional");
  assert(daily.some(({ volume }) => !volume?.includes(".")));
  for (const ticker of ["A", "AA", "AAPL", "SPY"]) {
    assert(daily.some((row) => row.ticker === ticker), ticker);
  }
  // Midnight in New York.
  assertEquals(daily[0]?.window_start, "1705381200000000000");
  const futures = await textOf(catalog.getKey("futures_nymex_session", DATE));
  assertMatch(futures, /\nBZ:BF G4-H4-J4,/);
  assertMatch(futures, /\nCL[A-Z]4-CL[A-Z]4,/);
  assertMatch(futures, /\nCLG4,/);
  const quotes = readRows(
    await textOf(catalog.getKey("futures_cme_quotes", DATE)),
  );
  assert(quotes.some(({ bid_price, bid_size }) => !bid_price && !bid_size));
  const options = readRows(await textOf(catalog.getKey("options_daily", DATE)));
  for (const { ticker = "" } of options) {
    const [, expiry = ""] = /^O:[A-Z]+(\d{6})[CP]\d{8}$/.exec(ticker) ?? [];
    assert(
      `20${expiry.slice(0, 2)}-${expiry.slice(2, 4)}-${expiry.slice(4)}` > DATE,
    );
  }
});

Deno.test("prices walk from one day to the next", async () => {
  const closes: number[] = [];
  for (const date of ["2024-01-16", "2024-01-17", "2024-01-18", "2024-01-19"]) {
    const rows = readRows(await textOf(catalog.getKey("stocks_daily", date)));
    closes.push(Number(rows.find(({ ticker }) => ticker === "AAPL")?.close));
  }
  for (let i = 1; i < closes.length; i++) {
    const change = (closes[i] ?? 0) / (closes[i - 1] ?? 1);
    assertNotEquals(change, 1);
    assert(change > 0.85 && change < 1.15, `${closes}`);
  }
});

Deno.test("a bar's file and a trade's file of a day are of the same prices", async () => {
  const minute = readRows(await textOf(catalog.getKey("stocks_minute", DATE)))
    .filter(({ ticker }) => ticker === "AAPL");
  const daily = readRows(await textOf(catalog.getKey("stocks_daily", DATE)))
    .find(({ ticker }) => ticker === "AAPL");
  assertGreater(minute.length, 10);
  const ratio = Number(minute[0]?.open) / Number(daily?.open);
  assert(ratio > 0.98 && ratio < 1.02, `${ratio}`);
});

Deno.test("a generated file is one whole gzip member, the same each time, at every scale", async () => {
  for (const scale of [0.01, 1, 7]) {
    await using server = startDemoServer({ scale });
    await using other = startDemoServer({ scale });
    for (
      const id of [
        "stocks_daily",
        "stocks_trades",
        "options_minute",
        "crypto_daily",
        "indices_values",
      ]
    ) {
      const key = catalog.getKey(id, DATE);
      const { bytes, response } = await get(server, key);
      assertEquals(response.headers.get("content-type"), "application/gzip");
      const text = await gunzip(bytes);
      assertEquals(gunzipSync(bytes).length, text.length);
      assertEquals(text, new TextEncoder().encode(await textOf(key, scale)));
      assertEquals((await get(other, key)).bytes, bytes);
      const trailer = new DataView(bytes.buffer, bytes.length - 8);
      assertEquals(trailer.getUint32(0, true), crc32(text));
      assertEquals(trailer.getUint32(4, true), text.length);
      checkRows(readRows(new TextDecoder().decode(text)), id, DATE);
    }
  }
});

Deno.test("content depends on the key, the scale and the version", async () => {
  const texts = [
    await textOf(catalog.getKey("forex_daily", "2024-01-16")),
    await textOf(catalog.getKey("forex_daily", "2024-01-17")),
    await textOf(catalog.getKey("forex_minute", "2024-01-16")),
    await textOf(catalog.getKey("forex_daily", "2024-01-16"), 1.01),
    await new Response(
      demoFileText(catalog.getKey("forex_daily", "2024-01-16"), { version: 1 }),
    ).text(),
  ];
  assertEquals(new Set(texts).size, texts.length);
});

Deno.test("segments of a large file join without a seam, and few bytes are padding", async () => {
  const scale = 50;
  for (const id of ["stocks_minute", "options_trades", "stocks_quotes"]) {
    const fileId = { key: catalog.getKey(id, DATE), scale, version: 0 };
    const plan = planFile(fileId);
    assertGreater(plan.segments, 10);
    let last = "";
    for (const index of [0, 1, 2, plan.segments - 2, plan.segments - 1]) {
      let text = "";
      const { packed } = generateSegment(
        plan,
        index,
        (content) => text = new TextDecoder().decode(content),
      );
      const rows = text.slice(0, -1).split("\n").slice(index === 0 ? 1 : 0);
      const first = rows[0]?.split(",")[0] ?? "";
      assert(first >= last, `${id} ${index}: ${first} after ${last}`);
      last = rows.at(-1)?.split(",")[0] ?? "";
      assertLessOrEqual(paddingOf(packed), packed.length * 0.1);
    }
    let size = 0;
    for await (const piece of readGenerated(fileId, 0, plan.size)) {
      size += piece.length;
    }
    assertEquals(size, plan.size);
  }
});

/** The bytes of empty blocks at the end of a segment. */
function paddingOf(packed: Uint8Array): number {
  let end = packed.length;
  for (;;) {
    const tail = [...packed.subarray(end - 4, end)].join();
    if (tail !== "0,0,255,255") return packed.length - end;
    end -= packed[end - 5] === 0 && packed[end - 6] === 2 ? 6 : 5;
  }
}

Deno.test("a file of many segments is sorted from end to end", async () => {
  const key = catalog.getKey("stocks_minute", DATE);
  const rows = readRows(await textOf(key, 50));
  assertGreater(new Set(rows.map(({ ticker }) => ticker)).size, 500);
  checkRows(rows, "stocks_minute", DATE);
});

/** The rows as runs in which tickers are in order. */
function runsOf(rows: Record<string, string>[]): Record<string, string>[][] {
  const runs: Record<string, string>[][] = [];
  let last: string | undefined;
  for (const row of rows) {
    const ticker = row.ticker ?? "";
    if (last === undefined || ticker < last) runs.push([]);
    runs.at(-1)?.push(row);
    last = ticker;
  }
  return runs;
}

Deno.test("option quotes are two to eight sorted runs with all tickers in each", async () => {
  for (const scale of [1, 4]) {
    const counts = new Set<number>();
    for (const date of [DATE, "2024-01-17", "2024-01-18", "2024-01-19"]) {
      const key = catalog.getKey("options_quotes", date);
      const runs = runsOf(readRows(await textOf(key, scale)));
      counts.add(runs.length);
      assert(runs.length >= 2 && runs.length <= 8, `${runs.length}`);
      for (const run of runs) {
        checkRows(run, "options_quotes", date);
        assertGreater(new Set(run.map(({ ticker }) => ticker)).size, 4);
      }
    }
    assertGreater(counts.size, 1);
  }
});

Deno.test("trades, quotes and values are in the order that is asked for; bars stay as they are", async () => {
  const changes = (rows: Record<string, string>[]) =>
    rows.filter(({ ticker }, at) => ticker !== rows[at - 1]?.ticker).length;
  for (const id of ["stocks_trades", "options_quotes", "indices_values"]) {
    const key = catalog.getKey(id, DATE);
    const sorted = readRows(await textOf(key, 5, { order: "sorted" }));
    assertEquals(runsOf(sorted).length, 1, id);
    assertGreater(
      runsOf(readRows(await textOf(key, 5, { order: "runs" }))).length,
      1,
      id,
    );
    const rows = readRows(await textOf(key, 5, { order: "shuffled" }));
    assertGreater(changes(rows), rows.length * 0.9, id);
    assertEquals(
      new Set(rows.map((row) => row.ticker)),
      new Set(sorted.map((row) => row.ticker)),
    );
  }
  const key = catalog.getKey("stocks_minute", DATE);
  checkRows(
    readRows(await textOf(key, 1, { order: "shuffled" })),
    "stocks_minute",
    DATE,
  );
});

Deno.test("oddities are tickers, times and sizes that readers stumble over", async () => {
  const stocks = readRows(
    await textOf(catalog.getKey("stocks_trades", DATE), 20, { oddities: true }),
  );
  assertEquals(runsOf(stocks).length, 1);
  const tickers = new Set(stocks.map(({ ticker }) => ticker));
  for (const name of ["NA", "TRUE", "AMpB", "AMPB", "BRK.A"]) {
    assert(tickers.has(name), name);
  }
  const times = new Set(stocks.map(({ sip_timestamp }) => sip_timestamp));
  assert(times.has("-68400000000000") && times.has("0"));
  assert(stocks.some(({ size }) => /^\d+\.000000$/.test(size ?? "")));
  const futures = await textOf(
    catalog.getKey("futures_cme_trades", DATE),
    20,
    { oddities: true, order: "shuffled" },
  );
  assertStringIncludes(futures, "\nBZ:BF G6-H6-J6,");
  const options = await textOf(
    catalog.getKey("options_trades", DATE),
    20,
    { oddities: true },
  );
  assertStringIncludes(options, "\nO:AAPL1260117C00100000,");
  assert(
    !(await textOf(catalog.getKey("stocks_trades", DATE), 20)).includes(
      "\nNA,",
    ),
  );
});

Deno.test("startDemoServer() serves files in an order, with oddities, under other ETags", async () => {
  const key = catalog.getKey("stocks_trades", DATE);
  const etags = new Set<string | null>();
  for (
    const shape of [{}, { order: "shuffled" }, { oddities: true }] as const
  ) {
    await using server = startDemoServer(shape);
    const { response, bytes } = await get(server, key);
    etags.add(response.headers.get("etag"));
    assertEquals(gunzipSync(bytes).toString(), await textOf(key, 1, shape));
  }
  assertEquals(etags.size, 3);
  assertThrows(
    () => startDemoServer({ order: "random" as "sorted" }),
    RangeError,
    "Cannot use order",
  );
});

Deno.test("more tickers than there are names still come in order", () => {
  for (const id of ["stocks_daily", "futures_cme_session", "options_daily"]) {
    const { universe } = planFile({
      key: catalog.getKey(id, DATE),
      scale: 400,
      version: 0,
    });
    assertGreater(universe.size, 60_000);
    let last = "";
    for (let i = 0; i < universe.size; i++) {
      const { name } = universe.at(i);
      assert(name > last, `${name} after ${last}`);
      last = name;
    }
  }
});

Deno.test("ranges of a generated file are slices of it", async () => {
  await using server = startDemoServer({ scale: 5 });
  const key = catalog.getKey("stocks_trades", DATE);
  const { bytes, response } = await get(server, key);
  const size = bytes.length;
  for (
    const [start, end] of [
      [0, 1],
      [0, 60],
      [20, 70],
      [40, 48],
      [size - 8, size],
      [size - 1, size],
      [size - 20, size - 4],
      [250_000, 600_000],
      [size >> 1, size],
    ] as const
  ) {
    const part = await get(server, key, `bytes=${start}-${end - 1}`);
    assertEquals(part.bytes, bytes.slice(start, end), `${start} to ${end}`);
    assertEquals(
      part.response.headers.get("etag"),
      response.headers.get("etag"),
    );
  }
});

Deno.test("the end of a large file is known without the rest having been sent", async () => {
  const id = {
    key: catalog.getKey("crypto_trades", DATE),
    scale: 6.25,
    version: 0,
  };
  const { size } = planFile(id);
  const tail: number[] = [];
  for await (const piece of readGenerated(id, size - 8, size)) {
    tail.push(...piece);
  }
  const text = new TextEncoder().encode(await textOf(id.key, id.scale));
  const trailer = new DataView(new Uint8Array(tail).buffer);
  assertEquals(trailer.getUint32(0, true), crc32(text));
  assertEquals(trailer.getUint32(4, true), text.length);
});

Deno.test("small files have their MD5 as ETag, larger ones that of an upload in parts", async () => {
  await using server = startDemoServer();
  const daily = await get(server, catalog.getKey("stocks_daily", DATE));
  assertEquals(
    daily.response.headers.get("etag"),
    `"${md5(daily.bytes)}"`,
  );
  const trades = await get(server, catalog.getKey("stocks_trades", DATE));
  assertMatch(
    trades.response.headers.get("etag") ?? "",
    /^"[0-9a-f]{32}-\d+"$/,
  );
  const large = { key: catalog.getKey("stocks_trades", DATE), version: 0 };
  assertMatch(generatedEtag({ ...large, scale: 100_000 }), /-\d{4,}$/);
});

Deno.test("a file of gigabytes begins at once", async () => {
  await using server = startDemoServer({ scale: 20_000 });
  const key = catalog.getKey("stocks_quotes", DATE);
  const response = await signedFetch(server, `/flatfiles/${key}`);
  assertGreater(Number(response.headers.get("content-length")), 3e9);
  const reader = response.body?.getReader();
  const { value } = await reader?.read() ?? {};
  assertEquals([...value?.subarray(0, 2) ?? []], [0x1f, 0x8b]);
  await reader?.cancel();
  const middle = await get(server, key, "bytes=2500000000-2500000099");
  assertEquals(middle.bytes.length, 100);
});

Deno.test("sizes are those that the scale promises", () => {
  for (
    const [id, low, high] of [
      ["stocks_daily", 5_000, 12_000],
      ["options_minute", 60_000, 120_000],
      ["stocks_trades", 100_000, 300_000],
      ["futures_cme_quotes", 100_000, 300_000],
    ] as const
  ) {
    for (
      const date of MarketCalendar.for("XNYS").tradingDays(
        "2024-01-01",
        "2024-02-01",
      )
    ) {
      const { size } = planFile({
        key: catalog.getKey(id, date),
        scale: 1,
        version: 0,
      });
      assert(size >= low && size <= high, `${id} ${size}`);
    }
  }
});

Deno.test("demoFileText() refuses what is no key and impossible scales", async () => {
  assertThrows(() => demoFileText("README.txt"), RangeError);
  const key = catalog.getKey("stocks_daily", DATE);
  for (const scale of [0, -1, NaN, Infinity, 1e9]) {
    assertThrows(() => demoFileText(key, { scale }), RangeError);
  }
  // It stops where its reader does.
  const stream = demoFileText(key, { scale: 1000 });
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals((await reader.read()).done, true);
});

Deno.test("combineCrc32() is the CRC-32 of both pieces", () => {
  const text = new TextEncoder().encode("The quick brown fox".repeat(5000));
  for (const cut of [0, 1, 7, 4096, text.length - 1, text.length]) {
    assertEquals(
      combineCrc32(
        crc32(text.subarray(0, cut)),
        crc32(text.subarray(cut)),
        text.length - cut,
      ),
      crc32(text),
    );
  }
});

Deno.test("an object's own failure is in the record", async () => {
  const errors: unknown[] = [];
  {
    await using server = startDemoServer({
      objects: [["broken", {
        body: {
          size: 10,
          // deno-lint-ignore require-yield
          async *read() {
            await Promise.resolve();
            throw new Error("made up");
          },
        },
      }]],
      onRequest: ({ error, completed }) =>
        errors.push([String(error), completed]),
    });
    const response = await signedFetch(server, "/flatfiles/broken");
    await assertRejects(() => response.arrayBuffer());
  }
  assertEquals(errors, [["Error: made up", false]]);
});
