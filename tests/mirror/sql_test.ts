import { assertEquals, assertRejects } from "@std/assert";
import type { Mirror, SqlEvent } from "../../src/mirror/mod.ts";
import { DuckDBError } from "../../src/rows/mod.ts";
import { gzip } from "../support/data.ts";
import { keyOf, type Setup, setUp, WEEK } from "./_mirror.ts";

const DATE = "2024-01-02";

/** A mirror of a week, of whose first day the rows are known. */
async function setUpRows(): Promise<Setup> {
  const setup = await setUp();
  const csv =
    "ticker,volume,close,window_start,transactions\nNA,1.5,2,1704171600000000001,9007199254740993\n";
  setup.server.objects.set(keyOf(DATE), {
    body: await gzip(new TextEncoder().encode(csv)),
  });
  return setup;
}

async function sync(mirror: Mirror): Promise<void> {
  await mirror.sync(await mirror.plan<string>({ ...WEEK, to: DATE }));
}

Deno.test("Mirror.sql() gives columns with types, rows that keep each digit, and tells what they are read from", async () => {
  await using setup = await setUpRows();
  await using mirror = await setup.open();
  await sync(mirror);
  const events: SqlEvent[] = [];
  await using result = await mirror.sql(
    "SELECT ticker, volume, window_start, transactions, date FROM stocks_daily",
    { onEvent: (event) => events.push(event) },
  );
  assertEquals(result.columns, [
    { name: "ticker", type: "VARCHAR" },
    { name: "volume", type: "DOUBLE" },
    { name: "window_start", type: "TIMESTAMP_NS" },
    { name: "transactions", type: "BIGINT" },
    { name: "date", type: "DATE" },
  ]);
  assertEquals((await Array.fromAsync(result.rows())).flat(), [
    ["NA", 1.5, "2024-01-02 05:00:00.000000001", "9007199254740993", DATE],
  ]);
  assertEquals(await result.count(), 1);
  assertEquals(events.filter(({ code }) => code === "table"), [{
    code: "table",
    dataType: "stocks_daily",
    parquet: 0,
    csv: 1,
    lacking: [],
    misfits: [],
  }]);
  // It can be read again, but not after a reading that was left.
  assertEquals((await Array.fromAsync(result.rows(0))).flat(), []);
  const csv = await new Response(ReadableStream.from(result.write("csv")))
    .text();
  assertEquals(
    csv.split("\n")[1],
    "NA,1.5,2024-01-02 05:00:00.000000001,9007199254740993,2024-01-02",
  );
  for await (const _ of result.rows()) break;
  await assertRejects(
    () => Array.fromAsync(result.rows()),
    DuckDBError,
    "left before its end",
  );
});

Deno.test("Mirror.sql(): a day that is empty, and values that do not fit, spoil no other day", async () => {
  await using setup = await setUp();
  const header = "ticker,volume,transactions,window_start";
  for (
    const [date, content] of [
      ["2024-01-02", `${header}\nA,1.5,4,1704171600000000000\n`],
      ["2024-01-03", ""],
      ["2024-01-04", `${header}\nA,x,4.6,1704344400000000000\n`],
    ] as const
  ) {
    setup.server.objects.set(keyOf(date), {
      body: await gzip(new TextEncoder().encode(content)),
    });
  }
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan<string>({ ...WEEK, to: "2024-01-04" }));
  const query =
    "SELECT date, volume, transactions FROM stocks_daily ORDER BY date";
  const rowsOf = async (query: string) => {
    await using result = await mirror.sql(query, { onEvent });
    return (await Array.fromAsync(result.rows())).flat();
  };
  const events: SqlEvent[] = [];
  const onEvent = (event: SqlEvent) => events.push(event);
  const good = ["2024-01-02", 1.5, "4"];
  assertEquals(
    await rowsOf(query.replace("ORDER", "WHERE date < '2024-01-04' ORDER")),
    [good],
  );
  await assertRejects(
    () => rowsOf(query),
    DuckDBError,
    "would have NULL there",
  );
  await mirror.toParquet();
  events.length = 0;
  assertEquals(await rowsOf(query.replace(" FROM", ", volume_text FROM")), [
    [...good, null],
    ["2024-01-04", null, null, "x"],
  ]);
  assertEquals(events, [{
    code: "table",
    dataType: "stocks_daily",
    parquet: 3,
    csv: 0,
    lacking: [],
    misfits: [{ date: "2024-01-04", columns: ["volume", "transactions"] }],
  }]);
});

Deno.test("Mirror.sql(): a day whose header row is blank has no rows", async () => {
  await using setup = await setUpRows();
  setup.server.objects.set(keyOf("2024-01-03"), {
    body: await gzip(new TextEncoder().encode("\n")),
  });
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan<string>({ ...WEEK, to: "2024-01-03" }));
  await using result = await mirror.sql("SELECT ticker FROM stocks_daily");
  assertEquals((await Array.fromAsync(result.rows())).flat(), [["NA"]]);
});

/** A dataset of each asset class, and of each kind of rows. */
const KINDS = [
  ...["stocks_minute", "stocks_trades", "stocks_quotes", "options_daily"],
  ...["options_trades", "options_quotes", "indices_minute", "forex_quotes"],
  ...["futures_cme_session", "futures_cme_quotes", "crypto_trades"],
];

Deno.test("Mirror.sql() gives the same types and values from CSV and from Parquet, of every kind of dataset", async () => {
  await using setup = await setUp({ scale: 0.01, oddities: true });
  await using mirror = await setup.open();
  const range = { from: "2024-01-03", to: "2024-01-04" };
  const plan = await mirror.plan<string>({ dataTypes: KINDS, ...range });
  const { fetched } = await mirror.sync(plan);
  assertEquals(fetched, 2 * KINDS.length);
  const ofAll = (select: (name: string) => string) =>
    KINDS.map((name) => `SELECT '${name}', ${select(name)}`)
      .join(" UNION ALL ");
  const queries = [
    ofAll((name) => `count(*), sum(hash(x)) FROM ${name} x`),
    ofAll((name) => `column_name, column_type FROM (DESCRIBE ${name})`),
  ];
  const hashes = async () => {
    const sums: unknown[] = [];
    for (const query of queries) {
      await using result = await mirror.sql(query);
      sums.push((await Array.fromAsync(result.rows())).flat());
    }
    return sums;
  };
  const fromCsv = await hashes();
  await mirror.toParquet({ to: "2024-01-03" });
  assertEquals(await hashes(), fromCsv);
  await mirror.toParquet();
  assertEquals(await hashes(), fromCsv);
});

Deno.test("Mirror.sql() writes Arrow with line breaks in texts, nulls, and times near 1970", async () => {
  await using setup = await setUpRows();
  await using mirror = await setup.open();
  await sync(mirror);
  const rows = [
    ["a\nb", "T", 1704205800123n],
    [null, null, 0n],
    ["", "", -5n],
    ['"', "T", null],
  ];
  const values = `('a' || chr(10) || 'b', 'T', 1704205800123), (NULL, NULL, 0),
    ('', '', -5), ('"', 'T', NULL)`;
  await using result = await mirror.sql(
    `SELECT text, ticker, make_timestamp_ns(ns) AS time FROM (VALUES ${values}) t(text, ticker, ns)`,
  );
  const stream = ReadableStream.from(result.write("arrow"));
  const { tableFromIPC } = await import("@uwdata/flechette");
  const table = tableFromIPC(
    await new Response(stream).bytes(),
    { useBigInt: true, useBigIntTimestamp: true } as object,
  );
  assertEquals(
    table.toArray().map(({ text, ticker, time }) => [text, ticker, time]),
    rows,
  );
});

Deno.test("Mirror.sql() checks its arguments before anything is started", async () => {
  await using setup = await setUpRows();
  await using mirror = await setup.open();
  for (
    const [query, options, message] of [
      [1, {}, "query"],
      ["SELECT 1", { allow: "/" }, "allow"],
      ["SELECT 1", { allow: [1] }, "allow"],
      ["SELECT 1", { memory: "1G" }, "memory"],
      ["SELECT 1", { onEvent: 1 }, "onEvent"],
      ["SELECT 1", { memroy: 1 }, "memroy"],
    ]
  ) {
    await assertRejects(
      // deno-lint-ignore no-explicit-any -- wrong on purpose
      () => mirror.sql(query as any, options as any),
      TypeError,
      message as string,
    );
  }
  await assertRejects(
    () => mirror.sql("SELECT 1", { memory: 1 }),
    RangeError,
    "memory",
  );
  await assertRejects(
    () => mirror.sql("FROM stocks_daily"),
    DuckDBError,
    "has no file of it",
  );
});

Deno.test("Mirror.sql() removes its temporary folder, and those of queries that were killed", async () => {
  await using setup = await setUpRows();
  await using mirror = await setup.open();
  const temporaryFolder = `${setup.folder.path}/spill`;
  await Deno.mkdir(`${temporaryFolder}/flatbed-sql-young`, { recursive: true });
  await Deno.mkdir(`${temporaryFolder}/flatbed-sql-old`);
  await Deno.utime(`${temporaryFolder}/flatbed-sql-old`, 0, 0);
  {
    await using _result = await mirror.sql("SELECT 1", { temporaryFolder });
    assertEquals(
      (await Array.fromAsync(Deno.readDir(temporaryFolder))).length,
      2,
    );
  }
  assertEquals(
    (await Array.fromAsync(Deno.readDir(temporaryFolder)))
      .map(({ name }) => name),
    ["flatbed-sql-young"],
  );
});

Deno.test("Mirror.sql(): a signal, and closing the mirror, end a query that runs", async () => {
  await using setup = await setUpRows();
  const mirror = await setup.open();
  const forever =
    "SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 1";
  const controller = new AbortController();
  const reason = new Error("enough");
  await using first = await mirror.sql(forever, { signal: controller.signal });
  const counted = first.count();
  controller.abort(reason);
  assertEquals(await counted.catch((error) => error), reason);
  await using second = await mirror.sql(forever);
  const rows = Array.fromAsync(second.rows());
  const closed = mirror[Symbol.asyncDispose]();
  await assertRejects(() => rows, DOMException, "closed");
  await closed;
});
