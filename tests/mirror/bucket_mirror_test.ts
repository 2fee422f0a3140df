import { assert, assertEquals, assertRejects } from "@std/assert";
import { BucketRefusedError } from "../../src/base/mod.ts";
import type { Mirror } from "../../src/mirror/mod.ts";
import { makeFolder } from "../support/folder.ts";
import { type BucketSetup, SERVICES, setUpBucket } from "./_bucket_mirror.ts";
import { DATES, keyOf, packed, WEEK } from "./_mirror.ts";

const KEYS = DATES.map((date) => keyOf(date));
const [FIRST = "", SECOND = "", THIRD = ""] = KEYS;

for (const [name, { isThere, removes, start }] of Object.entries(SERVICES)) {
  const test = (
    what: string,
    run: (setup: BucketSetup) => Promise<void>,
    { prefix, needsRemoval = false }: {
      prefix?: string;
      needsRemoval?: boolean;
    } = {},
  ) =>
    Deno.test({
      name: `Mirror in a bucket of ${name}: ${what}${
        !isThere
          ? ": skipped, there is no such program"
          : needsRemoval && !removes
          ? ": skipped, it does not remove"
          : ""
      }`,
      ignore: !isThere || needsRemoval && !removes,
      async fn() {
        await using setup = await setUpBucket(start, prefix);
        await run(setup);
      },
    });

  test("a sync fills it, knows it again, and a full verification proves it", async (setup) => {
    {
      await using nothing = await setup.open({ readOnly: true });
      assertEquals(await nothing.exists(), false);
      assertEquals(await nothing.coverage(), []);
    }
    assertEquals(await setup.state(), []);
    await using mirror = await setup.open();
    assertEquals((await sync(mirror)).fetched, DATES.length);
    assertEquals(await setup.paths(), KEYS);
    assertEquals(await mirror.exists(), true);
    setup.source.requests();
    const again = await sync(mirror);
    assertEquals([again.fetched, again.present], [0, DATES.length]);
    const gets = setup.source.requests().filter((one) => /^GET/.test(one));
    assertEquals(gets, []);
    const [coverage] = await mirror.coverage(WEEK);
    assertEquals([coverage?.files, coverage?.missing], [DATES.length, []]);
    const report = await mirror.verify({ mode: "full" });
    assertEquals([report.isWhole, report.checked], [true, DATES.length]);
    assertEquals(report.problems, []);
    assertEquals(report.ignored, []);
  });

  test(
    "damage is found and repaired, what is lost is fetched again",
    async (setup) => {
      await using mirror = await setup.open();
      await sync(mirror);
      const bytes = await packed(DATES[0] ?? "");
      const at = bytes.length - 20;
      await setup.put(FIRST, bytes.with(at, (bytes[at] ?? 0) ^ 1));
      await setup.put(SECOND, bytes.slice(0, 100));
      await setup.remove(THIRD);
      const codes = async (mode: "quick" | "full") =>
        (await mirror.verify({ mode })).problems
          .map(({ code, path }) => [code, path]);
      // The first has its size, and times are of a second.
      const quick = await codes("quick");
      assertEquals(quick.filter(([, path]) => path !== FIRST), [
        ["damaged", SECOND],
        ["lost", THIRD],
      ]);
      assertEquals(await codes("full"), [
        ["damaged", FIRST],
        ["damaged", SECOND],
        ["lost", THIRD],
      ]);
      const report = await mirror.verify({ mode: "full", repair: true });
      assertEquals([report.repaired, report.isWhole], [3, true]);
      assertEquals((await mirror.verify({ mode: "full" })).problems, []);
      await setup.remove(THIRD);
      assertEquals((await sync(mirror)).fetched, 1);
      assertEquals(await setup.paths(), KEYS);
    },
    { needsRemoval: true },
  );

  test(
    "objects of other programs are adopted where they are what the service has",
    async (setup) => {
      const right = await packed(DATES[0] ?? "");
      await setup.put(FIRST, right);
      await setup.put(SECOND, right); // another day's bytes
      await setup.put("notes.txt", new Uint8Array(3));
      await using mirror = await setup.open();
      const summary = await sync(mirror);
      assertEquals([summary.adopted, summary.fetched], [1, DATES.length - 1]);
      const report = await mirror.verify({ mode: "full" });
      assertEquals(report.isWhole, true);
      assertEquals(report.ignored, [{ path: "notes.txt", code: "foreign" }]);
    },
    { needsRemoval: true },
  );

  test(
    "rows come from it, and a release keeps what is known",
    async (setup) => {
      await using mirror = await setup.open();
      await sync(mirror);
      setup.source.requests();
      const rows = async () => {
        let count = 0;
        const filter = { tickers: ["T7"], dataType: "stocks_daily" } as const;
        const range = { from: WEEK.from, to: WEEK.to };
        const all = mirror.extract({ ...filter, ...range, offline: true });
        for await (const batch of all) count += batch.bytes.length;
        return count;
      };
      const expected = await rows();
      assertEquals(expected > 0, true);
      const days = await mirror.files({
        dataType: "stocks_daily",
        ...WEEK_DAYS,
      });
      assertEquals(
        days.files.map(({ path }) => path),
        KEYS.map((key) => `${mirror.location}/${key}`),
      );
      assertEquals(setup.source.requests(), []);
      const { released } = await mirror.release({
        dataTypes: ["stocks_daily"],
        to: DATES[0] ?? "",
        force: true,
      });
      assertEquals(released, 1);
      assertEquals(await setup.paths(), KEYS.slice(1));
      assertEquals((await mirror.coverage(WEEK))[0]?.released, 1);
    },
    { needsRemoval: true },
  );

  test("another machine sees it without a cache, also where none can be kept", async (setup) => {
    {
      await using mirror = await setup.open();
      await sync(mirror);
    }
    await using empty = await makeFolder();
    await using blocked = await makeFolder();
    await Deno.writeTextFile(`${blocked.path}/file`, "");
    for (const cacheFolder of [empty.path, `${blocked.path}/file/below`]) {
      await using mirror = await setup.open({ cacheFolder, readOnly: true });
      const [coverage] = await mirror.coverage(WEEK);
      assertEquals([coverage?.files, coverage?.missing], [DATES.length, []]);
    }
  });

  test("two that write at the same time lose nothing", async (setup) => {
    {
      await using other = await makeFolder();
      await using one = await setup.open();
      await using two = await setup.open({ cacheFolder: other.path });
      const half = { ...WEEK, to: DATES[2] ?? "" };
      const [first, second] = await Promise.all([
        sync(one, half),
        sync(two, { ...WEEK, from: DATES[1] ?? "" }),
      ]);
      assertEquals([first.failed, second.failed], [0, 0]);
    }
    await using third = await makeFolder();
    await using mirror = await setup.open({ cacheFolder: third.path });
    assertEquals((await mirror.coverage(WEEK))[0]?.files, DATES.length);
    assertEquals((await mirror.verify({ mode: "full" })).problems, []);
    assertEquals((await sync(mirror)).fetched, 0);
    assertEquals(await setup.openUploads(), 0);
  }, { needsRemoval: true });

  test(
    "its prefix may have odd characters, and a slash at the end",
    async (setup) => {
      await using mirror = await setup.open();
      await sync(mirror);
      assertEquals(await setup.paths(), KEYS);
      assertEquals((await mirror.verify({ mode: "full" })).isWhole, true);
      assertEquals(mirror.location, setup.location.replace(/\/$/, ""));
    },
    { prefix: "team A/ümläut+50%&=#?@:,'(x)!/" },
  );

  test("a bucket that is not there is named, and is no fault of the service", async (setup) => {
    const { Mirror } = await import("../../src/mirror/mod.ts");
    const { service } = setup;
    const error = await assertRejects(async () => {
      const [, rest = ""] = setup.location.split(service.bucket);
      await using mirror = await Mirror.open(`s3://no-such-bucket${rest}`, {
        ...{ downloader: setup.source.downloader },
        out: {
          client: await clientOf(setup),
          cacheFolder: setup.cache.path,
          maxRetries: 0,
        },
      });
      await sync(mirror);
    }, BucketRefusedError);
    assert(error.message.includes("no-such-bucket"), error.message);
  });
}

const WEEK_DAYS = { from: DATES[0] ?? "", to: DATES.at(-1) ?? "" };

async function clientOf({ service }: BucketSetup) {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const { FetchHttpHandler } = await import("@smithy/fetch-http-handler");
  return new S3Client({
    endpoint: service.url,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: service.credentials,
    requestHandler: new FetchHttpHandler(),
    requestChecksumCalculation: "WHEN_REQUIRED",
  });
}

async function sync(mirror: Mirror, range = WEEK) {
  return await mirror.sync(await mirror.plan(range));
}
