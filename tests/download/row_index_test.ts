import { assert, assertEquals } from "@std/assert";
import type { FileOptions } from "../../src/download/mod.ts";
import {
  decodeRowIndex,
  type RowIndex,
  RowIndexer,
} from "../../src/rows/mod.ts";
import { csv, gzip } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";

const KEY = "day.csv.gz";
const BODY = await gzip(csv(3_000_000));

/** The index that an object of these bytes should have. */
async function indexOf(
  body: Uint8Array,
  { key, etag }: { key: string; etag: string },
): Promise<RowIndex | undefined> {
  using indexer = new RowIndexer({ key, etag, size: body.length });
  await indexer.write(body);
  await indexer.end();
  return indexer.index;
}

/** An index that was made, read back; its windows are deflated. */
function decoded(
  bytes: Uint8Array<ArrayBuffer> | undefined,
): RowIndex | undefined {
  return bytes && decodeRowIndex(bytes);
}

Deno.test("AsyncS3Downloader.downloadToFile() makes the index of the rows, in this thread and in others", async () => {
  const keys = Array.from({ length: 8 }, (_, number) => `${number}.csv.gz`);
  await using server = startRecorded({
    objects: keys.map((key) => [key, { body: BODY }]),
  });
  await using folder = await makeFolder();
  for (const options of [{}, { maxConcurrent: 1 }]) {
    await using downloader = openDownloader(server.url, options);
    const files = await Promise.all(
      keys.map((key) =>
        downloader.downloadToFile(BUCKET, key, `${folder.path}/${key}`, {
          decompress: false,
          rowIndex: true,
        })
      ),
    );
    for (const { rowIndex, ...object } of files) {
      const index = decoded(rowIndex);
      assertEquals(index, await indexOf(BODY, object));
      assertEquals(index?.object.etag, object.etag);
      assert((index?.rows ?? 0) > 100_000);
    }
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() makes the same index of an object that comes in ranges, is resumed, or is decompressed", async () => {
  await using server = startRecorded({ objects: [[KEY, { body: BODY }]] });
  await using folder = await makeFolder();
  await using downloader = openDownloader(server.url, {
    rangeThreshold: 500_000,
    rangeSize: 200_000,
    maxRetries: 0,
  });
  await using plain = openDownloader(server.url, { maxRetries: 0 });
  const get = (from: typeof downloader, options: FileOptions) =>
    from.downloadToFile(BUCKET, KEY, `${folder.path}/${KEY}`, {
      decompress: false,
      rowIndex: true,
      ...options,
    });
  const inRanges = await get(downloader, {});
  const wanted = await indexOf(BODY, inRanges);
  assertEquals(decoded(inRanges.rowIndex), wanted);
  const content = await get(plain, { decompress: true });
  assertEquals(decoded(content.rowIndex), wanted);
  assertEquals(content.bytes, 3_000_000);

  server.faults.add({ kind: "drop", after: 700_000, times: 2 });
  await get(plain, {}).then(() => assert(false), () => {});
  const resumed = await get(plain, {});
  assert(resumed.resumedFrom > 0);
  assertEquals(decoded(resumed.rowIndex), wanted);
});

Deno.test("AsyncS3Downloader.downloadToFile() makes no index that was not requested, and none of data that is damaged, has no tickers or is not inflated", async () => {
  const bodies = {
    "damaged.csv.gz": BODY.map((byte, at) => at === 9000 ? byte ^ 1 : byte),
    "other.csv.gz": await gzip(new TextEncoder().encode("a,b\n1,2\n")),
    "plain.csv": csv(10_000),
    [KEY]: BODY,
  };
  await using server = startRecorded({
    objects: Object.entries(bodies).map(([key, body]) => [key, { body }]),
  });
  await using folder = await makeFolder();
  await using downloader = openDownloader(server.url);
  const get = (key: string, options: FileOptions) =>
    downloader.downloadToFile(BUCKET, key, `${folder.path}/${key}`, {
      decompress: false,
      ...options,
    });
  const states: unknown[] = [];
  for (const key of Object.keys(bodies)) {
    const { gzip, rowIndex } = await get(key, { rowIndex: key !== KEY });
    states.push([key, gzip, rowIndex]);
  }
  const { gzip: state, rowIndex } = await get(KEY, {
    rowIndex: true,
    trustEtag: true,
  });
  states.push([KEY, state, rowIndex]);
  assertEquals(states, [
    ["damaged.csv.gz", "damaged", undefined],
    ["other.csv.gz", "whole", undefined],
    ["plain.csv", "unchecked", undefined],
    [KEY, "whole", undefined],
    [KEY, "unchecked", undefined],
  ]);
});
