import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertMatch,
} from "@std/assert";
import { gzipSync } from "node:zlib";
import { SharedPart } from "../../src/files/mod.ts";
import { keyOf } from "../mirror/_mirror.ts";
import { noise } from "../support/data.ts";
import { type RecordedServer, startRecorded } from "../support/demo.ts";
import {
  denoArguments,
  denoCommand,
  environmentOf,
  ROOT,
  runFlatbed,
} from "../support/deno_command.ts";
import { makeFolder } from "../support/folder.ts";
import { md5 } from "../support/hash.ts";

const DAY = "2024-01-02";
const KEY = keyOf(DAY, "stocks_minute");
const SIZE = 48_000_000;
const BODY = new Uint8Array(gzipSync(noise(SIZE, 5), { level: 0 }));
const ETAG = `${md5(BODY)}-6`;

function serve(): RecordedServer {
  return startRecorded({
    objects: [[KEY, { body: BODY, etag: `"${ETAG}"` }]],
  });
}

/** How many bytes of the object were sent. */
function sent({ records }: RecordedServer): number {
  return records.filter(({ method, key }) => method === "GET" && key === KEY)
    .reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}

function argsOf(folder: string, shard: string, more: string[] = []): string[] {
  return [
    ...["sync", "stocks_minute", "--from", DAY, "--to", DAY],
    ...["--out", folder, "--shard", shard, "--split", "8M", ...more],
  ];
}

/** What was said to be stored, by all that have said it. */
async function stored(folder: string): Promise<number> {
  const parts = await SharedPart.all(`${folder}/.flatbed/pieces/${KEY}`);
  let bytes = 0;
  for (const part of parts) {
    for (const { start, end } of (await part.look()).stored) {
      bytes += end - start;
    }
  }
  return bytes;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("It did not come to that");
}

Deno.test("flatbed sync --split: shards that run at once fetch each byte once, and one that was killed goes on", async () => {
  await using server = serve();
  await using folder = await makeFolder();
  const env = environmentOf(server);
  const cli = new URL("cli.ts", ROOT).pathname;
  const killed = denoCommand(
    [
      "run",
      "--allow-all",
      cli,
      ...argsOf(folder.path, "1/3", ["--limit-rate", "6M"]),
    ],
    { env },
  ).spawn();
  await until(async () => await stored(folder.path) > 5_000_000);
  killed.kill("SIGKILL");
  await killed.output();
  const before = await stored(folder.path);
  const runs = await Promise.all(
    ["1/3", "2/3", "3/3"].map((shard) =>
      runFlatbed(argsOf(folder.path, shard), { env })
    ),
  );
  assertEquals(runs.map(({ code }) => code), [0, 0, 0], JSON.stringify(runs));
  assertEquals(
    md5(await Deno.readFile(`${folder.path}/${KEY}`)),
    md5(BODY),
  );
  const whole = runs.filter(({ stdout }) => /^fetched 1,/m.test(stdout));
  assertEquals(whole.length, 1, JSON.stringify(runs));
  for (const { stdout } of runs) {
    if (/^fetched 1,/m.test(stdout)) continue;
    // One that starts late finds the file there.
    assertMatch(
      stdout,
      /\d of 6 pieces are here|another (process|shard)|present 1,/,
    );
  }
  // What the killed one had taken in, and not said yet, is the only loss.
  const lost = sent(server) - BODY.length;
  assertLessOrEqual(lost, 8_000_000, `${lost} of ${before}`);
  const { code, stdout } = await runFlatbed(
    ["verify", "--full", "--out", folder.path],
    { env },
  );
  assertEquals(code, 0, stdout);
  assertEquals(
    (await folder.names()).filter((name) => name.includes("pieces")),
    [],
  );
});

Deno.test("flatbed sync --split: while a process puts a file together others leave it to that one, and once it is killed the next one does it", async () => {
  await using server = serve();
  await using folder = await makeFolder();
  const env = environmentOf(server);
  // The last piece is missing: nobody has put it together.
  const first = await runFlatbed(argsOf(folder.path, "1/2"), { env });
  assertMatch(
    first.stdout,
    /3 of 6 pieces are here, 2[34]\.\d MB of 48\.\d MB: others are fetching the rest/,
  );
  assertMatch(first.stdout, /^fetched 0, .*in pieces 1/m);
  const status = await runFlatbed(["status", "--out", folder.path], { env });
  assertMatch(
    status.stdout,
    /stocks_minute 2024-01-02 is not whole: shards have fetched 2[34]/,
  );

  const script = `
    import { SharedPart } from "#root/src/files/mod.ts";
    import { AsyncS3Downloader } from "#root/src/download/mod.ts";
    const [part] = await SharedPart.all(${
    JSON.stringify(`${folder.path}/.flatbed/pieces/${KEY}`)
  });
    await using downloader = new AsyncS3Downloader(${
    JSON.stringify(server.credentials)
  }, { endpointUrl: ${JSON.stringify(server.url)} });
    const { version } = part;
    await downloader.downloadRanges("flatfiles", version, [{ start: 0, end: version.size }], part);
    const claim = await part.claim();
    console.log(claim.base);
    await new Promise(() => {});
  `.replaceAll("#root/", ROOT.href);
  const path = `${folder.path}/joiner.ts`;
  await Deno.writeTextFile(path, script);
  const joiner = new Deno.Command(Deno.execPath(), {
    args: denoArguments(["run", "--allow-all", "--no-check", path]),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = joiner.stdout.getReader();
  const { value } = await output.read();
  assertMatch(new TextDecoder().decode(value), /\.claim/);
  const other = await runFlatbed(argsOf(folder.path, "2/2"), { env });
  assertEquals(other.code, 0);
  assertMatch(
    other.stdout,
    /all 6 pieces are here: another process is putting them together/,
  );
  await output.cancel();
  joiner.kill("SIGKILL");
  await joiner.status;
  const before = sent(server);
  const next = await runFlatbed(argsOf(folder.path, "1/2"), { env });
  assertMatch(next.stdout, /^fetched 1,/m, next.stderr);
  assertEquals(sent(server), before);
  assertEquals(
    md5(await Deno.readFile(`${folder.path}/${KEY}`)),
    md5(BODY),
  );
  // Nothing is left to do for those who come later.
  const late = await runFlatbed(argsOf(folder.path, "2/2"), { env });
  assertEquals(late.code, 0);
  assertEquals(sent(server), before);
  assert(!(await folder.names()).some((name) => name.includes("pieces")));
});

Deno.test("flatbed sync --split says what it is for", async () => {
  const args = ["sync", "stocks_minute", "--split", "10G"];
  const alone = await runFlatbed(args);
  assertEquals(alone.code, 2);
  assertMatch(alone.stderr, /--split is for --shard/);
  const bucket = await runFlatbed([
    ...args,
    ...["--shard", "1/2", "--out", "s3://bucket/prefix"],
  ]);
  assertEquals(bucket.code, 2);
  assertMatch(bucket.stderr, /not put together of pieces in a bucket/);
  const small = await runFlatbed(["sync", "--shard", "1/2", "--split", "1k"]);
  assertEquals(small.code, 2);
  assertMatch(small.stderr, /expected 1M or more/);
});
