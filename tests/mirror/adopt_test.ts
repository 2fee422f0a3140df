import { assert, assertEquals } from "@std/assert";
import type { SyncEvent, SyncOptions } from "../../src/mirror/mod.ts";
import {
  contentOf,
  DATES,
  keyOf,
  manifestRows,
  packed,
  type Setup,
  setUp,
  WEEK,
} from "./_mirror.ts";

const KEYS = DATES.map((date) => keyOf(date));
const [FIRST = "", SECOND = "", THIRD = "", FOURTH = ""] = KEYS;

/** Puts the week's files into the folder without a mirror, as `get` and other tools do. */
async function fill(setup: Setup): Promise<void> {
  for (const key of KEYS) {
    await setup.downloader.downloadToFile(
      "flatfiles",
      key,
      `${setup.folder.path}/${key}`,
      { decompress: false },
    );
  }
  setup.requests();
}

/** Syncs the week, and tells what happened to the files. */
async function sync(setup: Setup, options: SyncOptions = {}) {
  const events: SyncEvent[] = [];
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  const summary = await mirror.sync(plan, {
    ...options,
    onEvent: (event) => events.push(event),
  });
  return {
    ...summary,
    plan,
    events,
    entries: mirror.entries(),
    requests: setup.requests().filter((line) => !line.startsWith("LIST")),
    now: await mirror.verify(),
  };
}

Deno.test("Mirror.sync() adopts files that are what the bucket lists, without a download", async () => {
  await using setup = await setUp();
  await fill(setup);
  const { plan, ...summary } = await sync(setup);
  assertEquals(
    plan.items.map(({ state, reason, mayBeAdopted }) =>
      `${state} ${reason} ${mayBeAdopted}`
    ),
    DATES.map(() => "new untracked true"),
  );
  assertEquals(summary.requests, []);
  assertEquals(
    [summary.adopted, summary.fetched, summary.present, summary.bytes],
    [4, 0, 0, 0],
  );
  assertEquals(summary.isFinished, true);
  assertEquals([summary.now.problems, summary.now.checked], [[], 4]);
  const [start] = summary.events;
  assert(start?.code === "start");
  assertEquals([start.files, start.bytes, start.untracked], [0, 0, 4]);
  const adopted = summary.events.filter(({ code }) => code === "adopted");
  assertEquals(adopted.length, 4);
  assertEquals(
    manifestRows(setup.folder.path).map(({ key, proof, gzip }) => [
      key,
      proof,
      gzip,
    ]),
    KEYS.map((key) => [key, "md5", "whole"]),
  );
  const again = await sync(setup);
  assertEquals([again.present, again.adopted, again.requests], [4, 0, []]);
});

Deno.test("Mirror.sync() fetches what differs from the bucket's, and only that", async () => {
  await using setup = await setUp();
  await fill(setup);
  const { path } = setup.folder;
  await Deno.truncate(`${path}/${FIRST}`, 100);
  // Whole gzip data of the right size, and another version.
  const other = await Deno.readFile(`${path}/${SECOND}`);
  other[4] = 7; // a time in the header
  await Deno.writeFile(`${path}/${SECOND}`, other);
  const { requests, adopted, fetched } = await sync(setup);
  // The size says enough of the first; an encrypted object could have any MD5.
  assertEquals(requests, [`GET ${FIRST}`, `GET ${SECOND}`, `HEAD ${SECOND}`]);
  assertEquals([adopted, fetched], [2, 2]);
});

Deno.test("Mirror.sync() adopts by gzip data and size where the ETag is no MD5", async () => {
  await using setup = await setUp({
    objects: [[FIRST, {
      body: await packed(DATES[0] ?? ""),
      etag: "0123456789abcdef0123456789abcdef-2",
    }]],
  });
  setup.server.faults.add({ kind: "encrypted", key: SECOND });
  await fill(setup);
  const { requests, adopted, entries } = await sync(setup);
  assertEquals([requests, adopted], [[`HEAD ${SECOND}`], 4]);
  assertEquals(
    entries.map(({ proof }) => proof),
    ["gzip", "gzip", "md5", "md5"],
  );
});

Deno.test("Mirror.sync() fetches what has no MD5 and is no whole gzip data", async () => {
  const body = await packed(DATES[0] ?? "");
  const etag = "0123456789abcdef0123456789abcdef-2";
  await using setup = await setUp({ objects: [[FIRST, { body, etag }]] });
  await fill(setup);
  const bytes = body.slice();
  bytes.fill(0, bytes.length - 8); // its checksum
  await Deno.writeFile(`${setup.folder.path}/${FIRST}`, bytes);
  const { requests, adopted, fetched } = await sync(setup);
  assertEquals([requests, adopted, fetched], [[`GET ${FIRST}`], 3, 1]);
});

Deno.test("Mirror.sync() adopts nothing that nobody can prove", async () => {
  await using setup = await setUp();
  setup.server.faults.add({ kind: "encrypted", key: FIRST });
  await fill(setup);
  setup.server.faults.add({ kind: "forbidden", before: "2024-01-03" });
  const { adopted, refused, kept, entries } = await sync(setup);
  assertEquals([adopted, refused, kept, entries.length], [3, 1, 1, 3]);
  const names = await setup.folder.names();
  assert(names.includes(FIRST));
});

Deno.test("Mirror.sync() adopts a file that is damaged at source as that", async () => {
  await using setup = await setUp();
  setup.server.faults.add({ kind: "damaged-source", key: SECOND });
  await fill(setup);
  const { requests, adopted, damagedAtSource, events, entries } = await sync(
    setup,
  );
  assertEquals([requests, adopted, damagedAtSource], [[], 3, 1]);
  const told = events.filter(({ code }) => code === "damaged-at-source");
  assert(told.length === 1 && told[0]?.code === "damaged-at-source");
  assertEquals([told[0].key, told[0].isFetched], [SECOND, false]);
  assertEquals(
    entries.map(({ proof, gzip }) => [proof, gzip])[1],
    ["md5", "damaged"],
  );
});

Deno.test("Mirror.sync() adopts the newer version that another tool has put in the place of a known one", async () => {
  await using setup = await setUp();
  await sync(setup);
  for (const [key, date] of [[FIRST, "2024-02-01"], [THIRD, "2024-01-04"]]) {
    const body = await packed(date ?? "");
    if (key === THIRD) body[4] = 7; // as large as before
    setup.server.objects.set(key ?? "", { body });
  }
  await setup.downloader.downloadToFile(
    "flatfiles",
    FIRST,
    `${setup.folder.path}/${FIRST}`,
    { decompress: false },
  );
  setup.requests();
  // The third is still the one that the mirror has fetched: it is not even read.
  const { requests, adopted, replaced, events } = await sync(setup);
  assertEquals([requests, adopted, replaced], [[`GET ${THIRD}`], 1, 1]);
  assertEquals(
    events.flatMap((event) => event.code === "examining" ? event.key : []),
    [FIRST],
  );
});

Deno.test("Mirror.sync() fetches decompressed files, of which no listing tells anything", async () => {
  await using setup = await setUp();
  const path = `${setup.folder.path}/${FOURTH.replace(/\.gz$/, "")}`;
  await fill(setup);
  await Deno.writeFile(path, contentOf(DATES[3] ?? ""));
  await using mirror = await setup.open({ decompress: true });
  const { adopted, fetched } = await mirror.sync(await mirror.plan(WEEK));
  assertEquals([adopted, fetched], [0, 4]);
});

Deno.test("Mirror.sync() keeps a file that it did not know where the newer one is damaged at source", async () => {
  await using setup = await setUp();
  await fill(setup);
  const path = `${setup.folder.path}/${FIRST}`;
  const old = await Deno.readFile(path);
  const body = (await packed("2024-02-01")).slice(0, -1);
  setup.server.objects.set(FIRST, { body });
  const { events, damagedAtSource } = await sync(setup);
  assertEquals(damagedAtSource, 1);
  const told = events.find(({ code }) => code === "damaged-at-source");
  assert(told?.code === "damaged-at-source" && told.keptAs !== undefined);
  assertEquals(await Deno.readFile(`${setup.folder.path}/${told.keptAs}`), old);
  assertEquals(await Deno.readFile(path), body);
});

Deno.test("Mirror.sync() that was interrupted while it adopted files goes on with the others", async () => {
  await using setup = await setUp();
  await fill(setup);
  const stop = new AbortController();
  await using mirror = await setup.open();
  const reason = await mirror.sync(await mirror.plan(WEEK), {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.code === "adopted") stop.abort("enough");
    },
  }).catch((error) => error);
  assertEquals(reason, "enough");
  const known = mirror.entries().length;
  assert(known > 0);
  const { adopted, fetched, present } = await mirror.sync(
    await mirror.plan(WEEK),
  );
  assertEquals([adopted, fetched, present], [4 - known, 0, known]);
});
