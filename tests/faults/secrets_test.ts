/**
 * The secret key, the session token and signatures are in nothing that a run leaves or
 * prints, whatever goes wrong in it.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertThrows,
} from "@std/assert";
import * as flatbed from "../../mod.ts";
import { startDemoServer } from "../../src/demo/mod.ts";
import { listingXml, sendError, sendObject } from "../support/answers.ts";
import { csv, gzip } from "../support/data.ts";
import { runFlatbed } from "../support/deno_command.ts";
import { BUCKET } from "../support/demo.ts";
import { makeFolder, type TemporaryFolder } from "../support/folder.ts";
import { type RawHandler, RawServer } from "../support/raw_server.ts";

const CREDENTIALS = {
  accessKeyId: "TEST-KEY-ID",
  secretAccessKey: "a-secret/that+must=not-show",
  sessionToken: "a-session/token+that=must-not-show",
};
const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const OTHER_KEY = KEY.replace("-02.", "-03.");
const DAYS = ["stocks_daily", "--from", "2024-01-02", "--to", "2024-01-03"];

/** Fails where a text holds a secret, or a signature that was sent. */
function assertNoSecret(
  text: string,
  where: string,
  server?: RawServer,
): void {
  for (
    const secret of Object.values(CREDENTIALS)
      .flatMap((secret) => [
        secret,
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
        btoa(secret),
      ])
  ) {
    assert(!text.includes(secret), `${where} holds ${secret}: ${text}`);
  }
  assert(!/Signature=[^…]/.test(text), `${where} holds a header: ${text}`);
  const sent = server?.requests.map(({ headers }) =>
    headers.get("authorization")?.slice(-64) ?? ""
  );
  for (const signature of sent ?? []) {
    assertMatch(signature, /^[0-9a-f]{64}$/);
    assert(
      !text.includes(signature.slice(0, 60)),
      `${where} holds a signature: ${text}`,
    );
  }
}

/** Everything that can be seen of a value. */
function show(value: unknown): string {
  const inspected = Deno.inspect(value, {
    depth: 100,
    showHidden: true,
    getters: true,
    strAbbreviateSize: Infinity,
    iterableLimit: Infinity,
  });
  const json = JSON.stringify(
    value,
    (_, value) => typeof value === "bigint" ? String(value) : value,
  );
  return `${inspected}\n${String(value)}\n${json}`;
}

/** All files under a folder, one text; SQLite's and gzip's bytes as Latin-1. */
async function readFolder(folder: TemporaryFolder): Promise<string> {
  const decoder = new TextDecoder("latin1");
  const texts = [];
  for (const name of await folder.names()) {
    const bytes = await Deno.readFile(`${folder.path}/${name}`);
    texts.push(`${name}: ${decoder.decode(bytes)}`);
  }
  return texts.join("\n");
}

const body = await gzip(csv(20_000));

/** A service that goes wrong in another way each time, and repeats all that it was sent. */
const ECHO: RawHandler = (request, wire) => {
  const { index, headers, query } = request;
  const sent = [...headers].map(([name, value]) => `${name}: ${value}`)
    .join(" ").replaceAll("<", "&lt;");
  const authorization = headers.get("authorization") ?? "";
  switch (index % 8) {
    case 0:
      return wire.close();
    case 1:
      return sendError(wire, 400, "InvalidArgument", {}, sent.slice(0, 290));
    case 2:
      return sendError(
        wire,
        403,
        "SignatureDoesNotMatch",
        {},
        authorization.slice(-200),
      );
    case 3:
      return sendError(
        wire,
        400,
        "ExpiredToken",
        {},
        headers.get("x-amz-security-token") ?? "",
      );
    case 4:
      return sendError(
        wire,
        400,
        headers.get("x-amz-security-token") ?? "none",
        {},
        authorization.slice(-90),
      );
    case 5:
      return wire.answer(307, "", {
        Location: `http://x/${
          encodeURIComponent(headers.get("x-amz-security-token") ?? "")
        }?${authorization}`,
      });
    case 6:
      return wire.answer(200, `<html>${sent}</html>`);
    default:
      return query.has("list-type")
        ? wire.answer(200, listingXml([KEY, OTHER_KEY]))
        : sendObject(request, wire, body, {
          headers: { "Last-Modified": "yesterday" },
        });
  }
};

Deno.test("nothing that the library exports, throws or leaves shows a secret", async () => {
  await using folder = await makeFolder();
  await using server = new RawServer(ECHO);
  const shown: unknown[] = [];
  const options = {
    endpointUrl: server.url,
    maxRetries: 0,
    rangeThreshold: 1000,
  };
  const downloader = new flatbed.AsyncS3Downloader(CREDENTIALS, options);
  const sync = new flatbed.SyncS3Downloader(CREDENTIALS, {
    ...options,
    endpointUrl: "http://127.0.0.1:9",
  });
  const mirror = await flatbed.Mirror.open(`${folder.path}/m`, { downloader });
  shown.push(...Object.values(flatbed), downloader, sync, mirror);
  const range = {
    dataTypes: ["stocks_daily"] as const,
    from: "2024-01-02",
    to: "2024-01-03",
  };
  const failure = (error: unknown) => error;
  for (let round = 0; round < 8; round++) {
    for (
      const call of [
        () => downloader.downloadOne(BUCKET, KEY),
        () => downloader.downloadToFile(BUCKET, KEY, `${folder.path}/a`),
        () => downloader.listObjects(BUCKET, "us"),
        () => downloader.checkExists(BUCKET, KEY),
        () =>
          downloader.downloadBatch(BUCKET, [KEY], {
            onFailure: (_, error) => shown.push(error),
          }),
        () => mirror.plan(range).then((plan) => mirror.sync(plan)),
        () => mirror.findOldestReadable("stocks_daily"),
      ]
    ) {
      shown.push(await call().catch(failure));
    }
  }
  assertGreater(
    shown.filter((value) => value instanceof flatbed.FlatbedError).length,
    30,
  );
  shown.push(
    assertThrows(() => sync.download(BUCKET, KEY)),
    assertThrows(() => sync.checkExists(BUCKET, KEY)),
    downloader.getStatistics(),
  );
  for (
    const credentials of [
      { ...CREDENTIALS, secretAccessKey: `${CREDENTIALS.secretAccessKey}\nx` },
      { ...CREDENTIALS, secretAccessKey: `"${CREDENTIALS.secretAccessKey}"` },
      { ...CREDENTIALS, sessionToken: `${CREDENTIALS.sessionToken}ü` },
      { ...CREDENTIALS, accessKeyId: 5 },
    ]
  ) {
    shown.push(
      // @ts-expect-error: one of them has the wrong type
      assertThrows(() => new flatbed.AsyncS3Downloader(credentials)),
    );
  }
  await mirror[Symbol.asyncDispose]();
  await downloader[Symbol.asyncDispose]();
  sync.close();
  shown.forEach((value, index) =>
    assertNoSecret(show(value), `value ${index}`, server)
  );
  assertNoSecret(await readFolder(folder), "a file", server);
});

Deno.test("nothing that the command line prints or leaves shows a secret", async () => {
  await using folder = await makeFolder();
  await using server = new RawServer(ECHO);
  const env = {
    FLATBED_ENDPOINT_URL: server.url,
    FLATBED_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    FLATBED_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    FLATBED_SESSION_TOKEN: CREDENTIALS.sessionToken,
  };
  const out = ["--out", folder.path];
  const online = ["--verbose", "--json", "--max-retries", "0"];
  let failed = 0;
  for (
    const args of [
      ["ls", "stocks_daily", "--date", "2024-01-02", ...online],
      ["get", ...DAYS, ...out, ...online],
      ["get", ...DAYS, ...out, ...online],
      ["sync", ...DAYS, ...out, ...online],
      ["sync", ...DAYS, ...out, ...online],
      ["verify", "--remote", ...out, ...online],
      ["entitlements", "stocks_daily", ...out, ...online],
      ["status", ...out, "--verbose"],
    ]
  ) {
    const { code, stdout, stderr } = await runFlatbed(args, { env });
    if (code === 1) failed++;
    assertNoSecret(`${stdout}${stderr}`, args.join(" "), server);
  }
  assertGreater(failed, 3);
  assertNoSecret(await readFolder(folder), "a file", server);
});

Deno.test("what a killed download leaves holds no secret", async () => {
  await using folder = await makeFolder();
  await using server = startDemoServer({
    credentials: CREDENTIALS,
    faults: [{ kind: "drop", after: 50_000 }],
    objects: [[KEY, { body: csv(300_000), etag: "x-2" }]],
  });
  await using downloader = new flatbed.AsyncS3Downloader(CREDENTIALS, {
    endpointUrl: server.url,
    maxRetries: 0,
    rangeThreshold: 1000,
    rangeSize: 100_000,
  });
  await downloader.downloadToFile(BUCKET, KEY, `${folder.path}/a`)
    .catch((error) => error);
  assertEquals(await folder.names(), [
    "a.part",
    "a.part.json",
    "a.part.ranges",
  ]);
  assertNoSecret(await readFolder(folder), "a part file");
  assertNoSecret(show(server.faults), "the demo service's faults");
});
