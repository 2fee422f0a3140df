import { DatabaseSync } from "node:sqlite";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertRejects,
} from "@std/assert";
import { FlatbedError, LocalFileError } from "../../src/base/mod.ts";
import {
  Mirror,
  MirrorBusyError,
  MirrorDamagedError,
} from "../../src/mirror/mod.ts";
import {
  migrate,
  MIGRATIONS,
} from "../../src/mirror/manifest/manifest_schema.ts";
import { denoCommand, ROOT } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { DATES, keyOf, manifestRows, setUp, WEEK } from "./_mirror.ts";

const MANIFEST = ".flatbed/manifest.sqlite";

/** A process that holds a mirror open for writing, until it is killed. */
interface Holder extends AsyncDisposable {
  pid: number;
  kill(): Promise<void>;
}

/** Starts a process that opens a mirror, and runs some code with it. */
async function hold(folder: string, code = ""): Promise<Holder> {
  const script = await Deno.makeTempFile({ suffix: ".ts" });
  const source = new URL("src/mirror/", ROOT).href;
  await Deno.writeTextFile(
    script,
    `import { Mirror } from "${source}mod.ts";
     import { Manifest } from "${source}manifest/manifest.ts";
     const folder = ${JSON.stringify(folder)};
     const mirror = await Mirror.open(folder, { command: "flatbed sync x" });
     ${code}
     console.log("ready");
     await new Promise(() => setInterval(() => {}, 1000));`,
  );
  const child = denoCommand(
    ["run", "--no-prompt", "--allow-all", script],
    {},
    { stderr: "inherit" },
  ).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "ready\n");
  let isKilled = false;
  const kill = async () => {
    if (isKilled) return;
    isKilled = true;
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
    await Deno.remove(script);
  };
  return { pid: child.pid, kill, [Symbol.asyncDispose]: kill };
}

Deno.test("Mirror.open() refuses a second writer, names the first, and lets readers in", async () => {
  await using setup = await setUp();
  await using holder = await hold(setup.folder.path);
  const error = await assertRejects(() => setup.open(), MirrorBusyError);
  assertInstanceOf(error, FlatbedError);
  assertEquals(error.code, "mirror-busy");
  assertEquals(
    [error.holder?.pid, error.holder?.command],
    [holder.pid, "flatbed sync x"],
  );
  assertMatch(
    error.message,
    new RegExp(
      `^Cannot write to mirror '${setup.folder.path}': process ${holder.pid} on .+ \\(flatbed sync x\\) has been writing to it since \\d{4}-.+Z$`,
    ),
  );
  await using reader = await setup.open({ readOnly: true });
  assertEquals((await reader.plan(WEEK)).counts.new, 4);

  await holder.kill();
  await using mirror = await setup.open();
  assertEquals((await mirror.sync(await mirror.plan(WEEK))).fetched, 4);
});

Deno.test("Mirror.open() refuses a second writer in the same process, until the first is closed", async () => {
  await using folder = await makeFolder();
  const first = await Mirror.open(folder.path);
  const error = await assertRejects(
    () => Mirror.open(folder.path),
    MirrorBusyError,
  );
  assertEquals(error.holder?.pid, Deno.pid);
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  assertEquals(await Deno.readTextFile(`${folder.path}/.flatbed/lock`), "");
  await using _second = await Mirror.open(folder.path);
});

Deno.test("Mirror.open() tells of a writer also where the lock says nothing of use", async () => {
  await using folder = await makeFolder();
  await using _mirror = await Mirror.open(folder.path);
  for (const text of ["", "null", "{", '{"pid":"1"}']) {
    await Deno.writeTextFile(`${folder.path}/.flatbed/lock`, text);
    await assertRejects(
      () => Mirror.open(folder.path),
      MirrorBusyError,
      "another process is writing to it",
    );
  }
});

Deno.test("Mirror.open() makes nothing where the mirror is only looked at", async () => {
  await using setup = await setUp();
  const nowhere = `${setup.folder.path}/no/mirror`;
  for (const folder of [nowhere, setup.folder.path]) {
    await using mirror = await Mirror.open(folder, {
      readOnly: true,
      downloader: setup.downloader,
    });
    assertEquals(await mirror.coverage(), []);
    assertEquals(mirror.entries(), []);
    assertEquals((await mirror.plan(WEEK)).counts.new, 4);
    assertEquals((await mirror.verify({ mode: "full" })).isWhole, true);
  }
  assertEquals(await setup.folder.names(), []);
});

Deno.test("Mirror.open() leaves no trace where a mirror is only looked at, and sees what the writer does", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
    await using reader = await setup.open({ readOnly: true });
    assertEquals(reader.entries().length, 4);
  }
  const before = await setup.folder.names();
  assertEquals(before, [
    ".flatbed/lock",
    MANIFEST,
    ...DATES.map((date) => keyOf(date)),
  ]);
  await Deno.chmod(`${setup.folder.path}/.flatbed`, 0o500);
  const { mtime } = await Deno.stat(`${setup.folder.path}/${MANIFEST}`);
  await using reader = await setup.open({ readOnly: true });
  assertEquals(reader.entries().length, 4);
  assertEquals((await reader.plan(WEEK)).counts.present, 4);
  assertEquals((await reader.verify({ mode: "full" })).isWhole, true);
  assertEquals(await setup.folder.names(), before);
  assertEquals(
    (await Deno.stat(`${setup.folder.path}/${MANIFEST}`)).mtime,
    mtime,
  );
  await Deno.chmod(`${setup.folder.path}/.flatbed`, 0o700);
});

Deno.test("Mirror.open() reads what a killed writer has left", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  await using holder = await hold(
    setup.folder.path,
    `const [entry] = mirror.entries();
     const { DatabaseSync } = await import("node:sqlite");
     const db = new DatabaseSync(folder + "/${MANIFEST}");
     db.exec("UPDATE files SET etag = 'changed'");`,
  );
  await holder.kill();
  assert((await setup.folder.names()).includes(`${MANIFEST}-wal`));
  await using reader = await setup.open({ readOnly: true });
  assertEquals(reader.entries().map(({ etag }) => etag), [
    "changed",
    "changed",
    "changed",
    "changed",
  ]);
});

Deno.test("Mirror.open() finds a mirror that was moved", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  await using other = await makeFolder();
  const moved = `${other.path}/moved # here`;
  await Deno.rename(setup.folder.path, moved);
  await Deno.mkdir(setup.folder.path);
  for (const readOnly of [true, false]) {
    await using mirror = await Mirror.open(moved, {
      downloader: setup.downloader,
      readOnly,
    });
    assertEquals((await mirror.plan(WEEK)).counts.present, 4);
    const report = await mirror.verify({ mode: "full" });
    assertEquals([report.checked, report.problems], [4, []]);
  }
});

Deno.test("Mirror.open() does not touch a manifest of a newer version", async () => {
  await using folder = await makeFolder();
  await (await Mirror.open(folder.path))[Symbol.asyncDispose]();
  const path = `${folder.path}/${MANIFEST}`;
  const db = new DatabaseSync(path);
  db.exec("PRAGMA user_version = 99");
  db.close();
  const before = await Deno.readFile(path);
  for (
    const options of [{}, { readOnly: true }, { replaceDamaged: true }]
  ) {
    const error = await assertRejects(
      () => Mirror.open(folder.path, options),
      MirrorDamagedError,
      `Cannot read manifest '${path}': its version is 99, and this Flatbed reads versions up to ${MIGRATIONS.length}: use a newer Flatbed`,
    );
    assertEquals([error.code, error.reason], [
      "mirror-damaged",
      "newer-version",
    ]);
  }
  assertEquals(await Deno.readFile(path), before);
});

Deno.test("Mirror.open() says that a manifest is damaged, or none", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  const path = `${folder.path}/${MANIFEST}`;
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE mine (a)");
  other.close();
  const foreign = await Deno.readFile(path);
  for (
    const bytes of [
      new TextEncoder().encode("not a database ".repeat(200)),
      foreign,
      foreign.slice(0, 1000),
    ]
  ) {
    await Deno.writeFile(path, bytes);
    for (const readOnly of [true, false]) {
      const error = await assertRejects(
        () => Mirror.open(folder.path, { readOnly }),
        MirrorDamagedError,
      );
      assertEquals(error.reason, "unreadable");
      assert(
        error.message.startsWith(`Cannot read manifest '${path}': it is `),
      );
    }
    // A lock that was kept would say so here.
    assertEquals(await Deno.readFile(path), bytes);
  }
});

Deno.test("Mirror.open() notices a page of the manifest that is damaged", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  const path = `${setup.folder.path}/${MANIFEST}`;
  // One that nothing reads yet.
  const [floors] = manifestRows(
    setup.folder.path,
    "SELECT rootpage FROM sqlite_schema WHERE name = 'floors'",
  );
  using file = await Deno.open(path, { read: true, write: true });
  await file.seek((Number(floors?.rootpage) - 1) * 4096, Deno.SeekMode.Start);
  await file.write(new Uint8Array(4096).fill(0x55));
  await assertRejects(() => setup.open(), MirrorDamagedError);
});

Deno.test("Mirror.open() puts a damaged manifest aside where it is told to", async () => {
  await using setup = await setUp();
  await Deno.mkdir(`${setup.folder.path}/.flatbed`);
  const path = `${setup.folder.path}/${MANIFEST}`;
  await Deno.writeTextFile(path, "not a database ".repeat(200));
  await using mirror = await setup.open({ replaceDamaged: true });
  assertEquals(mirror.entries(), []);
  assertEquals(
    await Deno.readTextFile(`${path}.damaged-20240108T170000000Z`),
    "not a database ".repeat(200),
  );
});

Deno.test("migrate() brings a manifest from each version to the newest, or leaves it", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db, "a", ["CREATE TABLE a (x) STRICT".replace("(x)", "(x TEXT)")]);
  db.exec("INSERT INTO a VALUES ('kept')");
  const two = [
    "CREATE TABLE never_run (x TEXT)",
    "ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = x",
  ];
  migrate(db, "a", two);
  migrate(db, "a", two);
  const read = () => ({
    rows: db.prepare("SELECT * FROM a").all().map((row) => ({ ...row })),
    version: db.prepare("PRAGMA user_version").get()?.user_version,
  });
  const after = { rows: [{ x: "kept", y: "kept" }], version: 2 };
  assertEquals(read(), after);
  let failure: unknown;
  try {
    migrate(db, "a", [...two, "DROP TABLE a; SELECT no_such_function()"]);
  } catch (error) {
    failure = error;
  }
  assertInstanceOf(failure, Error);
  assertEquals(read(), after);
});

Deno.test("Mirror.open() makes a manifest of strict tables that outlives a power failure", async () => {
  await using folder = await makeFolder();
  await using _mirror = await Mirror.open(folder.path);
  assertEquals(
    manifestRows(
      folder.path,
      "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%' ORDER BY name",
    ),
    [
      "accepted_holes",
      "arrivals",
      "files",
      "floors",
      "journals",
      "parquet",
      "stamps",
    ].map((name) => ({ name, strict: 1 })),
  );
  assertEquals(manifestRows(folder.path, "PRAGMA journal_mode"), [
    { journal_mode: "wal" },
  ]);
  assertEquals(manifestRows(folder.path, "PRAGMA user_version"), [
    { user_version: MIGRATIONS.length },
  ]);
});

Deno.test("Mirror.open() forgets that a missing day was accepted whose file has come since, as earlier versions did not", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  const path = `${folder.path}/${MANIFEST}`;
  {
    using db = new DatabaseSync(path);
    migrate(db, path, MIGRATIONS.slice(0, 2));
    db.prepare(
      `INSERT INTO files VALUES (?, 'stored', 'stocks_daily', '2024-01-02', 1, '', NULL, '', 1, 0, 0, NULL, 0, 'size', 'whole', NULL, NULL)`,
    ).run(keyOf("2024-01-02"));
    db.exec(
      `INSERT INTO accepted_holes VALUES ('stocks_daily', '2024-01-02', 0), ('stocks_daily', '2024-01-03', 0), ('forex_daily', '2024-01-02', 0)`,
    );
  }
  await using mirror = await Mirror.open(folder.path);
  assertEquals(mirror.acceptedDates("stocks_daily"), ["2024-01-03"]);
  assertEquals(mirror.acceptedDates("forex_daily"), ["2024-01-02"]);
});

Deno.test("Mirror.open() reads a manifest of the first version, and brings it to the newest only to write", async () => {
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/.flatbed`);
  const path = `${folder.path}/${MANIFEST}`;
  {
    using db = new DatabaseSync(path);
    migrate(db, path, MIGRATIONS.slice(0, 1));
    const insert = db.prepare(
      `INSERT INTO files VALUES (?, ?, 'stocks_daily', ?, 1, ?, NULL, '', 1, 0, 0, NULL, 0)`,
    );
    insert.run(keyOf("2024-01-02"), "stored", "2024-01-02", "0".repeat(32));
    insert.run(
      keyOf("2024-01-03"),
      "stored",
      "2024-01-03",
      `${"0".repeat(32)}-2`,
    );
    insert.run(
      keyOf("2024-01-04"),
      "decompressed",
      "2024-01-04",
      "0".repeat(32),
    );
  }
  const before = await Deno.readFile(path);
  const expected = [
    ["md5", "unchecked", undefined],
    ["gzip", "whole", undefined],
    ["md5", "whole", undefined],
  ];
  const knownTo = (mirror: Mirror): unknown[] =>
    mirror.entries().map(({ proof, gzip, releasedAt }) => [
      proof,
      gzip,
      releasedAt,
    ]);
  {
    await using reader = await Mirror.open(folder.path, { readOnly: true });
    assertEquals(knownTo(reader), expected);
  }
  assertEquals(await Deno.readFile(path), before);
  await using writer = await Mirror.open(folder.path);
  assertEquals(knownTo(writer), expected);
});

Deno.test("Mirror.open() takes the encoding of the files that are there", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    assertEquals(mirror.decompress, false);
  }
  {
    await using mirror = await setup.open({ decompress: true });
    await mirror.sync(await mirror.plan(WEEK));
  }
  await using mirror = await setup.open();
  assertEquals(mirror.decompress, true);
  assertEquals((await mirror.plan(WEEK)).counts.present, 4);
});

Deno.test("Mirror.open() checks its arguments, and says why a folder cannot be used", async () => {
  await using folder = await makeFolder();
  for (
    const [path, options, type] of [
      ["", {}, RangeError],
      ["a\0b", {}, RangeError],
      [1, {}, TypeError],
      [folder.path, null, TypeError],
      [folder.path, { bucket: "../x" }, RangeError],
      [folder.path, { decompress: 1 }, TypeError],
      [folder.path, { readOnly: "yes" }, TypeError],
      [folder.path, { downloader: {} }, TypeError],
      [folder.path, { now: 1 }, TypeError],
    ] as const
  ) {
    const error = await assertRejects(() =>
      Mirror.open(path as string, options as unknown as { bucket: string })
    );
    assertInstanceOf(error, type);
  }
  assertEquals(await folder.names(), []);
  await Deno.writeTextFile(`${folder.path}/file`, "");
  await assertRejects(
    () => Mirror.open(`${folder.path}/file`),
    LocalFileError,
    `Cannot open mirror '${folder.path}/file': `,
  );
});

Deno.test("Mirror works with the permissions for its folder and the service alone", async () => {
  await using setup = await setUp();
  const script = `${setup.folder.path}/script.ts`;
  const data = `${setup.folder.path}/data`;
  const source = new URL("src/", ROOT).href;
  await Deno.writeTextFile(
    script,
    `import { AsyncS3Downloader } from "${source}download/mod.ts";
     import { Mirror } from "${source}mirror/mod.ts";
     await using downloader = new AsyncS3Downloader(
       ${JSON.stringify(setup.server.credentials)},
       { endpointUrl: ${JSON.stringify(setup.server.url)} },
     );
     await using mirror = await Mirror.open(${
      JSON.stringify(data)
    }, { downloader });
     const plan = await mirror.plan(${JSON.stringify(WEEK)});
     const { fetched } = await mirror.sync(plan);
     const { isWhole } = await mirror.verify({ mode: "full" });
     console.log(fetched, isWhole);`,
  );
  const { stdout, stderr } = await denoCommand([
    "run",
    "--no-prompt",
    "--allow-env=AWS_*", // the SDK asks for it
    `--allow-net=127.0.0.1:${setup.server.port}`,
    `--allow-read=${data}`,
    `--allow-write=${data}`,
    script,
  ]).output();
  assertEquals(
    new TextDecoder().decode(stdout),
    "4 true\n",
    new TextDecoder().decode(stderr),
  );
});
