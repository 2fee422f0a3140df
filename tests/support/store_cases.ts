/**
 * What holds of every store and every S3 service: run against the demo service by
 * `tests/store/conformance_test.ts`, and against services that somebody else wrote by
 * `tests/interop/stores_test.ts`.
 *
 * @module
 */
import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import {
  IntegrityError,
  NotFoundError,
  ObjectChangedError,
} from "../../src/base/mod.ts";
import {
  type ObjectStore,
  ResumableBody,
  type WritableObjectStore,
} from "../../src/store/mod.ts";
import { csv, joined, noise } from "./data.ts";
import { md5 } from "./hash.ts";
import { listAll, readAll } from "./store.ts";

const MiB = 1024 * 1024;

/** A bucket that is there. */
export interface Bucket {
  name: string;
  /** How many objects a page of a listing has; 0 where it is to have one page. @default {1000} */
  pageSize?: number;
  /** Puts an object into it by other means. */
  seed(key: string, bytes: Uint8Array): Promise<void> | void;
}

/** A behaviour of stores. */
export interface StoreCase<Store extends ObjectStore> {
  behaviour: string;
  run(store: Store, bucket: Bucket): Promise<void>;
}

/** Pieces of odd sizes, in one memory that is used again. */
export async function* pieces(
  bytes: Uint8Array,
  size = 100_003,
): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    memory.set(piece);
    yield memory.subarray(0, piece.length);
    memory.fill(0xaa, 0, 1000); // nobody may read it any more
    await Promise.resolve();
  }
}

/** All bytes of an object. */
async function read(
  store: ObjectStore,
  bucket: string,
  key: string,
): Promise<Uint8Array> {
  return await readAll(await ResumableBody.open(store, bucket, key));
}

/** What every store does. */
export const READ_CASES: readonly StoreCase<ObjectStore>[] = [
  {
    behaviour: "looks an object up, and reads it whole and in part",
    async run(store, { name, seed }) {
      const [key, body] = ["a b/ä+&.csv.gz", csv(50_000)];
      await seed(key, body);
      const { size, etag, lastModified } = await store.head(name, key);
      assertEquals([size, etag], [body.length, md5(body)]);
      assertInstanceOf(lastModified, Date);
      const part = async (options = {}) =>
        await readAll(await ResumableBody.open(store, name, key, options));
      assertEquals(await part(), body);
      assertEquals(
        await part({ start: 7, end: 20_000 }),
        body.slice(7, 20_000),
      );
      assertEquals(await part({ start: 49_000, etag }), body.slice(49_000));
      await assertRejects(
        () => part({ etag: "0".repeat(32) }),
        ObjectChangedError,
      );
    },
  },
  {
    behaviour: "lists pages, and levels",
    async run(store, { name, pageSize = 1000, seed }) {
      const length = pageSize + 5;
      const keys = Array.from({ length }, (_, n) => `list/${n + 1000}`);
      const queue = keys.values();
      await Promise.all(Array.from({ length: 8 }, async () => {
        for (const key of queue) await seed(key, new Uint8Array());
      }));
      const listed = await listAll(store, name, "list/");
      assertEquals(listed.map(({ key }) => key), keys);
      assertEquals(
        (await listAll(store, name, "list/", { limit: 3 })).length,
        3,
      );
      const [level] = await Array.fromAsync(
        store.listPages(name, "lis", { delimiter: "/" }),
      );
      assertEquals([level?.folders, level?.objects], [["list/"], []]);
    },
  },
  {
    behaviour: "tells what is not there",
    async run(store, { name }) {
      const other = `${name}-other`;
      await assertRejects(() => store.head(name, "nope"), NotFoundError);
      await assertRejects(
        () => store.get(name, "nope"),
        NotFoundError,
        `there is no such object in bucket '${name}'`,
      );
      await assertRejects(
        () => store.get(other, "nope"),
        NotFoundError,
        `there is no bucket '${other}'`,
      );
      await assertRejects(() => listAll(store, other, ""), NotFoundError);
    },
  },
];

/** What a store does that objects can be put into. */
export const WRITE_CASES: readonly StoreCase<WritableObjectStore>[] = [
  {
    behaviour: "puts a small object in one request, with its metadata",
    async run(store, { name }) {
      const body = csv(300_000);
      const { etag, size } = await store.put(
        name,
        "a b/ü+&.csv",
        pieces(body),
        {
          metadata: { "source-etag": "abc-2", sha256: "00ff" },
          contentType: "text/csv",
        },
      );
      assertEquals([etag, size], [md5(body), body.length]);
      assertEquals(await read(store, name, "a b/ü+&.csv"), body);
      const { metadata } = await store.head(name, "a b/ü+&.csv");
      assertEquals(metadata, { "source-etag": "abc-2", sha256: "00ff" });
    },
  },
  {
    behaviour: "puts an object without bytes",
    async run(store, { name }) {
      for (const size of [undefined, 0]) {
        await store.put(name, "empty", pieces(new Uint8Array()), { size });
        assertEquals((await store.head(name, "empty")).size, 0);
      }
    },
  },
  {
    behaviour: "puts a large object in parts, whether its size is known or not",
    async run(store, { name }) {
      const body = noise(11 * MiB);
      for (const size of [undefined, body.length]) {
        const options = { size, partSize: 5 * MiB, metadata: { of: "parts" } };
        const { etag } = await store.put(name, "l", pieces(body), options);
        const { metadata, ...info } = await store.head(name, "l");
        assertEquals([info.size, metadata], [body.length, { of: "parts" }]);
        assertEquals([info.etag, etag.slice(32)], [etag, "-3"]);
        assertEquals(md5(await read(store, name, "l")), md5(body));
      }
    },
  },
  {
    behaviour: "puts an object of exactly one or two parts",
    async run(store, { name }) {
      for (const parts of [1, 2]) {
        const body = noise(parts * 5 * MiB, parts);
        for (const size of [undefined, body.length]) {
          const { etag } = await store.put(name, "exact", pieces(body), {
            partSize: 5 * MiB,
            size,
          });
          assertEquals(etag.slice(32), parts === 1 ? "" : "-2");
          assertEquals(md5(await read(store, name, "exact")), md5(body));
        }
      }
    },
  },
  {
    behaviour:
      "puts nothing where the content is shorter or longer than announced",
    async run(store, { name }) {
      for (const length of [1000, 11 * MiB]) {
        for (const size of [length - 1, length + 1, 6 * MiB]) {
          await assertRejects(
            () =>
              store.put(name, "wrong", pieces(noise(length)), {
                size,
                partSize: 5 * MiB,
              }),
            IntegrityError,
            "Cannot upload 'wrong': its content",
          );
        }
      }
      await assertRejects(() => store.head(name, "wrong"), NotFoundError);
    },
  },
  {
    behaviour: "puts nothing where the content fails",
    async run(store, { name }) {
      const failure = new Error("the source broke");
      for (const length of [1000, 6 * MiB]) {
        const error = await assertRejects(() =>
          store.put(
            name,
            "broken",
            (async function* () {
              yield* pieces(noise(length));
              throw failure;
            })(),
            { partSize: 5 * MiB },
          )
        );
        assertEquals(error, failure);
      }
      await assertRejects(() => store.head(name, "broken"), NotFoundError);
    },
  },
  {
    behaviour:
      "continues an upload that failed, and sends only what is missing",
    async run(store, { name }) {
      const body = noise(16 * MiB, 7);
      let uploadId: string | undefined;
      const options = { partSize: 5 * MiB, concurrency: 1 };
      const failure = new Error("the source broke");
      await assertRejects(
        () =>
          store.put(
            name,
            "resumed",
            (async function* () {
              yield* pieces(body.subarray(0, 11 * MiB));
              throw failure;
            })(),
            { ...options, resume: { onBegin: (id) => uploadId = id } },
          ),
        Error,
        failure.message,
      );
      const { etag } = await store.put(name, "resumed", pieces(body), {
        ...options,
        resume: { uploadId, onBegin: (id) => assertEquals(id, uploadId) },
      });
      assertEquals(etag.slice(32), "-4");
      assertEquals(md5(await read(store, name, "resumed")), md5(body));
      // It has ended: another one begins.
      const short = joined(body.subarray(0, 6 * MiB));
      await store.put(name, "resumed", pieces(short), {
        ...options,
        resume: { uploadId },
      });
      assertEquals((await store.head(name, "resumed")).size, short.length);
    },
  },
];

/** What holds where the service knows `If-None-Match`. */
export const CONDITION_CASES: readonly StoreCase<WritableObjectStore>[] = [
  {
    behaviour: "puts an object only where there is none, if asked to",
    async run(store, { name }) {
      for (const length of [1000, 6 * MiB]) {
        const key = `once-${crypto.randomUUID()}`;
        const [first, second] = [noise(length, 1), noise(length, 2)];
        const options = { ifAbsent: true, partSize: 5 * MiB };
        await store.put(name, key, pieces(first), options);
        const error = await assertRejects(
          () => store.put(name, key, pieces(second), options),
          ObjectChangedError,
          `Cannot upload '${key}': there is an object with this key already`,
        );
        assertEquals([error.key, error.status], [key, 412]);
        assertEquals((await store.head(name, key)).size, length);
        assertEquals(md5(await read(store, name, key)), md5(first));
      }
    },
  },
];
