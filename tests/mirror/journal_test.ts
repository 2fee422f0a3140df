import { assertEquals, assertRejects } from "@std/assert";
import { LocalFileError } from "../../src/download/mod.ts";
import { Journal } from "../../src/mirror/journal.ts";
import { Manifest } from "../../src/mirror/manifest.ts";
import type { ManifestEntry } from "../../src/mirror/manifest_entry.ts";
import { makeFolder } from "../support/folder.ts";

const NOW = new Date("2024-01-10T12:00:00Z");

/** A mirror's manifest that counts its transactions. */
class CountedManifest implements Disposable {
  readonly manifest: Manifest;
  transactions = 0;

  constructor(folder: string) {
    Deno.mkdirSync(`${folder}/.flatbed`);
    this.manifest = Manifest.openForWriting(folder);
    const note = this.manifest.note.bind(this.manifest);
    this.manifest.note = (...args) => {
      this.transactions++;
      note(...args);
    };
  }

  [Symbol.dispose](): void {
    this.manifest[Symbol.dispose]();
  }
}

function setUp(folder: string) {
  const counted = new CountedManifest(folder);
  return { counted, journal: new Journal(counted.manifest, () => NOW) };
}

function arrival(key: string) {
  return {
    key,
    form: "stored" as const,
    size: 1,
    etag: "x",
    lastModified: undefined,
    was: undefined,
  };
}

function entry(key: string): ManifestEntry {
  return {
    key,
    form: "stored",
    dataType: "stocks_daily",
    date: "2024-01-02",
    size: 1,
    etag: "x",
    lastModified: undefined,
    sha256: "",
    bytes: 1,
    mtime: NOW,
    fetchedAt: NOW,
    verifiedAt: undefined,
    isDamaged: false,
    proof: "size",
    gzip: "unchecked",
    releasedAt: undefined,
  };
}

Deno.test("Journal notes what comes at the same time in one transaction", async () => {
  await using folder = await makeFolder();
  const { counted, journal } = setUp(folder.path);
  using _ = counted;
  const keys = Array.from({ length: 20 }, (_, index) => `key-${index + 10}`);
  await Promise.all(keys.map((key) => journal.announce(arrival(key))));
  const { manifest } = counted;
  assertEquals(manifest.arrivals().map(({ key }) => key), keys);
  assertEquals(counted.transactions, 1);
  await Promise.all([
    ...keys.slice(0, 19).map((key) => journal.record(entry(key), folder.path)),
    journal.announce(arrival("key-99")),
  ]);
  assertEquals(
    manifest.arrivals().map(({ key }) => key),
    ["key-29", "key-99"],
  );
  assertEquals(manifest.entries().length, 19);
  assertEquals(counted.transactions, 2);
});

Deno.test("Journal notes all the others where one cannot be noted", async () => {
  await using folder = await makeFolder();
  const { counted, journal } = setUp(folder.path);
  using _ = counted;
  const outcomes = await Promise.allSettled(
    ["a", "b", "c"].map((key) =>
      journal.announce({
        ...arrival(key),
        // No date, as where a plan was kept as JSON.
        ...key === "b" && { lastModified: "2024" as unknown as Date },
      })
    ),
  );
  assertEquals(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assertEquals(
    counted.manifest.arrivals().map(({ key }) => key),
    ["a", "c"],
  );
});

Deno.test("Journal records no file whose name cannot be put on the disk, and the others all the same", async () => {
  await using folder = await makeFolder();
  const { counted, journal } = setUp(folder.path);
  using _ = counted;
  const [lost, kept] = await Promise.allSettled([
    journal.record(entry("lost"), `${folder.path}/gone`),
    journal.record(entry("kept"), folder.path),
  ]);
  assertEquals([lost?.status, kept?.status], ["rejected", "fulfilled"]);
  assertEquals(counted.manifest.entries().map(({ key }) => key), ["kept"]);
  await assertRejects(
    () => journal.record(entry("lost"), `${folder.path}/gone`),
    LocalFileError,
  );
});
