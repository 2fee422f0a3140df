import {
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  DamagedAtSourceError,
  LocalFileError,
  NotFoundError,
} from "../../../src/base/mod.ts";
import type {
  CopyOptions,
  Destination,
  PutCopy,
} from "../../../src/mirror/destination/destination.ts";
import type { Fault } from "../../../src/demo/mod.ts";
import { csv, gzip } from "../../support/data.ts";
import { BUCKET, openDownloader, startRecorded } from "../../support/demo.ts";
import { sha256 } from "../../support/hash.ts";

/** A destination that is removed at the end of a test. */
export interface TestedDestination extends AsyncDisposable {
  readonly destination: Destination;
  /** Another one at the same place, as another process has it. */
  readonly other: Destination;
}

const FOLDER = "us_stocks_sip/day_aggs_v1/2024/01";
const PATH = `${FOLDER}/2024-01-02.csv.gz`;
const CONTENT = csv(3000, 1);
const PACKED = await gzip(CONTENT);
const NEWER = await gzip(csv(3000, 2));

/** How a put is interrupted so that it leaves something behind. */
export interface Interruption {
  /** An object that is large enough for that. */
  object: Uint8Array<ArrayBuffer>;
  fault: Fault;
}

/** Tests that every {@linkcode Destination} passes. */
export function testDestination(
  name: string,
  open: () => Promise<TestedDestination>,
  { object, fault }: Interruption = {
    object: PACKED,
    fault: { kind: "drop", after: 1000 },
  },
): void {
  /** A destination, and a service with an object for it. */
  async function setUp() {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(startRecorded({
      objects: [[PATH, { body: PACKED }]],
      scale: 0.01,
    }));
    const downloader = stack.use(openDownloader(server.url, { maxRetries: 0 }));
    const { destination, other } = stack.use(await open());
    const stacked = stack.move();
    return {
      server,
      destination,
      other,
      put: (options: CopyOptions = {}, path = PATH): Promise<PutCopy> =>
        destination.put(
          { downloader, bucket: BUCKET, key: PATH },
          path,
          { decompress: false, ...options },
        ),
      [Symbol.asyncDispose]: () => stacked.disposeAsync(),
    };
  }

  Deno.test(`${name}.put() stores an object, and stat() and open() find it`, async () => {
    await using test = await setUp();
    const { destination } = test;
    assertEquals(await destination.stat(PATH), undefined);
    const put = await test.put();
    assertEquals(
      [put.size, put.bytes, put.sha256, put.proof, put.gzip, put.resumedFrom],
      [PACKED.length, PACKED.length, sha256(PACKED), "md5", "whole", 0],
    );
    const info = await destination.stat(PATH);
    assertEquals([info?.bytes, info?.mtime], [PACKED.length, put.mtime]);
    assertEquals(await read(destination, PATH), PACKED);
    using reader = await destination.open(PATH);
    assertEquals(reader.mtime, put.mtime);
    await destination.fsync(FOLDER);
    assertEquals(info, await test.other.stat(PATH));
  });

  Deno.test(`${name}.put() stores decompressed content`, async () => {
    await using test = await setUp();
    const path = PATH.slice(0, -3);
    const put = await test.put({ decompress: true }, path);
    assertEquals(
      [put.size, put.bytes, put.sha256],
      [PACKED.length, CONTENT.length, sha256(CONTENT)],
    );
    assertEquals(await read(test.destination, path), CONTENT);
  });

  Deno.test(`${name}.put() replaces a copy only by a whole one`, async () => {
    await using test = await setUp();
    const { destination, server } = test;
    await test.put();
    const before = await destination.stat(PATH);
    server.objects.set(PATH, { body: NEWER });
    server.faults.add({ kind: "drop", after: 1000, key: PATH });
    await assertRejects(() => test.put());
    assertEquals(await destination.stat(PATH), before);
    assertEquals(await read(destination, PATH), PACKED);
    server.faults.clear();
    await test.put();
    assertNotEquals((await destination.stat(PATH))?.identity, before?.identity);
    assertEquals(await read(destination, PATH), NEWER);
  });

  Deno.test(`${name}.put() resumes what an interrupted one has left, and discard() removes that`, async () => {
    await using test = await setUp();
    const { destination, server } = test;
    server.objects.set(PATH, { body: object });
    const interrupt = async () => {
      server.faults.add({ ...fault, key: PATH });
      await assertRejects(() => test.put());
      server.faults.clear();
    };
    await interrupt();
    assertEquals(await destination.stat(PATH), undefined);
    assertEquals((await destination.unfinished(PATH)).stored > 0, true);
    const { resumedFrom } = await test.put();
    assertEquals(resumedFrom > 0, true);
    assertEquals(await read(destination, PATH), object);
    assertEquals(await destination.unfinished(PATH), { stored: 0, content: 0 });

    await interrupt();
    await destination.discard(PATH);
    assertEquals(await destination.unfinished(PATH), { stored: 0, content: 0 });
    assertEquals((await test.put()).resumedFrom, 0);
    await destination.discard(PATH); // there is nothing
    assertEquals(await read(destination, PATH), object);
  });

  Deno.test(`${name}.put() stores no content of an object that is damaged at source, and its bytes as they are`, async () => {
    await using test = await setUp();
    const { destination, server } = test;
    await test.put();
    const cut = PACKED.slice(0, -100);
    server.objects.set(PATH, { body: cut });
    const path = PATH.slice(0, -3);
    await assertRejects(
      () => test.put({ decompress: true }, path),
      DamagedAtSourceError,
    );
    assertEquals(await destination.stat(path), undefined);
    assertEquals((await test.put()).gzip, "damaged");
    assertEquals(await read(destination, PATH), cut);
  });

  Deno.test(`${name}.put() says that there is no such object, and ends with its signal`, async () => {
    await using test = await setUp();
    test.server.objects.delete(PATH);
    await assertRejects(() => test.put(), NotFoundError);
    test.server.objects.set(PATH, { body: PACKED });
    const reason = new Error("enough");
    const stop = new AbortController();
    const failure = await assertRejects(() =>
      test.put({
        signal: stop.signal,
        onProgress: () => stop.abort(reason),
      })
    );
    assertEquals(failure, reason);
    assertEquals(await test.destination.stat(PATH), undefined);
  });

  Deno.test(`${name}.isBeingPut() tells of a put by another process`, async () => {
    await using test = await setUp();
    const { other } = test;
    assertEquals(await other.isBeingPut(PATH), false);
    const half = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<boolean>();
    test.server.objects.set(PATH, {
      body: {
        size: PACKED.length,
        async *read() {
          yield PACKED.slice(0, 1000);
          await half.promise;
          yield PACKED.slice(1000);
        },
      },
    });
    const put = test.put({
      onProgress: () => asked.resolve(other.isBeingPut(PATH)),
    });
    assertEquals(await asked.promise, true);
    half.resolve();
    await put;
    assertEquals(await other.isBeingPut(PATH), false);
  });

  Deno.test(`${name}.keep() keeps a version that is replaced, until it is dropped`, async () => {
    await using test = await setUp();
    const { destination, server } = test;
    await test.put();
    const kept = await destination.keep(PATH, sha256(PACKED), true);
    if (kept === undefined) throw new Error("it was required");
    assertStringIncludes(kept.path, sha256(PACKED));
    server.objects.set(PATH, { body: NEWER });
    await test.put();
    assertEquals(await read(destination, PATH), NEWER);
    assertEquals(await read(destination, kept.path), PACKED);
    assertEquals(await paths(destination), [PATH]);
    await kept.drop();
    assertEquals(await destination.stat(kept.path), undefined);
    assertEquals(await read(destination, PATH), NEWER);
  });

  Deno.test(`${name}.keep() keeps a version once, and every version`, async () => {
    await using test = await setUp();
    const { destination, server } = test;
    await test.put();
    const sum = sha256(PACKED);
    const first = await destination.keep(PATH, sum, true);
    await test.put();
    const again = await destination.keep(PATH, sum, true);
    assertEquals(again?.path, first?.path);
    await again?.drop(); // it was kept before
    assertEquals(await read(destination, first?.path ?? ""), PACKED);
    // Other bytes than the name says: neither version is lost.
    server.objects.set(PATH, { body: NEWER });
    await test.put();
    const other = await destination.keep(PATH, sum, true);
    assertNotEquals(other?.path, first?.path);
    assertEquals(await read(destination, first?.path ?? ""), PACKED);
    assertEquals(await read(destination, other?.path ?? ""), NEWER);
  });

  Deno.test(`${name}.remove() removes a copy, and takes one that is not there`, async () => {
    await using test = await setUp();
    const { destination } = test;
    await test.put();
    await destination.remove(PATH);
    assertEquals(await destination.stat(PATH), undefined);
    assertEquals(await paths(destination), []);
    await destination.remove(PATH);
    await assertRejects(() => destination.open(PATH), LocalFileError);
  });

  Deno.test(`${name}.list() lists what is stored, in order, below a folder or everywhere`, async () => {
    await using test = await setUp();
    const { destination } = test;
    assertEquals(await paths(destination), []);
    const later = PATH.replace("2024/01", "2024/02");
    for (const path of [later, PATH, "z"]) await test.put({}, path);
    await destination.keep(PATH, sha256(PACKED), true);
    assertEquals(await paths(destination), [PATH, later, "z"]);
    assertEquals(await paths(destination, FOLDER), [PATH]);
    assertEquals(await paths(destination, "us_options_opra"), []);
  });
}

async function paths(
  destination: Destination,
  folder?: string,
): Promise<string[]> {
  const listed = await Array.fromAsync(destination.list(folder));
  assertEquals(listed.filter(({ isRegular }) => !isRegular), []);
  return listed.map(({ path }) => path);
}

async function read(
  destination: Destination,
  path: string,
): Promise<Uint8Array> {
  using reader = await destination.open(path);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let bytes; (bytes = await reader.read()) !== null;) {
    pieces.push(bytes.slice());
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
