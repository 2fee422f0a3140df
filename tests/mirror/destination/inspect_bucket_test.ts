/** What a bucket is found to let a mirror do, in services that somebody else wrote. */
import { assertEquals } from "@std/assert";
import {
  absenceNote,
  findServer,
  SERVERS,
  startServer,
} from "../../interop/_servers.ts";
import { inspectBucket } from "../../../src/mirror/destination/inspect_bucket.ts";
import { openTestBucket } from "./_bucket.ts";

const { signal } = new AbortController();
const PATH = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";

for (const server of SERVERS) {
  const { name } = server;
  // Whether it lists uploads by the beginning of their keys.
  const finds = { versitygw: true, minio: false }[name];
  if (finds === undefined) continue;
  const program = await findServer(server);
  Deno.test({
    name: `inspectBucket() finds ${
      finds ? "uploads" : "out that no uploads are found"
    } by a prefix in ${name}, and leaves nothing${
      absenceNote(server, program)
    }`,
    ignore: program === undefined,
    async fn() {
      await using service = await startServer(server, program ?? "");
      using bucket = openTestBucket(service);
      const nothing = await inspectBucket(bucket, signal);
      const { list, write, read, multipart, remove } = nothing;
      assertEquals(
        [list, write, read, multipart, remove],
        [undefined, undefined, undefined, undefined, undefined],
      );
      assertEquals([nothing.findsUploads, nothing.uploads], [finds, []]);
      const requests = await bucket.store.putRequests(
        bucket.name,
        bucket.key(PATH),
      );
      const id = await requests.begin(signal);
      const part = { number: 1, bytes: new Uint8Array(1000) };
      await requests.putPart(id, part, signal);
      const { findsUploads, uploads } = await inspectBucket(bucket, signal);
      assertEquals(findsUploads, finds);
      assertEquals(
        uploads instanceof Error
          ? uploads
          : uploads.map(({ path, bytes, isKnown }) => [path, bytes, isKnown]),
        finds ? [[PATH, 1000, false]] : [],
      );
      await requests.abort(id, false);
      assertEquals(await Array.fromAsync(bucket.list()), []);
    },
  });
}
