import {
  type DataType,
  getDataset,
  type S3Catalog,
} from "../../catalog/mod.ts";
import { AccessDeniedError, forEach } from "../../base/mod.ts";
import type { AsyncS3Downloader } from "../../download/mod.ts";
import type { ObjectInfo } from "../../store/mod.ts";

/** A month of a data type. */
export interface ListedMonth {
  /** The dataset's id. */
  dataType: DataType;
  /** The month, `YYYY-MM`. */
  month: string;
}

/** A month that was asked for. */
export interface ListingProgress extends ListedMonth {
  /** Whether the service refused to list it. */
  isRefused: boolean;
  /** How many months have been asked for. */
  done: number;
  /** How many months there are to ask for. */
  total: number;
}

/** What the bucket lists. */
export interface Listing {
  /** The objects of each data type by date. */
  objects: Map<DataType, Map<string, ObjectInfo>>;
  /** The months that the service refused to list, each as `{dataType} {YYYY-MM}`. */
  refused: Set<string>;
  /** How many listed keys are none of the data type and month that were asked for. */
  foreignKeys: number;
}

/** Options of {@linkcode listMonths}. */
export interface ListOptions {
  signal?: AbortSignal | undefined;
  onListing?: ((progress: ListingProgress) => void) | undefined;
}

/** How many listing requests there are at once. */
const MAX_LISTINGS = 16;
/** From so many months of a year on, the year is listed in one request: a page holds 1,000 keys. */
const WHOLE_YEAR_FROM = 3;

/**
 * Lists months, many at once, and many months of a year in one request. A month that
 * the service refuses to list is named, not an error.
 */
export async function listMonths(
  downloader: AsyncS3Downloader,
  catalog: S3Catalog,
  months: readonly ListedMonth[],
  { signal, onListing }: ListOptions = {},
): Promise<Listing> {
  const listing: Listing = {
    objects: new Map(),
    refused: new Set(),
    foreignKeys: 0,
  };
  let done = 0;
  const tell = (asked: readonly ListedMonth[], isRefused: boolean) => {
    for (const { dataType, month } of asked) {
      if (isRefused) listing.refused.add(`${dataType} ${month}`);
      done++;
      onListing?.({ dataType, month, isRefused, done, total: months.length });
    }
  };
  /** Lists what is under one prefix, and resolves to whether the service lets it. */
  const list = async (
    dataType: DataType,
    months: readonly string[],
    period: string,
  ) => {
    try {
      const { objects, foreignKeys } = await listPeriod(
        downloader,
        catalog,
        dataType,
        { period, months },
        signal,
      );
      listing.foreignKeys += foreignKeys;
      const dates = listing.objects.get(dataType) ?? new Map();
      for (const [date, object] of objects) dates.set(date, object);
      listing.objects.set(dataType, dates);
      return true;
    } catch (error) {
      if (error instanceof AccessDeniedError) return false;
      throw error;
    }
  };
  const single: ListedMonth[] = [];
  await forEach(requestsFor(months), MAX_LISTINGS, async (asked) => {
    const [{ dataType, month }] = asked;
    if (asked.length === 1) tell(asked, !await list(dataType, [month], month));
    else {
      const wanted = asked.map(({ month }) => month);
      const isListed = await list(dataType, wanted, month.slice(0, 4));
      if (isListed) tell(asked, false);
      // Some months of the year may be readable all the same.
      else single.push(...asked);
    }
  }, signal);
  await forEach(single, MAX_LISTINGS, async (asked) => {
    const { dataType, month } = asked;
    tell([asked], !await list(dataType, [month], month));
  }, signal);
  return listing;
}

/** The months that each request asks for: all of a year that are wanted, or a single one. */
function requestsFor(
  months: readonly ListedMonth[],
): [ListedMonth, ...ListedMonth[]][] {
  const years = new Map<string, [ListedMonth, ...ListedMonth[]]>();
  for (const asked of months) {
    const year = `${asked.dataType} ${asked.month.slice(0, 4)}`;
    const others = years.get(year);
    if (others === undefined) years.set(year, [asked]);
    else others.push(asked);
  }
  return [...years.values()].flatMap((year) =>
    year.length < WHOLE_YEAR_FROM
      ? year.map((month): [ListedMonth] => [month])
      : [year]
  );
}

/** Lists the months of a period: one, `YYYY-MM`, or those of a year, `YYYY`, that are wanted. */
async function listPeriod(
  downloader: AsyncS3Downloader,
  catalog: S3Catalog,
  dataType: DataType,
  { period, months }: { period: string; months: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<{ objects: Map<string, ObjectInfo>; foreignKeys: number }> {
  const { prefix } = getDataset(dataType);
  const folder = (period: string) => `${prefix}/${period.replace("-", "/")}/`;
  const found = downloader.iterateObjects(
    catalog.bucket,
    folder(period),
    { signal },
  );
  const wanted = new Set(months.map(folder));
  /** Other months of a year were not asked for, and are nothing foreign. */
  const isBeside = (key: string) => {
    const month = key.slice(0, folder("YYYY-MM").length);
    return period.length === 4 && !wanted.has(month) &&
      month.startsWith(folder(period)) && /\/\d\d\/$/.test(month);
  };
  const objects = new Map<string, ObjectInfo>();
  let foreignKeys = 0;
  for await (const object of found) {
    const { key } = object;
    if (isBeside(key)) continue;
    const date = dateIn(catalog, key, dataType, period);
    if (date === undefined) foreignKeys++;
    else objects.set(date, object);
  }
  return { objects, foreignKeys };
}

/** The date of a listed key, where it is exactly the key of that data type and period. */
function dateIn(
  catalog: S3Catalog,
  key: string,
  dataType: DataType,
  period: string,
): string | undefined {
  if (!catalog.validateKey(key)) return undefined;
  const { date } = catalog.parseKeyMetadata(key);
  return date.startsWith(`${period}-`) && catalog.getKey(dataType, date) === key
    ? date
    : undefined;
}
