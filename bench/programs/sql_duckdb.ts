/**
 * Runs a query over Parquet files in DuckDB, and nothing else.
 *
 *     sql_duckdb.ts FILES QUERY
 *
 * `FILES` is a file of their paths, which are the query's table `stocks_daily`. Loading
 * DuckDB is not part of the work.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { report } from "./_report.ts";

const [list = "", query = ""] = Deno.args;
const files: string[] = JSON.parse(await Deno.readTextFile(list));
const specifier: string = config.scopes["./"]["@duckdb/node-api"];
const { DuckDBInstance } = await import(specifier);
const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
const paths = files.map((file) => `'${file}'`).join();

await report(async () => {
  const table = `WITH stocks_daily AS (FROM read_parquet([${paths}]))`;
  const result = await connection.runAndReadAll(`${table} ${query}`);
  return { rows: result.currentRowCount };
});
