import { AccessDeniedError } from "../../base/mod.ts";
import {
  type DataType,
  getDataset,
  getFileDates,
  type S3Catalog,
} from "../../catalog/mod.ts";
import type { AsyncS3Downloader } from "../../download/mod.ts";

/**
 * The dates of a data type's files: by the calendar at first, and by the listing in each
 * year that was looked at. That is less to list than everything.
 */
export class ListedDates {
  readonly dates: string[] = [];
  readonly #downloader: AsyncS3Downloader;
  readonly #catalog: S3Catalog;
  readonly #dataType: DataType;
  readonly #signal: AbortSignal | undefined;
  readonly #years = new Set<string>();
  #last = "";

  constructor(
    downloader: AsyncS3Downloader,
    catalog: S3Catalog,
    dataType: DataType,
    signal: AbortSignal | undefined,
  ) {
    this.#downloader = downloader;
    this.#catalog = catalog;
    this.#dataType = dataType;
    this.#signal = signal;
  }

  /** Begins with the days from the oldest listed file to a date; `false` where no file is listed. */
  async begin(last: string): Promise<boolean> {
    const { firstDate, prefix } = getDataset(this.#dataType);
    this.#last = last;
    let first = firstDate;
    try {
      const [oldest] = await this.#downloader.listObjects(
        this.#catalog.bucket,
        `${prefix}/`,
        1,
        { signal: this.#signal },
      );
      if (oldest === undefined) return false;
      first = this.#dateOf(oldest) ?? firstDate;
    } catch (error) {
      if (!(error instanceof AccessDeniedError)) throw error;
    }
    if (first > last) return false;
    this.dates.push(...getFileDates(this.#dataType, first, last));
    return true;
  }

  /** Takes a year's dates from the listing; `false` where that was done before, or is refused. */
  async list(year: string): Promise<boolean> {
    if (this.#years.has(year)) return false;
    this.#years.add(year);
    const listed: string[] = [];
    try {
      const { prefix } = getDataset(this.#dataType);
      const objects = this.#downloader.iterateObjects(
        this.#catalog.bucket,
        `${prefix}/${year}/`,
        { signal: this.#signal },
      );
      for await (const { key } of objects) {
        const date = this.#dateOf(key);
        if (date !== undefined && date <= this.#last) listed.push(date);
      }
    } catch (error) {
      if (!(error instanceof AccessDeniedError)) throw error;
      return false;
    }
    const isBefore = (date: string) => date < year;
    const start = this.dates.findLastIndex(isBefore) + 1;
    const end = this.dates.findLastIndex((date) => date.startsWith(year)) + 1;
    this.dates.splice(start, Math.max(0, end - start), ...listed.sort());
    return true;
  }

  /** The date of a listed key, where it is one of the data type's. */
  #dateOf(key: string): string | undefined {
    if (!this.#catalog.validateKey(key)) return undefined;
    const { date } = this.#catalog.parseKeyMetadata(key);
    return this.#catalog.getKey(this.#dataType, date) === key
      ? date
      : undefined;
  }
}
