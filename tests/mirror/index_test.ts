import { assert, assertEquals, assertRejects } from "@std/assert";
import { crc32 } from "node:zlib";
import type {
  ExtractEvent,
  IndexEvent,
  Mirror,
  PlanOptions,
  VerifyOptions,
} from "../../src/mirror/mod.ts";
import { indexesOf } from "./_indexes.ts";
import { decodeRowIndex, encodeRowIndex } from "../../src/rows/mod.ts";
import { csv, gzip, joined } from "../support/data.ts";
import { DATES, keyOf, packed, type Setup, setUp, WEEK } from "./_mirror.ts";

const [DATE = "", SMALL_DATE = ""] = DATES;
const KEY = keyOf(DATE);
/** Stored bytes that are enough for an index. */
const LARGE = await gzip(csv(6_500_000));
const OTHER = await gzip(csv(6_600_000, 2));

/** A mirror of a week whose first day is large. */
async function setUpLarge(): Promise<Setup> {
  const setup = await setUp();
  setup.server.objects.set(KEY, { body: LARGE });
  return setup;
}

async function sync(
  mirror: Mirror,
  options: Partial<PlanOptions<string>> = {},
): Promise<void> {
  const plan = await mirror.plan<string>({ ...WEEK, ...options });
  const { failed } = await mirror.sync(plan);
  assertEquals(failed, 0);
}

/** The rows that the index of a key counts, and how many bytes its object has. */
async function indexed(
  { folder }: Setup,
  key = KEY,
): Promise<{ size: number; etag: string } | undefined> {
  const path = indexesOf(folder.path).pathOf(key);
  try {
    const { size, etag } = decodeRowIndex(await Deno.readFile(path), { key })
      .object;
    return { size, etag };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The version that the manifest knows of a key. */
function known(mirror: Mirror): { size: number; etag: string } | undefined {
  const entry = mirror.entries().find(({ key }) => key === KEY);
  return entry && { size: entry.size, etag: entry.etag };
}

Deno.test("Mirror.sync() makes the index of each large file that it fetches, and a newer version's replaces it", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  await sync(mirror);
  const first = await indexed(setup);
  assertEquals(first?.size, LARGE.length);
  assertEquals(first, known(mirror));
  assertEquals(await indexed(setup, keyOf(SMALL_DATE)), undefined);

  setup.server.objects.set(KEY, { body: OTHER });
  await sync(mirror);
  assertEquals((await indexed(setup))?.size, OTHER.length);
  assertEquals(await indexed(setup), known(mirror));
});

Deno.test("Mirror.fetch() makes the index of a large file", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  await mirror.fetch(KEY);
  assertEquals((await indexed(setup))?.size, LARGE.length);
});

Deno.test("Mirror.fetch() removes the index of a version that is replaced by one without", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  await mirror.fetch(KEY);
  assert(await indexed(setup));
  // Fetched again without being looked into: the index is still that of this version.
  await Deno.remove(`${setup.folder.path}/${KEY}`);
  await mirror.fetch(KEY, { trustEtag: true });
  assert(await indexed(setup));
  setup.server.objects.set(KEY, { body: OTHER });
  await mirror.fetch(KEY, { trustEtag: true });
  assertEquals(known(mirror)?.size, OTHER.length);
  assertEquals(await indexed(setup), undefined);
  setup.server.objects.set(KEY, { body: LARGE });
  await mirror.fetch(KEY);
  assert(await indexed(setup));
  setup.server.objects.set(KEY, { body: await packed(DATE) });
  await mirror.fetch(KEY);
  assertEquals(await indexed(setup), undefined);
});

Deno.test("Mirror.fetch() removes the index of a version that a file found in its place is not of", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  await mirror.fetch(KEY);
  setup.server.objects.set(KEY, { body: OTHER });
  await Deno.writeFile(`${setup.folder.path}/${KEY}`, OTHER);
  assertEquals((await mirror.fetch(KEY)).outcome, "present");
  assertEquals(await indexed(setup), undefined);
});

Deno.test("Mirror.sync() makes no index where files are decompressed", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open({ decompress: true });
  await sync(mirror);
  assertEquals(known(mirror)?.size, LARGE.length);
  assertEquals(await indexed(setup), undefined);
});

Deno.test("Mirror.release() keeps the indexes of the files whose space it frees", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  await sync(mirror);
  const { released } = await mirror.release({ ...WEEK, force: true });
  assertEquals(released, DATES.length);
  assertEquals((await indexed(setup))?.size, LARGE.length);
});

Deno.test("Mirror.index() makes the indexes that are lacking of large files, once", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  await sync(mirror);
  const path = indexesOf(setup.folder.path).pathOf(KEY);
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  const events: IndexEvent[] = [];
  const first = await mirror.index({ onEvent: (event) => events.push(event) });
  const small = DATES.length - 1;
  assertEquals(first, {
    indexed: 1,
    bytes: LARGE.length,
    bytesOfIndexes: bytes.length,
    present: 0,
    small,
    notIndexed: 0,
  });
  assertEquals(await Deno.readFile(path), bytes);
  const [begun, event] = events;
  assert(begun?.code === "indexing" && begun.size === LARGE.length);
  assert(event?.code === "indexed" && events.length === 2);
  assertEquals([event.key, event.source, event.size], [
    KEY,
    "file",
    LARGE.length,
  ]);
  // One that is damaged, or of another version, is as good as none.
  assertEquals((await mirror.index()).present, 1);
  await Deno.writeFile(path, bytes.subarray(1));
  assertEquals((await mirror.index()).indexed, 1);
  assertEquals(await Deno.readFile(path), bytes);
  assertEquals((await mirror.index({ to: "2024-01-01" })).present, 0);
});

Deno.test("Mirror.index() reports what cannot have an index, and goes on", async () => {
  await using setup = await setUp();
  const noise = csv(6_500_000, 3);
  noise.set(new TextEncoder().encode("symbol"));
  const [first = "", second = "", third = ""] = DATES.map((date) =>
    keyOf(date)
  );
  setup.server.objects.set(first, { body: await gzip(noise) });
  setup.server.objects.set(second, { body: LARGE });
  setup.server.objects.set(third, { body: LARGE });
  await using mirror = await setup.open();
  await sync(mirror);
  const indexes = indexesOf(setup.folder.path);
  const there = [first, second, third].map((key) => indexes.has(key));
  assertEquals(await Promise.all(there), [false, true, true]);
  for (const key of [second, third]) await Deno.remove(indexes.pathOf(key));
  await Deno.writeFile(
    `${setup.folder.path}/${second}`,
    LARGE.map((byte, at) => at === 100_000 ? byte ^ 1 : byte),
  );
  const told: string[] = [];
  const { indexed, notIndexed } = await mirror.index({
    onEvent(event) {
      if (event.code === "indexing") return;
      told.push(
        `${event.date} ${event.code === "indexed" ? event.code : event.reason}`,
      );
    },
  });
  assertEquals([indexed, notIndexed], [1, 2]);
  assertEquals(told.toSorted(), [
    `${DATES[0]} not-indexable`,
    `${DATES[1]} damaged`,
    `${DATES[2]} indexed`,
  ]);
});

Deno.test("Mirror.index() reads objects that are not in the mirror once, and keeps only their indexes", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open({ readOnly: true });
  const options = { ...WEEK, remote: true };
  const first = await mirror.index<string>(options);
  assertEquals([first.indexed, first.bytes], [1, LARGE.length]);
  assertEquals((await indexed(setup))?.size, LARGE.length);
  const asked = setup.requests();
  assert(asked.includes(`GET ${KEY}`));
  assertEquals(asked.filter((request) => request.startsWith("LIST")), []);
  const there = await Array.fromAsync(
    Deno.readDir(setup.folder.path),
    ({ name }) => name,
  );
  assertEquals(there, [".flatbed"]);

  assertEquals((await mirror.index<string>(options)).present, 1);
  assertEquals(setup.requests(), DATES.map((date) => `HEAD ${keyOf(date)}`));
  // Parts of the object are enough from now on.
  const events: ExtractEvent[] = [];
  const rows = mirror.extract({
    dataType: "stocks_daily",
    from: DATE,
    to: DATE,
    tickers: ["T7"],
    onEvent: (event) => events.push(event),
  });
  assert((await Array.fromAsync(rows)).length > 0);
  const extracted = events.find(({ code }) => code === "extracted");
  assert(extracted?.code === "extracted");
  assertEquals(extracted.source, "object-parts");
});

Deno.test("Mirror.index() reports objects of expected days that are not to be had", async () => {
  await using setup = await setUpLarge();
  setup.server.objects.delete(keyOf(SMALL_DATE));
  await using mirror = await setup.open({ readOnly: true });
  const told: unknown[] = [];
  const { notIndexed } = await mirror.index<string>({
    ...WEEK,
    remote: true,
    onEvent: (event) => {
      if (event.code === "not-indexed") told.push([event.date, event.reason]);
    },
  });
  assertEquals(notIndexed, 1);
  assertEquals(told, [[SMALL_DATE, "not-found"]]);
});

Deno.test("Mirror.index() makes the same indexes in several threads as a sync does", async () => {
  await using setup = await setUp();
  const days = [DATE, SMALL_DATE];
  // Several members are as large as one, and faster to make.
  const body = joined(...Array(9).fill(LARGE));
  for (const date of days) setup.server.objects.set(keyOf(date), { body });
  await using mirror = await setup.open();
  await sync(mirror);
  const indexes = indexesOf(setup.folder.path);
  const read = () =>
    Promise.all(days.map((date) => Deno.readFile(indexes.pathOf(keyOf(date)))));
  const made = await read();
  await Promise.all(days.map((date) => indexes.remove(keyOf(date))));
  const events: IndexEvent[] = [];
  const { indexed } = await mirror.index({
    onEvent: (event) => events.push(event),
  });
  assertEquals(indexed, days.length);
  assertEquals(await read(), made);
  assertEquals(
    events.map(({ code, date }) => `${code} ${date}`).toSorted(),
    ["indexed", "indexing"].flatMap((code) =>
      days.map((date) => `${code} ${date}`)
    ),
  );

  await Promise.all(days.map((date) => indexes.remove(keyOf(date))));
  const path = `${setup.folder.path}/${keyOf(DATE)}`;
  const bytes = await Deno.readFile(path);
  bytes.fill(0, 9_000_000, 9_000_100);
  await Deno.writeFile(path, bytes);
  events.length = 0;
  const second = await mirror.index({ onEvent: (event) => events.push(event) });
  assertEquals([second.indexed, second.notIndexed], [1, 1]);
  const failed = events.find(({ code }) => code === "not-indexed");
  assert(failed?.code === "not-indexed");
  assertEquals([failed.date, failed.reason], [DATE, "damaged"]);
});

Deno.test("Mirror.index() refuses to read all objects of all days", async () => {
  await using setup = await setUp();
  await using mirror = await setup.open({ readOnly: true });
  await assertRejects(
    () => mirror.index({ remote: true, from: "2024-01-01" }),
    TypeError,
    "without dataTypes",
  );
  await assertRejects(
    () => mirror.index({ remote: true, dataTypes: ["stocks_daily"] }),
    TypeError,
    "without from",
  );
});

Deno.test("Mirror.verify() proves indexes in full mode, and makes wrong ones again", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  await sync(mirror);
  const path = indexesOf(setup.folder.path).pathOf(KEY);
  const bytes = await Deno.readFile(path);
  const problems = async (options: VerifyOptions = { mode: "full" }) =>
    (await mirror.verify(options)).problems
      .map(({ code, path, isRepaired }) => [code, path, isRepaired]);
  assertEquals(await problems(), []);

  // An index with its own checksum that says something else of the rows.
  const index = decodeRowIndex(bytes);
  const [span] = index.spans;
  assert(span !== undefined);
  const wrong = {
    ...index,
    spans: index.spans.map((span, at) =>
      at === 1 ? { ...span, greatest: "A", least: "A" } : span
    ),
  };
  assert(wrong.spans.length > 1);
  setup.requests();
  for (
    const damaged of [
      await encodeRowIndex(wrong),
      await encodeRowIndex({
        ...index,
        object: { ...index.object, etag: "x" },
      }),
      bytes.subarray(0, -1),
      bytes.with(8, bytes[8]! + 1), // another version, and not its CRC-32
    ]
  ) {
    await Deno.writeFile(path, damaged);
    assertEquals(await problems({ mode: "quick" }), []);
    assertEquals(await problems(), [["wrong-index", KEY, false]]);
    assertEquals(await problems({ mode: "full", repair: true }), [
      ["wrong-index", KEY, true],
    ]);
    assertEquals(await Deno.readFile(path), bytes);
  }
  // One of another release is none, and is made again where it is of use.
  const other = bytes.with(8, bytes[8]! + 1);
  new DataView(other.buffer)
    .setUint32(other.length - 4, crc32(other.subarray(0, -4)), true);
  await Deno.writeFile(path, other);
  assertEquals(await problems(), []);
  await mirror.index();
  assertEquals(await Deno.readFile(path), bytes);

  // What is no file is not opened.
  await Deno.remove(path);
  await new Deno.Command("mkfifo", { args: [path] }).output();
  assertEquals(await problems(), []);
  await assertRejects(() => mirror.index(), Error, "not a regular file");
  assertEquals(setup.requests(), []);
});

Deno.test("Mirror.rowIndex() reads an index, and none that is of another version than the file", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  assertEquals(await mirror.rowIndex(KEY), undefined);
  await sync(mirror);
  const index = await mirror.rowIndex(KEY);
  assertEquals(index?.object.size, LARGE.length);
  assert(index !== undefined);
  const other = { ...index, object: { ...index.object, etag: "x" } };
  const path = indexesOf(setup.folder.path).pathOf(KEY);
  await Deno.writeFile(path, await encodeRowIndex(other));
  assertEquals(await mirror.rowIndex(KEY), undefined);
  await mirror.release({ ...WEEK, force: true });
  assertEquals((await mirror.rowIndex(KEY))?.object.etag, "x");
});
