import { assert, assertEquals, assertRejects } from "@std/assert";
import { openContext } from "../../src/mirror/open_context.ts";
import { examineFile } from "../../src/mirror/verify/examine_file.ts";
import { examineInParts } from "../../src/mirror/verify/examine_in_parts.ts";
import { indexesOf } from "./_indexes.ts";
import { decodeRowIndex, encodeRowIndex } from "../../src/rows/mod.ts";
import { csv, gzip, joined } from "../support/data.ts";
import { DATES, keyOf, type Setup, setUp, WEEK } from "./_mirror.ts";

const [DATE = ""] = DATES;
const KEY = keyOf(DATE);
const MEMBER = await gzip(csv(6_500_000));
/** So large that it is worth it; members do not end where parts do. */
const BODY = joined(...Array(12).fill(MEMBER), new Uint8Array(70));

/** A mirror with one large file and its index. */
async function setUpLarge(): Promise<Setup> {
  const setup = await setUp();
  setup.server.objects.set(KEY, { body: BODY });
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan<string>({ ...WEEK, to: DATE }));
  return setup;
}

Deno.test("examineInParts() finds the same as reading a file through, and nothing where something is wrong", async () => {
  await using setup = await setUpLarge();
  const context = await openContext(setup.folder.path, {});
  const { destination, files, indexes, manifest } = context;
  try {
    assert(files.count > 0, "this machine has one processor");
    const entry = manifest.entry(KEY, "stored");
    assert(entry !== undefined);
    const inParts = () => examineInParts(context, entry, undefined);
    assertEquals(
      await inParts(),
      await examineFile(destination, entry.path, {
        gzip: true,
        indexed: entry,
      }),
    );
    const path = `${setup.folder.path}/${entry.path}`;
    const damaged = BODY.slice();
    damaged.fill(0, 20_000_000, 20_000_100);
    await Deno.writeFile(path, damaged);
    assertEquals(await inParts(), undefined);
    await Deno.writeFile(path, BODY.subarray(1));
    assertEquals(await inParts(), undefined);
    await Deno.writeFile(path, BODY);
    assert(await inParts());

    const aborted = AbortSignal.abort(new Error("enough"));
    await assertRejects(
      () => examineInParts(context, entry, aborted),
      Error,
      "enough",
    );
    await Deno.writeFile(indexes.pathOf(KEY) ?? "", new Uint8Array(100));
    assertEquals(await inParts(), undefined);
    await indexes.remove(KEY);
    assertEquals(await inParts(), undefined);
  } finally {
    await files[Symbol.asyncDispose]();
    context[Symbol.dispose]();
  }
});

Deno.test("Mirror.verify() finds a damaged file and a wrong index, also where it reads in parts", async () => {
  await using setup = await setUpLarge();
  await using mirror = await setup.open();
  const codes = async () => {
    const { problems } = await mirror.verify({ mode: "full" });
    return problems.map(({ code }) => code);
  };
  assertEquals(await codes(), []);
  const indexPath = indexesOf(setup.folder.path).pathOf(KEY);
  const bytes = await Deno.readFile(indexPath);
  const index = decodeRowIndex(bytes, { key: KEY });
  const spans = index.spans.map((span, number) =>
    number === 3 ? { ...span, least: "A" } : span
  );
  const wrong = { ...index, spans };
  await Deno.writeFile(indexPath, await encodeRowIndex(wrong));
  assertEquals(await codes(), ["wrong-index"]);
  await Deno.writeFile(indexPath, bytes);
  const damaged = BODY.slice();
  damaged[BODY.length >> 1] = (damaged[BODY.length >> 1] ?? 0) ^ 1;
  await Deno.writeFile(`${setup.folder.path}/${KEY}`, damaged);
  assertEquals(await codes(), ["damaged"]);
});
