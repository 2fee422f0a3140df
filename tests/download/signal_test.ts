import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import type { AsyncS3Downloader } from "../../src/download/mod.ts";
import { sendListing, sendObject } from "../support/answers.ts";
import { collect, noise } from "../support/data.ts";
import { BUCKET, openDownloader } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { RawServer, type Wire } from "../support/raw_server.ts";

const KEY = "folder/a";

interface Call {
  downloader: AsyncS3Downloader;
  signal: AbortSignal;
  /** A file's path. */
  path: string;
}

/** Each asynchronous method, called until it has its result. */
const CALLS: Record<string, (call: Call) => Promise<unknown>> = {
  listObjects: ({ downloader, signal }) =>
    downloader.listObjects(BUCKET, "folder/", 10, { signal }),
  iterateObjects: ({ downloader, signal }) =>
    Array.fromAsync(downloader.iterateObjects(BUCKET, "folder/", { signal })),
  iterateFolder: ({ downloader, signal }) =>
    Array.fromAsync(downloader.iterateFolder(BUCKET, "folder/", { signal })),
  checkExists: ({ downloader, signal }) =>
    downloader.checkExists(BUCKET, KEY, { signal }),
  getObjectInfo: ({ downloader, signal }) =>
    downloader.getObjectInfo(BUCKET, KEY, { signal }),
  downloadOne: ({ downloader, signal }) =>
    downloader.downloadOne(BUCKET, KEY, { signal }),
  downloadBatch: ({ downloader, signal }) =>
    downloader.downloadBatch(BUCKET, [KEY], { signal }),
  downloadToFile: ({ downloader, signal, path }) =>
    downloader.downloadToFile(BUCKET, KEY, path, { signal }),
  openStream: async ({ downloader, signal }) =>
    await collect(await downloader.openStream(BUCKET, KEY, { signal })),
};

/** What a service has sent when the call is aborted. */
const PHASES: Record<string, (wire: Wire) => Promise<void>> = {
  "before the headers": () => Promise.resolve(),
  "in the body": async (wire) => {
    await wire.head(200, { "Content-Length": 1000, ETag: '"x"' });
    await wire.send("<ListBucketResult>");
  },
};

for (const [method, call] of Object.entries(CALLS)) {
  const isHead = method === "checkExists" || method === "getObjectInfo";
  Deno.test(`AsyncS3Downloader.${method}() rejects with an aborted signal's reason, and requests nothing`, async () => {
    await using server = new RawServer((_, wire) => wire.close());
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    const path = `${folder.path}/a`;
    assertStrictEquals(
      await assertRejects(() => call({ downloader, signal, path })),
      reason,
    );
    assertEquals(server.requests, []);
  });

  for (const [phase, begin] of Object.entries(PHASES)) {
    if (isHead && phase === "in the body") continue; // it has none
    Deno.test(`AsyncS3Downloader.${method}() ends with the signal's reason ${phase}, and leaves no connection behind`, async () => {
      const reason = new Error("enough");
      const controller = new AbortController();
      const closed = Promise.withResolvers<void>();
      await using server = new RawServer(async (request, wire) => {
        if (controller.signal.aborted) {
          return request.query.has("list-type")
            ? await sendListing(request, wire, [KEY])
            : await sendObject(request, wire, noise(10));
        }
        await begin(wire);
        controller.abort(reason);
        await wire.stall(); // until the client closes it
        closed.resolve();
      });
      // The only one: whoever kept it would leave none to the next call.
      await using downloader = openDownloader(server.url, {
        maxPoolConnections: 1,
      });
      await using folder = await makeFolder();
      const path = `${folder.path}/a`;
      const { signal } = controller;
      assertStrictEquals(
        await assertRejects(() => call({ downloader, signal, path })),
        reason,
      );
      await closed.promise;
      const other = new AbortController().signal;
      await call({ downloader, signal: other, path });
      assertEquals(server.requests.length, 2);
    });
  }
}
