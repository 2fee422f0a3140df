import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip, gzipSync } from "node:zlib";
import { addDays, MarketCalendar } from "../src/calendar/mod.ts";
import { S3Catalog } from "../src/catalog/mod.ts";
import { marketRows, type MarketRowsOptions } from "./market_rows.ts";
import { marketTicks } from "./market_ticks.ts";
import type { Sizes } from "./sizes.ts";

/** A group of objects. */
export type DataName =
  | "large"
  | "single"
  | "huge"
  | "content"
  | "batch"
  | "trades"
  | "quotes"
  | "days"
  | "small";

/** An object that the server has. */
export interface BenchObject {
  key: string;
  size: number;
  /** How many bytes it holds when it is decompressed. */
  content: number;
  /** The MD5, where the object was uploaded in one part. */
  md5: string | undefined;
}

/** When every object was written; old enough to be older than every copy of it. */
export const LAST_MODIFIED = new Date("2025-01-02T12:00:00Z");

/** How many small objects and objects of a batch differ; the others repeat them. */
const DISTINCT_SMALL = 40;
const DISTINCT_BATCH = 4;
/** So many sorted runs a day of quotes has, as those of options do. */
const QUOTE_RUNS = 4;
/** The CSV of a small object: gzip makes 300 KB of it. */
const SMALL_CONTENT = 1_085_000;
/** The CSV of one gzip member of a large object. */
const MEMBER_CONTENT = 16e6;

const catalog = new S3Catalog();

/** The dates of the small objects, which end with the last trading day of 2024. */
export function smallDates({ smallCount }: Sizes): string[] {
  const calendar = MarketCalendar.for("XNYS");
  const last = "2024-12-31";
  const days = Math.ceil(smallCount * 1.6) + 10;
  return calendar.tradingDays(addDays(last, -days), last).slice(-smallCount);
}

/** The dates of the objects of a batch. */
export function batchDates(): string[] {
  return MarketCalendar.for("XNYS")
    .tradingDays("2024-01-02", "2024-01-31").slice(0, 16);
}

/** The dates of the days whose rows are extracted. */
export function extractDates({ dayCount }: Sizes): string[] {
  return MarketCalendar.for("XNYS")
    .tradingDays("2023-01-03", "2023-12-29").slice(0, dayCount);
}

/** The keys of a group of objects. */
export function keysOf(name: DataName, sizes: Sizes): string[] {
  switch (name) {
    case "large":
      return [
        catalog.getKey("stocks_trades", "2024-01-02"),
        catalog.getKey("stocks_trades", "2024-01-04"),
      ];
    case "single":
      return [catalog.getKey("stocks_trades", "2024-01-03")];
    case "huge":
      return [catalog.getKey("stocks_quotes", "2024-01-02")];
    case "content":
      return [catalog.getKey("stocks_quotes", "2024-01-03")];
    case "batch":
      return batchDates().map((date) => catalog.getKey("stocks_minute", date));
    case "trades":
      return [catalog.getKey("stocks_trades", "2024-01-05")];
    case "quotes":
      return [catalog.getKey("stocks_quotes", "2024-01-05")];
    case "days":
      return extractDates(sizes).map((date) =>
        catalog.getKey("stocks_minute", date)
      );
    case "small":
      return smallDates(sizes).map((date) =>
        catalog.getKey("stocks_daily", date)
      );
  }
}

/** About how many bytes a group of objects has. */
export function roomOf(name: DataName, sizes: Sizes): number {
  switch (name) {
    case "large":
      return sizes.large;
    case "single":
      return sizes.single;
    case "huge":
      return sizes.huge;
    case "content":
      return sizes.hugeContent / 3.5;
    case "batch":
      return sizes.batchContent / 3.5 * 16;
    case "trades":
      return sizes.tradesContent / 3.5;
    case "quotes":
      return sizes.quotesContent / 3.5;
    case "days":
      return sizes.dayContent / 3.5 * DISTINCT_BATCH;
    case "small":
      return sizes.smallCount * 300e3;
  }
}

/** Writes a group of objects under their keys into a folder. */
export async function makeData(
  name: DataName,
  folder: string,
  sizes: Sizes,
): Promise<BenchObject[]> {
  const keys = keysOf(name, sizes);
  switch (name) {
    case "large":
      return await makeLarge(keys, folder, sizes.large);
    case "single":
    case "huge":
      return await makeOfMembers(
        keys,
        folder,
        (member) => Math.ceil(sizes[name] / member.length),
      );
    case "content":
      return await makeOfMembers(
        keys,
        folder,
        (_, content) => Math.ceil(sizes.hugeContent / content),
      );
    case "batch":
      return await makeInOnePart(
        keys,
        folder,
        sizes.batchContent,
        DISTINCT_BATCH,
      );
    case "trades":
      return await makeTicks(
        keys,
        folder,
        marketTicks("trades", sizes.tradesContent, 5),
      );
    case "quotes":
      return await makeTicks(
        keys,
        folder,
        marketTicks("quotes", sizes.quotesContent, 6, QUOTE_RUNS),
      );
    case "days":
      return await makeDays(keys, folder, sizes.dayContent);
    case "small":
      return await makeInOnePart(keys, folder, SMALL_CONTENT, DISTINCT_SMALL);
  }
}

/** Objects of one gzip member each. Every one has bytes of its own in the memory. */
async function makeInOnePart(
  keys: readonly string[],
  folder: string,
  content: number,
  distinct: number,
  options?: MarketRowsOptions,
): Promise<BenchObject[]> {
  const made: { bytes: Uint8Array; content: number; md5: string }[] = [];
  const objects: BenchObject[] = [];
  for (const [index, key] of keys.entries()) {
    let body = made[index % distinct];
    if (body === undefined) {
      const rows = marketRows(content, index + 1, options);
      const bytes = gzipSync(rows, { level: 6 });
      const md5 = createHash("md5").update(bytes).digest("hex");
      made.push(body = { bytes, content: rows.length, md5 });
    }
    const path = `${folder}/${key}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, body.bytes);
    await Deno.utime(path, LAST_MODIFIED, LAST_MODIFIED);
    objects.push({
      key,
      size: body.bytes.length,
      content: body.content,
      md5: body.md5,
    });
  }
  return objects;
}

/** One object of one gzip member, as if it had been uploaded in parts. */
async function makeTicks(
  [key = ""]: readonly string[],
  folder: string,
  rows: Iterable<Uint8Array>,
): Promise<BenchObject[]> {
  const path = `${folder}/${key}`;
  await Deno.mkdir(dirname(path), { recursive: true });
  let content = 0;
  const pieces = function* () {
    for (const bytes of rows) {
      content += bytes.length;
      yield bytes;
    }
  };
  await pipeline(
    Readable.from(pieces()),
    createGzip({ level: 6 }),
    createWriteStream(path),
  );
  await Deno.utime(path, LAST_MODIFIED, LAST_MODIFIED);
  const { size: stored } = await Deno.stat(path);
  return [{ key, size: stored, content, md5: undefined }];
}

/** Objects of which some have the same bytes: they are links. Rows are sorted by ticker. */
async function makeDays(
  keys: readonly string[],
  folder: string,
  content: number,
): Promise<BenchObject[]> {
  const made = await makeInOnePart(
    keys.slice(0, DISTINCT_BATCH),
    folder,
    content,
    DISTINCT_BATCH,
    { isSorted: true },
  );
  const objects: BenchObject[] = [];
  for (const [index, key] of keys.entries()) {
    const first = made[index % made.length];
    if (first === undefined) continue;
    objects.push({ ...first, key });
    if (key === first.key) continue;
    const path = `${folder}/${key}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.link(`${folder}/${first.key}`, path);
  }
  return objects;
}

/** The same bytes twice, as if uploaded in parts and in one: then there is an MD5. */
async function makeLarge(
  [key = "", other = ""]: readonly string[],
  folder: string,
  size: number,
): Promise<BenchObject[]> {
  const [object] = await makeOfMembers(
    [key],
    folder,
    (member) => Math.ceil(size / member.length),
  );
  if (object === undefined) return [];
  await Deno.remove(`${folder}/${other}`).catch(() => {});
  await Deno.link(`${folder}/${key}`, `${folder}/${other}`);
  const md5 = createHash("md5");
  using file = await Deno.open(`${folder}/${key}`);
  for await (const bytes of file.readable) md5.update(bytes);
  return [object, { ...object, key: other, md5: md5.digest("hex") }];
}

/** One object of many equal gzip members, as if it had been uploaded in parts. */
async function makeOfMembers(
  [key = ""]: readonly string[],
  folder: string,
  count: (member: Uint8Array, content: number) => number,
): Promise<BenchObject[]> {
  const rows = marketRows(MEMBER_CONTENT, 99);
  const member = gzipSync(rows, { level: 6 });
  const path = `${folder}/${key}`;
  await Deno.mkdir(dirname(path), { recursive: true });
  const members = count(member, rows.length);
  {
    using file = await Deno.open(path, {
      write: true,
      create: true,
      truncate: true,
    });
    for (let index = 0; index < members; index++) {
      for (let at = 0; at < member.length;) {
        at += await file.write(member.subarray(at));
      }
    }
  }
  await Deno.utime(path, LAST_MODIFIED, LAST_MODIFIED);
  return [{
    key,
    size: members * member.length,
    content: members * rows.length,
    md5: undefined,
  }];
}
