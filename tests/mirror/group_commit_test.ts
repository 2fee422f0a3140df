import { assertEquals, assertRejects } from "@std/assert";
import { dirname } from "node:path";
import { LocalFileError } from "../../src/base/mod.ts";
import { FolderDestination } from "../../src/mirror/destination/folder_destination.ts";
import { GroupCommit } from "../../src/mirror/manifest/group_commit.ts";
import { Manifest } from "../../src/mirror/manifest/manifest.ts";
import type { ManifestEntry } from "../../src/mirror/manifest/manifest_entry.ts";
import { mirrorFile } from "../../src/mirror/mirror_file.ts";
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

/** Group commits of a mirror in a folder, which has files of January 2024 only. */
function setUp(folder: string) {
  Deno.mkdirSync(`${folder}/${dirname(keyOf("2024-01-02"))}`, {
    recursive: true,
  });
  const counted = new CountedManifest(folder);
  return {
    counted,
    commits: new GroupCommit(
      counted.manifest,
      new FolderDestination(folder),
      () => NOW,
    ),
  };
}

function keyOf(date: string): string {
  return mirrorFile("stocks_daily", date, "stored").key;
}

function arrival(date: string) {
  return {
    ...mirrorFile("stocks_daily", date, "stored"),
    size: 1,
    etag: "x",
    lastModified: undefined,
    was: undefined,
  };
}

function entry(date: string): ManifestEntry {
  return {
    ...mirrorFile("stocks_daily", date, "stored"),
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
    gzipFault: undefined,
    releasedAt: undefined,
    withdrawnAt: undefined,
  };
}

Deno.test("GroupCommit notes what comes at the same time in one transaction", async () => {
  await using folder = await makeFolder();
  const { counted, commits } = setUp(folder.path);
  using _ = counted;
  const dates = Array.from(
    { length: 20 },
    (_, index) => `2024-01-${index + 10}`,
  );
  await Promise.all(dates.map((date) => commits.announce(arrival(date))));
  const { manifest } = counted;
  assertEquals(manifest.arrivals().map(({ key }) => key), dates.map(keyOf));
  assertEquals(counted.transactions, 1);
  await Promise.all([
    ...dates.slice(0, 19).map((date) => commits.record(entry(date))),
    commits.announce(arrival("2024-02-01")),
  ]);
  assertEquals(
    manifest.arrivals().map(({ key }) => key),
    ["2024-01-29", "2024-02-01"].map(keyOf),
  );
  assertEquals(manifest.entries().length, 19);
  assertEquals(counted.transactions, 2);
});

Deno.test("GroupCommit notes all the others where one cannot be noted", async () => {
  await using folder = await makeFolder();
  const { counted, commits } = setUp(folder.path);
  using _ = counted;
  const outcomes = await Promise.allSettled(
    ["2024-01-02", "2024-01-03", "2024-01-04"].map((date) =>
      commits.announce({
        ...arrival(date),
        // No date, as where a plan was kept as JSON.
        ...date === "2024-01-03" && { lastModified: "2024" as unknown as Date },
      })
    ),
  );
  assertEquals(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assertEquals(
    counted.manifest.arrivals().map(({ key }) => key),
    ["2024-01-02", "2024-01-04"].map(keyOf),
  );
});

Deno.test("GroupCommit records no file whose name cannot be put on the disk, and the others all the same", async () => {
  await using folder = await makeFolder();
  const { counted, commits } = setUp(folder.path);
  using _ = counted;
  const [lost, kept] = await Promise.allSettled([
    commits.record(entry("2024-02-01")),
    commits.record(entry("2024-01-03")),
  ]);
  assertEquals([lost?.status, kept?.status], ["rejected", "fulfilled"]);
  assertEquals(counted.manifest.entries().map(({ key }) => key), [
    keyOf("2024-01-03"),
  ]);
  await assertRejects(
    () => commits.record(entry("2024-02-01")),
    LocalFileError,
  );
});
