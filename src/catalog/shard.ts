import {
  assertInteger,
  assertString,
  parseIsoDate,
  wrongValue,
} from "../base/mod.ts";
import { toLayout } from "./layout.ts";

/**
 * A part of a work that several machines do: the `index`-th of `count`.
 *
 * @example
 * ```ts
 * import { parseShard, type Shard } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const shard: Shard = parseShard("3/8");
 * assertEquals(shard, { index: 3, count: 8 });
 * ```
 */
export interface Shard {
  /** Which one it is, from 1 to `count`. */
  readonly index: number;
  /** How many there are. */
  readonly count: number;
}

const EXPECTED = "i/n with 1 ≤ i ≤ n, such as 3/8 for the third of eight";
/** The most shards: no engine starts as many tasks of one job. */
const MAX_COUNT = 1_000_000;

/**
 * Reads a shard as test runners write it: `3/8` is the third of eight.
 *
 * @param text The text.
 * @returns The shard.
 * @throws {TypeError} If `text` is not a string.
 * @throws {RangeError} If it is not `i/n` with 1 ≤ i ≤ n.
 *
 * @example
 * ```ts
 * import { parseShard } from "@flatbed/flatbed/catalog";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseShard("1/2"), { index: 1, count: 2 });
 * assertThrows(() => parseShard("0/2"), RangeError);
 * ```
 */
export function parseShard(text: string): Shard {
  assertString(text, "shard");
  const match = /^(\d{1,7})\/(\d{1,7})$/.exec(text);
  const shard = { index: Number(match?.[1]), count: Number(match?.[2]) };
  const isThere = shard.index >= 1 && shard.index <= shard.count &&
    shard.count <= MAX_COUNT;
  if (!isThere) throw noShard(text);
  return shard;
}

/**
 * Which shard a key belongs to. It depends on the key and the count alone, and stays the
 * same in every version; both layouts of a key are one.
 *
 * The days of each dataset are dealt one after the other, Monday to Friday, and each
 * dataset begins with another shard. Among the weekdays of any range, no shard has more
 * than one more than another. Saturdays and Sundays are dealt by themselves: most datasets
 * have none, and would leave shards without work if they were counted. A key that is not
 * that of a day, such as a document's, goes by its hash.
 *
 * @param key The key.
 * @param count How many shards there are.
 * @returns The shard's index, from 1 to `count`.
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If `count` is no number of shards.
 *
 * @example
 * ```ts
 * import { S3Catalog, shardOf } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const keys = new S3Catalog()
 *   .getDateRangeKeys("stocks_daily", "2024-01-08", "2024-01-11");
 * assertEquals(keys.map((key) => shardOf(key, 3)), [2, 3, 1, 2]);
 * ```
 */
export function shardOf(key: string, count: number): number {
  assertString(key, "key");
  assertCount(count, "count");
  return seatOf(key, count) + 1;
}

/**
 * Whether a key belongs to a shard, by {@linkcode shardOf}.
 *
 * @param key The key.
 * @param shard The shard; without one, every key belongs.
 * @returns Whether it does.
 * @throws {TypeError} If an argument has the wrong type.
 * @throws {RangeError} If there is no such shard.
 *
 * @example
 * ```ts
 * import { isOfShard, parseShard, S3Catalog } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const keys = new S3Catalog()
 *   .getDateRangeKeys("stocks_daily", "2024-01-01", "2024-12-31");
 * const mine = keys.filter((key) => isOfShard(key, parseShard("3/8")));
 * assertEquals([keys.length, mine.length], [252, 33]);
 * ```
 */
export function isOfShard(key: string, shard: Shard | undefined): boolean {
  assertString(key, "key");
  if (shard === undefined) return true;
  const { index, count } = shard;
  assertCount(count, "shard.count");
  assertInteger(index, "shard.index", 1);
  if (index > count) throw noShard(`${index}/${count}`);
  return seatOf(key, count) + 1 === index;
}

/** The shape of what follows the prefix in a flat file's key. The table of datasets is not asked: it grows. */
const DAY = /^\/\d{4}\/\d{2}\/(\d{4}-\d{2}-\d{2})\.csv\.gz$/;
const DAY_LENGTH = "/YYYY/MM/YYYY-MM-DD.csv.gz".length;

/** Monday, 1969-12-29, as an epoch day. */
const FIRST_MONDAY = -3;

function seatOf(key: string, count: number): number {
  const prefix = key.slice(0, -DAY_LENGTH);
  const [, date = ""] = DAY.exec(key.slice(prefix.length)) ?? [];
  const epochDay = parseIsoDate(date);
  if (prefix === "" || typeof epochDay !== "number") {
    return hashOf(toLayout(key, "live")) % count;
  }
  const week = Math.floor((epochDay - FIRST_MONDAY) / 7);
  const day = epochDay - FIRST_MONDAY - week * 7; // 0 is a Monday
  const { weekday, weekend } = beginningOf(prefix);
  return day < 5
    ? modulo(weekday + week * 5 + day, count)
    : modulo(weekend + week * 2 + day - 5, count);
}

/** Where the days of a prefix begin to be dealt. */
interface Beginning {
  weekday: number;
  weekend: number;
}

/** What was computed before: a hundred thousand keys have a few prefixes. */
const beginnings = new Map<string, Beginning>();
const MAX_BEGINNINGS = 1000;

function beginningOf(prefix: string): Beginning {
  const known = beginnings.get(prefix);
  if (known !== undefined) return known;
  const live = toLayout(`${prefix}/`, "live").slice(0, -1);
  const beginning = {
    weekday: hashOf(live),
    weekend: hashOf(`${live} weekend`),
  };
  if (beginnings.size >= MAX_BEGINNINGS) beginnings.clear();
  beginnings.set(prefix, beginning);
  return beginning;
}

/** FNV-1a of the UTF-8 bytes, its bits mixed as MurmurHash3 ends: FNV's lowest ones are poor. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}

function modulo(value: number, count: number): number {
  return (value % count + count) % count;
}

function assertCount(count: unknown, name: string): asserts count is number {
  assertInteger(count, name, 1);
  if (count > MAX_COUNT) {
    throw wrongValue(name, `an integer ≤ ${MAX_COUNT}`, count);
  }
}

function noShard(text: string): RangeError {
  return wrongValue("shard", EXPECTED, text);
}
