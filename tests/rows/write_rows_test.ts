import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Table, tableFromIPC } from "@uwdata/flechette";
import {
  type ColumnDifference,
  RowError,
  selectRows,
  writeRows,
  type WriteRowsOptions,
} from "../../src/rows/mod.ts";
import { check } from "../properties/_check.ts";
import { collect } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";
import { runProgram } from "../support/program.ts";

/** The rows of several contents, one after the other. */
async function* rowsOf(...contents: string[]) {
  for (const [index, content] of contents.entries()) {
    const bytes = new Blob([content]).stream();
    yield* selectRows(bytes, { name: `day${index + 1}` });
  }
}

async function write(
  options: WriteRowsOptions,
  ...contents: string[]
): Promise<string> {
  const bytes = await collect(writeRows(rowsOf(...contents), options));
  return new TextDecoder().decode(bytes);
}

async function writeArrow(...contents: string[]): Promise<Table> {
  return tableFromIPC(
    await collect(writeRows(rowsOf(...contents), { format: "arrow" })),
    { useBigInt: true },
  );
}

const TRADES =
  `ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,size
NA,"12,37",0,11,52983525035312,1679990340010084598,115.030000,3807,4.000000
TRUE,12,0,11,0012,,-0.5,9223372036854775807,2036584.149027
"BZ:BF G6-H6-J6",,0,11,"a ""b"" \\ c",-68400000000000,,1,0.00000001
AMpB,[401],,4,\u00e9\t,0,1e5,999999999999999,1000000000000000000000
`;

Deno.test("CSV has the rows as they are, below one header row", async () => {
  const crlf = TRADES.replaceAll("\n", "\r\n");
  assertEquals(await write({}, TRADES), TRADES);
  assertEquals(await write({}, crlf), crlf);
  assertEquals(
    await write({ format: "csv" }, "a,b\n1,2\n", "a,b\n", "a,b\n3,4"),
    "a,b\n1,2\n3,4\n",
  );
  assertEquals(await write({}), "");
  assertEquals(await write({}, "a,b"), "a,b\n");
});

Deno.test("columns are written in the order in which they are named", async () => {
  assertEquals(
    await write({ columns: ["size", "ticker", "conditions"] }, TRADES),
    `size,ticker,conditions
4.000000,NA,"12,37"
2036584.149027,TRUE,12
0.00000001,"BZ:BF G6-H6-J6",
1000000000000000000000,AMpB,[401]
`,
  );
});

Deno.test("a column that nobody knows is an error that suggests", async () => {
  await assertRejects(
    () => write({ columns: ["ticker", "prize"] }, TRADES),
    RangeError,
    "Cannot use columns: 'prize' is not a column of 'day1'; did you mean price?",
  );
  await assertRejects(
    () => write({ columns: ["zzzzzzzzzzzz"] }, "ticker,close\n"),
    RangeError,
    "; the columns are ticker, close",
  );
  assertThrows(
    () => writeRows(rowsOf(), { columns: ["ticker", "ticker"] }),
    RangeError,
    "'ticker' is there twice",
  );
  assertThrows(() => writeRows(rowsOf(), { columns: [] }), RangeError);
});

Deno.test("a column that the dataset has may be missing in a file, which is said", async () => {
  const said: ColumnDifference[] = [];
  const csv = await write(
    {
      dataType: "options_trades",
      columns: ["ticker", "sip_timestamp", "price"],
      onDifference: (difference) => said.push(difference),
    },
    "ticker,price\nO:A,1\n",
    "ticker,sip_timestamp,price\nO:A,5,2\n",
  );
  assertEquals(csv, "ticker,sip_timestamp,price\nO:A,,1\nO:A,5,2\n");
  assertEquals(said, [{ name: "day1", missing: ["sip_timestamp"], extra: [] }]);
});

Deno.test("days whose columns differ get those of the first one, which is said", async () => {
  const said: ColumnDifference[] = [];
  const csv = await write(
    { onDifference: (difference) => said.push(difference) },
    'ticker,open,conditions\nA,1,"1,2"\n',
    'conditions,ticker,open\n"3,4",A,2\n',
    "ticker,open,conditions\nA,3,5\n",
    "ticker,high,conditions\r\nA,9\r\n",
  );
  assertEquals(
    csv,
    'ticker,open,conditions\nA,1,"1,2"\nA,2,"3,4"\nA,3,5\nA,,\n',
  );
  assertEquals(said, [
    { name: "day2", missing: [], extra: [] },
    { name: "day4", missing: ["open"], extra: ["high"] },
  ]);
});

Deno.test("NDJSON has numbers as they are written, long integers and texts as strings", async () => {
  const lines = (await write({ format: "ndjson" }, TRADES)).split("\n");
  assertEquals(lines.slice(0, 2), [
    '{"ticker":"NA","conditions":"12,37","correction":0,"exchange":11,"id":"52983525035312",' +
    '"participant_timestamp":"1679990340010084598","price":115.030000,"sequence_number":3807,"size":4.000000}',
    '{"ticker":"TRUE","conditions":"12","correction":0,"exchange":11,"id":"0012",' +
    '"participant_timestamp":null,"price":-0.5,"sequence_number":"9223372036854775807","size":2036584.149027}',
  ]);
  assertEquals(lines.slice(2, 4).map((line) => JSON.parse(line)), [
    {
      ticker: "BZ:BF G6-H6-J6",
      conditions: "",
      correction: 0,
      exchange: 11,
      id: 'a "b" \\ c',
      participant_timestamp: "-68400000000000",
      price: null,
      sequence_number: 1,
      size: 1e-8,
    },
    {
      ticker: "AMpB",
      conditions: "[401]",
      correction: null,
      exchange: 4,
      id: "\u00e9\t",
      participant_timestamp: "0",
      price: "1e5",
      sequence_number: 999999999999999,
      size: 1e21,
    },
  ]);
  assertEquals(lines.slice(4), [""]);
});

Deno.test("NDJSON is JSON whatever a field holds, and has what the file has", async () => {
  const field = fc.oneof(
    fc.string({ unit: "grapheme" }).map((text) =>
      text.replaceAll(/[\r\n]/g, " ")
    ),
    fc.constantFrom(
      "",
      "-",
      ".",
      "-1",
      "01",
      "1.",
      ".5",
      "-0",
      "1.50",
      "NaN",
      "+1",
    ),
    fc.integer().map(String),
    fc.double({ noNaN: true }).map(String),
  );
  await check(
    fc.asyncProperty(field, field, field, async (ticker, price, sequence) => {
      const quoted = [ticker, price, sequence]
        .map((text) => `"${text.replaceAll('"', '""')}"`);
      const names = "ticker,price,sequence_number\n";
      const line = await write(
        { format: "ndjson" },
        `${names}${quoted.join()}\n`,
      );
      assertEquals(Object.values(JSON.parse(line)), [ticker, price, sequence]);
      const isOne = /^[^",]*$/;
      if (!isOne.test(price) || !isOne.test(sequence)) return;
      const row = JSON.parse(
        await write({ format: "ndjson" }, `${names}T,${price},${sequence}\n`),
      );
      const same = (value: unknown, text: string) =>
        value === null
          ? text === ""
          : typeof value === "number"
          ? Object.is(value, Number(text))
          : value === text;
      assert(same(row.price, price), `${row.price} ${price}`);
      assert(same(row.sequence_number, sequence));
    }),
  );
});

Deno.test("time is written by ISO 8601, in UTC or on the clock of a zone, to the nanosecond", async () => {
  const content = [
    "ticker,sip_timestamp,trf_timestamp",
    "A,1679990340010084598,0",
    "A,1704205800000000001,",
    "A,-68400000000000,-6795364578871345152",
    "A,1754843586948.6707,x",
    "",
  ].join("\n");
  assertEquals(
    await write({ time: "iso" }, content),
    `ticker,sip_timestamp,trf_timestamp
A,2023-03-28T07:59:00.010084598Z,
A,2024-01-02T14:30:00.000000001Z,
A,1969-12-31T05:00:00.000000000Z,1754-08-30T22:43:41.128654848Z
A,2025-08-10T16:33:06.948670700Z,x
`,
  );
  assertEquals(
    (await write({ time: "local" }, content)).split("\n").slice(1, 4),
    [
      "A,2023-03-28T03:59:00.010084598-04:00,",
      "A,2024-01-02T09:30:00.000000001-05:00,",
      "A,1969-12-31T00:00:00.000000000-05:00,1754-08-30T17:47:39.128654848-04:56:02",
    ],
  );
  assertEquals(
    await write(
      { time: "local", zone: "Asia/Kolkata", format: "ndjson" },
      "timestamp\n1704205800000000001\n0\n",
    ),
    '{"timestamp":"2024-01-02T20:00:00.000000001+05:30"}\n{"timestamp":null}\n',
  );
});

Deno.test("Arrow has each column in its type, with every digit", async () => {
  const content =
    `ticker,conditions,sip_timestamp,price,sequence_number,session_end_date,other
NA,"12,37",1679990340010084598,115.030000,3807,2025-08-11,x
TRUE,12,-68400000000000,-0.5,9223372036854775807,,"12"
NA,12,0,,,2025-08-12,
"NA","12",1754843586948.6707,0.00000001,-1,1970-01-01,"a ""b"""
`;
  const table = await writeArrow(content);
  assertEquals(table.schema.fields.map(({ name }) => name), [
    ...["ticker", "conditions", "sip_timestamp", "price", "sequence_number"],
    ...["session_end_date", "other"],
  ]);
  const column = (name: string) => [...table.getChild(name)];
  assertEquals(column("ticker"), ["NA", "TRUE", "NA", "NA"]);
  assertEquals(column("conditions"), ["12,37", "12", "12", "12"]);
  assertEquals(
    table.getChild("sip_timestamp").data[0]?.values,
    BigInt64Array.of(
      1679990340010084598n,
      -68400000000000n,
      0n,
      1754843586948670700n,
    ),
  );
  assertEquals(table.getChild("sip_timestamp").nullCount, 1);
  assertEquals(column("price"), [115.03, -0.5, null, 1e-8]);
  assertEquals(column("sequence_number"), [
    3807n,
    9223372036854775807n,
    null,
    -1n,
  ]);
  assertEquals(
    column("session_end_date").map((date) =>
      date === null ? null : new Date(Number(date)).toISOString().slice(0, 10)
    ),
    ["2025-08-11", null, "2025-08-12", "1970-01-01"],
  );
  assertEquals(column("other"), ["x", "12", "", 'a "b"']);
});

Deno.test("Arrow has numbers as JavaScript reads them", async () => {
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.tuple(fc.integer(), fc.nat({ max: 999_999 }))
      .map(([whole, part]) => `${whole}.${String(part).padStart(6, "0")}`),
  );
  await check(
    fc.asyncProperty(fc.array(number, { minLength: 1 }), async (numbers) => {
      const table = await writeArrow(`price\n${numbers.join("\n")}\n`);
      assertEquals([...table.getChild("price")], numbers.map(Number));
    }),
  );
});

Deno.test("Arrow has texts as CSV quotes them", async () => {
  const text = fc.string({ unit: fc.constantFrom('"', "a", ",", "é", "😀") });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await check(
    fc.asyncProperty(fc.array(text, { minLength: 1 }), async (texts) => {
      // In a dictionary, in another one, and in none.
      const rows = texts.map((text) => Array(3).fill(quoted(text)).join());
      const table = await writeArrow(
        `ticker,conditions,other\n${rows.join("\n")}\n`,
      );
      for (const name of ["ticker", "conditions", "other"]) {
        assertEquals([...table.getChild(name)], texts);
      }
    }),
  );
});

Deno.test("Arrow is written in record batches, over several days and any number of rows", async () => {
  const day = (first: number) =>
    "ticker,price,sip_timestamp,id,session_end_date\n" +
    Array.from(
      { length: 80_000 },
      (_, i) =>
        `T${(first + i) % 5000},${first + i},${
          1_700_000_000_000_000_000n + BigInt(first + i)
        },${i % 3 === 0 ? "" : i},${i % 2 === 0 ? "" : "2024-01-02"}\n`,
    ).join("");
  const table = await writeArrow(day(0), day(80_000));
  assertEquals(table.numRows, 160_000);
  assert(table.getChild("price").data.length >= 2);
  // Tickers come with dictionaries of their batch, which this reader does not know.
  let row = 0;
  for (const { price, sip_timestamp, id, session_end_date } of table) {
    assert(price === row, `${row}`);
    assert(Number(sip_timestamp) - 1.7e12 < 1000);
    assert(id === (row % 80_000 % 3 === 0 ? "" : `${row % 80_000}`), `${row}`);
    assert((session_end_date === null) === (row % 2 === 0));
    row++;
  }
});

Deno.test("Arrow of no rows has the columns", async () => {
  const table = await writeArrow("ticker,price\n");
  assertEquals([table.numRows, table.names], [0, ["ticker", "price"]]);
});

Deno.test("Arrow says which value is not of its column's type", async () => {
  for (
    const [name, value] of [
      ["price", "abc"],
      ["price", "1,5"],
      ["sequence_number", "1.5"],
      ["sequence_number", "9223372036854775808"],
      ["sip_timestamp", "2024-01-02"],
      ["session_end_date", "2024-13-01"],
    ] as const
  ) {
    await assertRejects(
      () => writeArrow(`ticker,${name}\nA,"${value}"\n`),
      RowError,
      `of 'day1' to Arrow: column '${name}' is of type`,
    );
  }
});

Deno.test("writeRows() says what is wrong with an option", () => {
  const cases: [unknown, string][] = [
    [
      { format: "parquet" },
      'Cannot use format: expected "csv", "ndjson" or "arrow"',
    ],
    [{ time: "utc" }, "Cannot use time"],
    [{ time: "local", zone: "Mars" }, "'Mars'"],
    [{ dataType: "stock_trades" }, "did you mean stocks_trades?"],
    [{ column: ["a"] }, "did you mean columns?"],
    [
      { columns: "ticker" },
      "Cannot use columns: expected an array, got string",
    ],
  ];
  for (const [options, message] of cases) {
    assertThrows(
      () => writeRows(rowsOf(), options as WriteRowsOptions),
      Error,
      message,
    );
  }
});

Deno.test("a column that a dataset does not have is an error of the compiler", () => {
  writeRows(rowsOf(), {
    dataType: "stocks_minute",
    columns: ["ticker", "close"],
  });
  // @ts-expect-error -- bars have no price
  writeRows(rowsOf(), { dataType: "stocks_minute", columns: ["price"] });
  const known: string = "stocks_minute";
  writeRows(rowsOf(), { dataType: known, columns: ["anything"] });
  writeRows(rowsOf(), { columns: ["anything"] });
});

const python = Deno.env.get("FLATBED_TEST_PYTHON");

Deno.test({
  name: "Arrow is read by polars and pyarrow as the CSV is",
  ignore: python === undefined,
  async fn() {
    await using folder = await makeFolder();
    const rows = Array.from(
      { length: 150_000 },
      (_, i) =>
        `${["NA", "TRUE", "AMpB", `T${i % 9000}`][i % 4]},"${i % 7},37",${
          1_679_990_340_010_084_598n + BigInt(i)
        },${i / 8},${i}.000000,${i % 5 === 0 ? 0 : 1_679_990_340_010_084_598n}`,
    );
    const csv = `ticker,conditions,sip_timestamp,price,size,trf_timestamp\n${
      rows.join("\n")
    }\n`;
    await Deno.writeTextFile(`${folder.path}/day.csv`, csv);
    await Deno.writeFile(
      `${folder.path}/day.arrow`,
      await collect(writeRows(rowsOf(csv), { format: "arrow" })),
    );
    const printed = await runProgram(python ?? "", ["-c", READ], {
      cwd: folder.path,
    });
    assertEquals(printed.trim().split("\n"), [
      "150000 timestamp[ns, tz=UTC] dictionary<values=string, indices=int32, ordered=0> double",
      "Datetime(time_unit='ns', time_zone='UTC') True True True True True 30000",
    ]);
  },
});

const READ = `
import polars as pl, pyarrow as pa
table = pa.ipc.open_stream("day.arrow").read_all()
print(table.num_rows, table.schema.field("sip_timestamp").type, table.schema.field("ticker").type, table.schema.field("price").type)
text = pl.read_csv("day.csv", infer_schema=False, null_values=[])
got = pl.read_ipc_stream("day.arrow")
print(
  got["sip_timestamp"].dtype,
  got["ticker"].cast(pl.String).equals(text["ticker"]),
  got["conditions"].cast(pl.String).equals(text["conditions"]),
  got["sip_timestamp"].cast(pl.Int64).equals(text["sip_timestamp"].cast(pl.Int64)),
  got["price"].equals(text["price"].cast(pl.Float64)),
  got["size"].equals(text["size"].cast(pl.Float64)),
  got["trf_timestamp"].null_count(),
)
`;
