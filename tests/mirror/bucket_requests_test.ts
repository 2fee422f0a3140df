/** How many requests a mirror in a bucket sends for a file, as docs/bucket.md says. */
import { assertEquals } from "@std/assert";
import type { RequestRecord } from "../../src/demo/mod.ts";
import { startRecorded } from "../support/demo.ts";
import { SERVICES, setUpBucket } from "./_bucket_mirror.ts";
import { DATES, keyOf, packed, WEEK } from "./_mirror.ts";

const KEYS = DATES.map((date) => keyOf(date));

/** The requests of a path: their methods in order. */
function methodsOf(records: readonly RequestRecord[], path: string): string[] {
  return records.filter(({ key }) => key?.endsWith(`/${path}`))
    .map(({ method }) => method);
}

Deno.test("Mirror.sync() sends a PUT and a HEAD for each small file to a bucket, and none for its index", async () => {
  const service = startRecorded({ scale: 0.01, objects: [], writable: true });
  await using setup = await setUpBucket(() => Promise.resolve(service));
  await using mirror = await setup.open();
  const { fetched } = await mirror.sync(await mirror.plan(WEEK));
  assertEquals(fetched, DATES.length);
  for (const key of KEYS) {
    assertEquals(methodsOf(service.records, key), ["PUT", "HEAD"]);
    const index = `.flatbed/indexes/${key}.index`;
    assertEquals(methodsOf(service.records, index), []);
  }
});

const versitygw = SERVICES.versitygw;

Deno.test({
  name:
    `Mirror.sync() to a bucket looks at what has come since the plan, and keeps a version that it does not know${
      versitygw?.isThere === true ? "" : ": skipped, there is no versitygw"
    }`,
  ignore: versitygw?.isThere !== true,
  async fn() {
    if (versitygw === undefined) return;
    await using setup = await setUpBucket(versitygw.start);
    await using mirror = await setup.open();
    const plan = await mirror.plan(WEEK);
    const [first = "", second = ""] = KEYS;
    const [date = ""] = DATES;
    await setup.put(first, await packed(date)); // the very bytes
    await setup.put(second, new Uint8Array([1, 2, 3]));
    const errors: unknown[] = [];
    const { fetched } = await mirror.sync(plan, {
      onEvent: (event) => event.code === "failed" && errors.push(event.error),
    });
    assertEquals([errors, fetched], [[], DATES.length]);
    assertEquals((await mirror.verify({ mode: "full" })).isWhole, true);
  },
});
