import {
  AccessDeniedError,
  NotFoundError,
  ObjectArchivedError,
} from "../../base/mod.ts";
import { addDays } from "../../calendar/mod.ts";
import {
  type DataType,
  lastDueDate,
  newYorkDate,
  type S3Catalog,
} from "../../catalog/mod.ts";
import type { AsyncS3Downloader } from "../../download/mod.ts";
import type { ReadableRange } from "./readable_range.ts";
import { ListedDates } from "./listed_dates.ts";

/** Options of {@linkcode searchReadableRange}. */
export interface SearchOptions {
  /** A date that is known to be refused. */
  refused?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * How many HEAD requests a search may make where the newest file can be read: one for it,
 * and 13 that find the date among 8,192 older ones.
 */
const MAX_SEARCH_REQUESTS = 14;

/** A refusal within so many days before the last due date may be one for the time being. */
const RECENT_DAYS = 7;

/**
 * Where the newest file is refused, one of so many days before the last due date is asked
 * for, and so on: not all is refused where only the newest files are.
 */
const OLDER_DAYS = [RECENT_DAYS, 35, 365] as const;

/** So many requests find the newest readable file between two of these. */
const MAX_NEWEST_REQUESTS = 9;

/**
 * Finds the oldest date that an account can read, by bisection over the files that are
 * listed: plans have a rolling window, and older files are listed but refused. Only a
 * 403 is a refusal. Should the requests not suffice, since listed files are not there,
 * the date is the oldest one that is not known to be refused.
 *
 * @throws {FlatbedError} If the service answers with something else than yes, no, or that there is no such file.
 */
export async function searchReadableRange(
  downloader: AsyncS3Downloader,
  catalog: S3Catalog,
  dataType: DataType,
  now: Date,
  { refused, signal }: SearchOptions = {},
): Promise<ReadableRange> {
  const files = new ListedDates(downloader, catalog, dataType, signal);
  if (!await files.begin(newYorkDate(now))) {
    return { outcome: "no-files", date: undefined, isExact: true };
  }
  const { dates } = files;
  let left = MAX_SEARCH_REQUESTS;
  // What is up to `low` is refused, what is from `high` on can be read.
  let low = refused ?? "";
  if (refused !== undefined) await files.list(refused.slice(0, 4));
  let high = "9999-12-31";
  let asked = "";
  let isAnyRefused = refused !== undefined;
  let until: string | undefined;
  const afterLow = () => dates.findLastIndex((date) => date <= low) + 1;
  const fromHigh = () => dates.findLastIndex((date) => date < high) + 1;

  /** Asks for a file; one that is not there says nothing, and is forgotten. */
  const head = async (
    date: string,
  ): Promise<"readable" | "refused" | "absent"> => {
    try {
      const key = catalog.getKey(dataType, date);
      await downloader.getObjectInfo(catalog.bucket, key, { signal });
      return "readable";
    } catch (error) {
      // Nor does one that is archived: that is no matter of the plan.
      if (
        error instanceof NotFoundError || error instanceof ObjectArchivedError
      ) {
        dates.splice(dates.indexOf(date), 1);
        return "absent";
      }
      if (!(error instanceof AccessDeniedError)) throw error;
      isAnyRefused = true;
      asked = date;
      return "refused";
    }
  };

  /** Asks for one of the files between `low` and `high`. */
  const ask = async (
    choose: (first: number, end: number) => number,
  ): Promise<"readable" | "refused" | undefined> => {
    while (left > 0) {
      const [first, end] = [afterLow(), fromHigh()];
      const date = dates[choose(first, end)];
      if (date === undefined || date <= low || date >= high) return undefined;
      // Its year may look different when it is listed.
      if (await files.list(date.slice(0, 4))) continue;
      left--;
      const answer = await head(date);
      if (answer === "absent") continue;
      if (answer === "readable") high = date;
      return answer;
    }
  };

  /** Finds the newest file that can be read, between one that can and one that is refused. */
  const findNewest = async (readable: string, refused: string) => {
    await files.list(readable.slice(0, 4));
    await files.list(refused.slice(0, 4));
    for (let requests = 0; requests < MAX_NEWEST_REQUESTS; requests++) {
      const first = dates.findLastIndex((date) => date <= readable) + 1;
      const end = dates.findLastIndex((date) => date < refused) + 1;
      const date = first < end ? dates[(first + end) >> 1] : undefined;
      if (date === undefined) break;
      const answer = await head(date);
      if (answer === "readable") readable = date;
      if (answer === "refused") refused = date;
    }
    return readable;
  };

  let newest = await ask((_, end) => end - 1);
  if (newest === "refused") {
    // It may be refused only because it is so new.
    const lastDue = lastDueDate(now);
    let newestRefused = asked;
    let isOldRefused = refused !== undefined;
    for (const days of OLDER_DAYS) {
      left++;
      newestRefused = asked;
      const before = addDays(lastDue, -days);
      newest = await ask(() => dates.findLastIndex((date) => date < before));
      if (newest !== "refused") break;
      isOldRefused = true;
    }
    if (newest !== "readable") {
      return {
        outcome: isOldRefused ? "refused" : "unknown",
        date: undefined,
        isExact: true,
      };
    }
    if (newestRefused < addDays(lastDue, -RECENT_DAYS)) {
      until = await findNewest(high, newestRefused);
    }
  }
  if (newest === undefined) {
    return {
      outcome: isAnyRefused
        ? "refused"
        : dates.length === 0
        ? "no-files"
        : "unknown",
      date: undefined,
      isExact: true,
    };
  }
  // As long as nothing is refused, the oldest file is asked for that leaves enough
  // requests to search all behind it: an account that can read everything has its
  // answer soon.
  const choose = (first: number, end: number) =>
    low === "" && end - first < 2 ** left
      ? Math.max(first, end - 2 ** (left - 1))
      : (first + end) >> 1;
  while (true) {
    const answer = await ask(choose);
    if (answer === undefined) break;
    if (answer === "refused") low = asked;
  }
  return {
    outcome: low === "" && until === undefined ? "all" : "readable",
    date: dates[afterLow()],
    isExact: afterLow() >= fromHigh(),
    until,
  };
}
