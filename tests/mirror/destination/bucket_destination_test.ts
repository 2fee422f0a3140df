import { BucketDestination } from "../../../src/mirror/destination/bucket_destination.ts";
import {
  findServer,
  SERVERS,
  type StartedServer,
  startServer,
} from "../../interop/_servers.ts";
import { INTERRUPTION, openTestBucket, PART } from "./_bucket.ts";
import { testDestination } from "./conformance.ts";

const resources = new AsyncDisposableStack();

for (const server of SERVERS) {
  const path = await findServer(server);
  if (path === undefined) {
    Deno.test({
      name: `BucketDestination in ${server.name}: ${server.howToGet}`,
      ignore: true,
      fn() {},
    });
    continue;
  }
  let service: StartedServer;
  // Once for all tests, each of which has a prefix of its own: some take seconds to start.
  Deno.test.beforeAll(async () => {
    service = resources.use(await startServer(server, path));
  });
  testDestination(`BucketDestination in ${server.name}`, () => {
    const bucket = openTestBucket(service);
    const other = openTestBucket(service, bucket.prefix.slice(0, -1));
    const options = {
      partSize: PART,
      inOneUpTo: PART,
      savesFrom: PART,
      saveEvery: PART,
    };
    return Promise.resolve({
      destination: new BucketDestination(bucket, options),
      other: new BucketDestination(other, options),
      [Symbol.asyncDispose]() {
        other[Symbol.dispose]();
        bucket[Symbol.dispose]();
        return Promise.resolve();
      },
    });
  }, INTERRUPTION);
}

Deno.test.afterAll(() => resources.disposeAsync());
