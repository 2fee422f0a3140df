/** Where the output of commands goes, and what becomes of it on the way. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import { writeWhole } from "../../src/files/write_whole.ts";
import {
  denoArguments,
  environmentOf,
  parseLines,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import {
  incompressible,
  runFlatbedHere,
  skipNote,
} from "../faults/_machine.ts";

const IS_WINDOWS = Deno.build.os === "windows";
const DAY = ["--from", "2024-01-02", "--to", "2024-01-02"];
const FOLDER = "us_stocks_sip/day_aggs_v1/2024/01";

/** A mirror of one day, in the folder `m`. */
async function makeMirror(): Promise<TemporaryFolder> {
  await using server = startDemoServer({ scale: 0.1 });
  const folder = await makeFolder();
  const { code } = await runFlatbed(
    ["sync", "stocks_daily", ...DAY, "--out", `${folder.path}/m`],
    { env: environmentOf(server) },
  );
  assertEquals(code, 0);
  return folder;
}

Deno.test({
  name:
    "flatbed status --svg writes through links, and touches nothing beside them",
  ignore: IS_WINDOWS,
  async fn() {
    await using folder = await makeMirror();
    const { path } = folder;
    await Deno.mkdir(`${path}/real`);
    await Deno.writeTextFile(`${path}/real/a.svg`, "the last one");
    await Deno.writeTextFile(`${path}/real/a.svg.part`, "mine");
    await Deno.mkdir(`${path}/links`);
    await Deno.symlink("../real", `${path}/links/folder`);
    await Deno.symlink("folder/a.svg", `${path}/links/a.svg`);
    await Deno.symlink("folder/new.svg", `${path}/links/dangling.svg`);
    await Deno.writeTextFile(`${path}/links/a.svg.part`, "mine too");
    for (
      const [link, name] of [["a.svg", "a.svg"], ["dangling.svg", "new.svg"]]
    ) {
      const { code, stdout, stderr } = await runFlatbed(
        ["status", "--out", "m", "--svg", `links/${link}`],
        { cwd: path },
      );
      assertEquals([code, stdout, stderr], [
        0,
        `Written to links/${link}\n`,
        "",
      ]);
      assertMatch(await Deno.readTextFile(`${path}/real/${name}`), /^<svg /);
    }
    assertEquals(await Deno.readLink(`${path}/links/a.svg`), "folder/a.svg");
    assertEquals(await Deno.readTextFile(`${path}/real/a.svg.part`), "mine");
    assertEquals(
      await Deno.readTextFile(`${path}/links/a.svg.part`),
      "mine too",
    );
    assertEquals(
      (await folder.names()).filter((name) => !name.startsWith("m/")),
      [
        "links/a.svg",
        "links/a.svg.part",
        "links/dangling.svg",
        "links/folder",
        "real/a.svg",
        "real/a.svg.part",
        "real/new.svg",
      ],
    );
  },
});

Deno.test("writeWhole() leaves what lay there, and nothing else, where it fails", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await Deno.mkdir(path);
  await writeWhole(path, "text").then(
    () => assert(false),
    ({ message }) =>
      assertEquals(message, `Cannot write '${path}': it is a folder`),
  );
  await Deno.remove(path);
  await Deno.writeTextFile(path, "old");
  const { rename } = Deno;
  Deno.rename = () => Promise.reject(new Deno.errors.PermissionDenied("no"));
  try {
    await writeWhole(path, "text").then(
      () => assert(false),
      ({ message }) =>
        assertEquals(message, `Cannot write '${path}': permission denied`),
    );
  } finally {
    Deno.rename = rename;
  }
  assertEquals(await Deno.readTextFile(path), "old");
  assertEquals(await folder.names(), ["a"]);
});

Deno.test({
  name:
    "flatbed status --svg puts nothing in the place of an open file's name, and keeps what that file has",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folder = await makeMirror();
    const { path } = folder;
    const err = `${path}/err`;
    await Deno.symlink("/proc/self/fd/2", `${path}/link`);
    const { code, stderr, stdout } = await runFlatbedHere(
      ["status", "--out", "m", "--svg", "link"],
      { cwd: path, shell: `echo before > '${err}'; "$@" 2>> '${err}'` },
    );
    assertEquals([code, stdout, stderr], [0, "Written to link\n", ""]);
    assertMatch(await Deno.readTextFile(err), /^before\n<svg [^]*<\/svg>\n$/);
    assertEquals(await Deno.readLink(`${path}/link`), "/proc/self/fd/2");
  },
});

Deno.test("flatbed status --svg - writes the picture to standard output, and nothing else", async () => {
  await using folder = await makeMirror();
  const out = ["--out", `${folder.path}/m`];
  const file = `${folder.path}/a.svg`;
  await runFlatbed(["status", "--svg", file, ...out]);
  const expected = await Deno.readTextFile(file);
  const names = IS_WINDOWS
    ? ["-"]
    : ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
  for (const name of names) {
    // Into a file, which those names stand for then.
    const { code, stderr } = await runFlatbedHere(
      ["status", "--svg", name, ...out],
      { cwd: folder.path, shell: 'echo before > b; "$@" >> b' },
    );
    assertEquals([code, stderr], [0, ""], name);
    assertEquals(
      await Deno.readTextFile(`${folder.path}/b`),
      `before\n${expected}`,
      name,
    );
  }
  for (const option of ["--json", "--picture"]) {
    const { code, stderr } = await runFlatbed(
      ["status", "--svg", "-", option, ...out],
    );
    assertEquals([code, stderr], [
      2,
      "flatbed: --svg to standard output and --json or --picture cannot be used together\n'flatbed status --help' shows the options\n",
    ]);
  }
  const page = await runFlatbed([
    "status",
    "--html",
    "-",
    "--svg",
    file,
    ...out,
  ]);
  assertMatch(page.stdout, /^<!DOCTYPE html>\n[^]*<\/html>\n$/);
  const both = await runFlatbed([
    "status",
    "--html",
    "-",
    "--svg",
    "-",
    ...out,
  ]);
  assertEquals([both.code, both.stdout], [2, ""]);
});

Deno.test({
  name: "flatbed get --output knows each name of standard output",
  ignore: IS_WINDOWS,
  async fn() {
    await using server = startDemoServer({ scale: 0.1 });
    await using folder = await makeFolder();
    const env = environmentOf(server);
    const args = ["get", "stocks_daily", "--date", "2024-01-02"];
    const plain = await runFlatbed(
      [...args, "--decompress", "--output", "-"],
      { env },
    );
    assertMatch(plain.stdout, /^ticker,/);
    for (const name of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
      const { code, stderr } = await runFlatbedHere(
        [...args, "--decompress", "--output", name],
        { cwd: folder.path, env, shell: 'echo before > b; "$@" >> b' },
      );
      assertEquals([code, stderr], [0, ""], name);
      assertEquals(
        await Deno.readTextFile(`${folder.path}/b`),
        `before\n${plain.stdout}`,
        name,
      );
    }
    assertEquals(await folder.names(), ["b"]);
  },
});

/** Why tests of pipes that do not block are skipped; empty where they are not. */
const NO_PERL = Deno.build.os !== "linux"
  ? "skipped: needs Linux"
  : new Deno.Command("sh", {
      args: ["-c", "perl -MFcntl -e 1"],
      stderr: "null",
    })
      .outputSync().success
  ? ""
  : "skipped: needs perl";

/** Runs a command whose output is a pipe that does not block, and is read slowly. */
const IN_SLOW_PIPE = `{
  perl -MFcntl -e 'fcntl(STDOUT, F_SETFL, O_WRONLY | O_NONBLOCK) or die'
  "$@"; echo "ended with $?" >&2
} | perl -e '
  select undef, undef, undef, 1;
  $count = 0;
  while (sysread STDIN, $bytes, 777) {
    print $bytes;
    select undef, undef, undef, 0.01 if $count++ % 50 == 0;
  }'`;

Deno.test({
  name:
    "flatbed waits where a reader does not keep up with an output that does not block" +
    skipNote(NO_PERL),
  ignore: NO_PERL !== "",
  async fn() {
    const args = [
      "keys",
      "stocks_*",
      "--from",
      "2014-01-01",
      "--to",
      "2018-12-31",
    ];
    for (const format of [[], ["--json"]]) {
      const plain = await runFlatbed([...args, ...format]);
      const { stdout, stderr } = await runFlatbedHere([...args, ...format], {
        shell: IN_SLOW_PIPE,
      });
      assertEquals(stderr, "ended with 0\n");
      assert(plain.stdout.length > 200_000);
      assert(stdout === plain.stdout, "the output is another one");
    }
  },
});

Deno.test({
  name:
    "write() writes each byte once to an output that does not block, whatever the bytes" +
    skipNote(NO_PERL),
  ignore: NO_PERL !== "",
  async fn() {
    await using folder = await makeFolder();
    const script = `${folder.path}/script.ts`;
    await Deno.writeTextFile(
      script,
      `import { write } from ${
        JSON.stringify(new URL("src/cli/terminal.ts", ROOT).href)
      };
       const bytes = Deno.readFileSync(${JSON.stringify(`${folder.path}/in`)});
       const sizes = [1, 100, 1023, 1024, 1025, 3000, 4095, 4096, 4097, 9000, 70_000];
       for (let done = 0, turn = 0; done < bytes.length; turn++) {
         const size = sizes[turn % sizes.length];
         write(bytes.subarray(done, done + size));
         done += size;
       }`,
    );
    // Noise, noise without a line's end, and lines.
    const mixed = incompressible(1_200_000).map((byte, index) =>
      index < 400_000 || byte !== 10 ? byte : 11
    );
    for (let index = 800_000; index < mixed.length; index += 61) {
      mixed[index] = 10;
    }
    await Deno.writeFile(`${folder.path}/in`, mixed);
    const { stderr } = await new Deno.Command("sh", {
      args: [
        "-c",
        `{ ${IN_SLOW_PIPE}; } > '${folder.path}/out'`,
        "sh",
        Deno.execPath(),
        ...denoArguments(["run", "--allow-all", script]),
      ],
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "ended with 0\n");
    const out = await Deno.readFile(`${folder.path}/out`);
    assertEquals(out.length, mixed.length);
    assert(out.every((byte, index) => byte === mixed[index]));
  },
});

Deno.test({
  name: "flatbed says in one sentence why standard output takes nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    // What is no number is refused there, whoever asks.
    const shell = '"$@" > /proc/self/oom_score_adj';
    for (const format of [[], ["--json"]]) {
      const { code, stderr } = await runFlatbedHere(["datasets", ...format], {
        shell,
      });
      assertEquals([code, stderr], [
        1,
        "flatbed: Cannot write to standard output: Invalid argument\n",
      ]);
      // Another error, of which standard output cannot tell.
      const other = await runFlatbedHere(
        ["status", "--out", "/nowhere", ...format],
        { shell },
      );
      assertEquals([other.code, other.stderr], [
        1,
        "flatbed: There is no mirror in /nowhere: 'flatbed sync' creates one, also from existing files\n",
      ]);
    }
  },
});

Deno.test("flatbed get ends what is under way where going on makes no sense, and sums up", async () => {
  await using server = startDemoServer({
    faults: [
      {
        kind: "status",
        status: 403,
        code: "InvalidAccessKeyId",
        key: `${FOLDER}/2024-01-08`,
        operation: "get",
      },
      // These would go on for a minute.
      ...["03", "04", "05"].map((day) => ({
        kind: "stall" as const,
        key: `${FOLDER}/2024-01-${day}`,
        operation: "get" as const,
      })),
    ],
  });
  const env = environmentOf(server);
  for (const format of [[], ["--json"]]) {
    await using folder = await makeFolder();
    const args = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-31"];
    // The first one comes, the next three are under way, and then nothing makes sense.
    const started = performance.now();
    const { code, stdout, stderr } = await runFlatbed(
      [
        "get",
        ...args,
        "--max-concurrent",
        "4",
        "--out",
        folder.path,
        ...format,
      ],
      { env },
    );
    assert(performance.now() - started < 30_000);
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^flatbed: [^\n]+: the service does not know the access key id\n$/,
    );
    if (format.length === 0) {
      assertMatch(stdout, /\n1 file fetched, .*; 1 file failed\n$/);
    } else {
      const events = parseLines(stdout);
      assertEquals(events.map(({ code }) => code), [
        "fetched",
        "summary",
        "error",
      ]);
      const [, summary, error] = events;
      assertEquals([summary.fetched, summary.failed], [1, 1]);
      assertEquals(error.error.code, "credentials");
    }
  }
});

Deno.test("flatbed --help and the document tell the exit code of an output that was closed early", async () => {
  const { stdout } = await runFlatbed(["--help"]);
  const document = await Deno.readTextFile(
    new URL("docs/command-line.md", ROOT),
  );
  for (const text of [stdout, document]) {
    assertStringIncludes(
      text.replaceAll(/\s+/g, " "),
      "141 the output was closed early",
    );
  }
});
