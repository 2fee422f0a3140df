import { MarketCalendar } from "../calendar/mod.ts";
import {
  type DataType,
  getDataset,
  lastDueDate,
  type S3Catalog,
} from "../catalog/mod.ts";
import {
  AccessDeniedError,
  type AsyncS3Downloader,
  NotFoundError,
} from "../download/mod.ts";

/** From which date on an account can read a data type. */
export interface Floor {
  /** `refused` where nothing can be read, `unknown` where there is nothing to find it out with. */
  outcome: "readable" | "refused" | "unknown";
  /** The oldest date that can be read. */
  date: string | undefined;
}

/** Options of {@linkcode searchFloor}. */
export interface FloorOptions {
  /** A date that is known to be refused. */
  refused?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** How many HEAD requests a search may make. */
export const MAX_FLOOR_REQUESTS = 14;

/** Where a date has no file, dates so many trading days later are asked for in its place. */
const DETOURS: readonly number[] = [1, 6];

/**
 * Finds the oldest date that an account can read, by bisection over the trading days:
 * plans have a rolling window, and older files are listed but refused. There are at
 * most {@linkcode MAX_FLOOR_REQUESTS} HEAD requests; should they not suffice, the
 * oldest date that was read is returned.
 *
 * @throws {FlatbedError} If the service answers with something else than yes, no, or that there is no such file.
 */
export async function searchFloor(
  downloader: AsyncS3Downloader,
  catalog: S3Catalog,
  dataType: DataType,
  now: Date,
  { refused, signal }: FloorOptions = {},
): Promise<Floor> {
  const { calendar, firstDate } = getDataset(dataType);
  const lastDate = lastDueDate(now);
  if (lastDate < firstDate) return { outcome: "unknown", date: undefined };
  const days = MarketCalendar.for(calendar).tradingDays(firstDate, lastDate);
  let requests = refused === undefined ? 0 : 1; // whoever knows it has asked
  let sawRefusal = refused !== undefined;

  const probe = async (day: number) => {
    signal?.throwIfAborted();
    requests++;
    const key = catalog.getKey(dataType, days[day] ?? "");
    try {
      await downloader.getObjectInfo(catalog.bucket, key);
      return "readable";
    } catch (error) {
      if (error instanceof NotFoundError) return "absent";
      if (!(error instanceof AccessDeniedError)) throw error;
      sawRefusal = true;
      return "refused";
    }
  };

  // `low` cannot be read, `high` can; the end of `days` stands for none.
  let low = days.findLastIndex((date) => date <= (refused ?? ""));
  let high = days.length;
  if (refused === undefined) {
    const answer = await probe(high - 1);
    if (answer === "readable") high--;
    // Where the newest is refused, so is everything.
    if (answer === "refused") low = high - 1;
  }
  while (high - low > 1 && requests < MAX_FLOOR_REQUESTS) {
    const middle = (low + high) >> 1;
    let day = middle;
    let answer = await probe(day);
    for (const detour of DETOURS) {
      if (answer !== "absent" || requests >= MAX_FLOOR_REQUESTS) break;
      if (middle + detour >= high) break;
      day = middle + detour;
      answer = await probe(day);
    }
    if (answer === "readable") high = day;
    else low = day;
  }
  const date = days[high];
  if (date !== undefined) return { outcome: "readable", date };
  if (!sawRefusal || high - low > 1) {
    return { outcome: "unknown", date: undefined };
  }
  return { outcome: "refused", date: undefined };
}
