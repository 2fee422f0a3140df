import {
  assertBucketName,
  assertIsoDate,
  assertIterable,
  assertOptions,
  assertString,
  didYouMean,
  type OptionNames,
  quote,
} from "../base/mod.ts";
import { MarketCalendar } from "../calendar/mod.ts";
import type { DataType, DataTypeName } from "./dataset.ts";
import { getDataset } from "./get_dataset.ts";
import { type FileDatesOptions, getFileDates } from "./file_days.ts";
import { formatKey, type KeyMetadata, readKey } from "./key.ts";
import { assertLayout, type Layout, toLayout } from "./layout.ts";
import { toKey } from "./to_key.ts";

/** Options of {@linkcode S3Catalog}. */
export interface S3CatalogOptions {
  /**
   * The name of the options root in generated keys. Parsing takes both.
   *
   * @default {"documented"}
   */
  layout?: Layout;
}

const S3_CATALOG_OPTIONS: OptionNames<S3CatalogOptions> = { layout: true };

/** How many keys there are of each data type. */
export type KeySummary =
  & {
    /** The number of keys, valid or not. */
    total: number;
    /** The number of keys that are none, where there are such. */
    invalid?: number;
  }
  & Partial<Record<DataType, number>>;

/**
 * Which objects hold which day of which dataset. It makes and reads keys and does
 * no I/O.
 *
 * @example
 * ```ts
 * import { S3Catalog } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const catalog = new S3Catalog();
 * assertEquals(
 *   catalog.getDateRangeKeys("stocks_daily", "2024-01-01", "2024-01-03"),
 *   [
 *     "us_stocks_sip/day_aggs_v1/2024/01/2024-01-02.csv.gz",
 *     "us_stocks_sip/day_aggs_v1/2024/01/2024-01-03.csv.gz",
 *   ],
 * );
 * ```
 */
export class S3Catalog {
  /** The bucket's name. */
  readonly bucket: string;
  readonly #layout: Layout;

  /**
   * Makes a catalog of a bucket.
   *
   * @param bucket The bucket's name.
   * @param options The layout of its keys.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If no bucket can have the name, or there is no such layout.
   */
  constructor(bucket = "flatfiles", options: S3CatalogOptions = {}) {
    assertBucketName(bucket);
    assertOptions(options, S3_CATALOG_OPTIONS);
    const { layout = "documented" } = options;
    assertLayout(layout);
    this.bucket = bucket;
    this.#layout = layout;
  }

  /** The key of a date's `stocks_daily` file; see {@linkcode S3Catalog.getKey}. */
  getStocksDailyKey(date: string): string {
    return this.getKey("stocks_daily", date);
  }

  /** The key of a date's `stocks_minute` file; see {@linkcode S3Catalog.getKey}. */
  getStocksMinuteKey(date: string): string {
    return this.getKey("stocks_minute", date);
  }

  /** The key of a date's `options_daily` file; see {@linkcode S3Catalog.getKey}. */
  getOptionsDailyKey(date: string): string {
    return this.getKey("options_daily", date);
  }

  /** The key of a date's `options_minute` file; see {@linkcode S3Catalog.getKey}. */
  getOptionsMinuteKey(date: string): string {
    return this.getKey("options_minute", date);
  }

  /**
   * The key of a data type's file of a date. Any date has a key, also one on which
   * the market is closed and the bucket holds no such object.
   *
   * @param dataType The dataset's id. A misspelt literal does not compile; a string that
   * is known at run time only is checked then.
   * @param date The date, `YYYY-MM-DD`.
   * @returns The key, in the catalog's layout.
   * @throws {TypeError} If an argument is not a string.
   * @throws {RangeError} If there is no such dataset or no such date.
   */
  getKey<Name extends string>(
    dataType: DataTypeName<Name>,
    date: string,
  ): string {
    const prefix = this.#prefix(dataType);
    assertIsoDate(date);
    return formatKey(prefix, date);
  }

  /**
   * The keys of a data type's files on the days of a range on which they are expected,
   * both ends included, oldest first; with `{ optional: true }` also on the days on
   * which there may be a file.
   *
   * A file holds every ticker, so the keys do not depend on `symbols`: it is
   * accepted and checked, for those who carry it along.
   *
   * @param dataType The dataset's id.
   * @param startDate The first date, `YYYY-MM-DD`.
   * @param endDate The last date, `YYYY-MM-DD`.
   * @param symbols An array, a set or another iterable; checked, and not used.
   * @param options Whether optional days are included.
   * @returns The keys, in the catalog's layout.
   * @throws {TypeError} If an argument has the wrong type, or a symbol is empty.
   * @throws {RangeError} If there is no such dataset or date, or the range is reversed.
   */
  getDateRangeKeys<Name extends string>(
    dataType: DataTypeName<Name>,
    startDate: string,
    endDate: string,
    symbols?: Iterable<string> | null,
    options?: FileDatesOptions,
  ): string[] {
    const prefix = this.#prefix(dataType);
    if (symbols !== undefined && symbols !== null) assertSymbols(symbols);
    return getFileDates(dataType, startDate, endDate, options)
      .map((date) => formatKey(prefix, date));
  }

  /**
   * Parses a key, in either layout.
   *
   * @param key The key.
   * @returns The data type and date in it.
   * @throws {TypeError} If `key` is not a string.
   * @throws {RangeError} If it is not the key of a flat file.
   *
   * @example
   * ```ts
   * import { S3Catalog } from "@flatbed/flatbed/catalog";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(
   *   new S3Catalog().parseKeyMetadata(
   *     "us_options_opra/day_aggs_v1/2024/01/2024-01-02.csv.gz",
   *   ),
   *   { dataType: "options_daily", date: "2024-01-02", year: "2024", month: "01" },
   * );
   * ```
   */
  parseKeyMetadata(key: string): KeyMetadata {
    assertString(key, "key");
    const read = readKey(key);
    if (typeof read === "string") {
      throw new RangeError(
        `Cannot parse key ${quote(key)}: ${read}${
          didYouMean(this.#keysWithin(key))
        }`,
      );
    }
    return read;
  }

  /**
   * Whether a value is the key of a flat file, in either layout. Never throws.
   *
   * @param key Any value.
   * @returns `true` if it is.
   */
  validateKey(key: unknown): boolean {
    return typeof key === "string" && typeof readKey(key) !== "string";
  }

  /**
   * Counts the keys of each data type, and those that are no flat file's.
   *
   * @param keys The keys.
   * @returns The counts.
   * @throws {TypeError} If `keys` is not an iterable of keys.
   */
  getSummary(keys: Iterable<string>): KeySummary {
    assertIterable(keys, "keys");
    const summary: KeySummary = { total: 0 };
    for (const key of keys) {
      const read = typeof key === "string" ? readKey(key) : "";
      const field = typeof read === "string" ? "invalid" : read.dataType;
      summary[field] = (summary[field] ?? 0) + 1;
      summary.total++;
    }
    return summary;
  }

  /**
   * The New York Stock Exchange's trading days in a range, both ends included.
   *
   * @param startDate The first date, `YYYY-MM-DD`.
   * @param endDate The last date, `YYYY-MM-DD`.
   * @returns The dates, oldest first.
   * @throws {TypeError} If an argument is not a string.
   * @throws {RangeError} If there is no such date, or the range is reversed.
   */
  static getBusinessDays(startDate: string, endDate: string): string[] {
    return MarketCalendar.for("XNYS").tradingDays(startDate, endDate);
  }

  /**
   * The New York Stock Exchange's trading days in a range that are not among
   * `existingDates`.
   *
   * @param existingDates Dates, `YYYY-MM-DD`, in any order.
   * @param startDate The first date, `YYYY-MM-DD`.
   * @param endDate The last date, `YYYY-MM-DD`.
   * @returns The missing dates, oldest first.
   * @throws {TypeError} If an argument has the wrong type.
   * @throws {RangeError} If one of the dates does not exist, or the range is reversed.
   *
   * @example
   * ```ts
   * import { S3Catalog } from "@flatbed/flatbed/catalog";
   * import { assertEquals } from "@std/assert";
   *
   * assertEquals(
   *   S3Catalog.getMissingDates(["2024-01-02"], "2024-01-01", "2024-01-04"),
   *   ["2024-01-03", "2024-01-04"],
   * );
   * ```
   */
  static getMissingDates(
    existingDates: Iterable<string>,
    startDate: string,
    endDate: string,
  ): string[] {
    assertIterable(existingDates, "existingDates");
    const existing = new Set<string>();
    for (const date of existingDates) {
      assertIsoDate(date, "existing date");
      existing.add(date);
    }
    return S3Catalog.getBusinessDays(startDate, endDate)
      .filter((date) => !existing.has(date));
  }

  /** The key in a text that is no key but the address of one. */
  #keysWithin(text: string): string[] {
    try {
      return [toKey(text, this.bucket)].filter((key) => this.validateKey(key));
    } catch {
      return []; // an address of something else
    }
  }

  #prefix(dataType: DataTypeName): string {
    return toLayout(getDataset(dataType).prefix, this.#layout);
  }
}

function assertSymbols(symbols: Iterable<unknown>): void {
  assertIterable(symbols, "symbols");
  for (const symbol of symbols) {
    if (typeof symbol !== "string" || symbol.trim() === "") {
      throw new TypeError(
        "Cannot use symbols: expected strings that are not empty",
      );
    }
  }
}
