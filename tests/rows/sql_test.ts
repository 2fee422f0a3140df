import { assertEquals, assertRejects } from "@std/assert";
import { DuckDB, DuckDBError, openQuery } from "../../src/rows/mod.ts";
import { readQuery } from "../../src/rows/sql/read_query.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

function start({ path }: TemporaryFolder): Promise<DuckDB> {
  return DuckDB.start({
    folders: [path],
    temporaryFolder: `${path}/spilled`,
  });
}

Deno.test("readQuery() takes a query of any form, and names its tables", async () => {
  await using folder = await makeFolder();
  await using duckdb = await start(folder);
  for (
    const [sql, ...tables] of [
      ["SELECT 1"],
      ["FROM Stocks_Daily -- a comment", "stocks_daily"],
      ['SELECT * FROM "stocks_daily" JOIN x.y ON true;', "stocks_daily", "y"],
      ["WITH a AS (TABLE b) SELECT (SELECT max(d) FROM c) FROM a", ..."bca"],
      ["VALUES (1)"],
      ["DESCRIBE a", "a"],
      ["SUMMARIZE a", "a"],
      ["PIVOT a ON b IN ('c') USING sum(d)", "a"],
      ["SELECT * FROM range(3), generate_series(1, 2), unnest([1])"],
      ["SELECT * FROM read_csv('a.csv')"],
    ]
  ) {
    const query = await readQuery(duckdb, sql ?? "");
    assertEquals([sql, [...query.tables].sort()], [sql, tables.sort()]);
    assertEquals(query.explain, undefined);
  }
  assertEquals(await readQuery(duckdb, "EXPLAIN ANALYZE FROM a"), {
    sql: "FROM a",
    explain: "EXPLAIN ANALYZE",
    tables: new Set(["a"]),
    listsTables: false,
  });
  for (
    const sql of [
      "SHOW TABLES",
      "FROM duckdb_tables()",
      "FROM information_schema.tables",
    ]
  ) assertEquals((await readQuery(duckdb, sql)).listsTables, true);
});

Deno.test("readQuery() refuses what does more than read, however it is written", async () => {
  await using folder = await makeFolder();
  await using duckdb = await start(folder);
  const { path } = folder;
  await Deno.writeTextFile(`${path}/a.csv`, "a\n1\n");
  const log = `enable_logging(storage = 'file', storage_path = '${path}')`;
  for (
    const sql of [
      "",
      "-- nothing",
      "SELECT 1; SELECT 2",
      `SELECT 1; COPY (SELECT 1) TO '${path}/b.csv'`,
      `COPY (SELECT 1) TO '${path}/b.csv'`,
      `EXPLAIN ANALYZE COPY (SELECT 1) TO '${path}/b.csv'`,
      `EXPLAIN EXPLAIN SELECT 1`,
      `EXPORT DATABASE '${path}/b'`,
      `IMPORT DATABASE '${path}'`,
      `ATTACH '${path}/b.db'`,
      "ATTACH ':memory:' AS b",
      "DETACH memory",
      "USE memory",
      "INSTALL httpfs",
      "LOAD httpfs",
      "UPDATE EXTENSIONS",
      "SET threads = 1",
      "RESET threads",
      "PRAGMA database_list",
      "CALL pragma_version()",
      `CALL ${log}`,
      `FROM ${log}`,
      `SELECT * FROM system.main.${log}`,
      `SELECT * FROM "ENABLE_LOGGING"(storage_path = '${path}')`,
      `WITH a AS (FROM ${log}) SELECT 1 WHERE EXISTS (FROM a)`,
      `SELECT (SELECT count(*) FROM ${log})`,
      `DESCRIBE FROM ${log}`,
      `EXPLAIN ANALYZE FROM ${log}`,
      `FROM query('FROM ${log.replaceAll("'", "''")}')`,
      "FROM query_table('a')",
      `FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))`,
      "FROM arrow_scan(1, 2, 3)",
      "FROM checkpoint()",
      "FROM disable_logging()",
      "CREATE TABLE b AS SELECT 1",
      "CREATE VIEW b AS SELECT 1",
      "CREATE MACRO b() AS 1",
      "CREATE SECRET (TYPE s3)",
      "INSERT INTO a VALUES (1)",
      "UPDATE a SET b = 1",
      "DELETE FROM a",
      "DROP TABLE a",
      "ALTER TABLE a ADD COLUMN b INTEGER",
      "MERGE INTO a USING b ON true WHEN MATCHED THEN DELETE",
      "PREPARE b AS SELECT 1",
      "EXECUTE b",
      "BEGIN",
      "CHECKPOINT",
      "VACUUM",
    ]
  ) {
    await assertRejects(() => readQuery(duckdb, sql), DuckDBError, "Cannot");
  }
  // None of it was run.
  assertEquals(
    (await folder.names()).filter((name) => !name.startsWith("spilled/")),
    ["a.csv"],
  );
  assertEquals(await Deno.readTextFile(`${path}/a.csv`), "a\n1\n");
});

Deno.test("readQuery() finds a function wherever it stands in a query", async () => {
  await using folder = await makeFolder();
  await using duckdb = await start(folder);
  const table = "checkpoint()";
  const value = `(SELECT count(*) FROM ${table})`;
  for (
    const sql of [
      `FROM range(1), ${table}`,
      `FROM range(1), LATERAL (FROM ${table})`,
      `FROM range(1) JOIN ${table} ON true`,
      `FROM range(1) t(x) JOIN range(2) u(y) ON ${value} > 0`,
      `FROM range(1) POSITIONAL JOIN ${table}`,
      `FROM range(${value})`,
      `FROM (PIVOT (FROM ${table}) ON a IN (1) USING count(*))`,
      `UNPIVOT (FROM ${table}) ON a`,
      `SUMMARIZE FROM ${table}`,
      `WITH a AS MATERIALIZED (FROM ${table}) SELECT 1`,
      `WITH RECURSIVE a AS (SELECT 1 UNION ALL SELECT 1 FROM ${table}) FROM a`,
      `SELECT 1 UNION ALL FROM ${table}`,
      `VALUES (${value})`,
      `SELECT 1 WHERE ${value} > 0`,
      `SELECT 1 GROUP BY GROUPING SETS ((${value}))`,
      `SELECT 1 HAVING ${value} > 0`,
      `SELECT 1 ORDER BY ${value}`,
      `SELECT 1 LIMIT ${value}`,
      `SELECT 1 LIMIT 1 OFFSET ${value}`,
      `SELECT DISTINCT ON (${value}) 1`,
      `SELECT * REPLACE (${value} AS range) FROM range(1)`,
      `SELECT COLUMNS(lambda c: ${value} > 0) FROM range(1)`,
      `SELECT sum(x) FILTER (${value} > 0) FROM range(1) t(x)`,
      `SELECT sum(x) OVER (ORDER BY x ROWS ${value} PRECEDING) FROM range(1) t(x)`,
      `SELECT x FROM range(1) t(x) QUALIFY count(*) OVER (PARTITION BY ${value}) = 1`,
      `SELECT string_agg('a' ORDER BY ${value})`,
      `SELECT list_transform([1], lambda x: x + ${value})`,
      `SELECT [x FOR x IN [1] IF ${value} > 0]`,
      `SELECT {a: [${value}]}`,
      `SELECT CASE WHEN ${value} > 0 THEN 1 END`,
      `SELECT CAST(${value} AS VARCHAR)`,
      `SELECT INTERVAL (${value}) DAY`,
      `SELECT ARRAY(SELECT 1 FROM ${table})`,
      `SELECT 1 = ANY (SELECT 1 FROM ${table})`,
    ]
  ) {
    await assertRejects(
      () => readQuery(duckdb, sql),
      DuckDBError,
      "Cannot run checkpoint()",
      sql,
    );
  }
});

/** Rows of a query that needs no tables. */
async function rowsOf(duckdb: DuckDB, sql: string) {
  return (await duckdb.run(sql)).rows;
}

Deno.test("ny() is New York's time by the time zone database, to the nanosecond", async () => {
  await using folder = await makeFolder();
  await using duckdb = await start(folder);
  await openQuery(duckdb, "SELECT 1", () => Promise.resolve([]));
  const byDatabase =
    "timezone('America/New_York', make_timestamptz(epoch_us(t)))";
  // Each hour from 2003 to 2101, where the rule changes, and a nanosecond before it.
  assertEquals(
    await rowsOf(
      duckdb,
      `SELECT count(*), count(*) FILTER (ny(t)::TIMESTAMP IS DISTINCT FROM ${byDatabase})
         FROM (SELECT make_timestamp_ns((1041379200 + 3600 * range) * 1000000000 - n) AS t
               FROM range(867840), unnest([0, 1]) u(n))`,
    ),
    [["1735680", "0"]],
  );
  assertEquals(
    await rowsOf(
      duckdb,
      `SELECT ny(make_timestamp_ns(1679990340010084598)), ny(NULL),
         ny(make_timestamp_ns(-6795364578871345152)), ny(TIMESTAMP '2024-07-01 12:00:00')`,
    ),
    [[
      "2023-03-28 03:59:00.010084598",
      null,
      "1754-08-30 17:47:39.128654848",
      "2024-07-01 08:00:00",
    ]],
  );
});

Deno.test("underlying(), expiry(), strike() and right() take an options ticker apart, and right() with two arguments is SQL's", async () => {
  await using folder = await makeFolder();
  await using duckdb = await start(folder);
  await openQuery(duckdb, "SELECT 1", () => Promise.resolve([]));
  assertEquals(
    await rowsOf(
      duckdb,
      `SELECT underlying(t), expiry(t), strike(t), right(t), right(t, 2)
         FROM unnest(['O:SPY240610P00536000', 'O:AAPL1240119C00012500',
                      'O:A240105C00095000', 'AAPL', 'O:X991399C00000001', NULL]) u(t)`,
    ),
    [
      ["SPY", "2024-06-10", 536, "P", "00"],
      ["AAPL", "2024-01-19", 12.5, "C", "00"],
      ["A", "2024-01-05", 95, "C", "00"],
      [null, null, null, null, "PL"],
      ["X", null, 0.001, "C", "01"],
      [null, null, null, null, null],
    ],
  );
});
