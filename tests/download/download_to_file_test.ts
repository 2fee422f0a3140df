import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  IntegrityError,
  LocalFileError,
  NotFoundError,
  ObjectChangedError,
  TransferError,
} from "../../src/base/mod.ts";
import { sendError, sendObject } from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import { csv, gzip, joined, noise, sizeAndSum } from "../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import { runScript } from "../support/child.ts";
import { RawServer } from "../support/raw_server.ts";
import { TEST_CREDENTIALS } from "../support/store.ts";

const CONTENT = csv(3_000_000);
const PACKED = await gzip(CONTENT);
const ETAG = md5(PACKED);

/** What an earlier run leaves of an object. */
async function leavePart(
  target: string,
  bytes: Uint8Array,
  record: unknown,
): Promise<void> {
  await Deno.writeFile(`${target}.part`, bytes);
  await Deno.writeTextFile(
    `${target}.part.json`,
    typeof record === "string" ? record : JSON.stringify(record),
  );
}

/** The record that belongs to `PACKED`. */
const RECORD = {
  bucket: BUCKET,
  key: "a.csv.gz",
  etag: ETAG,
  size: PACKED.length,
};

/** A server with `PACKED`, or whatever an object is by then. */
function servePacked(
  body: () => Uint8Array = () => PACKED,
  etag?: string,
): RawServer {
  return new RawServer((request, wire) =>
    sendObject(request, wire, body(), etag === undefined ? {} : { etag })
  );
}

/** What was asked for, request by request. */
function asked(server: RawServer): (string | null)[][] {
  return server.requests.map(({ headers }) => [
    headers.get("range"),
    headers.get("if-match"),
  ]);
}

Deno.test("AsyncS3Downloader.downloadToFile() writes the content, and leaves nothing else", async () => {
  await using server = startRecorded({
    objects: [["a.csv.gz", { body: PACKED }], ["plain.csv", {
      body: CONTENT,
    }]],
  });
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  const path = `${folder.path}/new/folders/a.csv`;
  const file = await downloader.downloadToFile(BUCKET, "a.csv.gz", path);
  const { lastModified, ...rest } = file;
  assertEquals(rest, {
    key: "a.csv.gz",
    path,
    bytes: CONTENT.length,
    size: PACKED.length,
    etag: ETAG,
    resumedFrom: 0,
    proof: "md5",
    gzip: "whole",
  });
  assertInstanceOf(lastModified, Date);
  assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(CONTENT));

  const stored = await downloader.downloadToFile(
    BUCKET,
    "a.csv.gz",
    new URL(`file://${folder.path}/a%20b.csv.gz`),
    { decompress: false },
  );
  assertEquals([stored.bytes, stored.size], [PACKED.length, PACKED.length]);
  assertEquals(
    sizeAndSum(await Deno.readFile(`${folder.path}/a b.csv.gz`)),
    sizeAndSum(PACKED),
  );

  await downloader.downloadToFile(
    BUCKET,
    "plain.csv",
    `${folder.path}/plain.csv`,
  );
  assertEquals(
    sizeAndSum(await Deno.readFile(`${folder.path}/plain.csv`)),
    sizeAndSum(CONTENT),
  );
  assertEquals(await folder.names(), [
    "a b.csv.gz",
    "new/folders/a.csv",
    "plain.csv",
  ]);
  assertEquals(downloader.getStatistics().successfulDownloads, 3);
});

Deno.test("AsyncS3Downloader.downloadToFile() writes empty files, and empty content", async () => {
  const empty = await gzip(new Uint8Array());
  await using server = startRecorded({
    objects: [["a.gz", { body: empty }], ["b", { body: new Uint8Array() }]],
  });
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  for (const key of ["a.gz", "b"]) {
    const path = `${folder.path}/${key}`;
    await Deno.writeTextFile(path, "older and longer");
    const { bytes } = await downloader.downloadToFile(BUCKET, key, path);
    assertEquals([bytes, (await Deno.stat(path)).size], [0, 0]);
  }
  assertEquals(await folder.names(), ["a.gz", "b"]);
});

Deno.test("AsyncS3Downloader.downloadToFile() replaces a file at once, when all is there", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  await Deno.writeTextFile(path, "older");
  const during: string[] = [];
  await using server = servePacked();
  await using downloader = openDownloader(server.url);
  await downloader.downloadToFile(BUCKET, "a.csv.gz", path, {
    onProgress: () => during.push(Deno.readTextFileSync(path)),
  });
  assert(during.length > 0);
  assertEquals(new Set(during), new Set(["older"]));
  assertEquals((await Deno.stat(path)).size, CONTENT.length);
  assertEquals(await folder.names(), ["a.csv"]);
});

Deno.test("AsyncS3Downloader.downloadToFile() replaces a link, not what it leads to", async () => {
  await using folder = await makeFolder();
  await Deno.writeTextFile(`${folder.path}/other`, "precious");
  await Deno.symlink(`${folder.path}/other`, `${folder.path}/a.csv`);
  await using server = servePacked();
  await using downloader = openDownloader(server.url);
  await downloader.downloadToFile(
    BUCKET,
    "a.csv.gz",
    `${folder.path}/a.csv`,
  );
  assertEquals(await Deno.readTextFile(`${folder.path}/other`), "precious");
  assertEquals(
    (await Deno.lstat(`${folder.path}/a.csv`)).size,
    CONTENT.length,
  );
});

Deno.test("AsyncS3Downloader.downloadToFile() resumes in a second run what the first one left", async () => {
  for (const decompress of [true, false]) {
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv.gz`;
    const half = PACKED.length >> 1;
    let drop: number | undefined = half;
    await using server = new RawServer((request, wire) => {
      const options = drop === undefined ? {} : { drop };
      if (drop !== undefined) drop = 0;
      return sendObject(request, wire, PACKED, options);
    });
    {
      await using downloader = openDownloader(server.url, { maxRetries: 0 });
      await assertRejects(
        () =>
          downloader.downloadToFile(BUCKET, "a.csv.gz", path, { decompress }),
        TransferError,
      );
    }
    assertEquals(await folder.names(), [
      "a.csv.gz.part",
      "a.csv.gz.part.json",
    ]);
    assertEquals((await Deno.stat(`${path}.part`)).size, half);

    drop = undefined;
    server.requests.length = 0;
    await using downloader = openDownloader(server.url);
    const seen: number[] = [];
    const file = await downloader.downloadToFile(BUCKET, "a.csv.gz", path, {
      decompress,
      onProgress: ({ bytes }) => seen.push(bytes),
    });
    assertEquals(asked(server), [[`bytes=${half}-`, `"${ETAG}"`]]);
    assertEquals([file.resumedFrom, file.size], [half, PACKED.length]);
    assert((seen[0] ?? 0) > half);
    assertEquals(
      sizeAndSum(await Deno.readFile(path)),
      sizeAndSum(decompress ? CONTENT : PACKED),
    );
    assertEquals(await folder.names(), ["a.csv.gz"]);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() resumes small objects as well", async () => {
  const body = noise(1000);
  await using folder = await makeFolder();
  let drop: number | undefined = 400;
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, body, drop === undefined ? {} : { drop })
  );
  await using downloader = openDownloader(server.url, { maxRetries: 0 });
  const get = () => downloader.downloadToFile(BUCKET, "a", `${folder.path}/a`);
  const isAborted = new AbortController();
  await assertRejects(() =>
    downloader.downloadToFile(BUCKET, "a", `${folder.path}/a`, {
      signal: isAborted.signal,
      onProgress: () => isAborted.abort(),
    })
  );
  drop = undefined;
  assertEquals((await get()).resumedFrom, 400);
  assertEquals(await Deno.readFile(`${folder.path}/a`), body);
});

Deno.test("AsyncS3Downloader.downloadToFile() starts over where the object is another one by now", async () => {
  const other = await gzip(csv(200_000, 9));
  for (const isStrict of [true, false]) {
    await using server = new RawServer((request, wire) => {
      if (!isStrict) request.headers.delete("if-match");
      return sendObject(request, wire, other, { etag: "new-2" });
    });
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv`;
    await leavePart(path, noise(1000), { ...RECORD, etag: "old-2" });
    const file = await downloader.downloadToFile(BUCKET, "a.csv.gz", path);
    const wanted = isStrict ? '"old-2"' : null;
    assertEquals(asked(server), [["bytes=1000-", wanted], [null, null]]);
    assertEquals([file.etag, file.resumedFrom], ["new-2", 0]);
    assertEquals(
      sizeAndSum(await Deno.readFile(path)),
      sizeAndSum(csv(200_000, 9)),
    );
    assertEquals(await folder.names(), ["a.csv"]);
    assertEquals(downloader.getStatistics().totalRetries, 1);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() starts over where the object is shorter by now", async () => {
  const body = noise(500);
  for (const isStrict of [true, false]) {
    await using server = new RawServer((request, wire) => {
      // S3 looks at If-Match first; others at the range.
      if (!isStrict) request.headers.delete("if-match");
      return sendObject(request, wire, body);
    });
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const path = `${folder.path}/a`;
    await leavePart(path, noise(900), { ...RECORD, key: "a", size: 1000 });
    const file = await downloader.downloadToFile(BUCKET, "a", path);
    assertEquals(file.resumedFrom, 0);
    assertEquals(await Deno.readFile(path), body);
    assertEquals(await folder.names(), ["a"]);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() notices a part file that was corrupted, and starts over", async () => {
  const damaged = PACKED.slice(0, 100_000);
  damaged[50_000] = (damaged[50_000] ?? 0) ^ 1;
  for (const decompress of [true, false]) {
    await using server = servePacked();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv`;
    await leavePart(path, damaged, RECORD);
    const file = await downloader.downloadToFile(BUCKET, "a.csv.gz", path, {
      decompress,
    });
    assertEquals(asked(server), [
      ["bytes=100000-", `"${ETAG}"`],
      [null, null],
    ]);
    assertEquals(file.resumedFrom, 0);
    assertEquals(
      sizeAndSum(await Deno.readFile(path)),
      sizeAndSum(decompress ? CONTENT : PACKED),
    );
    assertEquals(await folder.names(), ["a.csv"]);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() notices a corrupted part file by its gzip data, where the ETag is no MD5", async () => {
  await using server = servePacked(() => PACKED, "x-2");
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  const damaged = PACKED.slice(0, 100_000);
  damaged[50_000] = (damaged[50_000] ?? 0) ^ 1;
  await leavePart(path, damaged, { ...RECORD, etag: "x-2" });
  await downloader.downloadToFile(BUCKET, "a.csv.gz", path);
  assertEquals(server.requests.length, 2);
  assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(CONTENT));
});

Deno.test("AsyncS3Downloader.downloadToFile() finishes a part file that is whole, or too long", async () => {
  for (const tail of [new Uint8Array(), noise(3000)]) {
    await using server = servePacked();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv`;
    await leavePart(path, joined(PACKED, tail), RECORD);
    const file = await downloader.downloadToFile(BUCKET, "a.csv.gz", path);
    // The last byte is asked for again, to learn whether the version is still the same.
    assertEquals(asked(server), [
      [`bytes=${PACKED.length - 1}-`, `"${ETAG}"`],
    ]);
    assertEquals(file.resumedFrom, PACKED.length - 1);
    assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(CONTENT));
    assertEquals(await folder.names(), ["a.csv"]);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() resumes also where the service does not know ranges", async () => {
  await using server = new RawServer((request, wire) => {
    request.headers.delete("range");
    return sendObject(request, wire, PACKED);
  });
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  await leavePart(path, PACKED.slice(0, 1000), RECORD);
  await downloader.downloadToFile(BUCKET, "a.csv.gz", path);
  assertEquals(server.requests.length, 1);
  assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(CONTENT));
});

Deno.test("AsyncS3Downloader.downloadToFile() does not trust a record that makes no sense", async () => {
  for (
    const record of [
      "",
      "garbage",
      "null",
      "5",
      "[]",
      "{",
      '"text"',
      "\0\xff",
      { ...RECORD, etag: "" },
      { ...RECORD, etag: 5 },
      { ...RECORD, size: "12" },
      { ...RECORD, size: -1 },
      { ...RECORD, size: 1.5 },
      { ...RECORD, key: "another" },
      { ...RECORD, bucket: "another" },
    ]
  ) {
    await using server = servePacked();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv`;
    await leavePart(path, PACKED.slice(0, 1000), record);
    const note = JSON.stringify(record);
    const file = await downloader.downloadToFile(BUCKET, "a.csv.gz", path);
    assertEquals(asked(server), [[null, null]], note);
    assertEquals(file.resumedFrom, 0, note);
    assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(CONTENT));
    assertEquals(await folder.names(), ["a.csv"], note);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() does not put a stale record to new bytes", async () => {
  // A record without its bytes; then the process ends before it has written another.
  await using server = servePacked(() => noise(1000));
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  await Deno.writeTextFile(`${path}.part.json`, JSON.stringify(RECORD));
  let during: string[] = [];
  await downloader.downloadToFile(BUCKET, "a.csv.gz", path, {
    decompress: false,
    onProgress: () =>
      during = [...Deno.readDirSync(folder.path)].map(({ name }) => name),
  });
  assertEquals(during, ["a.part"]);
  assertEquals(await folder.names(), ["a"]);
});

Deno.test("AsyncS3Downloader.downloadToFile() takes away what a killed run has left", async () => {
  for (const decompress of [true, false]) {
    await using server = servePacked();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv`;
    await leavePart(path, PACKED.slice(0, 1000), RECORD);
    await Deno.writeFile(`${path}.part.content`, noise(5_000_000));
    await downloader.downloadToFile(BUCKET, "a.csv.gz", path, { decompress });
    assertEquals(
      sizeAndSum(await Deno.readFile(path)),
      sizeAndSum(decompress ? CONTENT : PACKED),
    );
    assertEquals(await folder.names(), ["a.csv"]);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() does not write through a link in a part file's place", async () => {
  for (const ending of [".part", ".part.json", ".part.content"]) {
    await using server = servePacked();
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    await using outside = await makeFolder();
    const victim = `${outside.path}/victim`;
    await Deno.writeTextFile(victim, "precious");
    const path = `${folder.path}/a.csv`;
    await Deno.symlink(victim, path + ending);
    await downloader.downloadToFile(BUCKET, "a.csv.gz", path);
    assertEquals(await Deno.readTextFile(victim), "precious", ending);
    assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(CONTENT));
    assertEquals(await folder.names(), ["a.csv"], ending);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() says why it cannot write", async () => {
  await using server = servePacked();
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  await Deno.mkdir(`${folder.path}/there`);
  await Deno.mkdir(`${folder.path}/b.part`);
  await Deno.writeTextFile(`${folder.path}/file`, "x");
  for (
    const [path, reason] of [
      [folder.path, "it is a folder"],
      [`${folder.path}/there`, "it is a folder"],
      [`${folder.path}/there/`, "it is a folder"],
      [`${folder.path}/not-there/`, "it is a folder"],
      [`${folder.path}/file/below`, "a part of its path is a file"],
      [`${folder.path}/b`, "it is a folder"],
      [`${folder.path}/${"n".repeat(300)}`, "its name is too long"],
    ] as const
  ) {
    const error = await assertRejects(
      () => downloader.downloadToFile(BUCKET, "a.csv.gz", path),
      LocalFileError,
      reason,
      path,
    );
    assert(error.message.startsWith("Cannot write '"), error.message);
    assertEquals(error.code, "file");
  }
  assertEquals(server.requests.length, 0);
  assertEquals(await folder.names(), ["file"]);
  assertEquals(downloader.getStatistics().failedDownloads, 7);
});

Deno.test("AsyncS3Downloader.downloadToFile() lets one download write to a path at a time", async () => {
  const gate = Promise.withResolvers<void>();
  const arrived = Promise.withResolvers<void>();
  await using server = new RawServer(async (request, wire) => {
    arrived.resolve();
    await gate.promise;
    await sendObject(request, wire, PACKED);
  });
  await using downloader = openDownloader(server.url);
  await using other = openDownloader(server.url);
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  const first = downloader.downloadToFile(BUCKET, "a.csv.gz", path);
  await arrived.promise;
  for (const each of [downloader, other]) {
    await assertRejects(
      () => each.downloadToFile(BUCKET, "a.csv.gz", path),
      LocalFileError,
      `Cannot write '${path}': another download is writing to '${path}.part'`,
    );
  }
  gate.resolve();
  assertEquals((await first).bytes, CONTENT.length);
  assertEquals(await folder.names(), ["a.csv"]);
  await other.downloadToFile(BUCKET, "a.csv.gz", path);
});

Deno.test("AsyncS3Downloader.downloadToFile() ends well or with its own error, however many write to a path at once", async () => {
  await using server = servePacked();
  await using downloader = openDownloader(server.url, { maxConcurrent: 20 });
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  for (let round = 0; round < 5; round++) {
    const outcomes = await Promise.allSettled(
      Array.from(
        { length: 20 },
        () =>
          downloader.downloadToFile(BUCKET, "a.csv.gz", path, {
            decompress: round % 2 === 0,
          }),
      ),
    );
    assert(outcomes.some(({ status }) => status === "fulfilled"));
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") {
        assertInstanceOf(outcome.reason, LocalFileError);
        assert(
          outcome.reason.message.includes("another download"),
          outcome.reason.message,
        );
      }
    }
    assertEquals(
      sizeAndSum(await Deno.readFile(path)),
      sizeAndSum(round % 2 === 0 ? CONTENT : PACKED),
    );
    assertEquals(await folder.names(), ["a.csv"]);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() leaves nothing where there was nothing to keep", async () => {
  const bodies: Record<string, Uint8Array> = {
    "text.csv.gz": CONTENT,
    "cut.csv.gz": PACKED.slice(0, -4),
    "empty.csv.gz": new Uint8Array(),
    "garbage.csv.gz": joined(PACKED, Uint8Array.of(7)),
  };
  await using server = new RawServer((request, wire) => {
    const body = bodies[request.path.slice(`/${BUCKET}/`.length)];
    return body === undefined
      ? sendError(wire, 404, "NoSuchKey")
      : sendObject(request, wire, body);
  });
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  for (const key of Object.keys(bodies)) {
    await assertRejects(
      () => downloader.downloadToFile(BUCKET, key, `${folder.path}/a`),
      IntegrityError,
      `Cannot decompress '${key}'`,
    );
    assertEquals(await folder.names(), []);
  }
  await assertRejects(
    () => downloader.downloadToFile(BUCKET, "other", `${folder.path}/a`),
    NotFoundError,
  );
  assertEquals(await folder.names(), []);
  // The gzip data is not looked at where it is not decompressed.
  await downloader.downloadToFile(BUCKET, "cut.csv.gz", `${folder.path}/a`, {
    decompress: false,
  });
  assertEquals(await folder.names(), ["a"]);
});

Deno.test("AsyncS3Downloader.downloadToFile() checks the MD5, and keeps nothing that is wrong", async () => {
  await using server = startRecorded({
    objects: [["a.csv.gz", { body: PACKED }]],
    faults: [{ kind: "flip-bit", at: PACKED.length - 100 }],
  });
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  for (const decompress of [true, false]) {
    await assertRejects(
      () =>
        downloader.downloadToFile(BUCKET, "a.csv.gz", `${folder.path}/a`, {
          decompress,
        }),
      IntegrityError,
    );
    assertEquals(await folder.names(), []);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() keeps what there is when nothing can be learned of the object", async () => {
  await using server = new RawServer((_, wire) =>
    sendError(wire, 403, "AccessDenied")
  );
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  await leavePart(path, PACKED.slice(0, 1000), RECORD);
  await assertRejects(
    () => downloader.downloadToFile(BUCKET, "a.csv.gz", path),
  );
  assertEquals(await Deno.readFile(`${path}.part`), PACKED.slice(0, 1000));
  assertEquals(
    JSON.parse(await Deno.readTextFile(`${path}.part.json`)),
    RECORD,
  );
});

Deno.test("AsyncS3Downloader.downloadToFile() starts over once when the object changes, and never mixes versions", async () => {
  const [one, two] = [noise(2_000_000, 1), noise(2_000_000, 2)];
  for (const etags of [["one-2", "two-2"], [md5(one), md5(two)]]) {
    await using server = new RawServer((request, wire) =>
      request.index === 0
        ? sendObject(request, wire, one, {
          drop: 1_500_000,
          etag: etags[0] ?? "",
        })
        : sendObject(request, wire, two, { etag: etags[1] ?? "" })
    );
    await using downloader = openDownloader(server.url);
    await using folder = await makeFolder();
    const path = `${folder.path}/a`;
    const file = await downloader.downloadToFile(BUCKET, "a", path);
    assertEquals([file.etag, file.resumedFrom], [etags[1], 0]);
    assertEquals(sizeAndSum(await Deno.readFile(path)), sizeAndSum(two));
    assertEquals(await folder.names(), ["a"]);
  }
  await using server = new RawServer((request, wire) =>
    sendObject(request, wire, noise(5000, request.index), { drop: 2000 })
  );
  await using downloader = openDownloader(server.url);
  await using folder = await makeFolder();
  await assertRejects(
    () => downloader.downloadToFile(BUCKET, "a", `${folder.path}/a`),
    ObjectChangedError,
  );
  assertFalse((await folder.names()).includes("a"));
});

Deno.test("AsyncS3Downloader.downloadToFile() gives no file its final name once it is aborted, not even at the last byte", async () => {
  await using server = servePacked();
  await using downloader = openDownloader(server.url);
  for (const decompress of [true, false]) {
    await using folder = await makeFolder();
    const path = `${folder.path}/a.csv`;
    const controller = new AbortController();
    const reason = new Error("enough");
    const error = await assertRejects(() =>
      downloader.downloadToFile(BUCKET, "a.csv.gz", path, {
        decompress,
        signal: controller.signal,
        onProgress({ bytes, size }) {
          if (bytes === size) controller.abort(reason);
        },
      })
    );
    assertEquals(error, reason);
    assertEquals(await folder.names(), ["a.csv.part", "a.csv.part.json"]);
    server.requests.length = 0;
    await downloader.downloadToFile(BUCKET, "a.csv.gz", path, { decompress });
    assertEquals(
      asked(server)[0]?.[0],
      `bytes=${PACKED.length - 1}-`,
      "what had arrived is of use",
    );
    assertEquals(await folder.names(), ["a.csv"]);
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() gives no file its final name when it is aborted while the disk is written", async () => {
  await using server = servePacked();
  await using downloader = openDownloader(server.url);
  const original = Deno.FsFile.prototype.sync;
  try {
    for (const decompress of [true, false]) {
      await using folder = await makeFolder();
      const controller = new AbortController();
      Deno.FsFile.prototype.sync = async function () {
        await original.call(this);
        controller.abort(new Error("enough"));
      };
      await assertRejects(
        () =>
          downloader.downloadToFile(BUCKET, "a.csv.gz", `${folder.path}/a`, {
            decompress,
            signal: controller.signal,
          }),
        Error,
        "enough",
      );
      assertEquals(await folder.names(), ["a.part", "a.part.json"]);
    }
  } finally {
    Deno.FsFile.prototype.sync = original;
  }
});

Deno.test("AsyncS3Downloader.downloadToFile() can be aborted while it reads a large part file", async () => {
  await using server = servePacked();
  await using downloader = openDownloader(server.url, {
    rangeThreshold: 8_000_000_000,
  });
  await using folder = await makeFolder();
  const path = `${folder.path}/a.csv`;
  const size = 4_000_000_000;
  await leavePart(path, new Uint8Array(), { ...RECORD, size: size + 1 });
  await Deno.truncate(`${path}.part`, size); // takes no room
  const controller = new AbortController();
  const original = Deno.FsFile.prototype.read;
  let count = 0;
  Deno.FsFile.prototype.read = function (buffer) {
    if (++count === 3) controller.abort(new Error("enough"));
    return original.call(this, buffer);
  };
  try {
    await assertRejects(
      () =>
        downloader.downloadToFile(BUCKET, "a.csv.gz", path, {
          signal: controller.signal,
        }),
      Error,
      "enough",
    );
  } finally {
    Deno.FsFile.prototype.read = original;
  }
  assertEquals(count, 3, "nothing is read any more");
  assertEquals(server.requests.length, 0);
  assertEquals((await Deno.stat(`${path}.part`)).size, size);
});

Deno.test("AsyncS3Downloader.downloadToFile() writes relative paths", async () => {
  await using server = servePacked();
  await using folder = await makeFolder();
  // In a process of its own, which has its own working folder.
  const { code, stderr } = await runScript(`
    import { AsyncS3Downloader } from "#root/src/download/mod.ts";
    await using downloader = new AsyncS3Downloader(
      ${JSON.stringify(TEST_CREDENTIALS)},
      { endpointUrl: ${JSON.stringify(server.url)} },
    );
    Deno.chdir(${JSON.stringify(folder.path)});
    for (const path of ["a.csv", "sub/a.csv"]) {
      await downloader.downloadToFile("${BUCKET}", "a.csv.gz", path);
    }`);
  assertEquals([code, stderr], [0, ""]);
  assertEquals(await folder.names(), ["a.csv", "sub/a.csv"]);
});
