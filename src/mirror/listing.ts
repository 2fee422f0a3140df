import { addDays } from "../calendar/mod.ts";
import { type DataType, getDataset, type S3Catalog } from "../catalog/mod.ts";
import {
  AccessDeniedError,
  type AsyncS3Downloader,
  type ObjectInfo,
} from "../download/mod.ts";
import { forEach } from "./for_each.ts";

/** A month of a data type, which one request lists. */
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

/** The months of a range, both ends included, each as `YYYY-MM`. */
export function monthsOf(from: string, to: string): string[] {
  const months: string[] = [];
  for (
    let month = from.slice(0, 7);
    month <= to.slice(0, 7);
    month = addDays(`${month}-28`, 7).slice(0, 7)
  ) {
    months.push(month);
  }
  return months;
}

/** Lists months, many at once. A month that the service refuses to list is named, not an error. */
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
  await forEach(months, MAX_LISTINGS, async ({ dataType, month }) => {
    let isRefused = false;
    try {
      await listMonth(
        downloader,
        catalog,
        { dataType, month },
        listing,
        signal,
      );
    } catch (error) {
      if (!(error instanceof AccessDeniedError)) throw error;
      isRefused = true;
      listing.refused.add(`${dataType} ${month}`);
    }
    done++;
    onListing?.({ dataType, month, isRefused, done, total: months.length });
  }, signal);
  return listing;
}

async function listMonth(
  downloader: AsyncS3Downloader,
  catalog: S3Catalog,
  { dataType, month }: ListedMonth,
  listing: Listing,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { prefix } = getDataset(dataType);
  const found = downloader.iterateObjects(
    catalog.bucket,
    `${prefix}/${month.replace("-", "/")}/`,
    signal === undefined ? {} : { signal },
  );
  for await (const object of found) {
    const date = dateIn(catalog, object.key, dataType, month);
    if (date === undefined) {
      listing.foreignKeys++;
      continue;
    }
    let dates = listing.objects.get(dataType);
    if (dates === undefined) {
      dates = new Map();
      listing.objects.set(dataType, dates);
    }
    dates.set(date, object);
  }
}

/** The date of a listed key, where it is exactly the key of that data type and month. */
function dateIn(
  catalog: S3Catalog,
  key: string,
  dataType: DataType,
  month: string,
): string | undefined {
  if (!catalog.validateKey(key)) return undefined;
  const { date } = catalog.parseKeyMetadata(key);
  return date.startsWith(`${month}-`) && catalog.getKey(dataType, date) === key
    ? date
    : undefined;
}
