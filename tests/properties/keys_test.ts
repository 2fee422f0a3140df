import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { MarketCalendar } from "../../src/calendar/mod.ts";
import {
  DATASETS,
  type KeyMetadata,
  type Layout,
  S3Catalog,
} from "../../src/catalog/mod.ts";
// The project's own collection of facts: the oracle's table is not the code's.
import reference from "../catalog/testdata/datasets.json" with { type: "json" };
import { check } from "./_check.ts";
import { anyDate, dateBetween, isRealDate, laterBy } from "./_dates.ts";

const LAYOUTS: readonly Layout[] = ["documented", "live"];

/** The dataset of each prefix, in both layouts. */
const TYPE_BY_PREFIX = new Map(
  reference.datasets.flatMap(({ id, prefix }) => [
    [prefix, id],
    [prefix.replace(/^us_options_opra\//, "us_options/"), id],
  ]),
);

/** What a key says, found out without the code under test; `undefined` where it is none. */
function readByHand(text: string): Record<string, string> | undefined {
  const [root, folder, year, month, file, ...more] = text.split("/");
  const dataType = TYPE_BY_PREFIX.get(`${root}/${folder}`);
  if (dataType === undefined || more.length > 0) return undefined;
  if (year === undefined || month === undefined) return undefined;
  if (!file?.endsWith(".csv.gz")) return undefined;
  const date = file.slice(0, -".csv.gz".length);
  if (!isRealDate(date) || !date.startsWith(`${year}-${month}-`)) {
    return undefined;
  }
  return { dataType, date, year, month };
}

/** What {@linkcode S3Catalog.parseKeyMetadata} says; `undefined` where it throws as it should. */
function parsed(text: string): KeyMetadata | undefined {
  try {
    return new S3Catalog().parseKeyMetadata(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Compares in JSON first: there are hundreds of thousands of texts. */
function assertReadAsByHand(text: string): void {
  const expected = readByHand(text);
  const said = parsed(text);
  if (JSON.stringify(said) !== JSON.stringify(expected)) {
    assertEquals<unknown>(said, expected, JSON.stringify(text));
  }
  assert(
    new S3Catalog().validateKey(text) === (expected !== undefined),
    `validateKey(${JSON.stringify(text)})`,
  );
}

const catalogs = new Map(
  LAYOUTS.map((layout) => [layout, new S3Catalog("flatfiles", { layout })]),
);

function keyOf(dataType: string, date: string, layout: Layout): string {
  return catalogs.get(layout)?.getKey(dataType, date) ?? "";
}

const dataset = fc.constantFrom(...DATASETS);
const layout = fc.constantFrom(...LAYOUTS);
const key = fc.tuple(dataset, anyDate(), layout)
  .map(([{ id }, date, layout]) => keyOf(id, date, layout));

/** What a key is made of, and what looks like it. */
const CHARACTERS: readonly string[] = [
  ..."abcdefghijklmnopqrstuvwxyz0123456789_-./",
  ..." \t\n\r\0\\%+:*?ACSVGZ~",
  // Digits and letters of other scripts, other hyphens, dots and slashes, and nothing to see.
  ..."０１２٠١٢²асѕеорɡ‐‑–—−．․。∕⁄／＿\u00a0\u200b\u200d\u202e\ufeff\u2028",
  "\ud800",
  "e\u0301",
  "𝟎",
];

/** Every text that differs from a text in one place. */
function* mutationsOf(text: string): Generator<string> {
  for (let at = 0; at <= text.length; at++) {
    const [before, after] = [text.slice(0, at), text.slice(at)];
    for (const character of CHARACTERS) {
      yield before + character + after;
      if (at < text.length) yield before + character + after.slice(1);
    }
    const [here = "", next = ""] = after;
    yield before + after.slice(1);
    yield before + next + here + after.slice(2);
    yield before + here.toUpperCase() + after.slice(1);
    yield before + here + after;
    yield after;
    yield before;
  }
}

/** A random change of a text. */
const change = fc.oneof(
  fc.record({
    at: fc.nat(),
    length: fc.nat({ max: 3 }),
    by: fc.oneof(
      fc.constantFrom("", ...CHARACTERS),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
  }).map(({ at, length, by }) => (text: string) => {
    const from = at % (text.length + 1);
    return text.slice(0, from) + by + text.slice(from + length);
  }),
  fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => (text: string) => {
    const characters = [...text];
    const [i, j] = [a, b].map((n) => n % Math.max(1, characters.length));
    const [x, y] = [characters[i ?? 0] ?? "", characters[j ?? 0] ?? ""];
    return characters.with(i ?? 0, y).with(j ?? 0, x).join("");
  }),
  fc.constantFrom(
    (text: string) => `/${text}`,
    (text: string) => `${text}/`,
    (text: string) => `${text}\n`,
    (text: string) => `s3://flatfiles/${text}`,
    (text: string) => text.toUpperCase(),
    (text: string) => text.normalize("NFD"),
    (text: string) => text.replaceAll("/", "%2F"),
    (text: string) => text.replaceAll("/", "//"),
    (text: string) => text.repeat(2),
    (text: string) => text.replace("us_options/", "us_options_opra/"),
    (text: string) => text.replace("_opra", ""),
  ),
);
/** A key after some random changes, possibly none. */
const changedKey = fc.tuple(key, fc.array(change, { maxLength: 3 })).map((
  [key, changes],
) => changes.reduce((text, change) => change(text || " "), key));

Deno.test("S3Catalog.parseKeyMetadata() gives back what S3Catalog.getKey() was given, for every dataset and layout", async () => {
  const eachOfEach = DATASETS.flatMap(({ id }) =>
    LAYOUTS.map((layout) => [id, layout] as const)
  );
  await check(
    fc.property(anyDate(), (date) => {
      for (const [dataType, layout] of eachOfEach) {
        const key = keyOf(dataType, date, layout);
        const [year = "", month = ""] = date.split("-");
        const metadata = { dataType, date, year, month };
        for (const other of catalogs.values()) {
          assert(other.validateKey(key), key);
          assertEquals(other.parseKeyMetadata(key), metadata, key);
        }
        assertEquals(readByHand(key), metadata, key);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("S3Catalog.getKey() gives no two days or datasets the same key", async () => {
  await check(
    fc.property(
      fc.tuple(dataset, anyDate()),
      fc.tuple(dataset, anyDate()),
      layout,
      layout,
      ([a, dayA], [b, dayB], layoutA, layoutB) => {
        const isSame = a.id === b.id && dayA === dayB &&
          (layoutA === layoutB || !a.id.startsWith("options_"));
        assertEquals(
          keyOf(a.id, dayA, layoutA) === keyOf(b.id, dayB, layoutB),
          isSame,
        );
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("S3Catalog.validateKey() and parseKeyMetadata() refuse every text that differs from a key in one place, where it is no other key", async () => {
  await check(
    fc.property(key, (key) => {
      for (const text of mutationsOf(key)) assertReadAsByHand(text);
    }),
    { numRuns: 12 },
  );
});

Deno.test("S3Catalog.validateKey() and parseKeyMetadata() refuse what random changes make of a key, where it is no other key", async () => {
  await check(fc.property(changedKey, assertReadAsByHand), { numRuns: 3000 });
});

Deno.test("S3Catalog.validateKey() throws at nothing", async () => {
  const catalog = new S3Catalog();
  const anything = fc.oneof(
    fc.anything({
      withBigInt: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      withDate: true,
      withMap: true,
      withSet: true,
    }),
    fc.func(fc.anything()),
    fc.constantFrom<unknown>(Symbol("key"), new String("us_indices")),
  );
  await check(
    fc.property(anything, (value) => {
      // None of them is a key, not even one that would become a text.
      assertEquals(catalog.validateKey(value), false);
    }),
    { numRuns: 1000 },
  );
  await check(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      assertReadAsByHand(text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("S3Catalog.getSummary() counts each key once", async () => {
  const catalog = new S3Catalog();
  const texts = fc.array(
    fc.oneof(key, changedKey, fc.string({ unit: "binary" })),
    { maxLength: 60 },
  );
  await check(
    fc.property(texts, (texts) => {
      const summary = catalog.getSummary(new Set(texts));
      const { total, ...counts } = summary;
      const distinct = [...new Set(texts)];
      assertEquals(total, distinct.length);
      assertEquals(
        Object.values(counts).reduce((sum, count) => sum + count, 0),
        total,
      );
      for (const [field, count] of Object.entries(counts)) {
        const same = distinct.filter((text) =>
          (readByHand(text)?.dataType ?? "invalid") === field
        );
        assertEquals(count, same.length, field);
      }
    }),
    { numRuns: 200 },
  );
});

/** The files that were never published. */
const NEVER_PUBLISHED = ["options_trades 2018-10-12"];

/** Whether a file is due, found out without the code under test. */
function isExpected(
  { id, calendar }: typeof DATASETS[number],
  day: string,
): boolean {
  // Forex trades on Sunday evenings; a file of that day is optional.
  const isWeekend = [0, 6].includes(new Date(day).getUTCDay());
  return MarketCalendar.for(calendar).isTradingDay(day) &&
    !(calendar === "FOREX" && isWeekend) &&
    !NEVER_PUBLISHED.includes(`${id} ${day}`);
}

/** A range of up to 400 days that all calendars reach, and a place to cut it. */
const range = fc.record({
  start: dateBetween("1990-01-01", "2099-11-01"),
  length: fc.integer({ min: 1, max: 400 }),
  cut: fc.nat(),
});

Deno.test("S3Catalog.getDateRangeKeys() gives the keys of the expected days, one by one", async () => {
  await check(
    fc.property(dataset, layout, range, (dataset, layout, range) => {
      const { start, length } = range;
      const days = Array.from({ length }, (_, index) => laterBy(start, index));
      assertEquals(
        catalogs.get(layout)?.getDateRangeKeys(
          dataset.id,
          start,
          laterBy(start, length - 1),
        ),
        days.filter((day) => isExpected(dataset, day))
          .map((day) => keyOf(dataset.id, day, layout)),
      );
    }),
    { numRuns: 150 },
  );
});

Deno.test("S3Catalog.getDateRangeKeys() gives for a range what it gives for its parts", async () => {
  const catalog = new S3Catalog();
  await check(
    fc.property(dataset, range, (dataset, { start, length, cut }) => {
      const end = laterBy(start, length);
      const middle = laterBy(start, cut % length);
      const keys = (from: string, to: string) =>
        catalog.getDateRangeKeys(dataset.id, from, to);
      assertEquals(
        [...keys(start, middle), ...keys(laterBy(middle, 1), end)],
        keys(start, end),
      );
    }),
    { numRuns: 200 },
  );
});

Deno.test("S3Catalog.getMissingDates() gives the days that complete those that are there", async () => {
  await check(
    fc.property(range, fc.func(fc.boolean()), ({ start, length }, isThere) => {
      const end = laterBy(start, length - 1);
      const days = Array.from({ length }, (_, index) => laterBy(start, index));
      const existing = days.filter((day) => isThere(day));
      const missing = S3Catalog.getMissingDates(existing, start, end);
      const business = S3Catalog.getBusinessDays(start, end);
      assertEquals(missing.filter((day) => existing.includes(day)), []);
      assertEquals(
        [...missing, ...existing.filter((day) => business.includes(day))]
          .sort(),
        business,
      );
    }),
    { numRuns: 100 },
  );
});
