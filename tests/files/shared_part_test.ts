import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ByteRange, LocalFileError } from "../../src/base/mod.ts";
import {
  PartFile,
  SHARED_ALIGNMENT,
  SharedPart,
  type SharedVersion,
} from "../../src/files/mod.ts";
import { noise } from "../support/data.ts";
import { makeFolder } from "../support/folder.ts";

const KB64 = SHARED_ALIGNMENT;
const SIZE = 4 * KB64 + 100;
const BYTES = noise(SIZE, 7);
const VERSION: SharedVersion = {
  bucket: "flatfiles",
  key: "a.csv.gz",
  etag: "abc-2",
  size: SIZE,
};
const OTHER = { ...VERSION, etag: "def-2" };
const ALL = [{ start: 0, end: SIZE }];

/** Writes ranges to their places, and says that they are there. */
async function store(
  part: SharedPart,
  ranges: readonly ByteRange[],
  bytes: Uint8Array = BYTES,
): Promise<void> {
  for (const { start, end } of ranges) {
    using writer = await part.openRange(start, () => {});
    await writer.write(bytes.subarray(start, end));
    await writer.flush();
  }
  await part.save(() => ranges);
}

Deno.test("SharedPart: what several writers store is there for all, and a claim has the whole", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  using one = await SharedPart.open(path, VERSION);
  using two = await SharedPart.open(path, VERSION);
  await store(one, [{ start: 0, end: KB64 }]);
  await store(two, [{ start: 2 * KB64, end: SIZE }]);
  assertEquals(await one.look(), {
    state: "collecting",
    stored: [{ start: 0, end: KB64 }, { start: 2 * KB64, end: SIZE }],
  });
  await assertRejects(() => one.claim(), LocalFileError, "65536 bytes are mis");
  await store(one, [{ start: KB64, end: 2 * KB64 }]);
  assertEquals((await two.look()).stored, ALL);
  await using claim = await two.claim();
  assert(claim !== undefined);
  assertEquals(await Deno.readFile(`${claim.base}.part`), BYTES);
  assertEquals((await one.look()).state, "claimed");
});

Deno.test("SharedPart.save() counts no page that another writer may have to go on with", async () => {
  await using folder = await makeFolder();
  using part = await SharedPart.open(folder.path, VERSION);
  await store(part, [{ start: KB64, end: 2 * KB64 + 1 }]);
  assertEquals((await part.look()).stored, [{ start: KB64, end: 2 * KB64 }]);
  await store(part, [{ start: 4 * KB64, end: SIZE }]);
  assertEquals((await part.look()).stored.at(-1), {
    start: 4 * KB64,
    end: SIZE,
  });
});

Deno.test("SharedPart.save() fails where another process has dropped the collection", async () => {
  await using folder = await makeFolder();
  using part = await SharedPart.open(folder.path, VERSION);
  using writer = await part.openRange(0, () => {});
  await writer.write(BYTES.subarray(0, KB64));
  await writer.flush();
  await SharedPart.drop(folder.path);
  const saved = part.save(() => [{ start: 0, end: KB64 }]);
  await assertRejects(() => saved, LocalFileError);
});

Deno.test("SharedPart.claim() gives the whole to one of many", async () => {
  await using folder = await makeFolder();
  const parts = await Promise.all(
    Array.from({ length: 8 }, () => SharedPart.open(folder.path, VERSION)),
  );
  await Promise.all(parts.map((part, index) =>
    store(part, [{
      start: Math.floor(index / 2) * KB64,
      end: index > 5 ? SIZE : (Math.floor(index / 2) + 1) * KB64,
    }])
  ));
  const claims = await Promise.all(parts.map((part) => part.claim()));
  const held = claims.filter((claim) => claim !== undefined);
  assertEquals(held.length, 1);
  const [claim] = held;
  await claim?.giveBack();
  await claim?.[Symbol.asyncDispose]();
  await using again = await parts[0]?.claim();
  assert(again?.isHeld);
  assertEquals(await Deno.readFile(`${again.base}.part`), BYTES);
});

Deno.test("SharedPart.claim() takes over from a process of this machine that has ended, and the other one can do no harm", async () => {
  await using folder = await makeFolder();
  using part = await SharedPart.open(folder.path, VERSION);
  await store(part, ALL);
  const first = await part.claim();
  assert(first !== undefined);
  // As if it had been killed: the system gives its lock back.
  await first[Symbol.asyncDispose]();
  const sign = { pid: 1, host: Deno.hostname(), count: 3 };
  await Deno.writeTextFile(`${first.base}.alive`, JSON.stringify(sign));
  await using second = await part.claim();
  assert(second?.isHeld);
  assertEquals(first.isHeld, false);
  await assertRejects(
    () => PartFile.open(`${folder.path}/whole`, false, first.base),
    LocalFileError,
  );
  await first.giveBack();
  assert(second.isHeld);
});

Deno.test("SharedPart.claim() leaves it to a process that gives signs of life", async () => {
  await using folder = await makeFolder();
  using part = await SharedPart.open(folder.path, VERSION);
  await store(part, ALL);
  await using claim = await part.claim();
  assert(claim !== undefined);
  assertEquals(await part.claim(), undefined); // it holds its lock
  assert(claim.isHeld);
});

Deno.test("SharedPart: of another machine whose locks are not seen, a change of its sign is one of life", async () => {
  await using folder = await makeFolder();
  using part = await SharedPart.open(folder.path, VERSION);
  await store(part, ALL);
  const claim = await part.claim();
  assert(claim !== undefined);
  await claim[Symbol.asyncDispose]();
  const give = (count: number) =>
    Deno.writeTextFile(
      `${claim.base}.alive`,
      JSON.stringify({ pid: 1, host: "elsewhere", count }),
    );
  await give(1);
  const other = part.claim();
  let count = 1;
  const beating = setInterval(() => void give(++count), 300);
  assertEquals(await other, undefined);
  clearInterval(beating);
  assert(claim.isHeld);
});

Deno.test("SharedPart.drop() keeps one version, and what is written to a dropped one is not taken for a part of the next", async () => {
  await using folder = await makeFolder();
  const path = `${folder.path}/a`;
  using one = await SharedPart.open(path, VERSION);
  using other = await SharedPart.open(path, OTHER);
  await store(one, [{ start: 0, end: KB64 }]);
  await SharedPart.drop(path, VERSION);
  assertEquals((await one.look()).state, "collecting");
  assertEquals((await other.look()).state, "gone");
  assertEquals(await SharedPart.find(path, OTHER), undefined);
  using writer = await one.openRange(KB64, () => {});
  await writer.write(BYTES.subarray(KB64, 2 * KB64));
  await writer.flush();
  await SharedPart.drop(path);
  using next = await SharedPart.open(path, VERSION);
  await one.save(() => [{ start: KB64, end: 2 * KB64 }]);
  assertEquals(await next.look(), { state: "collecting", stored: [] });
  assertEquals((await one.look()).state, "gone");
});

Deno.test("SharedPart.look() believes no record that is impossible or torn", async () => {
  await using folder = await makeFolder();
  using part = await SharedPart.open(folder.path, VERSION);
  await store(part, [{ start: 0, end: KB64 }]);
  const [version = ""] = await folder.names();
  const names = (await folder.names()).filter((name) => name.endsWith(".data"));
  assertEquals(names.length, 1, version);
  const base = `${folder.path}/${names[0]?.slice(0, -".data".length)}`;
  const texts = [
    "",
    "[[0,",
    "{}",
    "[[65536,65535]]",
    `[[0,${SIZE + 1}]]`,
    "[[-1,9]]",
    "[[0.5,9]]",
    '[["0","9"]]',
    "[null]",
  ];
  for (const [index, text] of texts.entries()) {
    await Deno.writeTextFile(`${base}.${index}.ranges`, text);
  }
  assertEquals((await part.look()).stored, [{ start: 0, end: KB64 }]);
});

Deno.test("SharedPart takes up the space of what is stored, once", async () => {
  await using folder = await makeFolder();
  using part = await SharedPart.open(folder.path, {
    ...VERSION,
    size: 1024 ** 3,
  });
  assert(await part.bytesOnDisk() < 1024 ** 2);
  await store(part, [{ start: 0, end: KB64 }]);
  const taken = await part.bytesOnDisk();
  assert(taken >= KB64 && taken < 1024 ** 2, `${taken}`);
});
