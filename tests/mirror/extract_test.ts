import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { RowBatch } from "../../src/rows/mod.ts";
import type {
  ExtractEvent,
  ExtractOptions,
  MirrorOptions,
} from "../../src/mirror/mod.ts";
import { IntegrityError } from "../../src/base/mod.ts";
import { indexesOf } from "./_indexes.ts";
import { collect, gzip } from "../support/data.ts";
import { runProgram } from "../support/program.ts";
import { DATES, keyOf, type Setup, setUp } from "./_mirror.ts";

async function* bytesOf(
  batches: AsyncIterable<RowBatch>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of batches) yield bytes;
}

/** What is extracted in the week of {@linkcode DATES}, with what is told. */
async function extract(
  setup: Setup,
  options: Partial<ExtractOptions>,
  isOnline = true,
): Promise<{ rows: string; events: ExtractEvent[] }> {
  const events: ExtractEvent[] = [];
  await using mirror = await setup.open({
    readOnly: true,
    ...(isOnline ? {} : { downloader: undefined }),
  });
  const batches = mirror.extract({
    dataType: "stocks_daily",
    from: "2024-01-01",
    to: "2024-01-07",
    ...options,
    onEvent(event) {
      if (event.code !== "reading") events.push(event);
    },
  });
  const rows = new TextDecoder().decode(await collect(bytesOf(batches)));
  return { rows, events };
}

function content(...rows: string[]): string {
  return ["ticker,open,close", ...rows, ""].join("\n");
}

const DAYS: Readonly<Record<string, string>> = {
  "2024-01-02": content("A,1,2", "NA,3,4"),
  "2024-01-03": content("NA,5,6", "A,7,8", "NA,9,10"),
  "2024-01-04": "close,ticker,volume\n12,NA,100\n14,TRUE,100\n",
  "2024-01-05": content("AB,1,1"),
};

/** A service with those days, and a mirror of some of them. */
async function setUpDays(...held: string[]): Promise<Setup> {
  const setup = await setUp();
  for (const [date, text] of Object.entries(DAYS)) {
    setup.server.objects.set(keyOf(date), {
      body: await gzip(new TextEncoder().encode(text)),
    });
  }
  if (held.length === 0) return setup;
  await using mirror = await setup.open();
  for (const date of held) {
    await mirror.sync(
      await mirror.plan({
        dataTypes: ["stocks_daily"],
        from: date,
        to: date,
      }),
    );
  }
  return setup;
}

const NA = "NA,3,4\nNA,5,6\nNA,9,10\nNA,,12\n";

Deno.test("Mirror.extract() gives the rows of all days in the mirror, and asks nobody", async () => {
  await using setup = await setUpDays(...DATES);
  setup.requests();
  const { rows, events } = await extract(setup, { tickers: ["NA"] });
  assertEquals(rows, NA);
  assertEquals(setup.requests(), []);
  assertEquals(
    events.map((event) =>
      event.code === "extracted"
        ? `${event.date} ${event.source} ${event.rows}`
        : event.code
    ),
    [
      ...["2024-01-02 file 1", "2024-01-03 file 2", "columns-differ"],
      ...["2024-01-04 file 1", "2024-01-05 file 0", "summary"],
    ],
  );
  const differs = events.find(({ code }) => code === "columns-differ");
  assertEquals(differs, {
    code: "columns-differ",
    name: keyOf("2024-01-04"),
    missing: ["open"],
    extra: ["volume"],
  });
});

Deno.test("Mirror.extract() leaves its batches as they are, or frees each when the next one is asked for", async () => {
  await using setup = await setUpDays("2024-01-02", "2024-01-03");
  await using mirror = await setup.open({ readOnly: true });
  for (const freeBatches of [undefined, false, true]) {
    const batches: RowBatch[] = [];
    let text = "";
    for await (
      const batch of mirror.extract({
        ...{ dataType: "stocks_daily", from: "2024-01-02", to: "2024-01-05" },
        ...{
          tickers: ["NA"],
          ...(freeBatches !== undefined && { freeBatches }),
        },
      })
    ) {
      batches.push(batch);
      text += new TextDecoder().decode(batch.bytes);
    }
    assertEquals(text, NA);
    const kept = batches.map(({ bytes }) => new TextDecoder().decode(bytes));
    assertEquals(kept.join(""), freeBatches ? "" : NA);
  }
});

Deno.test("Mirror.extract() reads what is not in the mirror from the service, and keeps nothing", async () => {
  await using setup = await setUpDays("2024-01-03");
  setup.requests();
  const { rows, events } = await extract(setup, { tickers: ["NA"] });
  assertEquals(rows, NA);
  assertEquals(
    setup.requests(),
    ["2024-01-02", "2024-01-04", "2024-01-05"]
      .map((date) => `GET ${keyOf(date)}`),
  );
  const summary = events.at(-1);
  assert(summary?.code === "summary");
  assertEquals([summary.days, summary.withoutRows, summary.rows], [4, 0, 4]);
  assert(summary.bytesOfFiles > 0 && summary.bytesReceived > 0);
  assertEquals((await extract(setup, { tickers: ["NA"] })).rows, NA);
  assertEquals(setup.requests().length, 3);
});

Deno.test("Mirror.extract() names the days that are not to be had", async () => {
  await using setup = await setUpDays("2024-01-02", "2024-01-03");
  await using mirror = await setup.open();
  await mirror.release({
    dataTypes: ["stocks_daily"],
    from: "2024-01-02",
    to: "2024-01-02",
  });
  await mirror[Symbol.asyncDispose]();
  for (const options of [{ offline: true }, {}]) {
    const isOnline = options.offline === true;
    setup.requests();
    const { rows, events } = await extract(setup, options, isOnline);
    assertEquals(rows, "NA,5,6\nA,7,8\nNA,9,10\n");
    assertEquals(setup.requests(), []);
    assertEquals(
      events.flatMap((event) =>
        event.code === "no-rows" ? [`${event.date} ${event.reason}`] : []
      ),
      [
        "2024-01-02 released",
        "2024-01-04 not-in-mirror",
        "2024-01-05 not-in-mirror",
      ],
    );
  }
  setup.server.objects.delete(keyOf("2024-01-04"));
  setup.server.faults.add({ kind: "forbidden", key: keyOf("2024-01-05") });
  const { events } = await extract(setup, {});
  assertEquals(
    events.flatMap((event) =>
      event.code === "no-rows" ? [`${event.date} ${event.reason}`] : []
    ),
    ["2024-01-04 not-found", "2024-01-05 access-denied"],
  );
});

/** What a summary says of names without rows, as `ticker TRU: TRUE`. */
function notFoundIn(events: readonly ExtractEvent[]): string[] {
  const summary = events.at(-1);
  assert(summary?.code === "summary");
  return summary.notFound.map(({ kind, name, isThere, near }) =>
    `${kind} ${name}: ${isThere ? "is there" : near.join()}`
  );
}

Deno.test("Mirror.extract() names tickers without a row, and near ones of a day, of the mirror or the service", async () => {
  for (const held of [DATES, []]) {
    await using setup = await setUpDays(...held);
    for (
      const [tickers, notFound] of [
        [["TRU"], ["ticker TRU: TRUE"]],
        [["NA", "true", "QQ"], ["ticker true: TRUE", "ticker QQ: "]],
        [["NA"], []],
      ] as const
    ) {
      const { events } = await extract(setup, {
        from: "2024-01-04",
        to: "2024-01-04",
        tickers,
      });
      assertEquals([tickers, notFoundIn(events)], [tickers, [...notFound]]);
    }
  }
});

Deno.test("Mirror.extract() tells an underlying that is spelt wrong from one without rows at that time", async () => {
  await using setup = await setUp();
  const key = keyOf("2024-01-04", "options_trades");
  setup.server.objects.set(key, {
    body: await gzip(
      new TextEncoder().encode(
        "ticker,sip_timestamp\nO:SPY240105C00475000,1704378600000000000\n",
      ),
    ),
  });
  const query = {
    dataType: "options_trades",
    from: "2024-01-04",
    to: "2024-01-04",
  };
  const wrong = await extract(setup, { ...query, underlying: "spy" });
  assertEquals(notFoundIn(wrong.events), ["underlying spy: SPY"]);
  const between = { from: "10:00", to: "11:00" };
  const late = await extract(setup, { ...query, underlying: "SPY", between });
  assertEquals(notFoundIn(late.events), ["underlying SPY: is there"]);
  const right = await extract(setup, { ...query, underlying: "SPY" });
  assertEquals(notFoundIn(right.events), []);
});

Deno.test("Mirror.extract() tells how much of a day was read", async () => {
  await using setup = await setUpDays("2024-01-02");
  const events: ExtractEvent[] = [];
  await using mirror = await setup.open({ readOnly: true });
  await Array.fromAsync(mirror.extract({
    dataType: "stocks_daily",
    from: "2024-01-02",
    to: "2024-01-03",
    tickers: ["NA"],
    onEvent: (event) => events.push(event),
  }));
  const read = new Map<string, number>();
  for (const event of events) {
    if (event.code === "reading") read.set(event.date, event.bytesRead);
    if (event.code !== "extracted") continue;
    assertEquals(read.get(event.date), event.bytesRead);
  }
  assertEquals([...read.keys()], ["2024-01-02", "2024-01-03"]);
});

Deno.test("Mirror.extract() has the columns that are asked for, in their order", async () => {
  await using setup = await setUpDays(...DATES);
  const { rows, events } = await extract(setup, {
    patterns: ["?A", "TRUE"],
    columns: ["close", "ticker"],
  });
  assertEquals(rows, "4,NA\n6,NA\n10,NA\n12,NA\n14,TRUE\n");
  assertEquals(events.filter(({ code }) => code === "columns-differ"), []);
});

Deno.test("Mirror.extract() reads decompressed files, and files that are damaged are told", async () => {
  await using setup = await setUpDays();
  await using writing = await setup.open({ decompress: true });
  await writing.sync(
    await writing.plan({
      dataTypes: ["stocks_daily"],
      from: "2024-01-01",
      to: "2024-01-07",
    }),
  );
  await writing[Symbol.asyncDispose]();
  setup.requests();
  assertEquals((await extract(setup, { tickers: ["NA"] })).rows, NA);
  assertEquals(setup.requests(), []);
  const path = `${setup.folder.path}/${keyOf("2024-01-02").slice(0, -3)}`;
  await Deno.truncate(path, 10);
  const { rows, events } = await extract(
    setup,
    { tickers: ["NA"], offline: true },
  );
  assertEquals(rows, NA.slice("NA,3,4\n".length));
  const [event] = events;
  assert(event?.code === "no-rows" && event.reason === "damaged");
});

Deno.test("Mirror.extract() fails where a file's bytes are wrong", async () => {
  await using setup = await setUpDays(...DATES);
  const path = `${setup.folder.path}/${keyOf("2024-01-03")}`;
  const bytes = await Deno.readFile(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  const { mtime } = await Deno.stat(path);
  await Deno.writeFile(path, bytes);
  await Deno.utime(path, mtime ?? 0, mtime ?? 0);
  const error = await assertRejects(() => extract(setup, { tickers: ["NA"] }));
  assert(error instanceof Error);
  assert(error.message.includes(keyOf("2024-01-03")), error.message);
});

Deno.test("Mirror.extract() says what is wrong before anything is read", async () => {
  await using setup = await setUpDays();
  await using mirror = await setup.open({ readOnly: true });
  const range = { from: "2024-01-02", to: "2024-01-05" };
  const cases: [unknown, string][] = [
    [{ dataType: "stock_daily", ...range }, "did you mean stocks_daily?"],
    [{ dataType: "stocks_daily", from: "2024-01-02" }, "Cannot use to"],
    [{ dataType: "stocks_daily", ...range, tickers: 1 }, "Cannot use tickers"],
    [
      { dataType: "stocks_daily", ...range, underlying: "SPY" },
      "stocks_daily has no options",
    ],
    [
      { dataType: "stocks_daily", ...range, freeBatches: 1 },
      "Cannot use freeBatches",
    ],
    [
      { dataType: "stocks_daily", ...range, ticker: "A" },
      "did you mean tickers?",
    ],
  ];
  for (const [options, message] of cases) {
    assertThrows(
      () => mirror.extract(options as ExtractOptions),
      Error,
      message,
    );
  }
  // @ts-expect-error -- bars have no price
  mirror.extract({ dataType: "stocks_daily", ...range, columns: ["price"] });
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.extract() ends with its signal, and where the mirror is closed", async () => {
  await using setup = await setUpDays(...DATES);
  const mirror = await setup.open({ readOnly: true });
  const days = {
    dataType: "stocks_daily",
    from: "2024-01-02",
    to: "2024-01-05",
  } as const;
  const abort = new AbortController();
  const rows = mirror.extract({ ...days, signal: abort.signal });
  await rows.next();
  abort.abort(new Error("enough"));
  await assertRejects(() => collect(bytesOf(rows)), Error, "enough");
  const others = mirror.extract(days);
  await others.next();
  await mirror[Symbol.asyncDispose]();
  const closed = await assertRejects(() => collect(bytesOf(others)));
  assert(closed instanceof DOMException && closed.name === "AbortError");
  assertThrows(() => mirror.extract(days), TypeError, "closed");
});

/** A day of trades that is large enough for an index. */
const LARGE = {
  dataType: "stocks_trades",
  from: "2024-01-04",
  to: "2024-01-04",
} as const;

/** Rows of {@linkcode LARGE} by the mirror, and where they came from. */
async function extractLarge(
  setup: Setup,
  options: Partial<ExtractOptions> = {},
  open: MirrorOptions = { readOnly: true },
): Promise<{ rows: string; source: string; share: number }> {
  await using mirror = await setup.open(open);
  let source = "";
  let bytesRead = 0;
  const batches = mirror.extract({
    ...LARGE,
    tickers: ["AAPL"],
    ...options,
    onEvent: (event) => {
      if (event.code === "extracted") ({ source, bytesRead } = event);
      if (event.code === "no-rows") source = event.reason;
    },
  });
  const rows = new TextDecoder().decode(await collect(bytesOf(batches)));
  const size = setup.server.objects.has(LARGE_KEY) ? NaN : LARGE_SIZE;
  return { rows, source, share: bytesRead / size };
}

const LARGE_KEY = keyOf(LARGE.from, LARGE.dataType);
let LARGE_SIZE = NaN;

Deno.test("Mirror.extract() makes an index of a large file that it reads through, and reads parts of it from then on", async () => {
  for (const order of ["sorted", "shuffled"] as const) {
    await using setup = await setUp({ scale: 30, order, oddities: true });
    await using mirror = await setup.open();
    await mirror.sync(
      await mirror.plan({
        dataTypes: [LARGE.dataType],
        from: LARGE.from,
        to: LARGE.to,
      }),
    );
    await mirror[Symbol.asyncDispose]();
    LARGE_SIZE = (await Deno.stat(`${setup.folder.path}/${LARGE_KEY}`)).size;
    setup.requests();
    const path = indexesOf(setup.folder.path).pathOf(LARGE_KEY);
    const isThere = () => Deno.stat(path).then(() => true, () => false);
    await Deno.remove(path); // as if it were a file from before there were indexes

    const plain = await extractLarge(setup);
    assert(plain.rows.length > 0);
    assertEquals([plain.source, await isThere()], ["file", false]);
    const first = await extractLarge(setup, {}, {});
    assertEquals([first.source, first.rows === plain.rows], ["file", true]);
    assertEquals(await isThere(), true);
    const second = await extractLarge(setup);
    assertEquals([second.source, second.rows === plain.rows], [
      "file-parts",
      true,
    ]);
    if (order === "sorted") assert(second.share < 0.6, `${second.share}`);
    // All rows are read through.
    const all = await extractLarge(setup, {
      tickers: undefined,
      patterns: undefined,
    });
    assertEquals(all.source, "file");

    // An index that is damaged, or of another version, is made again.
    const bytes = await Deno.readFile(path);
    await Deno.writeFile(
      path,
      bytes.map((byte, at) => at === 99 ? byte ^ 1 : byte),
    );
    assertEquals((await extractLarge(setup)).source, "file");
    assertEquals((await extractLarge(setup, {}, {})).source, "file");
    assertEquals((await extractLarge(setup)).source, "file-parts");

    // The file's space is given back: its index stays, and parts of the object are enough.
    await using releasing = await setup.open();
    await releasing.release({
      dataTypes: [LARGE.dataType],
      from: LARGE.from,
      to: LARGE.to,
    });
    await releasing[Symbol.asyncDispose]();
    assertEquals(
      (await extractLarge(setup, { offline: true })).source,
      "released",
    );
    setup.requests();
    const remote = await extractLarge(setup);
    assertEquals([remote.source, remote.rows === plain.rows], [
      "object-parts",
      true,
    ]);
    if (order === "sorted") assert(remote.share < 0.6, `${remote.share}`);
    assertEquals(setup.requests()[0], `GET ${LARGE_KEY}`);

    // The object was replaced: it is read through, and gets an index of its own.
    setup.server.faults.add({
      kind: "changed-etag",
      key: LARGE_KEY,
      times: 1,
      skip: 0,
    });
    const changed = await extractLarge(setup, {}, {});
    assertEquals(changed.source, "object");
    assertEquals((await extractLarge(setup)).source, "object-parts");
    assertEquals((await extractLarge(setup)).rows, changed.rows);
  }
});

Deno.test("Mirror.extract() never gives rows of a file that is not what its index is of", async () => {
  await using setup = await setUp({ scale: 30 });
  await using mirror = await setup.open();
  await mirror.sync(
    await mirror.plan({
      dataTypes: [LARGE.dataType],
      from: LARGE.from,
      to: LARGE.to,
    }),
  );
  await Array.fromAsync(mirror.extract({ ...LARGE, tickers: ["AAPL"] }));
  const events: ExtractEvent[] = [];
  const onEvent = (event: ExtractEvent) => events.push(event);
  await Array.fromAsync(
    mirror.extract({ ...LARGE, tickers: ["AAPPL"], onEvent }),
  );
  assertEquals(notFoundIn(events), ["ticker AAPPL: AAPL"]);
  const path = `${setup.folder.path}/${LARGE_KEY}`;
  const bytes = await Deno.readFile(path);
  await Deno.writeFile(
    path,
    bytes.map((byte, at) => at % 50_000 === 49_999 ? byte ^ 4 : byte),
  );
  await assertRejects(
    () => Array.fromAsync(mirror.extract({ ...LARGE, patterns: ["A*"] })),
    IntegrityError,
    LARGE_KEY,
  );
});

Deno.test({
  name:
    "Mirror.extract() gives what zcat FILE | awk prints, whatever the order of rows",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const order of ["sorted", "runs", "shuffled"] as const) {
      await using setup = await setUp({ scale: 2, order, oddities: true });
      const dataTypes = ["stocks_trades", "options_quotes"] as const;
      const range = { from: "2024-01-04", to: "2024-01-05" };
      await using mirror = await setup.open();
      await mirror.sync(await mirror.plan({ dataTypes, ...range }));
      for (const dataType of dataTypes) {
        const files = ["2024-01-04", "2024-01-05"]
          .map((date) => `${setup.folder.path}/${keyOf(date, dataType)}`);
        const names = await runProgram("sh", [
          "-c",
          'zcat "$@" | cut -d, -f1 | sort | uniq | sed -n "2p;5p;9p"',
          "sh",
          ...files,
        ]);
        const tickers = names.trim().split("\n");
        const wanted = await runProgram("sh", [
          "-c",
          `zcat "$@" | awk -F, '${
            tickers.map((ticker) => `$1 "" == "${ticker}"`).join(" || ")
          }'`,
          "sh",
          ...files,
        ]);
        assert(wanted.length > 0);
        const rows = mirror.extract({ dataType, ...range, tickers });
        const given = new TextDecoder().decode(await collect(bytesOf(rows)));
        assert(given === wanted, `${dataType} ${order}`);
      }
    }
  },
});
