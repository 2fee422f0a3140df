import { sha256 } from "../support/hash.ts";
import { DatabaseSync } from "node:sqlite";
import { assertEquals, assertRejects } from "@std/assert";
import { md5 } from "../support/hash.ts";
import { csv, gzip } from "../support/data.ts";
import {
  DATES,
  keyOf,
  manifestRows,
  packed,
  type Setup,
  setUp,
  WEEK,
} from "./_mirror.ts";

const KEY = keyOf("2024-01-02");

/** Leaves what a run leaves that is killed while it fetches a file. */
async function interrupt(
  setup: Setup,
  { was, size, etag, form = "stored" }: {
    was?: string;
    size: number;
    etag: string;
    form?: string;
  },
): Promise<void> {
  await (await setup.open())[Symbol.asyncDispose]();
  using db = new DatabaseSync(`${setup.folder.path}/.flatbed/manifest.sqlite`);
  db.prepare("INSERT INTO arrivals VALUES (?, ?, ?, ?, NULL, ?, 0)")
    .run(KEY, form, size, etag, was ?? null);
}

async function write(
  setup: Setup,
  bytes: Uint8Array,
  name = KEY,
): Promise<void> {
  const path = `${setup.folder.path}/${name}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeFile(path, bytes);
}

/** The identity of a file as the manifest writes it. */
async function identity(setup: Setup): Promise<string> {
  const { ino, size, mtime } = await Deno.stat(
    `${setup.folder.path}/${KEY}`,
  );
  return [ino, size, mtime?.getTime()].join(" ");
}

Deno.test("Mirror.plan() finds a file present that had come to its name when the run was killed", async () => {
  await using setup = await setUp();
  const body = await packed("2024-01-02");
  await interrupt(setup, { size: body.length, etag: md5(body) });
  await write(setup, body);
  await write(setup, new Uint8Array(), `${KEY}.part.json`);
  {
    await using reader = await setup.open({ readOnly: true });
    const [item] = (await reader.plan(WEEK)).items;
    assertEquals([item?.state, item?.reason], ["new", "unfinished"]);
  }
  await using mirror = await setup.open();
  const [item] = (await mirror.plan(WEEK)).items;
  assertEquals([item?.state, item?.reason], ["present", undefined]);
  const [entry] = mirror.entries();
  assertEquals(
    [entry?.key, entry?.size, entry?.etag, entry?.sha256],
    [KEY, body.length, md5(body), sha256(body)],
  );
  assertEquals(
    (await setup.folder.names()).filter((name) => name.includes(".part")),
    [],
  );
});

Deno.test("Mirror.plan() goes on with it when another call is aborted that has begun it", async () => {
  await using setup = await setUp();
  const body = await packed("2024-01-02");
  await interrupt(setup, { size: body.length, etag: md5(body) });
  await write(setup, body);
  await using mirror = await setup.open();
  const controller = new AbortController();
  const first = mirror.plan({ ...WEEK, signal: controller.signal });
  const second = mirror.plan(WEEK);
  controller.abort(new Error("enough"));
  await assertRejects(() => first, Error, "enough");
  const [item] = (await second).items;
  assertEquals([item?.state, item?.reason], ["present", undefined]);
});

Deno.test("Mirror.plan() does so for a decompressed file", async () => {
  await using setup = await setUp();
  const body = await packed("2024-01-02");
  await interrupt(setup, {
    size: body.length,
    etag: md5(body),
    form: "decompressed",
  });
  await write(setup, csv(100), KEY.replace(/\.gz$/, ""));
  await using mirror = await setup.open({ decompress: true });
  assertEquals((await mirror.plan(WEEK)).items[0]?.state, "present");
});

Deno.test("Mirror.plan() does not take another file for the one that was fetched", async () => {
  const body = await packed("2024-01-02");
  const other = body.slice();
  other[20] = (other[20] ?? 0) ^ 1;
  for (
    const [bytes, etag] of [
      [body.slice(0, 100), md5(body)],
      [body.slice(0, 100), "no MD5"],
      [other, md5(body)],
      [body, ""],
    ] as const
  ) {
    await using setup = await setUp();
    await interrupt(setup, { size: body.length, etag });
    await write(setup, bytes);
    await using mirror = await setup.open();
    const [item] = (await mirror.plan(WEEK)).items;
    assertEquals([item?.state, item?.reason], ["new", "untracked"]);
    assertEquals(mirror.entries(), []);
  }
});

Deno.test("Mirror.plan() knows the older version again where the run was killed before the newer one came", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  const newer = await gzip(csv(5000, 7));
  await interrupt(setup, {
    was: await identity(setup),
    size: newer.length,
    etag: md5(newer),
  });
  await using mirror = await setup.open();
  const plan = await mirror.plan(WEEK);
  assertEquals(plan.items[0]?.state, "present");
  assertEquals(mirror.entries().length, 4);
  assertEquals(
    manifestRows(setup.folder.path, "SELECT * FROM arrivals"),
    [],
  );
});

Deno.test("Mirror.plan() never takes the newer version's file for the older one", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  const newer = await gzip(csv(5000, 7));
  await interrupt(setup, {
    was: await identity(setup),
    size: newer.length,
    etag: md5(newer),
  });
  const path = `${setup.folder.path}/${KEY}`;
  await Deno.writeFile(`${path}.new`, newer);
  await Deno.rename(`${path}.new`, path);
  await using mirror = await setup.open();
  const [before] = (await mirror.plan(WEEK)).items;
  assertEquals([before?.state, before?.reason], ["replaced", "size"]);
  setup.server.objects.set(KEY, { body: newer });
  assertEquals((await mirror.plan(WEEK)).items[0]?.state, "present");
  assertEquals(mirror.entries()[0]?.sha256, sha256(newer));
});

Deno.test("a mirror that is only looked at has the older version while it is being replaced, and the newer one once it has come", async () => {
  await using setup = await setUp();
  {
    await using mirror = await setup.open();
    await mirror.sync(await mirror.plan(WEEK));
  }
  const newer = await gzip(csv(5000, 7));
  await interrupt(setup, {
    was: await identity(setup),
    size: newer.length,
    etag: md5(newer),
  });
  await using reader = await setup.open({ readOnly: true });
  const path = `${setup.folder.path}/${KEY}`;
  for (const hasCome of [false, true]) {
    if (hasCome) {
      await Deno.writeFile(`${path}.part`, newer);
      await Deno.rename(`${path}.part`, path);
    }
    const { problems, ignored } = await reader.verify();
    assertEquals([problems, ignored], [[], []]);
    assertEquals(await reader.missing({ ...WEEK }), []);
    const [coverage] = await reader.coverage(WEEK);
    assertEquals([coverage?.files, coverage?.first], [4, DATES[0]]);
    assertEquals(reader.entries().length, hasCome ? 3 : 4);
  }
  // What is not whole has not come.
  await Deno.truncate(path, 10);
  assertEquals((await reader.missing(WEEK)).map(({ date }) => date), [
    DATES[0],
  ]);
});

Deno.test("a mirror that is only looked at takes no unknown file for one that has come", async () => {
  await using setup = await setUp();
  const body = await packed("2024-01-02");
  await write(setup, body);
  await interrupt(setup, {
    was: await identity(setup),
    size: body.length,
    etag: md5(body),
  });
  await using reader = await setup.open({ readOnly: true });
  assertEquals((await reader.verify()).problems[0]?.code, "untracked");
  assertEquals((await reader.missing(WEEK)).length, 4);
});
