import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type {
  DayFacts,
  DayPrices,
  DayRange,
  DayRows,
  DayTickers,
} from "../../src/web/ui/day/day_types.ts";
import { PriceBuckets } from "../../src/web/ui/day/price_buckets.ts";
import { TickerTable } from "../../src/web/ui/day/ticker_table.ts";
import { gzip, randomNumbers } from "../support/data.ts";
import { keyOf, NOW, type Setup, setUp } from "../mirror/_mirror.ts";
import {
  extractInPython,
  polarsOfFile,
  terminalCommand,
} from "../../page/views/day/commands.ts";
import { hasModules, runPython } from "../cluster/_python.ts";
import { runProgram } from "../support/program.ts";
import { startTestUi } from "./_ui.ts";

const HOSTILE = [
  "$(touch x)",
  "'; DROP TABLE x; --",
  "-rf",
  "<img src=x onerror=alert(1)>",
  "../../etc/passwd",
  "A\u202eB",
  "BZ:BF G6-H6-J6",
];
const MINUTE = "stocks_minute";
const TRADES = "stocks_trades";
const BEGIN = Date.parse("2024-01-02T14:30:00Z");

/** A day of bars: AAPL and aapl, the hostile ones, and 250 of others. */
function minuteRows(): string {
  const tickers = [
    ...HOSTILE,
    "AAPL",
    "AAPLW",
    "aapl",
    "XAAPL",
    ...Array.from({ length: 250 }, (_, at) => `T${at}`),
  ].sort();
  const rows = tickers.flatMap((ticker) => {
    const count = ticker === "AAPL" ? 3 : 1;
    return Array.from(
      { length: count },
      (_, minute) =>
        `${ticker},100.5,${10 + minute}.10,${11 + minute},12.${minute},9.5,${
          BEGIN + 60_000 * minute
        }123456,7\n`,
    );
  });
  return `ticker,volume,open,close,high,low,window_start,transactions\n${
    rows.join("")
  }`;
}

/** Many trades of AAPL and ZZZ, with more than 2 MB of gzip: the file gets an index. */
function tradeRows(): string {
  const random = randomNumbers(7);
  const rows: string[] = [];
  for (const ticker of ["AAPL", "ZZZ"]) {
    for (let at = 0; at < 60_000; at++) {
      const price = at === 31_313 ? "999.25" : (100 + random()).toFixed(8);
      const time = `${BEGIN + at * 390}${
        String(Math.floor(random() * 1e6)).padStart(6, "0")
      }`;
      rows.push(
        `${ticker},"12,37",${
          Math.floor(random() * 1e15)
        },${price},${time},${random()}\n`,
      );
    }
  }
  return `ticker,conditions,id,price,sip_timestamp,size\n${rows.join("")}`;
}

const [MINUTES, TRADED] = [minuteRows(), tradeRows()];

async function packedText(text: string) {
  return { body: await gzip(new TextEncoder().encode(text)) };
}

/** A mirror with a few days, and what asks its page. */
async function openDay(
  others: [string, { body: Uint8Array<ArrayBuffer> }][] = [],
): Promise<
  Setup & {
    get<T>(path: string, query: Query): Promise<T>;
    raw(path: string, query: Query): Promise<Response>;
  }
> {
  const setup = await setUp({
    objects: [
      [keyOf("2024-01-02", MINUTE), await packedText(MINUTES)],
      [keyOf("2024-01-02", TRADES), await packedText(TRADED)],
      ...others,
    ],
  });
  {
    await using mirror = await setup.open();
    await mirror.sync(
      await mirror.plan({
        dataTypes: [MINUTE, TRADES, "stocks_daily", "stocks_quotes"],
        from: "2024-01-02",
        to: "2024-01-02",
      }),
    );
    await mirror.sync(
      await mirror.plan({
        dataTypes: [MINUTE],
        from: "2024-01-04",
        to: "2024-01-04",
      }),
    );
  }
  setup.requests();
  const reader = () => setup.open({ readOnly: true, downloader: undefined });
  const ui = await startTestUi({
    location: setup.folder.path,
    openReader: reader,
    openReaderOf: async () => {
      const mirror = await setup.open({ readOnly: true });
      return {
        mirror,
        [Symbol.asyncDispose]: () => mirror[Symbol.asyncDispose](),
      };
    },
    hasCredentials: () => true,
    now: () => NOW,
  });
  const raw = (path: string, query: Query) => {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) {
      for (const each of [value].flat()) search.append(name, each);
    }
    return fetch(`http://127.0.0.1:${ui.ui.port}${path}?${search}`, {
      headers: { cookie: ui.cookie },
    });
  };
  const { [Symbol.asyncDispose]: dispose } = setup;
  return Object.assign(setup, {
    raw,
    async get<T>(path: string, query: Query): Promise<T> {
      const response = await raw(path, query);
      const text = await response.text();
      assertEquals(response.status, 200, text);
      return JSON.parse(text);
    },
    async [Symbol.asyncDispose]() {
      await ui[Symbol.asyncDispose]();
      await dispose();
    },
  });
}

type Query = Record<string, string | readonly string[]>;
const DAY = { dataType: MINUTE, date: "2024-01-02" };

Deno.test("a day's API answers from the mirror, and asks nobody", async (t) => {
  await using setup = await openDay();
  const { get, raw } = setup;

  await t.step("facts of a day", async () => {
    const facts = await get<DayFacts>("/api/day", DAY);
    const { state, access, advice, command, previous, next, rows } = facts;
    assertEquals(
      { state, access, advice, command, previous, next, rows },
      {
        ...{ state: "present", access: "file", advice: "", command: "" },
        ...{ previous: "2023-12-29", next: "2024-01-03" },
        rows: {
          rows: HOSTILE.length + 256,
          tickers: HOSTILE.length + 254,
          first: BEGIN,
          last: BEGIN + 120_001,
        },
      },
    );
    assertEquals(facts.key, keyOf("2024-01-02", MINUTE));
    assertMatch(facts.file?.etag ?? "", /^[0-9a-f]{32}/);
    assertMatch(facts.file?.publishedAt ?? "", /^20\d\d-.*Z$/);

    const missing = await get<DayFacts>("/api/day", {
      ...DAY,
      date: "2024-01-03",
    });
    assertEquals(
      [missing.state, missing.access, missing.job],
      ["missing", "none", "sync"],
    );
    assertEquals(
      missing.command,
      `flatbed get stocks_minute --date 2024-01-03 --out ${setup.folder.path}`,
    );
    const closed = await get<DayFacts>("/api/day", {
      ...DAY,
      date: "2024-01-06",
    });
    assertEquals(
      [closed.state, closed.advice, closed.rows],
      [
        "closed",
        "2024-01-06 is a Saturday: no file of stocks_minute is expected.",
        null,
      ],
    );
    const future = await get<DayFacts>("/api/day", {
      ...DAY,
      date: "2025-01-06",
    });
    assertEquals([future.state, future.next], ["not-published", null]);
  });

  await t.step("tickers: a forgiving search, exact names", async () => {
    const find = (query: Query) =>
      get<DayTickers>("/api/day/tickers", { ...DAY, ...query });
    const all = await find({});
    assertEquals([all.tickers.length, all.found], [100, HOSTILE.length + 254]);
    const second = await find({ offset: "250", limit: "1000" });
    assertEquals(second.tickers.length, HOSTILE.length + 4);
    const names = async (query: Query) =>
      (await find(query)).tickers.map(({ ticker }) => ticker);
    assertEquals(await names({ text: "AAPL" }), [
      ...["AAPL", "aapl", "AAPLW", "XAAPL"],
    ]);
    assertEquals((await names({ text: "aapl" }))[0], "aapl");
    assertEquals((await names({ order: "rows" }))[0], "AAPL");
    assertEquals((await names({ text: "aap", order: "rows" }))[0], "AAPL");
    assertEquals(await names({ text: "bf g6" }), ["BZ:BF G6-H6-J6"]);
    for (const ticker of HOSTILE) {
      assert((await names({ text: ticker })).includes(ticker), ticker);
    }
    const near = await find({ text: "APPLW" });
    assertEquals([near.found, near.near], [0, ["AAPLW"]]);
  });

  await t.step("rows: as the file has them, times readable", async () => {
    const { columns, rows, times, hasMore } = await get<DayRows>(
      "/api/day/rows",
      { dataType: TRADES, date: "2024-01-02", ticker: "ZZZ", limit: "2" },
    );
    const lines = TRADED.split("\n").filter((line) => line.startsWith("ZZZ,"));
    assertEquals(
      rows.map((row) => row.map((each, at) => at === 1 ? `"${each}"` : each)),
      lines.slice(0, 2).map((line) => line.split(/,(?!37)/)),
    );
    assertEquals(columns.map(({ type }) => type), [
      ...["text", "codes", "text", "decimal", "timestamp", "decimal"],
    ]);
    assertEquals(
      times[4]?.[0],
      `2024-01-02T09:30:00.000${rows[0]?.[4]?.slice(-6)}-05:00`,
    );
    assert(hasMore);
    for (const ticker of HOSTILE) {
      const { rows } = await get<DayRows>("/api/day/rows", { ...DAY, ticker });
      assertEquals(rows.map(([name]) => name), [ticker]);
    }
    const lacking = await raw("/api/day/rows", { ...DAY, date: "2024-01-03" });
    assertEquals(lacking.status, 409);
    assertStringIncludes(await lacking.text(), "not in the mirror");
  });

  await t.step("prices: each row, or none of its extremes lost", async () => {
    const bars = await get<DayPrices>("/api/day/prices", {
      dataType: MINUTE,
      ticker: "AAPL",
      from: "2024-01-02",
      to: "2024-01-05",
    });
    assertEquals(
      bars.days.map(({ date, points, lacking }) => [date, points, lacking]),
      [
        ["2024-01-02", 3, ""],
        ["2024-01-03", 0, "not in the mirror"],
        ["2024-01-04", bars.days[2]?.rows, ""],
        ["2024-01-05", 0, "not in the mirror"],
      ],
    );
    assertEquals([bars.kind, bars.width], ["bars", 0]);
    assertEquals(bars.points.time.slice(0, 3), [
      ...[BEGIN, BEGIN + 60_000, BEGIN + 120_000],
    ]);
    assertEquals(bars.points.close.slice(0, 3), [11, 12, 13]);

    const trades = await get<DayPrices>("/api/day/prices", {
      dataType: TRADES,
      ticker: "AAPL",
      from: "2024-01-02",
      to: "2024-01-02",
    });
    const { high, low, time, close } = trades.points;
    assertEquals([trades.kind, trades.rows], ["trades", 60_000]);
    assert(time.length <= 3000 && time.length > 300, String(time.length));
    assertGreater(trades.width, 0);
    const prices = TRADED.split("\n")
      .filter((line) => line.startsWith("AAPL,"))
      .map((line) => Number(line.split(/,(?!37)/)[3]));
    assertEquals(Math.max(...high), 999.25);
    assertEquals(Math.min(...low), Math.min(...prices));
    assertEquals(close.at(-1), prices.at(-1));
    const quotes = await get<DayPrices>("/api/day/prices", {
      dataType: "stocks_quotes",
      ticker: "AAPL",
      from: "2024-01-02",
      to: "2024-01-02",
    });
    assertEquals(quotes.kind, "quotes");
    assertEquals(quotes.askCounts.length, 1);
    const years = await raw("/api/day/prices", {
      ...{ dataType: MINUTE, ticker: "A" },
      ...{ from: "2020-01-01", to: "2024-01-02" },
    });
    assertEquals(years.status, 400);
    await years.body?.cancel();
  });

  await t.step("downloads: the rows' bytes, under a safe name", async () => {
    const day = { dataType: MINUTE, from: "2024-01-02", to: "2024-01-02" };
    const whole = await raw("/api/day/download", day);
    assertEquals(
      whole.headers.get("content-disposition"),
      'attachment; filename="stocks_minute-2024-01-02.csv"',
    );
    assertEquals(await whole.text(), MINUTES);
    for (const ticker of HOSTILE) {
      const some = await raw("/api/day/download", { ...day, ticker });
      assertMatch(
        some.headers.get("content-disposition") ?? "",
        /^attachment; filename="stocks_minute-[\w.-]+-2024-01-02\.csv"$/,
      );
      const [header, ...lines] = MINUTES.split("\n");
      assertEquals(
        await some.text(),
        [header, ...lines.filter((line) => line.startsWith(`${ticker},`)), ""]
          .join("\n"),
      );
    }
    const arrow = await raw("/api/day/download", { ...day, format: "arrow" });
    const bytes = await arrow.bytes();
    assertEquals([...bytes.subarray(0, 4)], [255, 255, 255, 255]);

    const parquet = await raw("/api/day/download", {
      ...{ ...day, format: "parquet" },
      ticker: ["AAPL", "'; DROP TABLE x; --"],
    });
    const file = await parquet.bytes();
    const text = new TextDecoder("latin1").decode(file);
    assertEquals([text.slice(0, 4), text.slice(-4)], ["PAR1", "PAR1"]);
    assertMatch(
      parquet.headers.get("content-disposition") ?? "",
      /2-tickers-2024-01-02\.parquet/,
    );
    const none = await raw("/api/day/download", { ...day, ticker: "NOPE" });
    assertEquals(none.status, 404);
    assertStringIncludes(await none.text(), "no rows of NOPE in 1 day");
    const near = await raw("/api/day/download", { ...day, ticker: "AAPLV" });
    assertStringIncludes(await near.text(), "did you mean AAPL");
  });

  await t.step(
    "a download of days that lack is refused, or partial",
    async () => {
      // Before a calendar begins: said at once, not after thousands of years day by day.
      const begun = performance.now();
      const ever = await raw("/api/day/range", {
        ...{ dataType: MINUTE, from: "0001-01-01", to: "9999-12-31" },
      });
      assertStringIncludes(await ever.text(), "reaches from 1990-01-01");
      assertGreater(1000, performance.now() - begun);
      const days = { dataType: MINUTE, from: "2024-01-02", to: "2024-01-04" };
      const range = await get<DayRange>("/api/day/range", days);
      assertEquals(range.dates, ["2024-01-02", "2024-01-04"]);
      assertEquals(range.lacking, [
        { date: "2024-01-03", why: "not in the mirror" },
      ]);
      const refused = await raw("/api/day/download", days);
      assertEquals(refused.status, 409);
      assertStringIncludes(
        await refused.text(),
        "stocks_minute 2024-01-03 is not in the mirror",
      );
      const some = await raw("/api/day/download", { ...days, partial: "true" });
      assert((await some.text()).startsWith(MINUTES));
      const check = await get<{ name: string }>("/api/day/download", {
        ...{ ...days, partial: "true", check: "true", ticker: "AAPL" },
      });
      assertEquals(
        check.name,
        "stocks_minute-AAPL-2024-01-02-to-2024-01-04.csv",
      );
    },
  );

  assertEquals(setup.requests(), []);

  await t.step(
    "a released day is read by ranges, once that is wanted",
    async () => {
      {
        await using mirror = await setup.open();
        await mirror.release({ dataTypes: [TRADES], force: true });
      }
      const day = { dataType: TRADES, date: "2024-01-02" };
      const facts = await get<DayFacts>("/api/day", day);
      assertEquals(
        [facts.state, facts.access, facts.hasIndex, facts.rows?.tickers],
        ["released", "ranges", true, 2],
      );
      const query = { ...day, ticker: "ZZZ", limit: "1" };
      const unasked = await raw("/api/day/rows", query);
      assertEquals(unasked.status, 409);
      await unasked.body?.cancel();
      assertEquals(setup.requests(), []);
      const { rows } = await get<DayRows>("/api/day/rows", {
        ...query,
        service: "true",
      });
      assertEquals(rows[0]?.[0], "ZZZ");
      assertGreater(setup.requests().length, 0);
      const received = setup.server.records.at(-1);
      assertEquals(received?.status, 206);
    },
  );
});

Deno.test("a download whose file is damaged in the middle breaks off", async () => {
  await using setup = await openDay();
  const path = `${setup.folder.path}/${keyOf("2024-01-02", TRADES)}`;
  const bytes = await Deno.readFile(path);
  const { mtime } = await Deno.stat(path);
  bytes.fill(0xff, Math.floor(bytes.length * 0.7));
  await Deno.writeFile(path, bytes);
  await Deno.utime(path, mtime ?? 0, mtime ?? 0);
  const response = await setup.raw("/api/day/download", {
    ...{ dataType: TRADES, from: "2024-01-02", to: "2024-01-02" },
  });
  assertEquals(response.status, 200);
  let received = 0;
  await assertRejects(async () => {
    for await (const piece of response.body ?? []) received += piece.length;
  });
  assertGreater(received, 0);
});

Deno.test("a Parquet download of gzip data whose CRC-32 is wrong is refused", async () => {
  await using setup = await openDay();
  const path = `${setup.folder.path}/${keyOf("2024-01-02", TRADES)}`;
  const bytes = await Deno.readFile(path);
  const { mtime } = await Deno.stat(path);
  bytes[bytes.length - 8] = 255 - (bytes.at(-8) ?? 0);
  await Deno.writeFile(path, bytes);
  await Deno.utime(path, mtime ?? 0, mtime ?? 0);
  const response = await setup.raw("/api/day/download", {
    ...{ dataType: TRADES, from: "2024-01-02", to: "2024-01-02" },
    format: "parquet",
  });
  assertStringIncludes(await response.text(), "gzip data is damaged");
  assertEquals(response.status, 500);
});

Deno.test("a day with more tickers than its index lists is searched by how they begin", async () => {
  const rows = Array.from(
    { length: 260_000 },
    (_, at) =>
      `O:${at < 130_000 ? "QQQ" : "SPY"}240621C${String(at).padStart(8, "0")},${
        (at * 7919) % 100_003
      },${(at * 104_729) % 1_000_003}.25,1,1,1,${BEGIN}000000,3\n`,
  );
  const key = keyOf("2024-01-02", "options_daily");
  const text = `ticker,volume,open,close,high,low,window_start,transactions\n${
    rows.join("")
  }`;
  await using setup = await openDay([[key, await packedText(text)]]);
  {
    await using mirror = await setup.open();
    const day = { from: "2024-01-02", to: "2024-01-02" };
    await mirror.sync(
      await mirror.plan({ dataTypes: ["options_daily"], ...day }),
    );
    await mirror.release({ dataTypes: ["options_daily"], force: true });
  }
  const find = (query: Query) =>
    setup.get<DayTickers>("/api/day/tickers", {
      ...{ dataType: "options_daily", date: "2024-01-02", ...query },
    });
  assertStringIncludes((await find({})).problem, "type how they begin");
  assertStringIncludes((await find({ text: "spy" })).problem, "released");
  setup.requests();
  const { tickers, found, total } = await find({
    ...{ text: "spy240621c0020000", service: "true" },
  });
  assertEquals(
    [found, total, tickers[3]?.ticker, tickers[3]?.rows],
    [10, null, "O:SPY240621C00200003", 1],
  );
  const records = setup.server.records.slice(-setup.requests().length);
  const received = records.reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  assert(received < 1_000_000, String(received));
});

Deno.test("TickerTable finds tickers among very many, without a pause", () => {
  const table = new TickerTable(
    Array.from({ length: 100_000 }, (_, at) => ({
      ticker: `O:${at % 2 === 0 ? "SPY" : "QQQ"}240621C${
        String(at).padStart(8, "0")
      }`,
      rows: at % 977,
      least: at,
      greatest: undefined,
    })),
  );
  const find = (text: string, order: "name" | "rows") =>
    table.search({ text, order, offset: 0, limit: 2 });
  assertEquals(find("o:spy240621c00000042", "name").tickers, [
    { ticker: "O:SPY240621C00000042", rows: 42, first: 42, last: null },
  ]);
  const { found, tickers } = find("qqq", "rows");
  assertEquals([found, tickers.map(({ rows }) => rows)], [50_000, [976, 976]]);
  // Of the same number of rows, in the order of names.
  assertEquals(tickers[0]?.ticker, "O:QQQ240621C00001953");
  assertEquals(find("", "rows").found, 100_000);
  assertEquals(table.near("SPX"), []); // nothing is so near that it helps
});

Deno.test("PriceBuckets keeps the first, highest, lowest and last price of its time", () => {
  const random = randomNumbers(3);
  const buckets = new PriceBuckets(1, 500);
  const all: { time: number; price: number; day: number }[] = [];
  for (let day = 0; day < 3; day++) {
    buckets.beginDay(day * 86_400_000);
    for (let at = 0; at < 20_000; at++) {
      const time = day * 86_400_000 + Math.floor(random() * 23_400_000);
      const price = random() * 100;
      all.push({ time, price, day });
      buckets.add(0, {
        ...{ time, open: price, high: price, low: price, close: price },
      });
    }
  }
  const { lines: [line], counts: [counts], width } = buckets.collect();
  assert(line !== undefined && counts !== undefined);
  assert(line.time.length <= 500 && line.time.length > 100);
  assertEquals(counts.reduce((sum, count) => sum + count, 0), line.time.length);
  line.time.forEach((time, at) => {
    const own = all.filter((each) =>
      each.time >= time && each.time < time + width
    ).toSorted((a, b) => a.time - b.time);
    const prices = own.map(({ price }) => price);
    assertEquals(line.high[at], Math.max(...prices));
    assertEquals(line.low[at], Math.min(...prices));
    const [first, last] = [own[0], own.at(-1)];
    assert(
      own.some(({ time, price }) =>
        time === first?.time && price === line.open[at]
      ),
    );
    assert(
      own.some(({ time, price }) =>
        time === last?.time && price === line.close[at]
      ),
    );
  });
});

const WANTED = {
  location: "/data/my mirror's",
  dataType: MINUTE,
  from: "2024-01-02",
  to: "2024-01-02",
  format: "csv",
  name: "rows.csv",
} as const;
/** What no file has, and a page's address may have. */
const WORSE = [
  ...HOSTILE,
  "a\nb",
  'q"\\',
  "$HOME",
  "`id`",
  "\u{1f600}\u2028é",
];

Deno.test("terminalCommand() gives a shell exactly the words, whatever is in them", async () => {
  const wordsOf = async (line: string) => {
    const script = `flatbed() { printf '%s\\0' "$@"; }\n${line}`;
    return (await runProgram("bash", ["-c", script])).split("\0").slice(0, -1);
  };
  const line = terminalCommand({ ...WANTED, tickers: WORSE });
  assertEquals(await wordsOf(line), [
    ...["extract", MINUTE, "--date", "2024-01-02", "--output", "rows.csv"],
    ...["--out", WANTED.location, "--", ...WORSE],
  ]);
  assertEquals(line.split("\n").length, 1);
  assertEquals(
    terminalCommand({ ...WANTED, location: "m", tickers: ["A*", "B"] }),
    "flatbed extract stocks_minute --date 2024-01-02 --exact --output rows.csv --out m 'A*' B",
  );
  const python = extractInPython({ ...WANTED, tickers: ["A?"] });
  assertStringIncludes(python, '"--exact",');
  const days = { location: "data", to: "2024-01-05", tickers: [] };
  assertEquals(
    terminalCommand({ ...WANTED, ...days }),
    "flatbed extract stocks_minute --from 2024-01-02 --to 2024-01-05 --output rows.csv --out data '*'",
  );
  const sql = terminalCommand({
    ...{ ...WANTED, format: "parquet" },
    tickers: ["'; DROP TABLE x; --"],
  });
  assertEquals(
    (await wordsOf(sql))[1],
    "SELECT * FROM stocks_minute WHERE date = '2024-01-02' AND ticker IN ('''; DROP TABLE x; --')",
  );
});

Deno.test({
  name: "the lines of Python have the words as they are",
  ignore: !hasModules("ast"),
  async fn() {
    const path = `${WANTED.location}/2024-01-02.csv.gz`;
    const columns = [
      { name: "ticker", type: "text" },
      { name: "window_start", type: "timestamp" },
    ];
    // Read by Python, and not run: what the texts are is what matters.
    const script = `
import ast, json, sys
print(json.dumps([node.value for node in ast.walk(ast.parse(sys.argv[1]))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)]))
`;
    for (
      const lines of [
        extractInPython({ ...WANTED, tickers: WORSE }),
        polarsOfFile(path, columns, "America/New_York", WORSE),
      ]
    ) {
      const texts = new Set(JSON.parse(await runPython(script, lines)));
      for (const ticker of WORSE) assert(texts.has(ticker), ticker);
      assert(texts.has(path) || texts.has(WANTED.location));
    }
  },
});
