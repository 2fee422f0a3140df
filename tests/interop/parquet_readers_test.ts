/**
 * Parquet files are read by those who use them: pyarrow, DuckDB, Polars and pandas find the
 * rows of the CSV files, with their types.
 *
 * @module
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { DataType } from "../../src/catalog/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { openDownloader, startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";

const PYTHON = Deno.env.get("FLATBED_TEST_PYTHON") || "python3";

function hasPackages(): boolean {
  try {
    return new Deno.Command(PYTHON, {
      args: ["-c", "import duckdb, pandas, polars, pyarrow"],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false; // there is no such program
  }
}

/** Stocks, options, futures, indices, forex and crypto; bars, trades, quotes and values. */
const DATA_TYPES: readonly DataType[] = [
  "stocks_daily",
  "stocks_minute",
  "stocks_trades",
  "stocks_quotes",
  "options_minute",
  "options_trades",
  "options_quotes",
  "futures_cme_session",
  "futures_cme_trades",
  "futures_cme_quotes",
  "indices_minute",
  "indices_values",
  "forex_quotes",
  "crypto_daily",
  "crypto_trades",
];
/** With integers as volumes and sizes, and with fractions. */
const DATES = ["2024-06-10", "2026-06-10"];

const isReady = hasPackages();

Deno.test({
  name: `pyarrow, DuckDB, Polars and pandas read every value of Parquet files${
    isReady ? "" : ": skipped, there is no Python with these packages"
  }`,
  ignore: !isReady,
  async fn() {
    await using folder = await makeFolder();
    await using server = startRecorded({ scale: 0.2, oddities: true });
    await using downloader = openDownloader(server.url);
    await using mirror = await Mirror.open(folder.path, {
      downloader,
      now: () => new Date("2026-07-01T17:00:00Z"),
    });
    for (const date of DATES) {
      const days = { dataTypes: DATA_TYPES, from: date, to: date };
      await mirror.sync(await mirror.plan(days));
    }
    const { converted, failed } = await mirror.toParquet();
    const files = mirror.entries().map(({ dataType, date, key, path }) => [
      dataType,
      date,
      `${folder.path}/${path}`,
      `${folder.path}/parquet/${key.replace(".csv.gz", ".parquet")}`,
    ]);
    assertEquals([converted, failed], [files.length, 0]);
    assertEquals(files.length, DATA_TYPES.length * DATES.length);
    const child = new Deno.Command(PYTHON, {
      args: [fileURLToPath(new URL("check_parquet.py", import.meta.url))],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(files)));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assertEquals(lines.length, files.length);
    // All years have the same columns of the same types.
    const kinds = Map.groupBy(
      lines.map((line) => /^(\w+) \d+ (.*)$/.exec(line) ?? []),
      ([, dataType]) => dataType,
    );
    for (const [dataType, [first, ...others]] of kinds) {
      for (const other of others) assertEquals(other[2], first?.[2], dataType);
    }
    const [minutes = ""] = lines.filter((line) =>
      line.startsWith("stocks_minute")
    );
    for (
      const type of [
        "ticker:string",
        "volume:double",
        "close:double",
        "window_start:timestamp[ns]",
        "transactions:int64",
        "date:date32[day]",
      ]
    ) assertStringIncludes(minutes, type);
  },
});
