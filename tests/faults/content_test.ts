/**
 * Content that is damaged, or grows beyond measure, through the whole way from the
 * service to memory, a stream and a file.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  DamagedAtSourceError,
  IntegrityError,
  TooLargeError,
} from "../../src/base/mod.ts";
import { SyncS3Downloader } from "../../src/download/mod.ts";
import { sendObject } from "../support/answers.ts";
import { startDemoThread } from "../support/demo_thread.ts";
import { runScript } from "../support/child.ts";
import { csv, gzip, joined, noise, sizeAndSum } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { RawServer } from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

const KEY = "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz";
const CONTENT = csv(300_000);
const BODY = await gzip(CONTENT);

function flipped(at: number): Uint8Array<ArrayBuffer> {
  const body = BODY.slice();
  body[at] = (body[at] ?? 0) ^ 0x10;
  return body;
}

/** The body behind a header with an extra field of 64 KiB, and a name and a comment of 1 MiB each. */
function withLongHeader(comment: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = new Uint8Array(1024 * 1024).fill(97);
  return joined(
    Uint8Array.of(0x1f, 0x8b, 8, 0b11100, 0, 0, 0, 0, 0, 3),
    Uint8Array.of(0xff, 0xff),
    noise(65_535),
    text,
    Uint8Array.of(0),
    comment,
    BODY.slice(10),
  );
}
const COMMENT = joined(
  new Uint8Array(1024 * 1024).fill(98),
  Uint8Array.of(0),
);

/** Bodies whose ETag proves nothing: the gzip data itself must. */
const DAMAGED: Record<string, Uint8Array<ArrayBuffer>> = {
  "cut in the middle": BODY.slice(0, BODY.length >> 1),
  "cut in the trailer": BODY.slice(0, -3),
  "cut in the header": BODY.slice(0, 7),
  "with a bit flipped in the middle": flipped(BODY.length >> 1),
  "with a bit flipped in the checksum": flipped(BODY.length - 8),
  "with a bit flipped in the size": flipped(BODY.length - 1),
  "with garbage behind it": joined(BODY, new TextEncoder().encode("garbage")),
  "with a second member that is cut": joined(BODY, BODY.slice(0, -1)),
  "with a header that does not end": withLongHeader(COMMENT).slice(0, 1.5e6),
  "that is not gzip": CONTENT,
  "that is empty": new Uint8Array(),
};

/** Bodies that are whole. */
const WHOLE: Record<
  string,
  [body: Uint8Array<ArrayBuffer>, content: Uint8Array<ArrayBuffer>]
> = {
  "of one member": [BODY, CONTENT],
  "with a long header": [withLongHeader(COMMENT), CONTENT],
  "with long headers": [
    joined(withLongHeader(COMMENT), withLongHeader(COMMENT)),
    joined(CONTENT, CONTENT),
  ],
  "of two members": [joined(BODY, BODY), joined(CONTENT, CONTENT)],
  "with zeros behind it": [joined(BODY, new Uint8Array(70_000)), CONTENT],
  "of an empty content": [await gzip(new Uint8Array()), new Uint8Array()],
};

for (const [what, body] of Object.entries(DAMAGED)) {
  Deno.test(`gzip data ${what} is an error in memory, in a stream and in a file, and kept as it is stored`, async () => {
    await using folder = await makeFolder();
    await using server = startRecorded({
      objects: [[KEY, { body, etag: `${"a".repeat(32)}-3` }]],
    });
    await using downloader = openDownloader(server.url, {
      rangeThreshold: 1000,
      rangeSize: 30_000,
    });
    const path = `${folder.path}/file`;
    for (
      const call of [
        () => downloader.downloadOne(BUCKET, KEY),
        async () => Array.fromAsync(await downloader.openStream(BUCKET, KEY)),
      ]
    ) {
      const error = await assertRejects(call, IntegrityError);
      assertStringIncludes(error.message, `Cannot decompress '${KEY}': `);
      assertEquals([error.code, error.key], ["integrity", KEY]);
    }
    // A file is downloaded a second time, and is the same: it is damaged at source.
    const error = await assertRejects(
      () => downloader.downloadToFile(BUCKET, KEY, path),
      DamagedAtSourceError,
      `Cannot decompress '${KEY}': it is damaged at source: its gzip data `,
    );
    assertEquals([error.code, error.key], ["damaged-at-source", KEY]);
    assertEquals(await folder.names(), []);
    const file = await downloader.downloadToFile(BUCKET, KEY, path, {
      decompress: false,
    });
    assertEquals([file.proof, file.gzip], ["size", "damaged"]);
    assertEquals(await folder.names(), ["file"]);
    assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(body));
  });
}

for (const [what, [body, content]] of Object.entries(WHOLE)) {
  Deno.test(`gzip data ${what} is the same in memory, in a stream and in a file`, async () => {
    await using folder = await makeFolder();
    await using server = new RawServer((request, wire) =>
      sendObject(request, wire, body, {
        etag: `${"a".repeat(32)}-3`,
        headers: { "Content-Encoding": "gzip" },
      })
    );
    await using downloader = openDownloader(server.url, {
      rangeThreshold: 1000,
      rangeSize: 30_000,
    });
    const expected = sizeAndSum(content);
    const path = `${folder.path}/file`;
    assertEquals(
      sizeAndSum(await downloader.downloadOne(BUCKET, KEY)),
      expected,
    );
    // As a whole, in this thread and in others.
    await using blocking = openDownloader(server.url, { allowSyncIO: true });
    assertEquals(
      sizeAndSum(await blocking.downloadOne(BUCKET, KEY)),
      expected,
    );
    const batch = await downloader.downloadBatch(BUCKET, Array(4).fill(KEY));
    assertEquals(
      batch.map((bytes) => sizeAndSum(bytes ?? new Uint8Array())),
      Array(4).fill(expected),
    );
    const stream = await downloader.openStream(BUCKET, KEY);
    assertEquals(
      sizeAndSum(joined(...await Array.fromAsync(stream))),
      expected,
    );
    await downloader.downloadToFile(BUCKET, KEY, path);
    assertEquals(sizeAndSum(await Deno.readFile(path)), expected);
    await downloader.downloadToFile(BUCKET, KEY, path, {
      decompress: false,
    });
    assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(body));
    assertEquals(await folder.names(), ["file"]);
  });
}

/** A small gzip file of so many megabytes of zeros: members of 10 MB each. */
async function bomb(megabytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const member = await gzip(new Uint8Array(10_000_000));
  return joined(...Array(megabytes / 10).fill(member));
}

Deno.test("a download into memory ends at maxBytes, and tells what to do", async () => {
  const body = await bomb(50);
  const objects = [[KEY, body]] as const;
  await using server = startRecorded({
    objects: objects.map(([key, body]) => [key, { body }]),
  });
  await using downloader = openDownloader(server.url);
  const maxBytes = 20_000_000;
  const error = await assertRejects(
    () => downloader.downloadOne(BUCKET, KEY, { maxBytes }),
    TooLargeError,
    `Cannot download '${KEY}': its content is larger than 20.0 MB: raise maxBytes, or use downloadToFile() or openStream()`,
  );
  assertEquals([error.code, error.key], ["too-large", KEY]);
  const failures: Error[] = [];
  assertEquals(
    await downloader.downloadBatch(BUCKET, [KEY], {
      maxBytes,
      onFailure: (_, error) => failures.push(error),
    }),
    [null],
  );
  assert(failures[0] instanceof TooLargeError);
  for (const maxBytes of [50_000_000, 50_000_001]) {
    const bytes = await downloader.downloadOne(BUCKET, KEY, { maxBytes });
    assertEquals(bytes.length, 50_000_000);
  }
  await assertRejects(
    () => downloader.downloadOne(BUCKET, KEY, { maxBytes: 49_999_999 }),
    TooLargeError,
  );

  // As stored, the size is known before a byte is read.
  let arrived = 0;
  const stored = {
    decompress: false,
    maxBytes: body.length - 1,
    onProgress: () => arrived++,
  };
  await assertRejects(
    () => downloader.downloadOne(BUCKET, KEY, stored),
    TooLargeError,
  );
  assertEquals(arrived, 0);
  const whole = { decompress: false, maxBytes: body.length };
  assertEquals(
    (await downloader.downloadOne(BUCKET, KEY, whole)).length,
    body.length,
  );

  using thread = await startDemoThread({ objects: [[KEY, body]] });
  using sync = new SyncS3Downloader(TEST_CREDENTIALS, {
    endpointUrl: thread.url,
  });
  assertThrows(
    () => sync.download(BUCKET, KEY, { maxBytes }),
    TooLargeError,
    "its content is larger than 20.0 MB",
  );
  assertEquals(sync.download(BUCKET, KEY).length, 50_000_000);
});

Deno.test("a gzip bomb takes no memory, in a stream and on its way to a file", async () => {
  const megabytes = 10_000;
  const body = await bomb(megabytes);
  assertLessOrEqual(body.length, megabytes * 1100);
  await using server = startRecorded({
    objects: [[KEY, { body, etag: `${"a".repeat(32)}-3` }]],
  });
  // In a process of its own: the memory of this one holds much else.
  const { code, stdout, stderr } = await runScript(`
    import { AsyncS3Downloader } from "#root/src/download/mod.ts";
    await using downloader = new AsyncS3Downloader(
      ${JSON.stringify(TEST_CREDENTIALS)},
      { endpointUrl: ${JSON.stringify(server.url)} },
    );
    let most = 0;
    const look = () => {
      most = Math.max(most, Deno.memoryUsage().rss);
    };
    let bytes = 0;
    look();
    const before = most;
    for await (const chunk of await downloader.openStream("${BUCKET}", "${KEY}")) {
      bytes += chunk.length;
      look();
    }
    await downloader.downloadOne("${BUCKET}", "${KEY}", { maxBytes: 1_000_000 })
      .catch((error) => console.log(error.name));
    await downloader.downloadToFile("${BUCKET}", "${KEY}", "/dev/null/x")
      .catch((error) => console.log(error.name));
    console.log(JSON.stringify({ bytes, grown: most - before }));
  `);
  assertEquals([code, stderr], [0, ""]);
  const [tooLarge, file, last = ""] = stdout.trimEnd().split("\n");
  assertEquals([tooLarge, file], ["TooLargeError", "LocalFileError"]);
  const { bytes, grown } = JSON.parse(last);
  assertEquals(bytes, megabytes * 1_000_000);
  assertLessOrEqual(grown, 300_000_000); // what collects memory takes its time
});
