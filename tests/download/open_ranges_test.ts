import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ObjectChangedError, TransferError } from "../../src/base/mod.ts";
import { noise } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";

const BODY = noise(300_000);

Deno.test("AsyncS3Downloader.openRanges() reads ranges of one version, several at the same time", async () => {
  await using server = startRecorded({ objects: [["a", { body: BODY }]] });
  await using downloader = openDownloader(server.url);
  const info = await downloader.getObjectInfo(BUCKET, "a");
  const source = downloader.openRanges(BUCKET, info);
  assertEquals(source.size, BODY.length);
  const slices = await Promise.all([
    source.slice(0, 10),
    source.slice(299_990, 300_000),
    source.slice(5000, 5000),
    source.slice(1000, 200_000),
  ]);
  assertEquals(slices, [
    BODY.slice(0, 10),
    BODY.slice(299_990),
    new Uint8Array(),
    BODY.slice(1000, 200_000),
  ]);
  assertEquals(
    server.records.filter(({ method }) => method === "GET")
      .map(({ range }) => range).toSorted(),
    ["bytes=0-9", "bytes=1000-199999", "bytes=299990-299999"],
  );
});

Deno.test("AsyncS3Downloader.openRanges() resumes a slice that breaks off, and fails where the object was replaced", async () => {
  await using server = startRecorded({ objects: [["a", { body: BODY }]] });
  await using downloader = openDownloader(server.url);
  const info = await downloader.getObjectInfo(BUCKET, "a");
  const source = downloader.openRanges(BUCKET, info);
  server.faults.add({ kind: "drop", after: 70_000, times: 1 });
  assertEquals(await source.slice(1, 250_000), BODY.slice(1, 250_000));
  server.objects.set("a", { body: noise(300_000, 2) });
  await assertRejects(() => source.slice(0, 10), ObjectChangedError);
});

Deno.test("AsyncS3Downloader.openRanges() ends with its signal, and says what is wrong", async () => {
  await using server = startRecorded({ objects: [["a", { body: BODY }]] });
  await using downloader = openDownloader(server.url);
  const info = await downloader.getObjectInfo(BUCKET, "a");
  const source = downloader.openRanges(BUCKET, info);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => source.slice(0, 10, { signal }), Error, "enough");
  await assertRejects(
    () => source.slice(0, 300_001),
    RangeError,
    "at most 300000",
  );
  await assertRejects(() => source.slice(10, 9), RangeError);
  assertThrows(
    () => downloader.openRanges(BUCKET, { ...info, etag: "" }),
    RangeError,
    "expected an object's ETag",
  );
  const longer = downloader.openRanges(BUCKET, { ...info, size: 300_010 });
  const error = await assertRejects(() => longer.slice(299_990, 300_010));
  assertEquals(error instanceof TransferError, true, `${error}`);
});
