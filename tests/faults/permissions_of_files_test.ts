/** What becomes of downloads and mirrors where permission bits are in the way. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { startDemoServer } from "../../src/demo/mod.ts";
import type { Outcome } from "../support/deno_command.ts";
import { environmentOf } from "../support/deno_command.ts";
import { csv, gzip } from "../support/data.ts";
import { startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import type { ChildResult, ChildTask } from "./_machine_child.ts";
import {
  assertPlain,
  type HowToRun,
  IS_ROOT,
  mountDisk,
  namesIn,
  runChildHere,
  runCommandsHere,
  runFlatbedHere,
  sha256Of,
  skipNote,
  whyNotAsOther,
} from "./_machine.ts";

/** Root is bound by no bits: where the tests run as root, `nobody` runs these. */
const reason = await whyNotAsOther();
const DAY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const WEEK = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-05"];

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: name + skipNote(reason), ignore: reason !== "", fn });
}

/** A folder of somebody for whom permission bits count. */
interface Bound extends AsyncDisposable {
  /** Its path for that user. */
  path: string;
  /** Its path for this process. */
  outside: string;
  flatbed(args: readonly string[], how?: HowToRun): Promise<Outcome>;
  commands(
    commands: readonly (readonly string[])[],
    how?: HowToRun,
  ): Promise<Outcome[]>;
  child(task: ChildTask): Promise<ChildResult>;
}

async function boundFolder(): Promise<Bound> {
  if (!IS_ROOT) {
    const folder = await makeFolder();
    return {
      path: folder.path,
      outside: folder.path,
      flatbed: runFlatbedHere,
      commands: runCommandsHere,
      child: runChildHere,
      async [Symbol.asyncDispose]() {
        await allow(folder.path);
        await folder[Symbol.asyncDispose]();
      },
    };
  }
  const disk = await mountDisk("size=8m,mode=0777");
  const other = { asOther: true };
  return {
    path: disk.path,
    outside: disk.outside,
    flatbed: (args, how = {}) => disk.flatbed(args, { ...how, ...other }),
    commands: (commands, how = {}) =>
      disk.commands(commands, { ...how, ...other }),
    child: (task) => disk.child(task, other),
    [Symbol.asyncDispose]: () => disk[Symbol.asyncDispose](),
  };
}

/** Takes away what would keep a folder from being removed. */
async function allow(path: string): Promise<void> {
  await Deno.chmod(path, 0o700).catch(() => {});
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (isDirectory) await allow(`${path}/${name}`);
  }
}

for (const how of ["async", "sync"] as const) {
  for (const decompress of [false, true]) {
    test(
      `${
        how === "async" ? "AsyncS3Downloader" : "SyncS3Downloader"
      }.downloadToFile() says where it has no permission${
        decompress ? " (decompressed)" : ""
      }`,
      async () => {
        const content = csv(5000);
        await using server = startRecorded({
          objects: [["a.csv.gz", { body: await gzip(content) }]],
        });
        await using bound = await boundFolder();
        const { outside, path } = bound;
        await Deno.mkdir(`${outside}/read-only`);
        await Deno.writeTextFile(`${outside}/read-only/a`, "what lay there");
        await Deno.mkdir(`${outside}/closed`);
        await Deno.mkdir(`${outside}/unreadable`);
        await Deno.writeTextFile(`${outside}/unreadable/a.part`, "somebody's");
        await Deno.chmod(`${outside}/unreadable/a.part`, 0o000);
        await Deno.mkdir(`${outside}/record`);
        await Deno.chmod(`${outside}/record`, 0o777);
        await Deno.writeTextFile(`${outside}/record/a.part`, "somebody's");
        await Deno.chmod(`${outside}/record/a.part`, 0o666);
        await Deno.writeTextFile(`${outside}/record/a.part.json`, "{}");
        await Deno.chmod(`${outside}/record/a.part.json`, 0o000);
        await Deno.chmod(`${outside}/read-only`, 0o555);
        await Deno.chmod(`${outside}/closed`, 0o000);
        const names = ["read-only", "closed", "unreadable", "record"];
        const paths = names.map((name) => `${path}/${name}/a`);
        const result = await bound.child({
          how,
          url: server.url,
          folder: path,
          keys: names.map(() => "a.csv.gz"),
          paths: [...paths],
          decompress,
        });
        assertEquals(result, {
          outcomes: paths.map((path) => ({
            error: {
              name: "LocalFileError",
              code: "file",
              message: `Cannot write '${path}': permission denied`,
            },
          })),
          open: [],
        });
        assertEquals(
          await Deno.readTextFile(`${outside}/read-only/a`),
          "what lay there",
        );
        await Deno.chmod(`${outside}/closed`, 0o755);
        assertEquals(await namesIn(outside), [
          "read-only/a",
          "record/a.part",
          "record/a.part.json",
          "unreadable/a.part",
        ]);
      },
    );
  }
}

test("AsyncS3Downloader.downloadToFile() replaces a file that it may not read or write, where the folder is its own", async () => {
  const content = csv(5000);
  await using server = startRecorded({
    objects: [["a.csv.gz", { body: await gzip(content) }]],
  });
  await using bound = await boundFolder();
  await Deno.writeTextFile(`${bound.outside}/a`, "what lay there");
  await Deno.chmod(`${bound.outside}/a`, 0o000);
  const { outcomes } = await bound.child({
    how: "async",
    url: server.url,
    folder: bound.path,
    keys: ["a.csv.gz"],
    paths: [`${bound.path}/a`],
    decompress: true,
  });
  assertEquals(outcomes, [{ resumedFrom: 0 }]);
  assertEquals(await Deno.readFile(`${bound.outside}/a`), content);
});

test("flatbed verify --full names a file that it may not read, and checks the others", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  await using bound = await boundFolder();
  const out = ["--out", bound.path];
  assertEquals(
    (await bound.flatbed(["sync", ...WEEK, ...out], { env })).code,
    0,
  );
  await Deno.chmod(`${bound.outside}/${DAY}`, 0o000);
  const { code, stdout } = await bound.flatbed(["verify", "--full", ...out]);
  await Deno.chmod(`${bound.outside}/${DAY}`, 0o644);
  assertEquals(code, 1);
  assertMatch(
    stdout,
    new RegExp(
      `^unreadable +${DAY}: permission denied\\n`,
    ),
  );
  assertMatch(
    stdout,
    /^The mirror is not whole: 4 files checked.*, 1 problem /m,
  );
});

test("flatbed get says where it has no permission, brings the rest and exits with 1", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  await using bound = await boundFolder();
  const folder = "us_stocks_sip/minute_aggs_v1";
  await Deno.mkdir(`${bound.outside}/${folder}`, { recursive: true });
  await Deno.chmod(`${bound.outside}/us_stocks_sip`, 0o777);
  await Deno.chmod(`${bound.outside}/${folder}`, 0o555);
  const args = ["get", "stocks_daily", "stocks_minute", "--date", "2024-01-02"];
  const { code, stderr } = await bound.flatbed(
    [...args, "--out", bound.path],
    { env: environmentOf(server) },
  );
  const file = `${bound.path}/${folder}/2024/01/2024-01-02.csv.gz`;
  assertEquals(
    [code, stderr],
    [1, `failed   Cannot write '${file}': permission denied\n`],
  );
  assertEquals(await namesIn(bound.outside), [DAY]);
});

/** What is done to a mirror, and what a command says of it then. */
const MIRRORS: readonly {
  what: string;
  path: string;
  mode: number;
  /** What each command ends with, and what it says. */
  ends: Record<string, [code: number, said: RegExp]>;
}[] = [
  {
    what: "a mirror whose folders may not be written to",
    path: ".flatbed",
    mode: 0o555,
    ends: {
      // There is nothing to write.
      sync: [0, /^fetched 0, replaced 0, present 4, /m],
      more: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      repair: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      verify: [0, /^The mirror is whole: 4 files checked/],
      status: [0, /^stocks_daily +2024-01-02 +2024-01-05 +4 /m],
      missing: [3, /^stocks_daily +2024-01-0[89]|^stocks_daily/m],
      plan: [0, /^0 files to fetch/m],
    },
  },
  {
    what: "a mirror whose own folder is closed",
    path: ".flatbed",
    mode: 0o000,
    ends: {
      sync: [1, /^flatbed: Cannot open mirror '[^']+': permission denied\n$/],
      repair: [1, /^flatbed: Cannot open mirror '[^']+': permission denied\n$/],
      verify: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      status: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      missing: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      plan: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
    },
  },
  {
    what: "a manifest that may not be read",
    path: ".flatbed/manifest.sqlite",
    mode: 0o000,
    ends: {
      sync: [1, /^flatbed: Cannot [^\n]+manifest[^\n]+: permission denied\n$/],
      repair: [
        1,
        /^flatbed: Cannot [^\n]+manifest[^\n]+: permission denied\n$/,
      ],
      verify: [
        1,
        /^flatbed: Cannot [^\n]+manifest[^\n]+: permission denied\n$/,
      ],
      status: [
        1,
        /^flatbed: Cannot [^\n]+manifest[^\n]+: permission denied\n$/,
      ],
      missing: [
        1,
        /^flatbed: Cannot [^\n]+manifest[^\n]+: permission denied\n$/,
      ],
      plan: [1, /^flatbed: Cannot [^\n]+manifest[^\n]+: permission denied\n$/],
    },
  },
  {
    what: "a manifest that may not be written",
    path: ".flatbed/manifest.sqlite",
    mode: 0o444,
    ends: {
      // There is nothing to write.
      sync: [0, /^fetched 0, replaced 0, present 4/],
      repair: [
        1,
        /^flatbed: Cannot [^\n]+manifest[^\n]+: permission denied\n$/,
      ],
      verify: [0, /^The mirror is whole: 4 files checked/],
      status: [0, /^stocks_daily +2024-01-02 +2024-01-05 +4 /m],
      missing: [3, /^stocks_daily/m],
      plan: [0, /^0 files to fetch/m],
    },
  },
  {
    what: "a file that may not be read",
    path: DAY,
    mode: 0o000,
    ends: {
      // What it is cannot be said: neither whole nor damaged.
      verify: [
        1,
        /^unreadable +[^\n]+: permission denied$/m,
      ],
      status: [0, /^stocks_daily +2024-01-02 +2024-01-05 +4 /m],
      plan: [0, /^0 files to fetch/m],
    },
  },
  {
    what: "a folder of files that may not be entered",
    path: "us_stocks_sip/day_aggs_v1",
    mode: 0o000,
    ends: {
      sync: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      verify: [1, /^(flatbed: Cannot|\S+ +Cannot) [^\n]+: permission denied$/m],
      status: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      missing: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
      plan: [1, /^flatbed: Cannot [^\n]+: permission denied\n$/],
    },
  },
];

const COMMANDS: Record<string, readonly string[]> = {
  sync: ["sync", ...WEEK],
  more: ["sync", "stocks_daily", "--from", "2024-01-02", "--to", "2024-01-12"],
  plan: ["sync", ...WEEK, "--dry-run"],
  repair: ["verify", "--full", "--repair"],
  verify: ["verify", "--full"],
  status: ["status"],
  missing: ["missing", "--from", "2024-01-01", "--to", "2024-01-31"],
};

for (const { what, path, mode, ends } of MIRRORS) {
  test(`flatbed says what it can of ${what}, and why it cannot do the rest`, async () => {
    await using server = startDemoServer({ scale: 0.1 });
    const env = environmentOf(server);
    await using bound = await boundFolder();
    const out = ["--out", bound.path];
    const made = await bound.flatbed(["sync", ...WEEK, ...out], { env });
    assertEquals([made.code, made.stderr], [0, ""]);
    const before = await namesIn(bound.outside);
    const sum = await sha256Of(`${bound.outside}/${DAY}`);
    const { mode: old } = await Deno.stat(`${bound.outside}/${path}`);
    await Deno.chmod(`${bound.outside}/${path}`, mode);
    const wrong: unknown[] = [];
    const outcomes = await bound.commands(
      Object.keys(ends).map((name) => [...COMMANDS[name] ?? [], ...out]),
      { env },
    );
    for (const [index, outcome] of outcomes.entries()) {
      const [name = "", [code, said] = [0, /$^/]] =
        Object.entries(ends)[index] ??
          [];
      const text = outcome.stdout + outcome.stderr;
      try {
        assertEquals(outcome.code, code);
        assertMatch(text, said);
        assertPlain(text);
      } catch {
        wrong.push([name, outcome.code, text]);
      }
    }
    await Deno.chmod(`${bound.outside}/${path}`, (old ?? 0o755) & 0o777);
    assertEquals(wrong, []);
    assertEquals(await namesIn(bound.outside), before);
    assertEquals(await sha256Of(`${bound.outside}/${DAY}`), sum);
    const last = await bound.flatbed(["verify", "--full", ...out]);
    assertEquals(last.code, 0, last.stdout);
  });
}

test("flatbed sync counts files that it may not replace as failed, brings the rest and finishes later", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  await using bound = await boundFolder();
  const folder = `${bound.outside}/us_stocks_sip/minute_aggs_v1`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.chmod(`${bound.outside}/us_stocks_sip`, 0o777);
  await Deno.chmod(folder, 0o555);
  const day = ["--from", "2024-01-02", "--to", "2024-01-02"];
  const args = ["sync", "stocks_daily", "stocks_minute", ...day];
  const out = ["--out", bound.path];
  const first = await bound.flatbed([...args, ...out], { env });
  assertEquals(first.code, 1);
  assertMatch(
    first.stderr,
    /^failed +Cannot write '[^']+minute_aggs_v1\/2024\/01\/2024-01-02\.csv\.gz': permission denied\n$/,
  );
  assertMatch(first.stdout, /fetched 1, .*failed 1/);
  await Deno.chmod(folder, 0o777);
  const second = await bound.flatbed([...args, ...out], { env });
  assertEquals([second.code, second.stderr], [0, ""]);
  const last = await bound.flatbed(["verify", "--full", ...out]);
  assertEquals(last.code, 0, last.stdout);
});

test("Flatbed reads a mirror whose writer was killed, also where nothing may be written", async () => {
  await using server = startDemoServer({ scale: 0.1 });
  const env = environmentOf(server);
  await using bound = await boundFolder();
  const out = ["--out", bound.path];
  await bound.flatbed(["sync", ...WEEK, ...out], { env });
  // What a killed writer leaves: the log of what is not in the database yet.
  await bound.child({ how: "kill", url: server.url, folder: bound.path });
  const own = `${bound.outside}/.flatbed`;
  const names = Array.from(Deno.readDirSync(own), ({ name }) => name);
  assert(names.includes("manifest.sqlite-wal"), `${names}`);
  await Deno.chmod(own, 0o555);
  for (const name of names) await Deno.chmod(`${own}/${name}`, 0o444);
  const outcomes = await bound.commands(
    ["verify", "status", "missing", "plan"].map((name) => [
      ...COMMANDS[name] ?? [],
      ...out,
    ]),
    { env },
  );
  assertEquals(
    outcomes.map(({ code }) => code),
    [0, 0, 3, 0], // days are missing
  );
});
