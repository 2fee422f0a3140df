/** What those find, and leave, who only look at a mirror. */
import { DatabaseSync } from "node:sqlite";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { addDays } from "../../src/calendar/mod.ts";
import { LocalFileError } from "../../src/base/mod.ts";
import { Mirror, MirrorDamagedError } from "../../src/mirror/mod.ts";
import { Manifest } from "../../src/mirror/manifest/manifest.ts";
import { runScript } from "../support/child.ts";
import { ROOT, runDeno } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { DATES, setUp, WEEK } from "./_mirror.ts";
import { MIGRATIONS } from "../../src/mirror/manifest/manifest_schema.ts";

const MANIFEST = ".flatbed/manifest.sqlite";
const CLI = new URL("cli.ts", ROOT).pathname;

/** Syncs a mirror, and closes it. */
async function syncOnce(open: () => Promise<Mirror>): Promise<void> {
  await using mirror = await open();
  assertEquals((await mirror.sync(await mirror.plan(WEEK))).fetched, 4);
}

async function stateFiles(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(
    Deno.readDir(`${folder}/.flatbed`),
    ({ name }) => name,
  );
  return names.sort();
}

/** A manifest that says so, and lacks its tables. */
async function layManifestWithoutTables(folder: string): Promise<string> {
  await Deno.mkdir(`${folder}/.flatbed`);
  const path = `${folder}/${MANIFEST}`;
  const db = new DatabaseSync(path);
  db.exec(
    `PRAGMA application_id = ${0x466c6174};
     PRAGMA user_version = ${MIGRATIONS.length};
     CREATE TABLE other (a TEXT)`,
  );
  db.close();
  return path;
}

Deno.test("a mirror is looked at with the permission to read it alone, wherever from, and nothing is left in it", async () => {
  await using setup = await setUp();
  await syncOnce(setup.open);
  const folder = setup.folder.path;
  const before = await stateFiles(folder);
  assertEquals(before, ["lock", "manifest.sqlite"]);
  const name = folder.split("/").at(-1) ?? "";
  const env = {
    FLATBED_ENDPOINT_URL: setup.server.url,
    FLATBED_ACCESS_KEY_ID: "a",
    FLATBED_SECRET_ACCESS_KEY: "b",
  };
  for (
    const [permission, out, cwd] of [
      [`--allow-read=${folder}`, folder, "/"],
      [`--allow-read=${folder}`, folder, folder],
      [`--allow-read=${folder}`, folder, `${folder}/.flatbed`],
      ["--allow-read=.", name, `${folder}/..`],
      ["--allow-read", folder, folder],
      ["--allow-read", ".", folder],
    ] as const
  ) {
    for (
      const args of [
        ["status", "--json"],
        ["missing", "stocks_daily", "--from", "2024-01-02", "--to", DATES[3]],
        ["verify", "--json", "--full"],
      ]
    ) {
      const { code, stdout, stderr } = await runDeno([
        "run",
        "--no-prompt",
        permission,
        ...args[0] === "verify" ? ["--allow-env=FLATBED_*"] : [],
        CLI,
        ...args as string[],
        "--out",
        out,
      ], { cwd, env });
      const note = `${args[0]} ${permission} ${out} in ${cwd}: ${stderr}`;
      assertEquals(code, 0, note);
      if (args[0] === "status") assertStringIncludes(stdout, '"files":4', note);
      assertEquals(await stateFiles(folder), before, note);
    }
  }
  const { code } = await runDeno(
    ["run", "--no-prompt", "--allow-all", CLI, "status", "--out", "."],
    { cwd: folder, env },
  );
  assertEquals([code, await stateFiles(folder)], [0, before]);
});

Deno.test("Manifest.openForReading() follows a writer through its log, and past the log's beginning anew", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  const path = `${folder.path}/${MANIFEST}`;
  Manifest.openForWriting(folder.path)[Symbol.dispose]();
  using reader = Manifest.openForReading(folder.path);
  // SQLite itself, and unknown to the reader.
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
  const insert = db.prepare(
    "INSERT INTO floors VALUES (?, 'readable', ?, ?, 1, NULL)",
  );
  const ask = () => reader.readableRange("stocks_daily")?.date;
  assertEquals(ask(), undefined);
  insert.run("stocks_daily", "2024-01-01", "2024-01-01");
  assertEquals(ask(), "2024-01-01");
  const wrong: string[] = [];
  const dateOf = (round: number) => addDays("2024-02-01", round);
  for (let round = 0; round < 60; round++) {
    const date = dateOf(round);
    // What is not finished is not seen, also where it is in the log already.
    db.exec("BEGIN; PRAGMA cache_size = 1; PRAGMA cache_spill = 1");
    db.prepare("UPDATE floors SET date = ?").run(date);
    for (let count = 0; count < 40; count++) {
      insert.run(`${round}-${count}`, "x".repeat(500), "2024-01-01");
    }
    const last = round === 0 ? "2024-01-01" : dateOf(round - 1);
    if (ask() !== last) wrong.push(`${round}: ${ask()} before the end`);
    db.exec("COMMIT");
    if (ask() !== date) wrong.push(`${round}: ${ask()}`);
    if (round % 7 === 3) {
      db.exec(
        "DELETE FROM floors WHERE rowid % 2 = 0 AND data_type <> 'stocks_daily'; VACUUM",
      );
    }
    if (round % 5 === 4) db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    if (round % 5 === 2) db.exec("PRAGMA wal_checkpoint(RESTART)");
    if (ask() !== date) wrong.push(`${round}: ${ask()} after the checkpoint`);
  }
  assertEquals(wrong, []);
  db.close();
  assertEquals(ask(), dateOf(59));
  assertEquals(await stateFiles(folder.path), ["manifest.sqlite"]);
});

Deno.test("Manifest.openForReading() may lag behind the writer of a large manifest for ten times as long as reading it takes, revision included", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  const path = `${folder.path}/${MANIFEST}`;
  Manifest.openForWriting(folder.path)[Symbol.dispose]();
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = WAL");
  const insert = db.prepare(
    "INSERT OR REPLACE INTO floors VALUES (?, 'readable', ?, '2024-01-01', 1, NULL)",
  );
  const put = (date: string) => insert.run("stocks_daily", date);
  const dateOf = (reader: Manifest) =>
    reader.readableRange("stocks_daily")?.date;
  // A clock that moves with each look at it: a snapshot takes 1 ms.
  let time = 0;
  const open = () =>
    Manifest.openForReading(folder.path, { mayLag: true, now: () => ++time });
  put("2024-01-01");
  {
    using small = open();
    for (const date of ["2024-01-02", "2024-01-03"]) {
      put(date);
      assertEquals(dateOf(small), date);
    }
  }
  db.exec("CREATE TABLE large (bytes BLOB)");
  db.exec("INSERT INTO large VALUES (zeroblob(5000000))");
  using exact = Manifest.openForReading(folder.path);
  using reader = open();
  for (
    const [before, date] of [
      ["2024-02-01", "2024-02-02"],
      ["2024-02-03", "2024-02-04"],
    ] as const
  ) {
    put(before);
    time += 10;
    assertEquals(dateOf(reader), before);
    const revision = reader.revision();
    put(date);
    assertEquals(dateOf(exact), date);
    assertEquals(reader.revision(), revision);
    assertEquals(dateOf(reader), before);
    // Whoever opens it now sees what was written before.
    using later = open();
    assertEquals(dateOf(later), date);
    time += 10;
    assertEquals(reader.revision() === revision, false);
    assertEquals(dateOf(reader), date);
  }
  // Once the writer has closed it, the file itself is read.
  put("2024-03-01");
  db.exec("PRAGMA journal_mode = DELETE");
  db.close();
  assertEquals(dateOf(reader), "2024-03-01");
  assertEquals(reader.revision(), exact.revision());
  assertEquals(await stateFiles(folder.path), ["manifest.sqlite"]);
});

Deno.test("Mirror.open() for reading does not load a manifest into memory that no writer has open", async () => {
  await using setup = await setUp();
  await syncOnce(setup.open);
  const path = `${setup.folder.path}/${MANIFEST}`;
  const MB = 1024 * 1024;
  {
    using db = new DatabaseSync(path);
    assertEquals(
      db.prepare("PRAGMA journal_mode").get()?.journal_mode,
      "delete",
    );
    db.exec(
      `CREATE TABLE large (bytes BLOB); INSERT INTO large VALUES (randomblob(${
        100 * MB
      }))`,
    );
  }
  const { stdout, stderr } = await runScript(
    `import { Mirror } from "#root/src/mirror/mod.ts";
     const before = Deno.memoryUsage().rss;
     await using mirror = await Mirror.open(${
      JSON.stringify(setup.folder.path)
    }, { readOnly: true });
     console.log(mirror.entries().length);
     console.log(Math.round((Deno.memoryUsage().rss - before) / ${MB}));`,
  );
  const [files, grown] = stdout.split("\n").map(Number);
  assertEquals([files, stderr], [4, ""]);
  assert((grown ?? NaN) < 50, `${grown} MB`);
});

Deno.test("Mirror.open() reads a mirror whose log has come without its index, and makes none", async () => {
  await using setup = await setUp();
  await syncOnce(setup.open);
  await using copy = await makeFolder();
  await Deno.mkdir(`${copy.path}/.flatbed`);
  const path = `${setup.folder.path}/${MANIFEST}`;
  {
    const db = new DatabaseSync(path);
    db.exec(
      "PRAGMA journal_mode = WAL; UPDATE files SET etag = 'changed'",
    );
    for (const ending of ["", "-wal"]) {
      await Deno.copyFile(path + ending, `${copy.path}/${MANIFEST}${ending}`);
    }
    db.close();
  }
  await using mirror = await Mirror.open(copy.path, { readOnly: true });
  assertEquals(mirror.entries().map(({ etag }) => etag), [
    "changed",
    "changed",
    "changed",
    "changed",
  ]);
  // A log that is damaged or cut off ends with its last whole change.
  const log = `${copy.path}/${MANIFEST}-wal`;
  const bytes = await Deno.readFile(log);
  await Deno.writeFile(
    log,
    bytes.with(-10, (bytes.at(-10) ?? 0) ^ 1),
  );
  await using damaged = await Mirror.open(copy.path, { readOnly: true });
  assert(damaged.entries().every(({ etag }) => etag !== "changed"));
  await Deno.writeFile(log, bytes);
  await Deno.truncate(log, (await Deno.stat(log)).size - 1);
  await using cut = await Mirror.open(copy.path, { readOnly: true });
  assertEquals(cut.entries().length, 4);
  assert(cut.entries().every(({ etag }) => etag !== "changed"));
  assertEquals(await stateFiles(copy.path), [
    "manifest.sqlite",
    "manifest.sqlite-wal",
  ]);
});

Deno.test({
  name:
    "Mirror.open() for reading leaves the writer of the same process its locks",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using setup = await setUp();
    await using writer = await setup.open();
    const { ino } = await Deno.stat(`${setup.folder.path}/${MANIFEST}`);
    const locks = async () =>
      (await Deno.readTextFile("/proc/locks")).split("\n")
        .filter((line) => line.includes(` POSIX `) && line.includes(`:${ino} `))
        .length;
    const before = await locks();
    assert(before > 0);
    await using reader = await setup.open({ readOnly: true });
    await writer.sync(await writer.plan(WEEK));
    assertEquals(reader.entries().length, 4);
    assertEquals(await locks(), before);
  },
});

Deno.test("a manifest without its tables is damaged, also with the permission to read alone, and can be rebuilt", async () => {
  await using folder = await makeFolder();
  const path = await layManifestWithoutTables(folder.path);
  const before = await Deno.readFile(path);
  for (const readOnly of [true, false]) {
    const error = await assertRejects(
      () => Mirror.open(folder.path, { readOnly }),
      MirrorDamagedError,
    );
    assertEquals(
      error.message,
      `Cannot read manifest '${path}': it is damaged (no such table: files); a rebuild makes it anew from the files`,
    );
  }
  const { code, stderr } = await runDeno([
    "run",
    "--no-prompt",
    `--allow-read=${folder.path}`,
    CLI,
    "status",
    "--out",
    folder.path,
  ]);
  assertEquals([code, stderr], [
    1,
    `flatbed: Cannot read manifest '${path}': it is damaged (no such table: files); a rebuild makes it anew from the files; 'flatbed verify --rebuild' does that\n`,
  ]);
  assertEquals((await Deno.readFile(path)).slice(100), before.slice(100));
  await using mirror = await Mirror.open(folder.path, { replaceDamaged: true });
  assertEquals(mirror.entries(), []);
});

Deno.test("Mirror.open() reads a manifest that another process has locked", async () => {
  await using setup = await setUp();
  await syncOnce(setup.open);
  const db = new DatabaseSync(`${setup.folder.path}/${MANIFEST}`);
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    const { code, stdout, stderr } = await runDeno([
      "run",
      "--no-prompt",
      `--allow-read=${setup.folder.path}`,
      CLI,
      "status",
      "--json",
      "--out",
      setup.folder.path,
    ]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, '"files":4');
  } finally {
    db.close();
  }
});

Deno.test("Mirror.open() for writing says why a manifest cannot be used, whatever earlier runs have left, and leaves nothing", async () => {
  await using folder = await makeFolder();
  await using _ = await Mirror.open(folder.path);
  const path = `${folder.path}/${MANIFEST}`;
  await Deno.writeTextFile(`${path}.probe`, "mine");
  using manifest = Manifest.openForWriting(folder.path);
  const other = new DatabaseSync(path);
  try {
    other.exec("BEGIN IMMEDIATE");
    const error = assertThrows(() =>
      manifest.rememberReadableRange(
        "stocks_daily",
        { outcome: "refused", date: undefined, isExact: true },
        "2024-01-01",
      )
    );
    assertInstanceOf(error, LocalFileError);
    assertEquals(
      error.message,
      `Cannot use manifest '${path}': database is locked`,
    );
  } finally {
    other.close();
  }
  // What may not be tried out is no reason.
  const { stdout, stderr } = await runScript(
    `import { DatabaseSync } from "node:sqlite";
     import { Manifest } from "#root/src/mirror/manifest/manifest.ts";
     const manifest = Manifest.openForWriting(${JSON.stringify(folder.path)});
     new DatabaseSync(${JSON.stringify(path)}).exec("BEGIN IMMEDIATE");
     try {
       manifest.remove("a", "stored");
     } catch (error) {
       console.log(error.message);
       Deno.exit();
     }`,
    { permissions: [`--allow-read=${folder.path}`, `--allow-write=${path}`] },
  );
  assertEquals([stdout, stderr], [
    `Cannot use manifest '${path}': database is locked\n`,
    "",
  ]);
  assertEquals(
    (await stateFiles(folder.path)).filter((name) => name.includes("probe")),
    ["manifest.sqlite.probe"],
  );
});

Deno.test({
  name:
    "Mirror.open() waits for no pipe, and says that it is not a regular file",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (
      const [name, ways] of [
        ["manifest.sqlite", [true, false]],
        ["manifest.sqlite-wal", [true, false]],
        ["lock", [false]],
      ] as const
    ) {
      await using folder = await makeFolder();
      await (await Mirror.open(folder.path))[Symbol.asyncDispose]();
      if (name.endsWith("-wal")) {
        const db = new DatabaseSync(`${folder.path}/${MANIFEST}`);
        db.exec("PRAGMA journal_mode = WAL");
        db.close();
      }
      const path = `${folder.path}/.flatbed/${name}`;
      await Deno.remove(path).catch(() => {});
      await new Deno.Command("mkfifo", { args: [path] }).output();
      for (const readOnly of ways) {
        // In a process of its own: what hangs cannot be ended otherwise.
        const { code, stderr } = await runDeno(
          [
            "eval",
            `
            setTimeout(() => {}, 10_000);
            new Worker("data:text/javascript,setTimeout(() => Deno.exit(99), 20000)", { type: "module" });
            const { Mirror } = await import(${
              JSON.stringify(new URL("src/mirror/mod.ts", ROOT).href)
            });
            await Mirror.open(${
              JSON.stringify(folder.path)
            }, { readOnly: ${readOnly} })
              .then(() => Deno.exit(1), ({ code, message }) => {
                console.error(code, message);
                Deno.exit(0);
              });`,
          ],
        );
        assertEquals(code, 0, `${name}: ${stderr}`);
        assertMatch(
          stderr,
          /^file Cannot use (manifest|lock) '.+': it is not a regular file\n$/,
        );
        assertStringIncludes(stderr, `'${path}'`);
      }
    }
  },
});
