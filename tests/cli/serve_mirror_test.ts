import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Mirror } from "../../src/mirror/mod.ts";
import { openDownloader, startRecorded } from "../support/demo.ts";
import {
  type Outcome,
  ownEnvironment,
  ROOT,
  runDeno,
} from "../support/deno_command.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import { bytesOf, presign, signedFetch } from "../support/s3_client.ts";
import { md5 } from "../support/hash.ts";
import {
  type RunningFlatbed,
  startFlatbed,
} from "../support/running_flatbed.ts";

const CLI = new URL("cli.ts", ROOT).pathname;
const CSV = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const DAYS = {
  dataTypes: ["stocks_daily"],
  from: "2024-01-02",
  to: "2024-01-03",
};

/** A folder with a mirror of two days in `m`. */
async function makeMirror(): Promise<TemporaryFolder> {
  const folder = await makeFolder();
  await using server = startRecorded({ scale: 0.1 });
  await using downloader = openDownloader(server.url);
  await using mirror = await Mirror.open(`${folder.path}/m`, { downloader });
  await mirror.sync(await mirror.plan(DAYS));
  return folder;
}

function run(args: readonly string[]): Promise<Outcome> {
  return runDeno(["run", "-A", CLI, "serve", ...args]);
}

function start(args: readonly string[]): RunningFlatbed {
  return startFlatbed(["serve", "--port", "0", ...args], {
    env: ownEnvironment(),
  });
}

Deno.test("flatbed serve --mirror says what it lacks, in one sentence", async () => {
  await using folder = await makeMirror();
  const { path } = folder;
  const mirror = ["--mirror", `${path}/m`];
  const keys = `${path}/keys`;
  await Deno.writeTextFile(keys, "team:made-up-gateway-secret\n");
  await Deno.chmod(keys, 0o644);
  await Deno.writeTextFile(`${path}/pem`, "none");
  await Deno.writeTextFile(`${path}/own`, "team:made-up-gateway-secret\n", {
    mode: 0o600,
  });
  const own = ["--access-key-file", `${path}/own`];
  const cases: [args: string[], code: number, message: string][] = [
    [mirror, 2, "--access-key-file FILE"],
    [[...mirror, "--access-key-file", keys], 2, `chmod 600 ${keys}`],
    [
      [...mirror, "--access-key-file", `${path}/no`],
      1,
      "there is no such file",
    ],
    [["--mirror", `${path}/none`, ...own], 1, "There is no mirror in"],
    [["--mirror", "s3://a/b", ...own], 2, "--mirror takes a folder"],
    [[...mirror, ...own, "--scale", "2"], 2, "--mirror and --scale"],
    [[...mirror, ...own, "--cert", `${path}/pem`], 2, "both --cert and --key"],
    [
      [...mirror, ...own, "--cert", `${path}/pem`, "--key", `${path}/pem`],
      2,
      "in PEM",
    ],
    [[...mirror, ...own, "--bucket", "a..b"], 2, "bucket"],
    [own, 2, "--access-key-file is of no use without --mirror"],
  ];
  await Promise.all(cases.map(async ([args, expected, message]) => {
    const { code, stderr } = await run([...args, "--port", "0"]);
    assertStringIncludes(stderr, message);
    assertEquals([message, code], [message, expected]);
    assertEquals(stderr.includes("made-up-gateway-secret"), false);
  }));
});

Deno.test("flatbed serve --mirror makes a key, serves a mirror that a sync writes to, and logs no secret", async () => {
  await using folder = await makeMirror();
  const keys = `${folder.path}/keys`;
  await using child = start([
    ...["--mirror", `${folder.path}/m`, "--access-key-file", keys],
    ...["--make-access-key", "--log"],
  ]);
  const first = await child.line();
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(first)?.[0] ?? "";
  assertStringIncludes(first, `The mirror in ${folder.path}/m is at ${url}`);
  const [, accessKeyId = "", secretAccessKey = ""] =
    /^(FLATBED\w+):(.+)$/m.exec(await Deno.readTextFile(keys)) ?? [];
  const key = { accessKeyId, secretAccessKey };
  while (!(await child.line()).startsWith("Ctrl+C"));
  const path = `/flatfiles/${CSV}`;
  const file = await Deno.readFile(`${folder.path}/m/${CSV}`);
  assertEquals(await bytesOf(await signedFetch({ url }, path, key)), file);
  assertMatch(
    await child.line(),
    new RegExp(
      `^[\\dTZ:.-]+ 127\\.0\\.0\\.1 ${accessKeyId} 200 GET ${path} .* \\d+ms$`,
    ),
  );
  assertEquals(
    await bytesOf(await fetch(await presign(url + path, key))),
    file,
  );
  // Another process replaces the file, again and again.
  await using server = startRecorded({ scale: 0.1 });
  await using downloader = openDownloader(server.url);
  await using mirror = await Mirror.open(`${folder.path}/m`, { downloader });
  for (let round = 0; round < 5; round++) {
    const body = crypto.getRandomValues(new Uint8Array(50_000));
    server.objects.set(CSV, { body });
    let isDone = false;
    const syncing = mirror.plan(DAYS).then((plan) => mirror.sync(plan))
      .finally(() => isDone = true);
    do {
      const response = await signedFetch({ url }, path, key);
      const etag = response.headers.get("etag");
      assertEquals(etag, `"${md5(await bytesOf(response))}"`);
    } while (!isDone);
    await syncing;
    const response = await signedFetch({ url }, path, key);
    assertEquals(await bytesOf(response), body);
  }
  const { code, rest, stderr } = await child.end();
  assertEquals(code, 0);
  for (const text of [first, rest, stderr]) {
    for (const secret of [secretAccessKey, "Signature", "X-Amz"]) {
      assertEquals(text.includes(secret), false, secret);
    }
  }
  assertMatch(
    stderr,
    /^\S+ was made, with the access key FLATBED\w+ and its secret\n$/,
  );
});

Deno.test("flatbed serve --mirror reads a mirror with journals of shards that nobody has merged", async () => {
  await using folder = await makeFolder();
  await using server = startRecorded({ scale: 0.1 });
  await using downloader = openDownloader(server.url);
  const path = `${folder.path}/m`;
  await using first = await Mirror.open(path, {
    downloader,
    shard: { index: 1, count: 2 },
  });
  await using second = await Mirror.open(path, {
    downloader,
    shard: { index: 2, count: 2 },
  });
  await first.sync(await first.plan(DAYS));
  const keys = `${folder.path}/keys`;
  await Deno.writeTextFile(keys, "team:made-up-gateway-secret\n", {
    mode: 0o600,
  });
  const key = {
    accessKeyId: "team",
    secretAccessKey: "made-up-gateway-secret",
  };
  await using child = start([
    "--mirror",
    path,
    "--access-key-file",
    keys,
    "--json",
  ]);
  const { url, files } = JSON.parse(await child.line());
  assertEquals(files, 1);
  await second.sync(await second.plan(DAYS));
  for (const { key: name } of [...first.entries(), ...second.entries()]) {
    const response = await signedFetch({ url }, `/flatfiles/${name}`, key);
    assertEquals(
      await bytesOf(response),
      await Deno.readFile(`${path}/${name}`),
    );
  }
  const count = async () => {
    const list = await signedFetch({ url }, "/flatfiles?list-type=2", key);
    return (await list.text()).split("<Key>").length - 1;
  };
  while (await count() !== 2);
  assertEquals((await child.end()).code, 0);
});
