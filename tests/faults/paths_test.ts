/** What becomes of downloads and mirrors where a path is not what it should be. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { LocalFileError } from "../../src/base/mod.ts";
import { SyncS3Downloader } from "../../src/download/mod.ts";
import { Mirror } from "../../src/mirror/mod.ts";
import { csv, gzip } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { startDemoThread } from "../support/demo_thread.ts";
import { environmentOf, runFlatbed } from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";
import {
  assertPlain,
  CANNOT_MOUNT,
  mountDisk,
  NO_MOUNT,
  runCommandsHere,
  runFlatbedHere,
  skipNote,
} from "./_machine.ts";

const KEY = "a.csv.gz";
const CONTENT = csv(5000);
const BODY = await gzip(CONTENT);
const DAY = ["--from", "2024-01-02", "--to", "2024-01-02"];
const IS_WINDOWS = Deno.build.os === "windows";

/** A path of more than 4,096 bytes, no name in it too long. */
const LONG_PATH = Array(30).fill("d".repeat(200)).join("/");

async function lay(folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/file`, "mine");
  await Deno.mkdir(`${folder}/folder`);
  await Deno.symlink("nowhere", `${folder}/dangling`);
  await Deno.symlink("loop-b", `${folder}/loop-a`);
  await Deno.symlink("loop-a", `${folder}/loop-b`);
}

/** Targets that cannot be written to, and why. */
const TARGETS = [
  ["folder", "it is a folder"],
  ["folder/", "it is a folder"],
  ["file/below", "a part of its path is a file"],
  ["dangling/below", "something else is there already"],
  ["loop-a", "its path leads in a circle"],
  ["loop-a/below", "its path leads in a circle"],
  ["n".repeat(256), "its name is too long"],
  [`${LONG_PATH}/a`, "its name is too long"],
] as const;

Deno.test({
  name:
    "AsyncS3Downloader.downloadToFile() and SyncS3Downloader.downloadToFile() say why a path cannot be written to",
  ignore: IS_WINDOWS,
  async fn() {
    using server = await startDemoThread({ objects: [[KEY, BODY]] });
    await using folder = await makeFolder();
    await lay(folder.path);
    const before = await folder.names();
    await using async = openDownloader(server.url);
    using sync = new SyncS3Downloader(TEST_CREDENTIALS, {
      endpointUrl: server.url,
    });
    const wrong: string[] = [];
    for (const [name, reason] of TARGETS) {
      const path = `${folder.path}/${name}`;
      for (
        const download of [
          () => async.downloadToFile(BUCKET, KEY, path),
          // deno-lint-ignore require-await -- what it throws is a rejection then
          async () => sync.downloadToFile(BUCKET, KEY, path),
        ]
      ) {
        const error = await assertRejects(download);
        const { message } = error instanceof Error ? error : { message: "" };
        const isRight = error instanceof LocalFileError &&
          message === `Cannot write '${path}': ${reason}`;
        if (!isRight) wrong.push(message.replace(folder.path, "").slice(-120));
      }
    }
    assertEquals(wrong, []);
    assertEquals(await folder.names(), before);
    assertEquals(await Deno.readTextFile(`${folder.path}/file`), "mine");
  },
});

Deno.test({
  name:
    "AsyncS3Downloader.downloadToFile() writes a file whose own name is just short enough, or says that it cannot",
  ignore: IS_WINDOWS,
  async fn() {
    await using server = startRecorded({ objects: [[KEY, { body: BODY }]] });
    await using folder = await makeFolder();
    const wrong: string[] = [];
    for (const options of [{}, { rangeThreshold: 100, rangeSize: 700 }]) {
      await using downloader = openDownloader(server.url, options);
      for (const decompress of [true, false]) {
        for (const length of [241, 242, 243, 244, 245, 250, 251, 255]) {
          const path = `${folder.path}/${"n".repeat(length)}`;
          try {
            await downloader.downloadToFile(BUCKET, KEY, path, { decompress });
            assertEquals(
              await Deno.readFile(path),
              decompress ? CONTENT : BODY,
            );
            await Deno.remove(path);
          } catch (error) {
            const isRight = error instanceof LocalFileError &&
              error.message === `Cannot write '${path}': its name is too long`;
            if (!isRight) {
              wrong.push(`${length}: ${String(error).slice(0, 60)}`);
            }
          }
          // Nothing is left, least of all a part file that nobody takes up.
          for (const name of await folder.names()) {
            wrong.push(`${length} leaves a name of ${name.length}`);
            await Deno.remove(`${folder.path}/${name}`);
          }
        }
      }
    }
    assertEquals(wrong, []);
  },
});

Deno.test({
  name:
    "AsyncS3Downloader.downloadToFile() does not put a file in the place of a pipe or a socket",
  ignore: IS_WINDOWS,
  async fn() {
    await using server = startRecorded({ objects: [[KEY, { body: BODY }]] });
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const pipe = `${folder.path}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await Deno.symlink("pipe", `${folder.path}/link`);
    const socket = `${folder.path}/socket`;
    using _listener = Deno.listen({ transport: "unix", path: socket });
    for (const name of ["pipe", "socket", "link"]) {
      await assertRejects(
        () => downloader.downloadToFile(BUCKET, KEY, `${folder.path}/${name}`),
        LocalFileError,
        `Cannot write '${folder.path}/${name}': it is not a regular file`,
      );
    }
    assert((await Deno.lstat(pipe)).isFifo);
    assert((await Deno.lstat(socket)).isSocket);
    assert((await Deno.lstat(`${folder.path}/link`)).isSymlink);
    assertEquals(await folder.names(), ["link", "pipe", "socket"]);
  },
});

Deno.test({
  name:
    `flatbed get --output does not put a file in the place of a device, such as /dev/null${
      skipNote(NO_MOUNT)
    }`,
  ignore: CANNOT_MOUNT,
  async fn() {
    await using server = startDemoServer({ scale: 0.1 });
    await using disk = await mountDisk("size=1m");
    // Its like, not the one that the machine needs.
    await new Deno.Command("mknod", {
      args: [`${disk.outside}/null`, "c", "1", "3"],
    }).output();
    const args = ["get", "stocks_daily", "--date", "2024-01-02", "--output"];
    const { code, stdout, stderr } = await disk.flatbed(
      [...args, `${disk.path}/null`],
      { env: environmentOf(server) },
    );
    assert((await Deno.lstat(`${disk.outside}/null`)).isCharDevice);
    assertEquals([code, stdout], [1, ""]);
    assertPlain(stderr);
    assertStringIncludes(
      stderr,
      `flatbed: Cannot write '${disk.path}/null': it is not a regular file`,
    );
  },
});

Deno.test({
  name:
    "flatbed says in a sentence what is wrong with a path, for each command",
  ignore: IS_WINDOWS,
  async fn() {
    await using server = startDemoServer({ scale: 0.1 });
    await using folder = await makeFolder();
    await lay(folder.path);
    const env = environmentOf(server);
    const mirror = `${folder.path}/mirror`;
    const day = ["stocks_daily", ...DAY];
    await runFlatbed(["sync", ...day, "--out", mirror], { env });
    const before = await folder.names();
    const get = ["get", "stocks_daily", "--date", "2024-01-02"];
    const sync = ["sync", ...day];
    const status = ["status", "--out", mirror];
    const runs: [string[], string, string][] = [
      [[...get, "--output"], "folder", "it is a folder"],
      [[...get, "--output"], "file/below", "a part of its path is a file"],
      [[...get, "--output"], "loop-a", "its path leads in a circle"],
      [[...get, "--output"], LONG_PATH, "its name is too long"],
      [[...get, "--out"], "file", "a part of its path is a file"],
      [[...get, "--out"], "loop-a", "its path leads in a circle"],
      [[...get, "--out"], LONG_PATH, "its name is too long"],
      [[...sync, "--out"], "file", "a part of its path is a file"],
      [[...sync, "--out"], "file/below", "a part of its path is a file"],
      [[...sync, "--out"], "loop-a", "its path leads in a circle"],
      [[...sync, "--out"], LONG_PATH, "its name is too long"],
      [["status", "--out"], "loop-a", ""],
      [["verify", "--out"], "loop-a", ""],
      [["missing", "--out"], "loop-a", "its path leads in a circle"],
      [["missing", "--out"], LONG_PATH, "its name is too long"],
      [[...status, "--svg"], "folder", "it is a folder"],
      [
        [...status, "--svg"],
        "no/such/a.svg",
        "there is no such file or folder",
      ],
      [[...status, "--svg"], "file/a.svg", "a part of its path is a file"],
    ];
    const wrong: string[] = [];
    const outcomes = await runCommandsHere(
      runs.map(([args, name]) => [...args, `${folder.path}/${name}`]),
      { env },
    );
    for (const [index, [args, name, reason]] of runs.entries()) {
      const { code = 0, stderr = "" } = outcomes[index] ?? {};
      try {
        assertEquals(code, 1);
        assertPlain(stderr);
        assertMatch(stderr, /^(flatbed:|failed ) /);
        assertStringIncludes(stderr, `: ${reason}`);
      } catch {
        wrong.push(
          `${args[0]} ${args.at(-1)} ${name.slice(0, 20)}: ${code} ${
            stderr.replaceAll(/d{100,}\/?/g, "").slice(0, 200)
          }`,
        );
      }
    }
    assertEquals(wrong, []);
    assertEquals(await folder.names(), before);
  },
});

Deno.test({
  name: "flatbed says that standard output is full, and calls no file failed",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using server = startDemoServer({ scale: 0.1 });
    await using folder = await makeFolder();
    const env = environmentOf(server);
    const out = ["--out", `${folder.path}/mirror`];
    const runs = [
      ["sync", "stocks_daily", ...DAY, ...out],
      ["sync", "stocks_daily", ...DAY, ...out, "--json"],
      ["status", ...out],
      ["get", "stocks_daily", ...DAY, "--out", folder.path],
      ["get", "stocks_daily", ...DAY, "--output", "-"],
    ];
    const wrong: unknown[] = [];
    for (const args of runs) {
      const { code, stderr } = await runFlatbedHere(args, {
        env,
        shell: '"$@" > /dev/full',
      });
      const expected =
        "flatbed: Cannot write to standard output: the disk is full\n";
      if (code !== 1 || stderr !== expected) {
        wrong.push([args[0], code, stderr]);
      }
    }
    assertEquals(wrong, []);
    const { code } = await runFlatbed(["verify", "--full", ...out]);
    assertEquals(code, 0);
  },
});

Deno.test({
  name:
    "flatbed ends quietly where its reader has gone, says so with 141 unless it only lists, and a later run finds everything in order",
  ignore: IS_WINDOWS,
  async fn() {
    await using server = startDemoServer({ scale: 20 });
    await using folder = await makeFolder();
    const env = environmentOf(server);
    const week = ["--from", "2024-01-02", "--to", "2024-01-05"];
    const whole = ["--out", `${folder.path}/whole`];
    await runFlatbed(["sync", "stocks_daily", ...week, ...whole], { env });
    await Deno.remove(
      `${folder.path}/whole/us_stocks_sip/day_aggs_v1/2024/01/2024-01-03.csv.gz`,
    );
    const out = ["--out", `${folder.path}/mirror`];
    const runs: [code: number, args: string[]][] = [
      [141, ["get", "stocks_trades", "--date", "2024-01-02", "--output", "-"]],
      [141, ["get", "stocks_daily", ...week, "--out", folder.path]],
      [141, ["sync", "stocks_daily", ...week, ...out]],
      [141, ["sync", "stocks_daily", ...week, ...out, "--json"]],
      [141, ["verify", ...whole]],
      [141, ["verify", "--json", ...whole]],
      [141, ["entitlements", "stocks_daily", ...whole]],
      [141, ["watch", "stocks_daily", "--last", "1d", ...whole]],
      [141, ["demo", "--out", `${folder.path}/demo`]],
      [0, ["status", ...whole]],
      [0, ["missing", ...whole]],
      [0, ["ls", "stocks_daily", "--date", "2024-01-02"]],
      [0, ["keys", "stocks_daily", "--date", "2024-01-02"]],
      [0, ["datasets"]],
      [0, ["calendar", "2024"]],
      [0, ["--help"]],
    ];
    const wrong: unknown[] = [];
    for (const [code, args] of runs) {
      // The shell tells what the command itself has ended with.
      const { stderr } = await runFlatbedHere(args, {
        env,
        shell: '{ "$@"; echo "ended with $?" >&2; } | :',
      });
      if (stderr.replace(/^\d+ objects, .*\n/, "") !== `ended with ${code}\n`) {
        wrong.push([args[0], stderr]);
      }
    }
    assertEquals(wrong, []);
    const last = await runFlatbed(["sync", "stocks_daily", ...week, ...out], {
      env,
    });
    assertEquals([last.code, last.stderr], [0, ""]);
    const { code } = await runFlatbed(["verify", "--full", ...out]);
    assertEquals(code, 0);
  },
});

Deno.test({
  name: "Mirror.sync() ends with what onEvent throws, and calls no file failed",
  async fn() {
    await using server = startRecorded();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    await using mirror = await Mirror.open(folder.path, { downloader });
    const plan = await mirror.plan({
      dataTypes: ["stocks_daily"],
      from: "2024-01-02",
      to: "2024-01-31",
    });
    const thrown = new Error("enough");
    const seen: string[] = [];
    const error = await assertRejects(() =>
      mirror.sync(plan, {
        maxConcurrent: 2,
        onEvent({ code }) {
          seen.push(code);
          if (code === "fetched") throw thrown;
        },
      })
    );
    assertEquals(error, thrown);
    assert(!seen.includes("failed"), `${seen}`);
    // What had come is known.
    assertEquals(mirror.entries().length > 0, true);
    assertEquals((await mirror.verify({ mode: "full" })).isWhole, true);
  },
});

Deno.test({
  name:
    "Mirror.sync() does not write through a link in the place of a folder, a part file or a file",
  ignore: IS_WINDOWS,
  async fn() {
    await using server = startRecorded();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    await using elsewhere = await makeFolder();
    const day = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
    const victim = `${elsewhere.path}/victim`;
    await Deno.writeTextFile(victim, "mine");
    const plant = async (name: string) => {
      const path = `${folder.path}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.symlink(victim, path);
    };
    for (const ending of ["", ".part", ".part.json", ".part.ranges"]) {
      await plant(day + ending);
    }
    await using mirror = await Mirror.open(folder.path, { downloader });
    const plan = await mirror.plan({
      dataTypes: ["stocks_daily"],
      from: "2024-01-02",
      to: "2024-01-02",
    });
    await mirror.sync(plan);
    assertEquals(await Deno.readTextFile(victim), "mine");
    assert(!(await Deno.lstat(`${folder.path}/${day}`)).isSymlink);
    assertEquals((await mirror.verify({ mode: "full" })).isWhole, true);
    assertEquals(await elsewhere.names(), ["victim"]);
  },
});
