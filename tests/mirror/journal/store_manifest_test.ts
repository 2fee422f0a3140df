import { assertEquals, assertRejects } from "@std/assert";
import { LocalFileError } from "../../../src/base/mod.ts";
import { MirrorDamagedError } from "../../../src/mirror/mod.ts";
import { Manifest } from "../../../src/mirror/manifest/manifest.ts";
import { describeProcess } from "../../../src/mirror/manifest/mirror_lock.ts";
import { FolderStateStore } from "../../../src/mirror/state/folder_state_store.ts";
import { makeFolder } from "../../support/folder.ts";
import {
  contentOf,
  type RandomChange,
  randomChange,
  randomFrom,
} from "./_random_changes.ts";

const HOLDER = describeProcess("test", new Date());

/** A store that counts what is read, and writes only where it may. */
class CountingStore extends FolderStateStore {
  reads = 0;
  mayWrite = true;

  override async read(name: string) {
    this.reads++;
    return await super.read(name);
  }

  override async write(name: string, content: string | Uint8Array) {
    if (!this.mayWrite) throw new LocalFileError("Cannot write: access denied");
    return await super.write(name, content);
  }
}

function open(
  store: FolderStateStore,
  { readOnly = false, cache, setsDamagedAside = false }: {
    readOnly?: boolean;
    cache?: string;
    setsDamagedAside?: boolean;
  } = {},
): Promise<Manifest> {
  return Manifest.openInStore(store, {
    cache,
    holder: HOLDER,
    readOnly,
    shard: undefined,
    setsDamagedAside,
  });
}

/** A change that there is always something to note of. */
function record(
  random: (below: number) => number,
  version: number,
): RandomChange {
  let change = randomChange(random, version);
  while (!change.name.startsWith("record ")) {
    change = randomChange(random, version);
  }
  return change;
}

async function objectsOf(store: FolderStateStore): Promise<string[]> {
  return (await store.list("journals")).map(({ name }) => name)
    .filter((name) => name.endsWith(".ndjson.gz"));
}

Deno.test("a manifest in a store has few objects, however often its writer flushes, and one after the next writer", async () => {
  await using folder = await makeFolder();
  const store = new CountingStore(folder.path);
  const random = randomFrom(1);
  let content: unknown;
  {
    using writer = await open(store);
    for (let version = 1; version <= 300; version++) {
      record(random, version).apply(writer);
      await writer.flush();
    }
    content = contentOf(writer);
  }
  // One of 16 × 16, two of 16, and twelve.
  assertEquals((await objectsOf(store)).length, 1 + 2 + 12);
  {
    using reader = await open(store, { readOnly: true });
    assertEquals(contentOf(reader), content);
  }
  for (let version = 301; version <= 304; version++) {
    using writer = await open(store);
    record(random, version).apply(writer);
    await writer.flush();
    content = contentOf(writer);
  }
  assertEquals((await objectsOf(store)).length, 1 + 3);
  using reader = await open(store, { readOnly: true });
  assertEquals(contentOf(reader), content);
});

Deno.test("a manifest in a store is read once where there is a cache, which is for that store only", async () => {
  await using folder = await makeFolder();
  await using cache = await makeFolder();
  const store = new CountingStore(folder.path);
  const random = randomFrom(2);
  {
    using writer = await open(store);
    for (let version = 1; version <= 5; version++) {
      record(random, version).apply(writer);
      await writer.flush();
    }
  }
  const readsOf = async (): Promise<[number, unknown]> => {
    store.reads = 0;
    const options = { readOnly: true, cache: cache.path };
    using reader = await open(store, options);
    return [store.reads, contentOf(reader)];
  };
  const [first, content] = await readsOf();
  assertEquals(first, 1 + 5);
  assertEquals(await readsOf(), [1, content]); // who it is
  // A cache that is damaged is as good as none.
  for await (const { name } of Deno.readDir(cache.path)) {
    await Deno.writeTextFile(`${cache.path}/${name}`, "no database");
  }
  assertEquals(await readsOf(), [6, content]);
  // Another manifest in the same place has nothing of the one before.
  await Deno.remove(store.location, { recursive: true });
  {
    using writer = await open(store, { cache: cache.path });
    assertEquals(writer.entries(), []);
  }
  const [, empty] = await readsOf();
  using none = await open(new FolderStateStore(`${folder.path}/none`), {
    readOnly: true,
  });
  assertEquals(empty, contentOf(none));
});

Deno.test("a manifest in a store keeps what could not be written for the next flush", async () => {
  await using folder = await makeFolder();
  const store = new CountingStore(folder.path);
  using writer = await open(store);
  const random = randomFrom(3);
  store.mayWrite = false;
  for (let version = 1; version <= 20; version++) {
    record(random, version).apply(writer);
    await assertRejects(() => writer.flush(), LocalFileError, "access denied");
  }
  store.mayWrite = true;
  await writer.flush();
  using reader = await open(store, { readOnly: true });
  assertEquals(contentOf(reader), contentOf(writer));
  assertEquals((await objectsOf(store)).length, 1);
});

Deno.test("a reader writes nothing to a store", async () => {
  await using folder = await makeFolder();
  const store = new CountingStore(folder.path);
  using reader = await open(store, { readOnly: true });
  assertEquals(reader.entries(), []);
  await reader.flush();
  assertEquals(await folder.names(), []);
});

Deno.test("a damaged object of a manifest in a store is named, and put aside by a rebuild", async () => {
  await using folder = await makeFolder();
  const store = new CountingStore(folder.path);
  const random = randomFrom(4);
  {
    using writer = await open(store);
    for (let version = 1; version <= 3; version++) {
      record(random, version).apply(writer);
      await writer.flush();
    }
  }
  const [, name = ""] = await objectsOf(store);
  const bytes = await store.read(name) ?? new Uint8Array();
  await store.write(name, bytes.subarray(0, bytes.length - 12));
  for (const readOnly of [true, false]) {
    const error = await assertRejects(
      () => open(store, { readOnly }),
      MirrorDamagedError,
      `Cannot read journal '${store.locate(name)}'`,
    );
    assertEquals(error.reason, "unreadable");
  }
  using rebuilt = await open(store, { setsDamagedAside: true });
  assertEquals(rebuilt.count() <= 2, true);
  assertEquals((await objectsOf(store)).includes(name), false);
  assertEquals(await store.read(`${name}.damaged`) !== undefined, true);
});
