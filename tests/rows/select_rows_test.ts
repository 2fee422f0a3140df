import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { gunzip } from "../../src/gzip/mod.ts";
import {
  type RowBatch,
  RowError,
  type RowFilter,
  RowSelector,
  selectRows,
} from "../../src/rows/mod.ts";
import { check } from "../properties/_check.ts";
import { collect } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";
import { runProgram } from "../support/program.ts";

/** A text in pieces of some length. */
async function* pieces(
  text: string | Uint8Array,
  length = 1000,
): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : text;
  for (let at = 0; at < bytes.length; at += length) {
    await Promise.resolve();
    yield bytes.subarray(at, at + length);
  }
}

async function* bytesOf(
  batches: AsyncIterable<RowBatch>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of batches) yield bytes;
}

async function select(
  content: string,
  filter: RowFilter,
  length?: number,
): Promise<string> {
  const rows = selectRows(pieces(content, length), filter);
  return new TextDecoder().decode(await collect(bytesOf(rows)));
}

const TICKERS = [
  ...["A", "AAPL", "AMpB", "BRK.A", "NA", "TRUE", "T"],
  ...["O:SPY240610P00536000", "O:SPY1240610P00536000", "O:SPY250110C00400000"],
  ...["O:SPYG240610P00536000", "O:SP240610P00536000", "O:AAPL1240119C00100000"],
  ...["X:BTC-USD", "C:EUR-USD", "ESU6", "BZ:BF G6-H6-J6", "6A:XF:AUDUSD:U6"],
];

const trades = fc.record({
  rows: fc.array(
    fc.tuple(
      fc.constantFrom(...TICKERS),
      fc.constantFrom("", "12", '"12,37"', '"14,37,41"', "[401]"),
      fc.integer({ min: 1, max: 40 }),
    ),
    { maxLength: 40 },
  ),
  order: fc.constantFrom("sorted", "runs", "as they come"),
  hasMark: fc.boolean(),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  isCut: fc.boolean(),
}).map(({ rows, order, hasMark, lineEnd, isCut }) => {
  const lines = rows.flatMap(([ticker, conditions, count]) =>
    Array.from(
      { length: count },
      (_, index) =>
        `${ticker},${conditions},171230665420870534${index},4.000000`,
    )
  );
  const half = lines.length >> 1;
  const ordered = order === "sorted"
    ? lines.toSorted()
    : order === "runs"
    ? [...lines.slice(0, half).toSorted(), ...lines.slice(half).toSorted()]
    : lines;
  const text = ["ticker,conditions,sip_timestamp,size", ...ordered]
    .join(lineEnd) + (isCut ? "" : lineEnd);
  return (hasMark ? "\ufeff" : "") + text;
});

/** Filters, each with what it is for awk. */
const filters = fc.oneof(
  fc.constantFrom(...TICKERS).map((ticker) => ({
    filter: { tickers: [ticker] },
    condition: `$1 "" == "${ticker}"`,
  })),
  fc.uniqueArray(fc.constantFrom(...TICKERS), { minLength: 1 })
    .map((tickers) => ({
      filter: { tickers },
      condition: tickers.map((ticker) => `$1 "" == "${ticker}"`).join(" || "),
    })),
  fc.constantFrom(
    {
      filter: { underlying: "SPY" },
      condition: 'substr($1, 1, length($1) - 15) == "O:SPY"',
    },
    {
      filter: { underlying: "SPY", adjusted: true },
      condition: "substr($1, 1, length($1) - 15) ~ /^O:SPY[0-9]?$/",
    },
    { filter: { patterns: ["O:SPY24*P*"] }, condition: "$1 ~ /^O:SPY24.*P/" },
    { filter: { patterns: ["?", "*.?"] }, condition: "$1 ~ /^(.|.*[.].)$/" },
    {
      filter: { tickers: ["NA"], patterns: ["X:*"], underlying: "AAPL" },
      condition: '$1 == "NA" || $1 ~ /^X:/',
    },
    { filter: {}, condition: "$1 != 0" },
  ),
);

Deno.test({
  name:
    "selectRows() gives what zcat FILE | awk prints, for tickers, roots and patterns",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await makeFolder();
    const path = `${folder.path}/day.csv.gz`;
    await check(
      fc.asyncProperty(
        trades,
        filters,
        fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(100_000)),
        async (text, { filter, condition }, length) => {
          const stored = gzipSync(text);
          await Deno.writeFile(path, stored);
          const wanted = await runProgram("sh", [
            "-c",
            'zcat "$1" | LC_ALL=C awk -F, "$2"',
            "sh",
            path,
            `NR > 1 && (${condition})`,
          ]);
          const content = gunzip(pieces(stored, length), path);
          const rows = selectRows(content, filter);
          const given = new TextDecoder().decode(await collect(bytesOf(rows)));
          assertEquals(given, wanted);
        },
      ),
    );
  },
});

Deno.test("selectRows() finds the ticker's column by its name, behind quoted fields too", async () => {
  const content = 'conditions,ticker,price\n"12,A",B,1\n12,A,2\n"A",,3\n,A\n';
  assertEquals(await select(content, { tickers: ["A"] }, 3), "12,A,2\n,A\n");
  assertEquals(
    await select(content, { patterns: ["?"] }, 3),
    '"12,A",B,1\n12,A,2\n,A\n',
  );
});

Deno.test("selectRows() says which header row is valid, also where no row is wanted", async () => {
  const batches = await Array.fromAsync(
    selectRows(pieces("\ufeffticker,close\r\nA,1\r\n"), { tickers: ["B"] }),
  );
  assertEquals(batches.map(({ header, rows }) => [header.names, rows]), [
    [["ticker", "close"], 0],
  ]);
  assertEquals(
    batches.map(({ header }) => new TextDecoder().decode(header.line)),
    ["ticker,close\r\n"],
  );
  assertEquals(await Array.fromAsync(selectRows(pieces(""), {})), []);
  const headerOnly = await Array.fromAsync(
    selectRows(pieces("ticker,close"), {}),
  );
  assertEquals(headerOnly.map(({ rows }) => rows), [0]);
});

Deno.test("selectRows() hands on batches of bounded size, however long the pieces are", async () => {
  const content = "ticker,id\n" + "A,12345678\nB,1\n".repeat(100_000);
  for (const length of [65_536, content.length]) {
    let rows = 0;
    let most = 0;
    for await (
      const batch of selectRows(pieces(content, length), { tickers: ["A"] })
    ) {
      assertEquals(batch.bytes.length, batch.rows * "A,12345678\n".length);
      rows += batch.rows;
      most = Math.max(most, batch.bytes.length);
    }
    assertEquals(rows, 100_000);
    assert(most < 500_000, `${length}: ${most}`);
  }
});

/** Whether a row of a time is between two times of day. */
async function isBetween(
  time: string,
  from: string,
  to: string,
  zone?: string,
): Promise<boolean> {
  const between = { from, to, ...(zone !== undefined && { zone }) };
  const rows = await select(`ticker,timestamp\nA,${time}\n`, { between });
  return rows !== "";
}

/** Nanoseconds of an instant with so many behind its whole second. */
function ns(instant: string, nanos = 0): string {
  return `${Date.parse(instant) / 1000}${String(nanos).padStart(9, "0")}`;
}

Deno.test("between has local times, with daylight saving time and without, to the nanosecond", async () => {
  const regular = (time: string) => isBetween(time, "09:30", "16:00");
  assertEquals(await regular(ns("2024-01-02T14:30:00Z")), true);
  assertEquals(await regular(ns("2024-01-02T14:29:59Z", 999_999_999)), false);
  assertEquals(await regular(ns("2024-01-02T20:59:59Z", 999_999_999)), true);
  assertEquals(await regular(ns("2024-01-02T21:00:00Z")), false);
  assertEquals(await regular(ns("2024-07-02T13:30:00Z")), true);
  assertEquals(await regular(ns("2024-07-02T13:29:59Z", 999_999_999)), false);
  assertEquals(await regular(ns("2024-07-02T20:00:00Z")), false);
  // The days on which clocks change: at 07:00 and at 06:00 UTC.
  for (
    const [instant, is] of [
      ["2024-03-10T06:59:59Z", true], // 01:59:59
      ["2024-03-10T07:00:00Z", false], // 03:00
      ["2024-11-03T05:30:00Z", true], // 01:30
      ["2024-11-03T06:30:00Z", true], // 01:30 once more
      ["2024-11-03T07:00:00Z", false], // 02:00
    ] as const
  ) assertEquals(await isBetween(ns(instant), "01:00", "02:00"), is, instant);
  assertEquals(
    await isBetween(ns("2024-07-02T00:00:00Z"), "00:00", "24:00"),
    true,
  );
});

Deno.test("between takes fractions of a second, other zones, and times over midnight", async () => {
  const at = ns("2024-01-02T14:30:00Z", 500_000_000);
  assertEquals(
    await isBetween(at, "14:30:00.5", "14:30:00.500000001", "UTC"),
    true,
  );
  assertEquals(
    await isBetween(at, "14:30:00.500000001", "15:00", "UTC"),
    false,
  );
  assertEquals(await isBetween(at, "20:00", "20:01", "Asia/Kolkata"), true);
  const night = (instant: string) => isBetween(ns(instant), "18:00", "17:00");
  assertEquals(await night("2024-01-01T23:00:00Z"), true);
  assertEquals(await night("2024-01-02T21:59:59Z"), true);
  assertEquals(await night("2024-01-02T22:30:00Z"), false);
});

Deno.test("between reads the times that files have, and no nonsense", async () => {
  const all = (time: string) => isBetween(time, "00:00", "24:00", "UTC");
  assertEquals(
    await isBetween(
      "1754843586948.6707",
      "16:33:06.948",
      "16:33:06.949",
      "UTC",
    ),
    true,
  );
  assertEquals(
    await isBetween(
      "1754843586948.6707",
      "16:33:06.948670699",
      "16:33:06.948670701",
      "UTC",
    ),
    true,
  );
  assertEquals(await all("1754843586948"), true);
  for (
    const nonsense of [
      ...[
        "0679990340010084598",
        "",
        "0",
        "-68400000000000",
        "-6795364578871345152",
        "NaN",
        "null",
      ],
      ...["1.7548435869486707e18", "17548435869486707000000000", "99", "."],
      ...["1754843586.948.6", '"1754843586948670700"', "-1754843586948670700"],
    ]
  ) assertEquals(await all(nonsense), false, nonsense);
});

Deno.test("between takes the column that places a row in time, and the rows that are wanted besides", async () => {
  const early = ns("2024-01-02T14:00:00Z");
  const late = ns("2024-01-02T15:00:00Z");
  const content = [
    "ticker,conditions,participant_timestamp,sip_timestamp",
    `A,"12,37",${early},${late}`,
    `A,12,${late},${early}`,
    `B,12,${late},${late}`,
    `A,12,${early},${late}`,
    "A,12",
  ].join("\n");
  const between = { from: "09:30", to: "16:00" };
  assertEquals(
    await select(content, { tickers: ["A"], between }, 7),
    `A,"12,37",${early},${late}\nA,12,${early},${late}\n`,
  );
});

Deno.test("selectRows() says what is wrong with a filter", () => {
  const cases: [unknown, string][] = [
    [{ ticker: ["A"] }, "did you mean tickers?"],
    [{ tickers: 5 }, "Cannot use tickers: expected an array"],
    [{ tickers: [""] }, "Cannot use tickers"],
    [{ tickers: ["A,B"] }, "without commas"],
    [{ patterns: "A*" }, "Cannot use patterns: expected an array, got string"],
    [{ underlying: "" }, "expected a root such as SPY"],
    [{ adjusted: 1 }, "Cannot use adjusted"],
    [
      { between: { from: "9:30", to: "16:00" } },
      "Cannot use between.from: expected a time such as 09:30",
    ],
    [{ between: { from: "09:30", to: "24:01" } }, "Cannot use between.to"],
    [
      { between: { from: "09:30", to: "16:00", zone: "Mars/Base" } },
      "'Mars/Base'",
    ],
    [{ between: { from: "09:30", until: "16:00" } }, "did you mean to?"],
  ];
  for (const [filter, message] of cases) {
    assertThrows(
      () => selectRows(pieces(""), filter as RowFilter),
      Error,
      message,
    );
  }
});

Deno.test("selectRows() says what a content lacks", async () => {
  await assertRejects(
    () => select("symbol,close\nA,1\n", { tickers: ["A"] }),
    RowError,
    "Cannot read the rows of 'the content': expected a column ticker, got 'symbol, close'",
  );
  await assertRejects(
    () =>
      select("ticker,close\nA,1\n", {
        between: { from: "09:30", to: "16:00" },
      }),
    RowError,
    "expected a column window_start or",
  );
  await assertRejects(
    () => select(`ticker\n${"A".repeat(2_000_000)}`, {}, 65_536),
    RowError,
    "a row is longer than 1048575 bytes",
  );
});

Deno.test("RowSelector takes one content after the other, also where one was left or broke", async () => {
  const selector = new RowSelector({ tickers: ["A"] });
  const names: string[] = [];
  const read = async (content: AsyncIterable<Uint8Array>, name: string) => {
    let text = "";
    for await (const batch of selector.select(content, name)) {
      names.push(batch.name);
      text += new TextDecoder().decode(batch.bytes);
    }
    return text;
  };
  assertEquals(
    await read(pieces("ticker,x\nA,1\nB,2\nA,3", 3), "one"),
    "A,1\nA,3\n",
  );
  for await (
    const _ of selector.select(
      pieces("ticker\n" + "A\n".repeat(500_000)),
      "two",
    )
  ) break;
  async function* broken() {
    yield* pieces("ticker,x\nA,1\nA,2");
    throw new Error("broke");
  }
  await assertRejects(() => read(broken(), "three"), Error, "broke");
  assertEquals(await read(pieces("x,ticker\n1,A\n2,B\n", 2), "four"), "1,A\n");
  assertEquals(await read(pieces("ticker,x\nA,4\n"), "five"), "A,4\n");
  assertEquals(names, ["one", "four", "five"]);

  const first = selector.select(pieces("ticker\nA\n"), "six");
  await first.next();
  await assertRejects(
    () => read(pieces("ticker\nA\n"), "seven"),
    TypeError,
    "still being read",
  );
  await first.return(undefined);
  assertEquals(await read(pieces("ticker\nA\n"), "eight"), "A\n");
});
