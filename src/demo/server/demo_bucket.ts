import { addDays, MarketCalendar } from "../../calendar/mod.ts";
import {
  type Dataset,
  DATASETS,
  dueAt,
  lastDueDate,
  S3Catalog,
} from "../../catalog/mod.ts";
import type { RowOrder } from "../data/row_order.ts";
import type { FileId } from "../data/file_plan.ts";
import { plannedSize } from "../data/file_plan.ts";
import {
  generatedBytes,
  generatedEtag,
  isSingleUpload,
  readGenerated,
} from "../data/generated_file.ts";
import { hashText } from "../data/random.ts";
import { DemoObjects } from "./static_objects.ts";
import type { StoredObject } from "../../service/mod.ts";
import type { StaticObject } from "./static_object.ts";

const README_KEY = "README.txt";

const README = `Everything in this bucket is made up.

It is the demo service of Flatbed. Its files have the names and the shape of the
flat files of Polygon.io (now Massive), and the names in them are those of real
shares, funds, contracts and currencies, but every price, size and time in them
is computed from the file's name. Nothing here was ever traded.
`;

/** Datasets in the order of their keys. */
const SORTED_DATASETS: readonly Dataset[] = DATASETS.toSorted((a, b) =>
  a.prefix < b.prefix ? -1 : 1
);

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** The last date that the calendars know. */
const LAST_DATE = "2100-12-31";

/** The last date whose files are there. */
function lastPublishedDate(now: Date): string {
  const last = lastDueDate(now);
  return last < LAST_DATE ? last : LAST_DATE;
}

/** What the generated files are like. */
export interface GeneratedShape {
  /** Multiplies their sizes. */
  readonly scale: number;
  /** The order of the rows of trades, quotes and values; the dataset's own where it is not given. */
  readonly order?: RowOrder | undefined;
  /** Whether there are rows that readers stumble over. */
  readonly oddities?: boolean | undefined;
}

/** The objects of a demo service. All keys are in the live layout. */
export class DemoBucket {
  /** What was added and deleted. */
  readonly objects: DemoObjects;
  readonly #shape: GeneratedShape;
  readonly #now: () => Date;
  readonly #alter: (key: string, object: StoredObject) => StoredObject;
  readonly #versions = new Map<string, { version: number; since: Date }>();

  /** Makes a bucket; `alter` says how it holds an object. */
  constructor(
    shape: GeneratedShape,
    now: () => Date,
    objects: Iterable<readonly [string, StaticObject]>,
    alter: (key: string, object: StoredObject) => StoredObject = (_, object) =>
      object,
  ) {
    this.#alter = alter;
    this.#shape = shape;
    this.#now = now;
    this.objects = new DemoObjects(objects, now);
    if (!this.objects.has(README_KEY)) {
      this.objects.set(README_KEY, {
        body: new TextEncoder().encode(README),
        contentType: "text/plain; charset=utf-8",
        lastModified: new Date("2024-01-01T00:00:00Z"),
      });
    }
  }

  /** The object of a key, or `undefined`. */
  find(key: string): StoredObject | undefined {
    const object = this.#find(key);
    return object && this.#alter(key, object);
  }

  #find(key: string): StoredObject | undefined {
    const added = this.objects.stored(key);
    if (added !== undefined) return added;
    if (!this.#isGenerated(key) || this.objects.isDeleted(key)) {
      return undefined;
    }
    const changed = this.#versions.get(key);
    const id: FileId = {
      key,
      ...this.#shape,
      version: changed?.version ?? 0,
    };
    return {
      size: plannedSize(id),
      get etag() {
        return generatedEtag(id);
      },
      lastModified: changed?.since ?? generationTime(key),
      contentType: "application/gzip",
      read: (start, end) => readGenerated(id, start, end),
      bytes: isSingleUpload(id) ? () => generatedBytes(id) : undefined,
    };
  }

  /** Replaces an object by another version of it. */
  change(key: string): void {
    if (this.objects.has(key)) {
      this.objects.change(key);
    } else if (this.#isGenerated(key)) {
      const version = (this.#versions.get(key)?.version ?? 0) + 1;
      const seconds = Math.floor(this.#now().getTime() / 1000);
      this.#versions.set(key, { version, since: new Date(seconds * 1000) });
    }
  }

  /**
   * The keys from `from` on that begin with `prefix`, in order, found without
   * walking any others.
   */
  *keysFrom(from: string, prefix: string): Generator<string> {
    const start = from < prefix ? prefix : from;
    const added = this.objects.sortedKeys();
    let next = lowerBound(added.length, (i) => (added[i] ?? "") >= start);
    const isWanted = (key: string | undefined): key is string =>
      key !== undefined && key.startsWith(prefix);
    for (const key of this.#generatedFrom(start, prefix)) {
      for (let other = added[next]; isWanted(other); other = added[++next]) {
        if (other > key) break;
        if (other !== key) yield other;
      }
      if (!this.objects.isDeleted(key)) yield key;
    }
    for (let other = added[next]; isWanted(other); other = added[++next]) {
      yield other;
    }
  }

  *#generatedFrom(start: string, prefix: string): Generator<string> {
    const lastDate = lastPublishedDate(this.#now());
    for (const dataset of SORTED_DATASETS) {
      const root = `${dataset.prefix}/`;
      // All of its keys come before the start, or none has the prefix.
      if (root < start && !start.startsWith(root)) continue;
      if (!root.startsWith(prefix) && !prefix.startsWith(root)) continue;
      const calendar = MarketCalendar.for(dataset.calendar);
      const days = dayCount(dataset.firstDate, lastDate);
      const keyAt = (day: number) =>
        catalog.getKey(dataset.id, addDays(dataset.firstDate, day));
      for (
        let day = lowerBound(days, (i) => keyAt(i) >= start);
        day < days;
        day++
      ) {
        const key = keyAt(day);
        if (!key.startsWith(prefix)) break;
        if (calendar.isTradingDay(addDays(dataset.firstDate, day))) yield key;
      }
    }
  }

  #isGenerated(key: string): boolean {
    if (!key.endsWith(".gz") || !catalog.validateKey(key)) return false;
    const { dataType, date } = catalog.parseKeyMetadata(key);
    const dataset = SORTED_DATASETS.find(({ id }) => id === dataType);
    return dataset !== undefined && date >= dataset.firstDate &&
      date <= lastPublishedDate(this.#now()) &&
      MarketCalendar.for(dataset.calendar).isTradingDay(date);
  }
}

/** When a generated file was uploaded: within the hour before it appears. */
function generationTime(key: string): Date {
  const { date } = catalog.parseKeyMetadata(key);
  const seconds = 1 + hashText(key) % 3599;
  return new Date(dueAt(date).getTime() - seconds * 1000);
}

function dayCount(first: string, last: string): number {
  return Math.max(
    0,
    Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000) + 1,
  );
}

/** The first of `count` places for which `isReached` holds; from there on it holds for all. */
function lowerBound(
  count: number,
  isReached: (place: number) => boolean,
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isReached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
