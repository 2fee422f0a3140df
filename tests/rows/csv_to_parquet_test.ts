import { assertEquals, assertRejects } from "@std/assert";
import type { DataType } from "../../src/catalog/mod.ts";
import { openFileSource } from "../../src/files/mod.ts";
import {
  columnsOf,
  type CsvFile,
  csvToParquet,
  DuckDB,
  DuckDBError,
  proveParquet,
  readParquetFooter,
  type WrittenParquet,
} from "../../src/rows/mod.ts";
import { gzip } from "../support/data.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

/** A folder, and DuckDB for it. */
interface Setup extends AsyncDisposable {
  folder: TemporaryFolder;
  duckdb: DuckDB;
  /** Converts a content. */
  convert(dataType: DataType, ...pieces: string[]): Promise<WrittenParquet>;
  /** Asks for something of the Parquet file. */
  ask(select: string): Promise<unknown[][]>;
  /** The CSV file that was converted. */
  file(): CsvFile;
  target: string;
}

async function setUp(): Promise<Setup> {
  const folder = await makeFolder();
  const duckdb = await DuckDB.start({
    folders: [folder.path],
    temporaryFolder: `${folder.path}/spilled`,
  });
  const target = `${folder.path}/it's.parquet`;
  const path = `${folder.path}/a'b [1]*.csv.gz`;
  let file: CsvFile;
  return {
    folder,
    duckdb,
    target,
    file: () => file,
    async convert(dataType, ...pieces) {
      // Each a member of its own, as some services write them.
      const members = await Promise.all(
        pieces.map((piece) => gzip(new TextEncoder().encode(piece))),
      );
      await Deno.writeFile(path, await new Blob(members).bytes());
      const [header = ""] = pieces.join("").split("\n");
      const names = header.trim() === "" ? [] : columnsOf(header);
      file = { dataType, date: "2024-01-02", path, isGzip: true, names };
      return await csvToParquet(duckdb, file, target);
    },
    async ask(select) {
      const { rows } = await duckdb.run(
        `SELECT ${select} FROM read_parquet('${target.replaceAll("'", "''")}')`,
      );
      return rows.map((row) => [...row]);
    },
    async [Symbol.asyncDispose]() {
      await duckdb[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const BARS = "ticker,volume,open,close,high,low,window_start,transactions";

Deno.test("csvToParquet() sorts by ticker in the order of bytes and time, and keeps duplicates", async () => {
  await using setup = await setUp();
  const rows = [
    "b,1,1,1,1,1,1704205800000000002,1",
    "TRUE,1,1,1,1,1,1704205800000000001,1",
    "NA,1,1,1,1,1,1704205800000000001,1",
    "b,1,1,1,1,1,1704205800000000001,1",
    "AMpB,1,1,1,1,1,1704205800000000001,1",
    "AMPC,1,1,1,1,1,1704205800000000001,1",
    "NA,1,1,1,1,1,1704205800000000001,1",
  ];
  assertEquals(
    await setup.convert(
      "stocks_minute",
      `${BARS}\n${rows.slice(0, 3).join("\n")}\n`,
      `${rows.slice(3).join("\n")}\n`,
    ),
    { rows: 7, asText: [] },
  );
  assertEquals(await setup.ask("ticker, epoch_ns(window_start) % 10, date"), [
    ["AMPC", "1", "2024-01-02"],
    ["AMpB", "1", "2024-01-02"],
    ["NA", "1", "2024-01-02"],
    ["NA", "1", "2024-01-02"],
    ["TRUE", "1", "2024-01-02"],
    ["b", "1", "2024-01-02"],
    ["b", "2", "2024-01-02"],
  ]);
});

Deno.test("csvToParquet() sorts options by their underlying first", async () => {
  await using setup = await setUp();
  const tickers = [
    "O:AAPL240119C00100000",
    "O:AAPL1240119C00100000",
    "O:AA240119C00100000",
    "O:AAPL1240118C00100000",
    "O:AAPL230119C00100000",
  ];
  const rows = tickers.map((ticker) => `${ticker},1,1,1,1,1,1,1`);
  await setup.convert("options_daily", [BARS, ...rows].join("\n"));
  assertEquals((await setup.ask("ticker")).flat(), [
    "O:AA240119C00100000",
    "O:AAPL230119C00100000",
    "O:AAPL240119C00100000",
    "O:AAPL1240118C00100000",
    "O:AAPL1240119C00100000",
  ]);
});

Deno.test("csvToParquet() keeps integers and times to the digit, prices to the double, texts as they are", async () => {
  await using setup = await setUp();
  const { asText } = await setup.convert(
    "stocks_trades",
    `ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp
A,"12,37",0,11,007,-6795364578871345152,115.030000,9223372036854775807,1679990340010084598,4.000000,1,0,0
B,[401],1.000,4,"a ""b""",1754843586948.6707,0.1,-5,-68400000000000,0.00000001,,,
C,,,,,,1e5,,,2036584.149027,,,\n`,
  );
  assertEquals(asText, []);
  assertEquals(
    await setup.ask(
      `conditions, correction, id, epoch_ns(participant_timestamp), price,
       sequence_number, epoch_ns(sip_timestamp), size, epoch_ns(trf_timestamp)`,
    ),
    [
      [
        ...["12,37", "0", "007", "-6795364578871345152", 115.03],
        ...["9223372036854775807", "1679990340010084598", 4, "0"],
      ],
      [
        // Milliseconds with a fraction, as the documentation of futures shows them.
        ...["[401]", "1", 'a "b"', "1754843586948670700", 0.1],
        ...["-5", "-68400000000000", 0.00000001, null],
      ],
      // An empty text is one; an empty number is none.
      ["", null, "", null, 100000, null, null, 2036584.149027, null],
    ],
  );
});

Deno.test("csvToParquet() keeps values that do not fit as text beside, and their columns' types", async () => {
  await using setup = await setUp();
  const rows = [
    "A,1,1,1,1,1,1704205800000000001,9223372036854775808",
    "B,1,abc,1,1,1,yesterday,4.6",
    "C,1,1.5,1,1,1,17e17,1e-1",
    "D,1,,1,1,1,,7",
    "E,1,,1,1,1,9223372036854775807,",
    "F,1,,1,1,1,-9223372036854775808,",
  ];
  assertEquals(
    await setup.convert("stocks_minute", [BARS, ...rows].join("\n")),
    { rows: 6, asText: ["open", "window_start", "transactions"] },
  );
  assertEquals(
    (await setup.ask(
      `open, open_text, epoch_ns(window_start), window_start_text,
       transactions, transactions_text`,
    )).toSorted(),
    [
      [null, "abc", null, "yesterday", null, "4.6"],
      [null, null, null, "9223372036854775807", null, null],
      [null, null, null, "-9223372036854775808", null, null],
      [null, null, null, null, "7", null],
      [1, null, "1704205800000000001", null, null, "9223372036854775808"],
      [1.5, null, null, "17e17", null, "1e-1"],
    ].toSorted(),
  );
  assertEquals(
    await proveParquet(setup.duckdb, {
      ...setup.file(),
      asText: ["open", "window_start", "transactions"],
    }, setup.target),
    true,
  );
});

Deno.test("csvToParquet() keeps what is no date alone: DuckDB would drop its time of day", async () => {
  await using setup = await setUp();
  const days = ["2024-01-02", "", "2024-01-02 10:00:00", "2024-02-30"];
  const rows = days.map((day, at) => `T${at},${day}\n`);
  const { asText } = await setup.convert(
    "futures_cme_session",
    `ticker,session_end_date\n${rows.join("")}`,
  );
  assertEquals(asText, ["session_end_date"]);
  assertEquals(await setup.ask("session_end_date, session_end_date_text"), [
    ["2024-01-02", null],
    [null, null],
    [null, "2024-01-02 10:00:00"],
    [null, "2024-02-30"],
  ]);
});

Deno.test("csvToParquet() takes no fraction for an integer: DuckDB would round it", async () => {
  await using setup = await setUp();
  for (const value of ["4.6", "1e-1", "15E-1", "0.5"]) {
    const { asText } = await setup.convert(
      "stocks_minute",
      `${BARS}\nA,1,1,1,1,1,1704205800000000001,${value}\n`,
    );
    assertEquals(asText, ["transactions"], value);
    assertEquals(await setup.ask("transactions_text"), [[value]]);
  }
  const time = "1704205800000.5000001"; // more digits than nanoseconds have
  const { asText } = await setup.convert(
    "stocks_minute",
    `${BARS}\nA,1,1,1,1,1,${time},1\n`,
  );
  assertEquals(asText, ["window_start"]);
  assertEquals(await setup.ask("window_start_text"), [[time]]);
  const none = "-9223372036854775808"; // NaT in pandas, and not shown by DuckDB
  assertEquals(
    (await setup.convert(
      "stocks_minute",
      `${BARS}\nA,1,1,1,1,1,${none},1\n`,
    )).asText,
    ["window_start"],
  );
  assertEquals(await setup.ask("window_start_text"), [[none]]);
});

Deno.test("csvToParquet() gives all years of a dataset the same columns, and keeps new ones as text", async () => {
  await using setup = await setUp();
  const types = async () =>
    (await setup.duckdb.run(
      `DESCRIBE FROM read_parquet('${setup.target.replaceAll("'", "''")}')`,
    )).rows.map(([name, type]) => `${name} ${type}`);
  const old =
    "ticker,conditions,correction,exchange,participant_timestamp,price,sip_timestamp,size\n";
  await setup.convert("options_trades", old);
  const columns = await types();
  assertEquals(columns, [
    "ticker VARCHAR",
    "conditions VARCHAR",
    "correction BIGINT",
    "exchange BIGINT",
    "price DOUBLE",
    "sip_timestamp TIMESTAMP_NS",
    "size DOUBLE",
    "participant_timestamp TIMESTAMP_NS",
    "date DATE",
  ]);
  await setup.convert(
    "options_trades",
    `size,ticker,sip_timestamp,price,colour\r\n2,O:A240119C00100000,1,3,007\r\n`,
  );
  assertEquals(await types(), [...columns, "colour VARCHAR"]);
  assertEquals(
    await setup.ask("size, price, conditions, participant_timestamp, colour"),
    [[2, 3, null, null, "007"]],
  );
  // A file without any content has a file without rows.
  assertEquals((await setup.convert("options_trades", "")).rows, 0);
  assertEquals(await types(), columns);
});

Deno.test("csvToParquet() writes groups of 122,880 rows, and readParquetFooter() finds them", async () => {
  await using setup = await setUp();
  const rows = Array.from(
    { length: 130_000 },
    (_, at) => `T${at % 1000},1,1,1,1,1,${at},1\n`,
  );
  await setup.convert("stocks_minute", `${BARS}\n`, ...[rows.join("")]);
  using source = await openFileSource(setup.target);
  const { rows: count, groups } = await readParquetFooter(source, "it");
  assertEquals([count, groups], [130_000, [122_880, 7_120]]);
});

Deno.test("csvToParquet() fails where a row has too few or too many fields, or the file is no gzip", async () => {
  await using setup = await setUp();
  for (const row of ["A,1", "A,1,1,1,1,1,1,1,1"]) {
    await assertRejects(
      () => setup.convert("stocks_minute", `${BARS}\n${row}\n`),
      DuckDBError,
      "CSV Error",
    );
  }
  await Deno.writeTextFile(setup.file().path, "no gzip");
  await assertRejects(
    () => csvToParquet(setup.duckdb, setup.file(), setup.target),
    DuckDBError,
  );
});

Deno.test("proveParquet() compares every value, in any order", async () => {
  await using setup = await setUp();
  const { duckdb, target } = setup;
  const rows = ["A,1,1,1,1,1,2,1", "A,1,1,1,1,1,1,1"];
  await setup.convert("stocks_minute", [BARS, ...rows].join("\n"));
  const file = setup.file();
  assertEquals(await proveParquet(duckdb, file, target), true);
  for (
    const other of [
      [rows[0], rows[0]],
      [...rows, rows[0]],
      [rows[0], "A,1,1,1,1,1,1,"],
      [rows[0], "A,1,1,1,1.0000000000000002,1,1,1"],
    ]
  ) {
    const text = [BARS, ...other].join("\n");
    await Deno.writeFile(
      file.path,
      await gzip(new TextEncoder().encode(text)),
    );
    assertEquals(await proveParquet(duckdb, file, target), false, text);
  }
});
