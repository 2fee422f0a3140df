/** What becomes of downloads and mirrors where a disk is full, through a real one. */
import { sha256 } from "../support/hash.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { NoSpaceError } from "../../src/base/mod.ts";
import { startDemoServer, type StaticObject } from "../../src/demo/mod.ts";
import { RangeRecord } from "../../src/files/range_record.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { csv, gzip } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { environmentOf } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import {
  assertPlain,
  CANNOT_MOUNT,
  fill,
  incompressible,
  mountDisk,
  namesIn,
  NO_MOUNT,
  sha256Of,
  skipNote,
} from "./_machine.ts";

const KEY = "large/object.csv.gz";
const DAY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const DATE = ["--from", "2024-01-02", "--to", "2024-01-02"];
/** Of several parts: nothing but its size and its gzip data says that it is whole. */
const ETAG = `"${"0123456789abcdef".repeat(2)}-3"`;

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: name + skipNote(NO_MOUNT), ignore: CANNOT_MOUNT, fn });
}

for (
  const [how, options, decompress] of [
    ["in one stream", {}, false],
    ["in one stream, decompressed", {}, true],
    ["in ranges", { rangeThreshold: 500_000, rangeSize: 700_000 }, false],
    [
      "in ranges, decompressed",
      { rangeThreshold: 500_000, rangeSize: 700_000 },
      true,
    ],
  ] as const
) {
  test(`AsyncS3Downloader.downloadToFile() says that the disk is full, and goes on when it is not (${how})`, async () => {
    const content = incompressible(3_000_000);
    const body = await gzip(content);
    await using server = startRecorded({ objects: [[KEY, { body }]] });
    await using downloader = openDownloader(server.url, options);
    await using disk = await mountDisk("size=2m");
    const path = `${disk.outside}/a`;
    await Deno.writeTextFile(path, "what lay there");
    const error = await assertRejects(
      () => downloader.downloadToFile(BUCKET, KEY, path, { decompress }),
      NoSpaceError,
    );
    assertEquals(
      [error.message, error.code],
      [`Cannot write '${path}': the disk is full`, "no-space"],
    );
    assertEquals(await Deno.readTextFile(path), "what lay there");

    await disk.remount("size=20m");
    const file = await downloader.downloadToFile(BUCKET, KEY, path, {
      decompress,
    });
    assertEquals(
      await sha256Of(path),
      sha256(decompress ? content : body),
    );
    // Of ranges, the notes may have had no room any more: then all comes again.
    if (!how.includes("ranges")) assertGreater(file.resumedFrom, 500_000);
    assertEquals(await disk.names(), ["a"]);
  });
}

test("AsyncS3Downloader.downloadToFile() says that the disk is full where not even its notes have room", async () => {
  const body = incompressible(2_000_000);
  await using server = startRecorded({ objects: [["a", { body }]] });
  await using disk = await mountDisk("size=4m");
  await Deno.writeTextFile(`${disk.outside}/a`, "what lay there");
  for (const left of [0, 4096, 8192]) {
    await fill(disk, left);
    for (const options of [{}, { rangeThreshold: 1000, rangeSize: 300_000 }]) {
      await using downloader = openDownloader(server.url, options);
      const error = await assertRejects(
        () => downloader.downloadToFile(BUCKET, "a", `${disk.outside}/a`),
        NoSpaceError,
      );
      assertMatch(error.message, /^Cannot write '[^']+': the disk is full$/);
      assertEquals(
        await Deno.readTextFile(`${disk.outside}/a`),
        "what lay there",
      );
    }
    await Deno.remove(`${disk.outside}/fill`);
  }
  await using downloader = openDownloader(server.url);
  await downloader.downloadToFile(BUCKET, "a", `${disk.outside}/a`);
  assertEquals(await sha256Of(`${disk.outside}/a`), sha256(body));
  assertEquals(await disk.names(), ["a"]);
});

test("a range record says that the disk is full, with the target's name", async () => {
  await using disk = await mountDisk("size=1m");
  const target = `${disk.outside}/a`;
  using record = await RangeRecord.open(`${target}.ranges`, target, 10, 5);
  await fill(disk, 0);
  assertThrows(
    () => record.add(1, 5),
    NoSpaceError,
    `Cannot write '${target}': the disk is full`,
  );
  await Deno.remove(`${disk.outside}/fill`);
  record.add(0, 5);
  assertEquals(record.missingOf(0), { start: 5, end: 5 });
});

test("AsyncS3Downloader.downloadToFile() says that the disk is full where no more files can be made", async () => {
  const body = await gzip(csv(5000));
  await using server = startRecorded({ objects: [[KEY, { body }]] });
  await using downloader = openDownloader(server.url);
  // The folder itself, the folder below it, and so many files.
  for (const inodes of [1, 2, 3]) {
    await using disk = await mountDisk(`size=1m,nr_inodes=${inodes}`);
    const path = `${disk.outside}/below/a`;
    await assertRejects(
      () => downloader.downloadToFile(BUCKET, KEY, path),
      NoSpaceError,
      `Cannot write '${path}': the disk is full`,
    );
    assertEquals((await disk.names()).includes("below/a"), false);
    await disk.remount("nr_inodes=20");
    await downloader.downloadToFile(BUCKET, KEY, path);
    assertEquals(await sha256Of(path), sha256(csv(5000)));
    assertEquals(await disk.names(), ["below/a"]);
  }
});

for (const decompress of [false, true]) {
  test(
    `SyncS3Downloader.downloadToFile() says that the disk is full, and keeps no file open (${
      decompress ? "decompressed" : "as stored"
    })`,
    async () => {
      const content = incompressible(3_000_000);
      const body = await gzip(content);
      await using server = startRecorded({ objects: [[KEY, { body }]] });
      await using disk = await mountDisk("size=2m");
      const task = {
        url: server.url,
        folder: disk.path,
        keys: [KEY],
        paths: [`${disk.path}/a`],
        decompress,
      };
      for (const how of ["sync", "async"] as const) {
        assertEquals(await disk.child({ ...task, how }), {
          outcomes: [{
            error: {
              name: "NoSpaceError",
              code: "no-space",
              message: `Cannot write '${disk.path}/a': the disk is full`,
            },
          }],
          open: [],
        });
        assertEquals((await disk.names()).includes("a"), false);
      }
      await disk.remount("size=20m");
      const { outcomes } = await disk.child({ ...task, how: "sync" });
      assertGreater(outcomes[0]?.resumedFrom ?? 0, 500_000);
      assertEquals(
        await sha256Of(`${disk.outside}/a`),
        sha256(decompress ? content : body),
      );
      assertEquals(await disk.names(), ["a"]);
    },
  );
}

test("flatbed get says once that the disk is full, and brings the rest when it is not", async () => {
  const body = incompressible(400_000);
  const keys = Array.from({ length: 12 }, (_, index) => `large/${index}`);
  const gets: string[] = [];
  await using server = startDemoServer({
    objects: keys.map((key) => [key, { body }] as const),
    onRequest: ({ method, key }) => method === "GET" && gets.push(key),
  });
  const env = environmentOf(server);
  await using disk = await mountDisk("size=1m");
  const args = ["get", ...keys, "--out", disk.path, "--max-concurrent", "1"];
  const { code, stderr } = await disk.flatbed(args, { env });
  assertEquals(code, 1);
  assertPlain(stderr);
  assertEquals(stderr.match(/the disk is full/g)?.length, 1, stderr);
  assertStringIncludes(stderr, `Cannot write '${disk.path}/large/2'`);
  // Where the disk is full for one file, it is so for the others.
  assertEquals(gets, keys.slice(0, 3));

  await disk.remount("size=8m");
  const second = await disk.flatbed(args, { env });
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(await disk.names(), keys.toSorted());
  for (const key of keys) {
    assertEquals(await sha256Of(`${disk.outside}/${key}`), sha256(body));
  }
});

test("flatbed sync stops where the disk is full, says what is needed and free, and finishes later", async () => {
  const body = incompressible(900_000);
  await using server = startDemoServer({
    objects: [[DAY, { body: await gzip(body) }]],
  });
  await using disk = await mountDisk("size=600k");
  const env = environmentOf(server);
  const args = ["sync", "stocks_daily", ...DATE, "--out", disk.path];
  const first = await disk.flatbed(args, { env });
  assertEquals([first.code, first.stdout], [1, ""]);
  const match =
    /^flatbed: Cannot fetch a file to mirror '([^']+)': (\d\S* \S+) are needed, and (\d\S* \S+) are free\n$/
      .exec(first.stderr);
  assert(match, first.stderr);
  assertEquals([match[1], bytesOf(match[2]) >= 900_000], [disk.path, true]);
  assert(bytesOf(match[3]) < 600_000);
  assertEquals(await disk.names(), []);

  for (const command of ["status", "verify", "missing"]) {
    const { stderr } = await disk.flatbed([command, "--out", disk.path]);
    assertPlain(stderr);
  }
  await disk.remount("size=4m");
  const second = await disk.flatbed(args, { env });
  assertEquals([second.code, second.stderr], [0, ""]);
  const verified = await disk.flatbed(["verify", "--full", "--out", disk.path]);
  assertEquals(verified.code, 0, verified.stdout);
  assertMatch(verified.stdout, /^The mirror is whole: 1 file checked/);
});

test("flatbed sync keeps what has come where somebody else fills the disk meanwhile", async () => {
  const body = await gzip(incompressible(3_000_000));
  await using disk = await mountDisk("size=8m");
  let isFilled = false;
  const object: StaticObject = {
    body: {
      size: body.length,
      async *read(start: number, end: number) {
        for (let at = start; at < end; at += 100_000) {
          if (at > 2_000_000 && !isFilled) {
            isFilled = true;
            // The half that was sent is on its way for a moment.
            const part = `${disk.outside}/${DAY}.part`;
            while ((await Deno.stat(part)).size < 1_000_000);
            await fill(disk, 4096);
          }
          yield body.subarray(at, Math.min(end, at + 100_000));
        }
      },
    },
    etag: ETAG,
  };
  const ranges: (string | undefined)[] = [];
  await using server = startDemoServer({
    objects: [[DAY, object]],
    onRequest: ({ operation, range }) =>
      operation === "GetObject" && ranges.push(range),
  });
  const env = environmentOf(server);
  const args = ["sync", "stocks_daily", ...DATE, "--out", disk.path];
  const first = await disk.flatbed(args, { env });
  assertEquals(first.code, 1);
  const [, needed, free] =
    /^flatbed: Cannot fetch '[^']+' to mirror '[^']+': (?:(\d\S* \S+) are needed, and (\d\S* \S+) are free|the disk is full\b[^\n]*)\n$/
      .exec(first.stderr) ?? ["", "0 B", "0 B"];
  // Figures that say that there is room would not help.
  assert(needed === undefined || bytesOf(needed) > bytesOf(free), first.stderr);
  assertEquals((await disk.names()).filter((name) => name.endsWith(".gz")), []);

  await Deno.remove(`${disk.outside}/fill`);
  ranges.length = 0;
  const second = await disk.flatbed(args, { env });
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(await sha256Of(`${disk.outside}/${DAY}`), sha256(body));
  assertEquals(await disk.names(), [DAY]);
  // What had come did not come again.
  assertGreater(Number(/\d+/.exec(ranges.at(-1) ?? "")?.[0] ?? 0), 500_000);
});

test("flatbed sync --decompress does not say that there is room where the content is larger than the disk", async () => {
  await using server = startDemoServer({
    objects: [[DAY, { body: await gzip(csv(3_000_000)) }]],
  });
  await using disk = await mountDisk("size=2m");
  const env = environmentOf(server);
  const args = ["sync", "stocks_daily", ...DATE, "--decompress"];
  const first = await disk.flatbed([...args, "--out", disk.path], { env });
  assertEquals(first.code, 1);
  assertPlain(first.stderr);
  // Before anything is asked for, or where the disk is full after all.
  assertMatch(first.stderr, new RegExp(`a file to mirror|${DAY}`));
  const [, needed, free] =
    /(\d\S* \S+) are needed, and (\d\S* \S+) are free/.exec(first.stderr) ?? [];
  assert(
    /the disk is full/.test(first.stderr) || bytesOf(needed) > bytesOf(free),
    first.stderr,
  );
  assertEquals(
    (await disk.names()).filter((name) => name.endsWith(".csv")),
    [],
  );

  await disk.remount("size=8m");
  const second = await disk.flatbed([...args, "--out", disk.path], { env });
  assertEquals([second.code, second.stderr], [0, ""]);
  assertEquals(
    await sha256Of(`${disk.outside}/${DAY.replace(".gz", "")}`),
    sha256(csv(3_000_000)),
  );
});

const LEFT_BYTES = [0, 1, 2, 3, 4, 5, 8, 9, 10, 12, 14, 17, 18, 20, 21, 25]
  .map((pages) => ({ bytes: pages * 4096 }));
const LEFT_FILES = [1, 2, 3, 4, 5, 6, 8, 9, 11].map((files) => ({ files }));
for (
  const [name, options, left] of [
    ["bytes are", "size=1m", LEFT_BYTES],
    ["files can be made", "size=4m,nr_inodes=60", LEFT_FILES],
  ] as const
) {
  test(`Mirror.sync() has a sentence for every place at which no more ${name} left, and finishes later`, async () => {
    await using server = startRecorded({
      objects: [[DAY, { body: incompressible(6000) }]],
    });
    server.objects.set(DAY, { body: await gzip(incompressible(6000)) });
    await using disk = await mountDisk(options);
    const { outcomes, open } = await disk.child({
      how: "mirror",
      url: server.url,
      folder: disk.path,
      plan: {
        dataTypes: ["stocks_daily"],
        from: "2024-01-02",
        to: "2024-01-02",
      },
      left: [...left],
    });
    assertEquals(open, []);
    const wrong: string[] = [];
    outcomes.forEach(({ error, fetched }, index) => {
      const room = JSON.stringify(left[index >> 1]);
      if (index % 2 === 1) {
        // With room again, everything comes, whatever the first run left.
        if (error !== undefined || fetched === undefined) {
          wrong.push(`${room}, then room: ${error?.message}`);
        }
      } else if (error !== undefined) {
        const { code, message } = error;
        const [, needed, free] =
          /: (\d\S* \S+) are needed, and (\d\S* \S+) are free$/.exec(message) ??
            [];
        const isTrue = /: the disk is full\b/.test(message) ||
          bytesOf(needed) > bytesOf(free);
        if (code !== "no-space" || !isTrue) wrong.push(`${room}: ${message}`);
      }
    });
    assertEquals(wrong, []);
    assertEquals(outcomes.length, left.length * 2);
    assert(outcomes[0]?.error !== undefined);
  });
}

test("Mirror.sync() fetches where the system does not say how much is free", async () => {
  await using server = startRecorded({
    objects: [[DAY, { body: await gzip(csv(5000)) }]],
  });
  // Of such a disk, as of many that are not local, 0 of 0 bytes are free.
  await using disk = await mountDisk("size=0");
  const { code, stderr } = await disk.flatbed(
    ["sync", "stocks_daily", ...DATE, "--out", disk.path],
    { env: environmentOf(server) },
  );
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await disk.names(), [DAY]);
});

test("flatbed status --svg leaves the last picture where the disk is full", async () => {
  await using server = startDemoServer();
  await using disk = await mountDisk("size=2m");
  await disk.flatbed(["sync", "stocks_daily", ...DATE, "--out", disk.path], {
    env: environmentOf(server),
  });
  const svg = `${disk.path}/coverage.svg`;
  const args = ["status", "--out", disk.path, "--svg", svg];
  assertEquals((await disk.flatbed(args)).code, 0);
  await Deno.writeTextFile(`${disk.outside}/coverage.svg`, "the last one");
  await fill(disk);
  const { code, stdout, stderr } = await disk.flatbed(args);
  assertEquals(
    [code, stdout, stderr],
    [1, "", `flatbed: Cannot write '${svg}': the disk is full\n`],
  );
  assertEquals(
    await Deno.readTextFile(`${disk.outside}/coverage.svg`),
    "the last one",
  );
  assertEquals(await namesIn(disk.outside), [
    "coverage.svg",
    "fill",
    DAY,
  ]);
});

/** A size as people read it, in bytes. */
function bytesOf(text = ""): number {
  const [number = "", unit = ""] = text.split(" ");
  const factors: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, bytes: 1 };
  return Number(number) * (factors[unit] ?? NaN);
}

test("Mirror.toParquet() ends where the disk is full, leaves nothing there, and goes on when it is not", async () => {
  const rows = Array.from(
    { length: 200_000 },
    (_, at) => `T${at},${Math.sin(at)},1,2,3,0.5,${1704205800e9 + at},7\n`,
  );
  const body = await gzip(
    new TextEncoder().encode(
      `ticker,volume,open,close,high,low,window_start,transactions\n${
        rows.join("")
      }`,
    ),
  );
  await using server = startRecorded({ objects: [[DAY, { body }]] });
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  await using mirror = await Mirror.open(folder.path, { downloader });
  await mirror.sync(
    await mirror.plan({
      dataTypes: ["stocks_daily"],
      from: "2024-01-02",
      to: "2024-01-02",
    }),
  );
  await using disk = await mountDisk("size=1m");
  const options = { folder: disk.outside };
  const error = await assertRejects(
    () => mirror.toParquet(options),
    NoSpaceError,
  );
  assertEquals(error.message, `Cannot convert '${DAY}': the disk is full`);
  assertEquals(await namesIn(disk.outside), []);
  await disk.remount("size=20m");
  assertEquals((await mirror.toParquet(options)).converted, 1);
});
