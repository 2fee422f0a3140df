import { assertDateRange, assertIsoDate } from "../../base/mod.ts";
import { DATASETS, type DataType, getDataset } from "../../catalog/mod.ts";

/** A date for all data types, or one for each; those that are not named have none. */
export type DatesByType = string | { readonly [Id in DataType]?: string };

/** The date for a data type. */
export function dateFor(
  dates: DatesByType | undefined,
  dataType: DataType,
): string | undefined {
  return typeof dates === "object" ? dates[dataType] : dates;
}

/**
 * Asserts that two values are the ends of a range for each data type.
 *
 * @throws {TypeError} If one has the wrong type.
 * @throws {RangeError} If there is no such dataset or date, or a range is reversed.
 */
export function assertRanges(
  from: DatesByType | undefined,
  to: DatesByType | undefined,
): void {
  for (const [name, dates] of [["from", from], ["to", to]] as const) {
    if (dates === undefined) continue;
    if (typeof dates !== "object" || dates === null) {
      assertIsoDate(dates, name);
      continue;
    }
    for (const [id, date] of Object.entries(dates)) {
      getDataset(id);
      if (date !== undefined) assertIsoDate(date, `${name} of ${id}`);
    }
  }
  for (const { id } of DATASETS) {
    const [start, end] = [dateFor(from, id), dateFor(to, id)];
    if (start !== undefined && end !== undefined) assertDateRange(start, end);
  }
}
