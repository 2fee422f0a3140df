/**
 * What every store does, against S3 services that somebody else wrote.
 *
 * @module
 */
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { checkCredentials } from "../../src/store/mod.ts";
import { TestAwsStore, TestStore } from "../support/store.ts";
import {
  type Bucket,
  CONDITION_CASES,
  READ_CASES,
  WRITE_CASES,
} from "../support/store_cases.ts";
import {
  connect,
  findServer,
  SERVERS,
  type StartedServer,
  startServer,
} from "./_servers.ts";

/** The clients that a user may bring. */
const CLIENTS: Readonly<Record<string, () => S3ClientConfig>> = {
  "fetch": () => ({ requestHandler: new FetchHttpHandler() }),
  "MD5 in place of CRC-32": () => ({
    requestHandler: new FetchHttpHandler(),
    requestChecksumCalculation: "WHEN_REQUIRED",
  }),
};

for (const server of SERVERS) {
  const path = await findServer(server);
  const { name, howToGet } = server;
  if (path === undefined) {
    Deno.test({
      name: `stores: ${name} skipped, not found; '${howToGet}' gives it`,
      ignore: true,
      fn() {},
    });
  } else {
    Deno.test(`stores read and write objects of ${name}`, async (t) => {
      await using started = await startServer(server, path);
      // That it lists more than one page is end_to_end_test.ts's.
      await runCases(t, started, server.isSlow ? 0 : 1000);
    });
  }
}

const running = Deno.env.get("FLATBED_TEST_S3_URL");
if (running !== undefined) {
  Deno.test("stores read and write objects of FLATBED_TEST_S3_URL", async (t) => {
    await using started = await connect(running);
    await runCases(t, started);
  });
}

async function runCases(
  t: Deno.TestContext,
  { url, credentials, bucket: name, put }: StartedServer,
  pageSize = 1000,
): Promise<void> {
  const seeded = new Set<string>();
  const bucket: Bucket = {
    name,
    pageSize,
    async seed(key, bytes) {
      // Every store reads the same objects.
      if (!seeded.has(key)) await put(key, bytes);
      seeded.add(key);
    },
  };
  using signed = new TestStore(url, {
    credentials: checkCredentials(credentials),
  });
  for (const { behaviour, run } of READ_CASES) {
    await t.step(`SignedStore ${behaviour}`, () => run(signed, bucket));
  }
  for (const [how, makeConfig] of Object.entries(CLIENTS)) {
    const client = new S3Client({
      endpoint: url,
      region: "us-east-1",
      forcePathStyle: true,
      credentials,
      ...makeConfig(),
    });
    using store = new TestAwsStore(url, { client });
    const cases = [...READ_CASES, ...WRITE_CASES, ...CONDITION_CASES];
    for (const { behaviour, run } of cases) {
      await t.step(
        `AwsStore with ${how} ${behaviour}`,
        () => run(store, bucket),
      );
    }
    client.destroy();
  }
}
