import { assert, assertEquals, assertLessOrEqual, fail } from "@std/assert";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { AsyncS3DownloaderOptions } from "../../src/download/mod.ts";
import { TransferError } from "../../src/base/mod.ts";
import { objectHeaders, sendError } from "../support/answers.ts";
import { md5 } from "../support/hash.ts";
import { csv, joined, noise } from "../support/data.ts";
import { BUCKET, openDownloader } from "../support/demo.ts";
import { makeFolder } from "../support/folder.ts";
import {
  type RawRequest,
  RawServer,
  type Wire,
} from "../support/raw_server.ts";
import { check } from "./_check.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** How long a whole object is at most, in bytes. */
const MAX_SIZE = 200_000;

/** An object: its bytes as stored, and its content. */
interface StoredFile {
  key: string;
  stored: Bytes;
  content: Bytes;
  etag: string;
}

const size = fc.oneof(
  fc.nat({ max: MAX_SIZE }),
  fc.nat({ max: 3000 }),
  fc.constantFrom(0, 1, 2),
);
const bytes = fc.tuple(size, fc.nat({ max: 999 }), fc.boolean())
  .map(([size, seed, isText]) =>
    isText ? csv(size, seed) : withoutMagic(noise(size, seed))
  );

/** A version of an object: gzip data in one member or in two, or plain; some have no MD5 for an ETag. */
function version(isGzip: boolean): fc.Arbitrary<StoredFile> {
  return fc.record({
    content: bytes,
    hasTwoMembers: fc.boolean(),
    hasMd5: fc.constantFrom(true, false, false),
  }).map(({ content, hasTwoMembers, hasMd5 }) => {
    const middle = hasTwoMembers ? content.length >> 1 : content.length;
    const second = content.subarray(middle);
    const stored = isGzip
      ? joined(
        new Uint8Array(gzipSync(content.subarray(0, middle))),
        new Uint8Array(hasTwoMembers ? gzipSync(second) : []),
      )
      : content;
    return {
      key: isGzip ? "a.csv.gz" : "a.csv",
      stored,
      content,
      etag: hasMd5 ? md5(stored) : `${md5(stored)}-2`,
    };
  });
}

/** Versions of one object. */
function versions(maxLength: number): fc.Arbitrary<StoredFile[]> {
  return fc.boolean().chain((isGzip) =>
    fc.array(version(isGzip), { minLength: 1, maxLength })
  );
}

const storedFile = fc.boolean().chain(version);

/** Content that is gzip by its first bytes would be decompressed. */
function withoutMagic(bytes: Bytes): Bytes {
  if (bytes[0] === 0x1f) bytes[0] = 0;
  return bytes;
}

/** After how many new bytes each answer breaks off; what comes after them is whole. */
const breaks = fc.array(
  fc.oneof(
    fc.nat({ max: MAX_SIZE }),
    fc.nat({ max: 5000 }),
    fc.constantFrom(0, 1),
  ),
  { maxLength: 8 },
);

/** A server with one object, some of whose answers break off. */
class BreakingServer extends RawServer {
  /** What is served. */
  file: StoredFile;
  /** After how many bytes the next answers break off. */
  breaks: number[] = [];
  /** How many bytes were sent of objects' bodies. */
  sent = 0;

  constructor(file: StoredFile, knowsRanges: boolean) {
    // `this` is not there yet when the handler is made, and is when it is called.
    super((request, wire) => this.#answer(request, wire, knowsRanges));
    this.file = file;
  }

  async #answer(
    request: RawRequest,
    wire: Wire,
    knowsRanges: boolean,
  ): Promise<void> {
    const { stored, etag } = this.file;
    if (request.method === "HEAD") {
      return await wire.head(200, objectHeaders(stored, 0, etag));
    }
    const wanted = request.headers.get("if-match");
    if (wanted !== null && wanted !== `"${etag}"`) {
      return await sendError(wire, 412, "PreconditionFailed");
    }
    const [, first, last = ""] =
      /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
    const asked = Number(first ?? 0);
    const isRange = knowsRanges && first !== undefined;
    const start = isRange ? asked : 0;
    if (start > 0 && start >= stored.length) {
      return await sendError(wire, 416, "InvalidRange");
    }
    const end = isRange && last !== ""
      ? Math.min(Number(last) + 1, stored.length)
      : stored.length;
    await wire.head(isRange ? 206 : 200, {
      ...objectHeaders(stored, 0, etag),
      "Content-Length": end - start,
      ...(isRange
        ? { "Content-Range": `bytes ${start}-${end - 1}/${stored.length}` }
        : {}),
    });
    const after = this.breaks.shift();
    // Where it begins at the first byte again, it comes further each time all the same.
    const stop = after === undefined ? end : Math.min(end, asked + after);
    this.sent += stop - start;
    await wire.send(stored.subarray(start, stop));
    if (stop < end) wire.close();
  }
}

/** Has no wait before a retry: its length is random, and its time is all that a run would take. */
function withoutWaits(): Disposable {
  const { random } = Math;
  Math.random = () => 0;
  return { [Symbol.dispose]: () => void (Math.random = random) };
}

/** As few retries as can do: they are counted anew whenever a byte arrives. */
function patience(breaks: readonly number[]): AsyncS3DownloaderOptions {
  return { maxRetries: 1 + breaks.filter((after) => after === 0).length };
}

function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert(
    Buffer.compare(actual, expected) === 0,
    `${actual.length} bytes ${
      Deno.inspect(actual)
    } instead of ${expected.length} ${Deno.inspect(expected)}`,
  );
}

Deno.test("AsyncS3Downloader.downloadOne() gives the same bytes, wherever the connection breaks", async () => {
  using _ = withoutWaits();
  await check(
    fc.asyncProperty(
      storedFile,
      breaks,
      fc.boolean(),
      fc.boolean(),
      async (file, breaks, knowsRanges, decompress) => {
        await using server = new BreakingServer(file, knowsRanges);
        await using downloader = openDownloader(server.url, patience(breaks));
        server.breaks = [...breaks];
        assertSameBytes(
          await downloader.downloadOne(BUCKET, file.key, { decompress }),
          decompress ? file.content : file.stored,
        );
        // Nothing is asked for twice of a server that knows ranges.
        if (knowsRanges) assertEquals(server.sent, file.stored.length);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("AsyncS3Downloader.openStream() gives the same bytes, wherever the connection breaks", async () => {
  using _ = withoutWaits();
  await check(
    fc.asyncProperty(
      storedFile,
      breaks,
      fc.boolean(),
      async (file, breaks, knowsRanges) => {
        await using server = new BreakingServer(file, knowsRanges);
        await using downloader = openDownloader(server.url, patience(breaks));
        server.breaks = [...breaks];
        const stream = await downloader.openStream(BUCKET, file.key);
        assertSameBytes(
          joined(...await Array.fromAsync(stream)),
          file.content,
        );
      },
    ),
    { numRuns: 30 },
  );
});

/** One run of a program that downloads to a file. */
const run = fc.record({
  /** Which version is there by then. */
  version: fc.nat(),
  breaks,
  decompress: fc.boolean(),
  /** How often it tries again: a run of few retries ends with its breaks. */
  maxRetries: fc.constantFrom(0, 1, 10),
  /** After how many notes of progress it is stopped. */
  stopAfter: fc.option(fc.nat({ max: 6 }), { nil: undefined }),
  /** Objects from this size on are fetched in ranges, each of that size, so many at once. */
  rangeThreshold: fc.constantFrom(1, 50_000, 10_000_000),
  rangeSize: fc.constantFrom(700, 10_000, 64_000),
  maxConcurrentRanges: fc.integer({ min: 1, max: 4 }),
  knowsSize: fc.boolean(),
});

type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

/** Stops a run that was to be stopped. */
class Stopped extends Error {}

/** Downloads to a file as a run does, and says whether it came to its end. */
async function download(
  server: BreakingServer,
  path: string,
  { version: _, breaks, decompress, stopAfter, knowsSize, ...options }: Run,
): Promise<boolean> {
  const { key, stored, content, etag } = server.file;
  server.breaks = [...breaks];
  await using downloader = openDownloader(server.url, options);
  const stop = new AbortController();
  let left = stopAfter ?? Infinity;
  try {
    const file = await downloader.downloadToFile(BUCKET, key, path, {
      decompress,
      signal: stop.signal,
      ...(knowsSize ? { expectedSize: stored.length } : {}),
      onProgress: ({ bytes, size }) => {
        assertEquals(size, stored.length);
        assertLessOrEqual(bytes, stored.length);
        if (left-- <= 0) stop.abort(new Stopped());
      },
    });
    assertEquals([file.size, file.etag], [stored.length, etag]);
  } catch (error) {
    // Broken too often, or stopped: nothing else may go wrong.
    if (error instanceof Stopped || error instanceof TransferError) {
      return false;
    }
    throw error;
  }
  assertSameBytes(await Deno.readFile(path), decompress ? content : stored);
  return true;
}

Deno.test("AsyncS3Downloader.downloadToFile() gives the same bytes, wherever runs break and are stopped, in one or in ranges", async () => {
  using _ = withoutWaits();
  await check(
    fc.asyncProperty(
      versions(2),
      fc.array(run, { minLength: 1, maxLength: 4 }),
      run,
      fc.boolean(),
      async (versions, runs, last, knowsRanges) => {
        const versionOf = ({ version }: Run) =>
          versions[version % versions.length] ?? fail("there is no version");
        await using server = new BreakingServer(versionOf(last), knowsRanges);
        await using folder = await makeFolder();
        const path = `${folder.path}/a`;
        for (const run of runs) {
          server.file = versionOf(run);
          const isThere = await download(server, path, run);
          assertEquals((await folder.names()).includes("a"), isThere);
          if (!isThere) continue;
          assertEquals(await folder.names(), ["a"]);
          await Deno.remove(path);
        }
        server.file = versionOf(last);
        const isThere = await download(server, path, {
          ...last,
          maxRetries: 10,
          stopAfter: undefined,
        });
        assert(isThere);
        assertEquals(await folder.names(), ["a"]);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("AsyncS3Downloader.downloadToFile() never mixes two versions of an object, not even of the same size", async () => {
  using _ = withoutWaits();
  // Where an ETag is an MD5, it alone would give a mixture away.
  const first = version(false).filter(({ stored }) => stored.length > 1)
    .map((file) => ({ ...file, etag: `${"1".repeat(32)}-2` }));
  const broken = fc.array(fc.integer({ min: 1, max: MAX_SIZE }), {
    minLength: 1,
    maxLength: 4,
  });
  await check(
    fc.asyncProperty(
      first,
      fc.tuple(broken, run),
      run,
      fc.boolean(),
      async (first, [breaks, broken], whole, knowsRanges) => {
        const other = first.stored.map((byte) => byte ^ 0x80);
        await using server = new BreakingServer(first, knowsRanges);
        await using folder = await makeFolder();
        const path = `${folder.path}/a`;
        // As few retries as there can be: it ends with a part of the first version.
        await download(server, path, { ...broken, breaks, maxRetries: 0 });
        server.file = {
          ...first,
          stored: other,
          content: other,
          etag: `${"2".repeat(32)}-2`,
        };
        const isThere = await download(server, path, {
          ...whole,
          maxRetries: 10,
          stopAfter: undefined,
        });
        assert(isThere);
        assertEquals(await folder.names(), ["a"]);
      },
    ),
    { numRuns: 40 },
  );
});
