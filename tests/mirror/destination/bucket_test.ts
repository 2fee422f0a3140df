/** What a mirror asks of its bucket besides puts, in services that somebody else wrote. */
import { assertEquals, assertRejects } from "@std/assert";
import { ObjectChangedError } from "../../../src/base/mod.ts";
import {
  absenceNote,
  findServer,
  SERVERS,
  startServer,
} from "../../interop/_servers.ts";
import { noise } from "../../support/data.ts";
import { sha256 } from "../../support/hash.ts";
import { openTestBucket } from "./_bucket.ts";

const MiB = 1024 * 1024;
const text = (value: string) => new TextEncoder().encode(value);

for (const server of SERVERS) {
  const { name } = server;
  const program = await findServer(server);
  const ignore = program === undefined;
  // rclone's server ignores conditions, and moto's that of a copy.
  const checksCopies = name === "versitygw" || name === "minio";

  Deno.test({
    name:
      `Bucket in ${name} puts, gets, lists and removes small objects, under conditions${
        absenceNote(server, program)
      }`,
    ignore,
    async fn() {
      await using service = await startServer(server, program ?? "");
      using bucket = openTestBucket(service);
      assertEquals(await bucket.get("a/b"), undefined);
      const etag = await bucket.put("a/b", text("one"), { ifAbsent: true });
      const refused = [{ ifAbsent: true }, { ifMatch: "0".repeat(32) }];
      for (const condition of refused) {
        await assertRejects(
          () => bucket.put("a/b", text("two"), condition),
          ObjectChangedError,
        );
      }
      await bucket.put("a/b", text("three"), { ifMatch: etag });
      assertEquals((await bucket.get("a/b"))?.bytes, text("three"));
      for (const path of ["a/c", "a/d d", "a/é&<", "b"]) {
        await bucket.put(path, text(path));
      }
      const listed = await Array.fromAsync(bucket.list("a/"));
      assertEquals(
        listed.map(({ key }) => key),
        ["a/b", "a/c", "a/d d", "a/é&<"],
      );
      await bucket.remove(["a/c", "a/d d", "a/é&<", "none"]);
      await bucket.remove("none");
      const left = await Array.fromAsync(bucket.list());
      assertEquals(left.map(({ key }) => key), ["a/b", "b"]);
    },
  });

  Deno.test({
    name: `AwsStore.copy() in ${name} copies an object whole, and in parts${
      absenceNote(server, program)
    }`,
    ignore,
    async fn() {
      await using service = await startServer(server, program ?? "");
      using bucket = openTestBucket(service);
      const { store } = bucket;
      const bytes = noise(13 * MiB);
      const metadata = { "flatbed-etag": "x" };
      await bucket.put("a b", bytes, { metadata, partSize: 13 * MiB });
      const info = await bucket.stat("a b");
      if (info === undefined) throw new Error("it was put");
      const from = { ...info, key: bucket.key("a b") };
      const inParts = { inPartsFrom: 1, partSize: 6 * MiB };
      for (const options of [{}, inParts]) {
        await store.copy(bucket.name, from, bucket.key("copy"), options);
        const { bytes: copied } = await bucket.get("copy") ?? {};
        assertEquals(sha256(copied ?? new Uint8Array()), sha256(bytes));
        assertEquals((await bucket.stat("copy"))?.metadata, metadata);
        if (!checksCopies) continue;
        const other = { ...from, etag: "0".repeat(32) };
        await assertRejects(
          () => store.copy(bucket.name, other, bucket.key("none"), options),
          ObjectChangedError,
        );
      }
      const open = store.openUploads(bucket.name, bucket.key("none"));
      assertEquals(await Array.fromAsync(open), []);
    },
  });
}
