import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { indexesOf } from "./_indexes.ts";
import type { Mirror } from "../../src/mirror/mod.ts";
import { decodeRowIndex, encodeRowIndex } from "../../src/rows/mod.ts";
import { csv, gzip, joined } from "../support/data.ts";
import { DATES, keyOf, type Setup, setUp, WEEK } from "./_mirror.ts";

const [DATE = ""] = DATES;
const KEY = keyOf(DATE);
const PATH = KEY.replace(/\.gz$/, "");
const PIECE = csv(6_500_000);
const MEMBER = await gzip(PIECE);
const MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const CONTENT = joined(MARK, ...Array(7).fill(PIECE));
const BODY = joined(await gzip(MARK), ...Array(7).fill(MEMBER));

/** A mirror that has the day as it is stored, with its index. */
async function setUpStored(body = BODY): Promise<Setup> {
  const setup = await setUp();
  setup.server.objects.set(KEY, { body });
  await using mirror = await setup.open();
  await mirror.sync(await mirror.plan<string>({ ...WEEK, to: DATE }));
  setup.requests();
  return setup;
}

/** Fetches the content; returns the requests, and whether it is right. */
async function fetchContent(
  setup: Setup,
  content = CONTENT,
): Promise<{ asked: string[]; entry: ReturnType<Mirror["entries"]>[number] }> {
  await using mirror = await setup.open({ decompress: true });
  const { outcome, entry } = await mirror.fetch(KEY);
  assertEquals(outcome, "fetched");
  const bytes = await Deno.readFile(`${setup.folder.path}/${PATH}`);
  const sha256 = createHash("sha256").update(content).digest("hex");
  assertEquals(createHash("sha256").update(bytes).digest("hex"), sha256);
  assert(entry !== undefined);
  assertEquals([entry.sha256, entry.bytes], [sha256, content.length]);
  assertEquals([entry.gzip, entry.encoding], ["whole", "decompressed"]);
  const { problems } = await mirror.verify({ mode: "full" });
  assertEquals(problems, []);
  const names = await Array.fromAsync(
    Deno.readDir(`${setup.folder.path}/${PATH.replace(/\/[^/]*$/, "")}`),
    ({ name }) => name,
  );
  assertEquals(names.toSorted(), [`${DATE}.csv`, `${DATE}.csv.gz`]);
  return { asked: setup.requests(), entry };
}

Deno.test("Mirror.fetch() decompresses a file that the mirror has, by its index, and fetches nothing", async () => {
  await using setup = await setUpStored();
  const { asked } = await fetchContent(setup);
  assertEquals(asked, [`HEAD ${KEY}`]);
});

Deno.test("Mirror.fetch() fetches a file whose index or content is not right", async () => {
  const damage = async ({ folder }: Setup, what: string) => {
    const path = `${folder.path}/${KEY}`;
    const indexPath = indexesOf(folder.path).pathOf(KEY);
    const index = decodeRowIndex(await Deno.readFile(indexPath), { key: KEY });
    if (what === "the file") {
      const { mtime } = await Deno.stat(path);
      const bytes = BODY.slice();
      bytes.fill(0, 9_000_000, 9_000_100);
      await Deno.writeFile(path, bytes);
      await Deno.utime(path, mtime ?? 0, mtime ?? 0);
      return;
    }
    const spans = index.spans.map((span, number) =>
      number === 5 && what === "a checksum" ? { ...span, crc32: 1 } : span
    );
    const header = what === "the header row" ? "ticker\n" : index.header;
    await Deno.writeFile(
      indexPath,
      await encodeRowIndex({ ...index, spans, header }),
    );
  };
  for (const what of ["the file", "a checksum", "the header row"]) {
    await using setup = await setUpStored();
    await damage(setup, what);
    await using mirror = await setup.open({ decompress: true });
    await mirror.fetch(KEY);
    const bytes = await Deno.readFile(`${setup.folder.path}/${PATH}`);
    assertEquals(bytes.length, CONTENT.length, what);
    assert(bytes.every((byte, at) => byte === CONTENT[at]), what);
    assert(setup.requests().includes(`GET ${KEY}`), what);
  }
});

Deno.test("Mirror.fetch() fetches another version than the one that the mirror has", async () => {
  await using setup = await setUpStored();
  const other = await gzip(csv(6_600_000, 2));
  setup.server.objects.set(KEY, { body: other });
  await using mirror = await setup.open({ decompress: true });
  const { entry } = await mirror.fetch(KEY);
  assertEquals(entry?.bytes, 6_600_000);
  assert(setup.requests().includes(`GET ${KEY}`));
});
