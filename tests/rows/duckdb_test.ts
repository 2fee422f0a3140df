import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DuckDB, DuckDBError } from "../../src/rows/mod.ts";
import { ROOT, runDeno } from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";

/** Starts it for a folder. */
function start({ path }: TemporaryFolder, options = {}): Promise<DuckDB> {
  return DuckDB.start({
    folders: [path],
    temporaryFolder: `${path}/spilled`,
    ...options,
  });
}

Deno.test("DuckDB gives the rows of a query, and no digit is lost", async () => {
  await using folder = await makeFolder();
  await using duckdb = await start(folder);
  const sql =
    "SELECT 1679990340010084598 AS big, 0.1 + 0.2::DOUBLE AS sum, make_timestamp_ns(1) AS time, NULL AS nothing";
  assertEquals(await duckdb.run(sql), {
    columns: [
      { name: "big", type: "BIGINT" },
      { name: "sum", type: "DOUBLE" },
      { name: "time", type: "TIMESTAMP_NS" },
      { name: "nothing", type: "INTEGER" },
    ],
    rows: [[
      "1679990340010084598",
      0.30000000000000004,
      "1970-01-01 00:00:00.000000001",
      null,
    ]],
  });
  const { rows } = await duckdb.run("SELECT * FROM range(5000)");
  assertEquals(rows.length, 5000);
  assertEquals(rows.at(-1), ["4999"]);
});

Deno.test("DuckDB goes on after a query that fails", async () => {
  await using folder = await makeFolder();
  await using duckdb = await start(folder);
  await assertRejects(
    () => duckdb.run("SELECT * FROM nowhere"),
    DuckDBError,
    "Table with name nowhere does not exist",
  );
  assertEquals((await duckdb.run("SELECT 1")).rows, [[1]]);
});

Deno.test("DuckDB reaches no file but those in its folders, and that cannot be changed", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/data`);
  await Deno.writeTextFile(`${folder.path}/secret.csv`, "a\n1\n");
  await Deno.writeTextFile(`${folder.path}/data/open.csv`, "a\n2\n");
  await using duckdb = await start(folder, {
    folders: [`${folder.path}/data`],
  });
  const { path } = folder;
  assertEquals((await duckdb.run(`FROM '${path}/data/open.csv'`)).rows, [[
    "2",
  ]]);
  for (
    const sql of [
      `FROM read_csv('${path}/secret.csv')`,
      `FROM read_csv('${path}/data/../secret.csv')`,
      `FROM read_text('/etc/hostname')`,
      `FROM glob('/etc/*')`,
      `FROM glob('${path}/*')`,
      `COPY (SELECT 1) TO '${path}/out.csv'`,
      `ATTACH '${path}/other.db'`,
      `FROM read_csv('http://127.0.0.1:9/a.csv')`,
      "INSTALL httpfs",
      "LOAD httpfs",
      `LOAD '${path}/data/open.csv'`,
      "SET enable_external_access = true",
      `SET allowed_directories = ['/']`,
      `SET temp_directory = '${path}/elsewhere'`,
      "SET memory_limit = '100GB'",
      "RESET lock_configuration",
    ]
  ) await assertRejects(() => duckdb.run(sql), DuckDBError, undefined, sql);
  const names = await Array.fromAsync(Deno.readDir(path), ({ name }) => name);
  assertEquals(
    names.filter((name) => name !== "spilled").toSorted(),
    ["data", "secret.csv"],
  );
});

Deno.test("what DuckDB spills is within the memory, and is removed", async () => {
  await using folder = await makeFolder();
  const spilled = `${folder.path}/spilled`;
  {
    await using duckdb = await start(folder, { memory: 60e6, threads: 1 });
    const sorted =
      "FROM (SELECT hash(range) AS h, range::VARCHAR || repeat('x', 40) AS t FROM range(2_000_000) ORDER BY h) OFFSET 1_999_999";
    assertEquals((await duckdb.run(sorted)).rows.length, 1);
    await Deno.stat(spilled);
  }
  await assertRejects(() => Deno.stat(spilled), Deno.errors.NotFound);
});

Deno.test("a crash of DuckDB is the failure of a query", async () => {
  await using folder = await makeFolder();
  const duckdb = await start(folder);
  const running = duckdb.run(
    "SELECT sum(hash(range)) FROM range(1e12::BIGINT)",
  );
  const rejected = assertRejects(
    () => running,
    DuckDBError,
    "DuckDB has crashed",
  );
  await duckdb[Symbol.asyncDispose](); // which kills the process
  await rejected;
});

Deno.test("a signal ends DuckDB in the middle of a query", async () => {
  await using folder = await makeFolder();
  const controller = new AbortController();
  await using duckdb = await start(folder, { signal: controller.signal });
  const running = duckdb.run(
    "SELECT sum(hash(range)) FROM range(1e12::BIGINT)",
  );
  controller.abort(new Error("that is enough"));
  await assertRejects(() => running, Error, "that is enough");
});

/** Starts DuckDB in a process, and prints what becomes of it. */
async function tryStart(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const mod = new URL("src/rows/mod.ts", ROOT).href;
  await using folder = await makeFolder();
  await Deno.writeTextFile(
    `${folder.path}/start.ts`,
    `import { DuckDB } from ${JSON.stringify(mod)};
    const options = { folders: [], temporaryFolder: "spilled", onFetch: ({ bytes }) => console.log("fetches", bytes) };
    await DuckDB.start(options).catch(({ name, message }) => console.log(name, message));
    Deno.exit(0);`,
  );
  const { stdout, stderr } = await runDeno(
    ["run", ...args, `${folder.path}/start.ts`],
    { env, cwd: folder.path },
  );
  return stdout + stderr;
}

Deno.test("DuckDB says which permission it needs", async () => {
  assertMatch(
    await tryStart(["--no-prompt", "--allow-write", "--allow-read"]),
    /^DuckDBUnavailableError Cannot start DuckDB: .* --allow-run=\//,
  );
});

Deno.test("DuckDB says that it is fetched, and why it cannot be", async () => {
  await using cache = await makeFolder();
  const text = await tryStart(["--allow-all"], {
    DENO_DIR: cache.path,
    NPM_CONFIG_REGISTRY: "http://127.0.0.1:9/",
    npm_config_registry: "http://127.0.0.1:9/",
  });
  assertMatch(
    text,
    /^fetches \d+\nDuckDBUnavailableError Cannot load DuckDB for \S+: .*DENO_DIR/,
  );
});
