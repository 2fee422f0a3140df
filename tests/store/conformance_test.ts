/** What every store does: the one with our own signatures, and the one with an AWS SDK client. */
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { AsyncS3Downloader } from "../../src/download/mod.ts";
import {
  AccessDeniedError,
  CredentialsError,
  FlatbedError,
  ThrottledError,
  TimedOutError,
  TransferError,
} from "../../src/base/mod.ts";
import { type ObjectStore, ResumableBody } from "../../src/store/mod.ts";
import { csv, gzip, joined } from "../support/data.ts";
import { BUCKET, type RecordedServer, startRecorded } from "../support/demo.ts";
import {
  readAll,
  TEST_CREDENTIALS,
  TestAwsStore,
  TestStore,
} from "../support/store.ts";
import { READ_CASES } from "../support/store_cases.ts";
import type { DemoServerOptions } from "../../src/demo/mod.ts";

/** A client for the demo service. */
function clientFor(url: string, config: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: TEST_CREDENTIALS,
    ...config,
  });
}

/** The ways in which requests are made. */
const CLIENTS: Readonly<
  Record<string, (url: string, config?: S3ClientConfig) => S3Client>
> = {
  "AwsStore with fetch": (url, config) =>
    clientFor(url, { requestHandler: new FetchHttpHandler(), ...config }),
  "AwsStore with the SDK's own handler": clientFor,
};
const WAYS: Readonly<
  Record<string, (url: string, config?: S3ClientConfig) => S3Client | undefined>
> = { "SignedStore": () => undefined, ...CLIENTS };

const KEY = "a b/ä+&.csv.gz";
const body = csv(50_000);

for (const [way, makeClient] of Object.entries(WAYS)) {
  /** Tests a store that asks a demo service with an object. */
  const test = (
    behaviour: string,
    fn: (store: ObjectStore, server: RecordedServer) => Promise<void>,
    options: DemoServerOptions = {},
    config?: S3ClientConfig,
  ) =>
    Deno.test(`${way} ${behaviour}`, async () => {
      await using server = startRecorded(options);
      server.objects.set(KEY, { body });
      const client = makeClient(server.url, config);
      using store = client === undefined
        ? new TestStore(server.url, {
          timeout: 1,
          ...(config && { credentials: config.credentials as never }),
        })
        : new TestAwsStore(server.url, { client, timeout: 1 });
      try {
        await fn(store, server);
      } finally {
        client?.destroy();
      }
    });

  for (const { behaviour, run } of READ_CASES) {
    test(behaviour, async (store, server) => {
      await run(store, {
        name: BUCKET,
        seed: (key, body) => void server.objects.set(key, { body }),
      });
    });
  }

  test("says that access is denied", async (store) => {
    await assertRejects(() => store.head(BUCKET, KEY), AccessDeniedError);
    await assertRejects(() => store.get(BUCKET, KEY), AccessDeniedError);
  }, { faults: [{ kind: "forbidden" }] });

  test(
    "says that credentials are refused, without a secret",
    async (store) => {
      const error = await assertRejects(
        () => store.get(BUCKET, KEY),
        CredentialsError,
      );
      assert(!Deno.inspect(error).includes("WRONG"), Deno.inspect(error));
    },
    {},
    { credentials: { accessKeyId: "WRONG-ID", secretAccessKey: "WRONG" } },
  );

  test("goes on where the connection breaks", async (store, server) => {
    const opened = await ResumableBody.open(store, BUCKET, KEY);
    assertEquals(await readAll(opened), body);
    assertEquals(server.records.length, 2);
  }, { faults: [{ kind: "drop", after: 10_000, times: 1 }] });

  test(
    "tries again where it is to slow down, and gives up",
    async (store, server) => {
      await assertRejects(
        () => ResumableBody.open(store, BUCKET, KEY),
        ThrottledError,
      );
      assertEquals(server.records.length, 2); // nobody else tries again
    },
    { faults: [{ kind: "status", status: 503, times: 100 }] },
  );

  test("takes silence for a failure", async (store) => {
    const opened = await ResumableBody.open(store, BUCKET, KEY);
    await assertRejects(() => readAll(opened), TimedOutError);
  }, { faults: [{ kind: "stall", times: 100 }] });

  test("ends with the signal's reason", async (store) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const opened = await ResumableBody.open(store, BUCKET, KEY, {
      signal: controller.signal,
    });
    controller.abort(reason);
    assertEquals(await assertRejects(() => readAll(opened)), reason);
    assertEquals(
      await assertRejects(() =>
        store.head(BUCKET, KEY, { signal: AbortSignal.abort(reason) })
      ),
      reason,
    );
  });

  Deno.test(`${way} says where nothing answers`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { hostname, port } = listener.addr as Deno.NetAddr;
    listener.close(); // nobody listens there any more
    const url = `http://${hostname}:${port}`;
    const client = makeClient(url);
    using store = client === undefined
      ? new TestStore(url)
      : new TestAwsStore(url, { client });
    const error = await assertRejects(
      () => store.get(BUCKET, KEY),
      TransferError,
    );
    assertStringIncludes(error.message, `${hostname}:${port}`);
    client?.destroy();
  });
}

Deno.test("AsyncS3Downloader({ client }) does what one with keys does", async () => {
  await using server = startRecorded({
    faults: [{ kind: "drop", after: 1000, times: 3 }],
  });
  const content = joined(csv(30_000), csv(10, 2));
  const packed = await gzip(content);
  server.objects.set("a.csv.gz", { body: packed });
  const client = clientFor(server.url, {
    requestHandler: new FetchHttpHandler(),
  });
  await using downloader = new AsyncS3Downloader({ client }, {
    rangeThreshold: 1000,
    rangeSize: 1000,
  });
  assertEquals(await downloader.downloadOne(BUCKET, "a.csv.gz"), content);
  assertEquals(await downloader.checkExists(BUCKET, "a.csv.gz"), true);
  assertEquals(await downloader.checkExists(BUCKET, "b.csv.gz"), false);
  assertEquals(await downloader.listObjects(BUCKET, "a.csv"), ["a.csv.gz"]);
  const file = await Deno.makeTempFile();
  await downloader.downloadToFile(BUCKET, "a.csv.gz", file);
  assertEquals(await Deno.readFile(file), content);
  await Deno.remove(file);
  assertEquals(
    new Uint8Array(
      await new Response(await downloader.openStream(BUCKET, "a.csv.gz"))
        .arrayBuffer(),
    ),
    content,
  );
  client.destroy();
});

Deno.test("AsyncS3Downloader({ client }) says that the client has no credentials", async () => {
  await using server = startRecorded();
  const client = clientFor(server.url, {
    credentials: () =>
      Promise.reject(
        Object.assign(new Error("the session has expired"), {
          name: "CredentialsProviderError",
        }),
      ),
  });
  await using downloader = new AsyncS3Downloader({ client });
  const error = await assertRejects(
    () => downloader.downloadOne(BUCKET, "a"),
    FlatbedError,
    "Cannot download 'a': the AWS SDK finds no credentials: the session has expired",
  );
  assertInstanceOf(error, CredentialsError);
  assertEquals(server.records, []);
});
