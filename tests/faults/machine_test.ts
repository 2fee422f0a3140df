/** What becomes of downloads and mirrors where processes end, clocks go wrong and folders move. */
import { sha256 } from "../support/hash.ts";
import {
  assert,
  assertEquals,
  assertFalse,
  assertGreater,
  assertMatch,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import {
  denoCommand,
  environmentOf,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { csv, gzip } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import {
  assertPlain,
  incompressible,
  namesIn,
  runChildHere,
  sha256Of,
  skipNote,
} from "./_machine.ts";

const CLI = new URL("cli.ts", ROOT).pathname;
const KEY = "large/object.bin";
const DAY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const WEEK = {
  dataTypes: ["stocks_daily"],
  from: "2024-01-02",
  to: "2024-01-05",
};
const WEEK_ARGS = ["stocks_daily", "--from", WEEK.from, "--to", WEEK.to];
const IS_WINDOWS = Deno.build.os === "windows";

/** A service whose one object stops half way, once, and tells when it has. */
function stalling(size: number) {
  const body = incompressible(size);
  const half = Promise.withResolvers<void>();
  const over = Promise.withResolvers<void>();
  let stalls = true;
  const gets: (string | undefined)[] = [];
  const server = startDemoServer({
    objects: [[KEY, {
      body: {
        size,
        async *read(start: number, end: number) {
          for (let at = start; at < end; at += 100_000) {
            if (stalls && at > size / 2) {
              half.resolve();
              await over.promise;
            }
            yield body.subarray(at, Math.min(end, at + 100_000));
          }
        },
      },
      etag: `"${"0123456789abcdef".repeat(2)}-3"`,
    }]],
    onRequest: ({ method, range }) => {
      if (method === "GET") gets.push(range);
    },
  });
  return {
    server,
    body,
    gets,
    half: half.promise,
    goOn() {
      stalls = false;
      over.resolve();
    },
  };
}

/** Resolves when a file has so many bytes. */
async function until(path: string, size: number): Promise<void> {
  using watcher = Deno.watchFs(path);
  if ((await Deno.stat(path)).size >= size) return;
  for await (const _ of watcher) {
    if ((await Deno.stat(path)).size >= size) return;
  }
}

for (const signal of ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT"] as const) {
  Deno.test({
    name:
      `flatbed get takes up what it had after ${signal}, and leaves nothing under the final name`,
    ignore: IS_WINDOWS,
    async fn() {
      const { server, body, gets, half, goOn } = stalling(6_000_000);
      await using _server = server;
      await using folder = await makeFolder();
      const env = environmentOf(server);
      const path = `${folder.path}/a`;
      const args = ["get", KEY, "--output", path];
      const child = denoCommand(["run", "-A", CLI, ...args], {
        env,
      }).spawn();
      await half;
      await until(`${path}.part`, 1_000_000);
      child.kill(signal);
      const { code, stdout, stderr } = await child.output();
      goOn();
      assertFalse((await folder.names()).includes("a"));
      if (signal === "SIGKILL") assertEquals(code, 137);
      else {
        assertEquals(
          [code, stdout.length, new TextDecoder().decode(stderr)],
          [130, 0, "Interrupted\n"],
        );
      }
      gets.length = 0;
      const second = await runFlatbed(args, { env });
      assertEquals([second.code, second.stderr], [0, ""]);
      assertEquals(await sha256Of(path), sha256(body));
      assertEquals(await folder.names(), ["a"]);
      assertGreater(Number(/\d+/.exec(gets.at(-1) ?? "")?.[0] ?? 0), 900_000);
    },
  });
}

Deno.test({
  name:
    "SyncS3Downloader.downloadToFile() takes up what it had when its process was killed",
  ignore: IS_WINDOWS,
  async fn() {
    const { server, body, gets, half, goOn } = stalling(6_000_000);
    await using _server = server;
    await using folder = await makeFolder();
    const path = `${folder.path}/a`;
    const script = `${folder.path}/script.ts`;
    await Deno.writeTextFile(
      script,
      `import { SyncS3Downloader } from "${ROOT.href}src/download/mod.ts";
       using downloader = new SyncS3Downloader(
         ${JSON.stringify(server.credentials)},
         { endpointUrl: ${JSON.stringify(server.url)} },
       );
       const { resumedFrom } = downloader.downloadToFile(
         "${BUCKET}", "${KEY}", ${JSON.stringify(path)},
       );
       console.log(resumedFrom > 900_000);`,
    );
    const command = () => denoCommand(["run", "-A", script]);
    const child = command().spawn();
    await half;
    await until(`${path}.part`, 1_000_000);
    child.kill("SIGKILL");
    assertEquals((await child.output()).code, 137);
    goOn();
    assertFalse((await folder.names()).includes("a"));
    gets.length = 0;
    const { stdout, stderr } = await command().output();
    const decoder = new TextDecoder();
    assertEquals([decoder.decode(stdout), decoder.decode(stderr)], [
      "true\n",
      "",
    ]);
    assertEquals(await sha256Of(path), sha256(body));
    assertEquals(await folder.names(), ["a", "script.ts"]);
  },
});

for (const years of [-2, 3]) {
  Deno.test(`flatbed says how far this machine's clock is off where it is so by ${years} years, and writes nothing`, async () => {
    const offset = years * 365 * 86_400_000;
    await using server = startDemoServer({
      now: () => new Date(Date.now() - offset),
    });
    await using folder = await makeFolder();
    const env = environmentOf(server);
    const out = ["--out", folder.path];
    for (const command of ["get", "sync"]) {
      const { code, stdout, stderr } = await runFlatbed(
        [command, ...WEEK_ARGS, ...out, "--max-concurrent", "1"],
        { env },
      );
      assertEquals(code, 1);
      assertPlain(stdout + stderr);
      assertMatch(
        stderr,
        new RegExp(
          `this machine's clock is wrong: it is [^\\n]+ ${
            years < 0 ? "behind" : "ahead of"
          } the service's`,
        ),
      );
    }
    assertEquals(await namesIn(folder.path), []);
  });
}

Deno.test("Mirror finds everything in order where the clock was set back by years since the last sync", async () => {
  await using server = startRecorded();
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  const open = (now: string) =>
    Mirror.open(folder.path, { downloader, now: () => new Date(now) });
  {
    await using mirror = await open("2026-06-01T12:00:00Z");
    await mirror.sync(await mirror.plan(WEEK));
    await mirror.findOldestReadable("stocks_daily");
  }
  // The file's own time is that of a clock that was wrong as well.
  const future = new Date("2031-01-01T00:00:00Z");
  const path = `${folder.path}/${DAY}`;
  const [before] = [await Deno.readFile(path)];
  {
    await using mirror = await open("2024-01-20T12:00:00Z");
    const plan = await mirror.plan(WEEK);
    assertEquals([plan.counts.present, plan.counts.new], [4, 0]);
    // An older clock, an older version in the bucket: what is there now counts.
    const body = await gzip(csv(3000, 5));
    server.objects.set(DAY, { body, lastModified: new Date("2023-01-01") });
    const again = await mirror.plan(WEEK);
    assertEquals([again.counts.present, again.counts.replaced], [3, 1]);
    const summary = await mirror.sync(again);
    assertEquals([summary.replaced, summary.failed], [1, 0]);
    assert(summary.elapsed >= 0);
    assertEquals(await Deno.readFile(path), body);
    assertFalse(before.length === body.length);
  }
  await Deno.utime(path, future, future);
  {
    await using mirror = await open("2024-01-20T12:00:00Z");
    const quick = await mirror.verify({ mode: "quick" });
    assertEquals(quick.problems.map(({ code }) => code), ["mtime-changed"]);
    assertEquals((await mirror.verify({ mode: "full" })).isWhole, true);
    assertEquals((await mirror.verify({ mode: "quick" })).problems, []);
    assertEquals((await mirror.plan(WEEK)).counts.present, 4);
  }
});

Deno.test("flatbed get fetches again where a file's time is in the future and the object was replaced since", async () => {
  await using server = startDemoServer();
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const args = ["get", "stocks_daily", "--date", "2024-01-02", "--out"];
  await runFlatbed([...args, folder.path], { env });
  const path = `${folder.path}/${DAY}`;
  // Written while the clock was ahead: it looks newer than what is newer.
  const future = new Date("2035-01-01T00:00:00Z");
  await Deno.utime(path, future, future);
  const body = await gzip(csv(4000, 9));
  server.objects.set(DAY, { body });
  const { code } = await runFlatbed([...args, folder.path], { env });
  assertEquals(code, 0);
  assertEquals(await Deno.readFile(path), body);
});

/** Ways in which a mirror comes to another place. */
const MOVES: readonly [
  string,
  (from: string, to: string) => Promise<unknown>,
][] = [
  ["renamed", (from, to) => Deno.rename(from, to)],
  ["copied with its times", (from, to) => copy(["-a", from, to])],
  ["copied without its times", (from, to) => copy(["-r", from, to])],
];

function copy(args: readonly string[]): Promise<unknown> {
  return new Deno.Command("cp", { args: [...args] }).output();
}

for (const [how, move] of MOVES) {
  for (const isKilled of [false, true]) {
    Deno.test({
      name: `a mirror is as whole as before where it is ${how}${
        isKilled ? " after its writer was killed" : ""
      }`,
      ignore: IS_WINDOWS,
      async fn() {
        await using server = startRecorded();
        await using downloader = openDownloader(server.url);
        await using folder = await makeFolder();
        const first = `${folder.path}/first`;
        const second = `${folder.path}/elsewhere/second mirror%20#1`;
        await Deno.mkdir(`${folder.path}/elsewhere`);
        {
          await using mirror = await Mirror.open(first, { downloader });
          await mirror.sync(await mirror.plan(WEEK));
        }
        if (isKilled) {
          await runChildHere({ how: "kill", url: server.url, folder: first });
          await Deno.stat(`${first}/.flatbed/manifest.sqlite-wal`);
        }
        await move(first, second);
        server.records.length = 0;
        for (const readOnly of [true, false]) {
          await using mirror = await Mirror.open(second, {
            downloader,
            readOnly,
          });
          const [entry] = mirror.entries();
          // What only the log knew is not lost.
          if (isKilled && readOnly) {
            assertEquals(entry?.verifiedAt?.getTime(), 1);
          }
          assertEquals((await mirror.plan(WEEK)).counts.present, 4);
          assertEquals((await mirror.verify({ mode: "full" })).problems, []);
        }
        const gets = server.records.filter(({ operation }) =>
          operation === "GetObject"
        );
        assertEquals(gets, []);
        await using mirror = await Mirror.open(second, { downloader });
        assertEquals((await mirror.verify({ mode: "quick" })).problems, []);
      },
    });
  }
}

Deno.test({
  name:
    "Mirror.sync() fails file by file where its folder is removed meanwhile, and a later run finishes",
  ignore: IS_WINDOWS,
  async fn() {
    await using server = startRecorded();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const out = `${folder.path}/mirror`;
    {
      await using mirror = await Mirror.open(out, { downloader });
      const plan = await mirror.plan(WEEK);
      let isRemoved = false;
      const errors: Error[] = [];
      try {
        const summary = await mirror.sync(plan, {
          maxConcurrent: 1,
          onEvent(event) {
            if (event.code === "failed") errors.push(event.error);
            if (event.code !== "fetched" || isRemoved) return;
            isRemoved = true;
            Deno.removeSync(out, { recursive: true });
          },
        });
        assertEquals(summary.fetched + summary.failed, 4);
      } catch (error) {
        assert(error instanceof Error);
        errors.push(error);
      }
      for (const error of errors) {
        assertMatch(error.message, /^Cannot /);
        assertPlain(error.message);
      }
    }
    await using mirror = await Mirror.open(out, { downloader });
    await mirror.sync(await mirror.plan(WEEK));
    const report = await mirror.verify({ mode: "full" });
    assertEquals([report.isWhole, report.checked], [true, 4]);
  },
});

/** Whether names that differ in their case only are the same where tests put their files. */
async function isCaseInsensitive(): Promise<boolean> {
  await using folder = await makeFolder();
  await Deno.writeTextFile(`${folder.path}/a`, "");
  try {
    await Deno.stat(`${folder.path}/A`);
    return true;
  } catch {
    return false;
  }
}

const caseReason = await isCaseInsensitive()
  ? ""
  : "skipped: the file system here tells A from a";

Deno.test({
  name: `a mirror is whole on a case-insensitive file system${
    skipNote(caseReason)
  }`,
  ignore: caseReason !== "",
  async fn() {
    await using server = startRecorded();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    // Somebody else's folder of the same name, but for its case.
    await Deno.mkdir(`${folder.path}/US_Stocks_SIP`);
    {
      await using mirror = await Mirror.open(folder.path, { downloader });
      assertEquals((await mirror.sync(await mirror.plan(WEEK))).fetched, 4);
    }
    await using mirror = await Mirror.open(folder.path.toUpperCase(), {
      downloader,
    });
    assertEquals((await mirror.plan(WEEK)).counts.present, 4);
    const report = await mirror.verify({ mode: "full" });
    assertEquals([report.isWhole, report.checked], [true, 4]);
    // Its files are known by whatever name the folder bears.
    assertEquals(report.problems, []);
  },
});

Deno.test("Mirror.sync() has no two files whose paths differ in their case only, whatever the bucket lists", async () => {
  const keys = [
    DAY.toUpperCase(),
    DAY.replace("csv", "CSV"),
    DAY.replace("us_", "US_"),
  ];
  await using server = startRecorded({
    objects: keys.map((key) => [key, { body: incompressible(100) }] as const),
  });
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  await using mirror = await Mirror.open(folder.path, { downloader });
  const { DATASETS } = await import("../../src/catalog/mod.ts");
  const plan = await mirror.plan({
    dataTypes: DATASETS.map(({ id }) => id),
    from: "2024-01-02",
    to: "2024-01-02",
  });
  const planned = plan.items.map(({ key }) => key);
  assertGreater(planned.length, 20);
  assertEquals(
    new Set(planned.map((key) => key.toLowerCase())).size,
    planned.length,
  );
  assertEquals(planned.filter((key) => keys.includes(key)), []);
  await mirror.sync(await mirror.plan(WEEK));
  assertEquals(
    (await namesIn(folder.path)).filter((name) => name !== name.toLowerCase()),
    [],
  );
});
