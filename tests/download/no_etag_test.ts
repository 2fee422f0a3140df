import { assertEquals, assertRejects } from "@std/assert";
import { ObjectChangedError } from "../../src/base/mod.ts";
import { collect, csv, gzip, noise, sizeAndSum } from "../support/data.ts";
import { BUCKET, openDownloader } from "../support/demo.ts";
import { RawServer, type Wire } from "../support/raw_server.ts";

/** Answers without an ETag, and ends the connection after so many bytes. */
async function send(
  wire: Wire,
  body: Uint8Array,
  drop = body.length,
): Promise<void> {
  await wire.head(200, { "Content-Length": body.length });
  await wire.send(body.subarray(0, drop));
  if (drop < body.length) wire.close();
}

Deno.test("AsyncS3Downloader gets an object without an ETag whose connection breaks, the same or a new version", async () => {
  const content = csv(900_000);
  const [one, other] = [await gzip(content), await gzip(csv(900_000, 2))];
  const folder = await Deno.makeTempDir();
  try {
    for (const isReplaced of [false, true]) {
      await using server = new RawServer((request, wire) =>
        request.index === 0
          ? send(wire, isReplaced ? other : one, 100_000)
          : send(wire, one)
      );
      await using downloader = openDownloader(server.url);
      const ways: Record<string, () => Promise<Uint8Array>> = {
        memory: () => downloader.downloadOne(BUCKET, "a.gz"),
        file: async () => {
          await downloader.downloadToFile(BUCKET, "a.gz", `${folder}/a`);
          return await Deno.readFile(`${folder}/a`);
        },
      };
      for (const [name, way] of Object.entries(ways)) {
        server.requests.length = 0;
        downloader.resetStatistics();
        assertEquals(sizeAndSum(await way()), sizeAndSum(content), name);
        // Where the first bytes are others, all starts over.
        const requests = isReplaced ? 3 : 2;
        assertEquals(server.requests.length, requests, name);
        assertEquals(downloader.getStatistics().totalRetries, requests - 1);
      }
    }
    assertEquals(
      await Array.fromAsync(Deno.readDir(folder), ({ name }) => name),
      ["a"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("AsyncS3Downloader.openStream() says why it cannot go on with an object without an ETag", async () => {
  await using server = new RawServer((request, wire) =>
    send(wire, noise(900_000, request.index + 1), 500_000)
  );
  await using downloader = openDownloader(server.url);
  const stream = await downloader.openStream(BUCKET, "a");
  await assertRejects(
    () => collect(stream),
    ObjectChangedError,
    "without an ETag the earlier version cannot be asked for",
  );
});
