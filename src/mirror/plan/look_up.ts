import { type DataType, getDataset } from "../../catalog/mod.ts";
import type { CopyLookup, Destination } from "../destination/destination.ts";

/** Which of a dataset's copies are looked up. */
export interface LookedUp {
  dataType: DataType;
  /** The first date. */
  from?: string | undefined;
  /** The last date. */
  to?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Prepares to look up a dataset's copies of some days; see {@linkcode Destination.lookUp}.
 *
 * @param root Where the dataset's folder is: nothing, or a path with a slash at the end.
 */
export function lookUpDays(
  destination: Destination,
  { dataType, from, to, signal }: LookedUp,
  root = "",
): Promise<CopyLookup> {
  const { prefix } = getDataset(dataType);
  return destination.lookUp(
    `${root}${prefix}${commonFolder(from, to)}`,
    signal,
  );
}

/** The folder of the year, or the month, that two dates have in common. */
function commonFolder(
  from: string | undefined,
  to: string | undefined,
): string {
  if (from === undefined || to === undefined) return "";
  const [year, month] = from.split("-");
  const [otherYear, otherMonth] = to.split("-");
  if (year !== otherYear) return "";
  return month === otherMonth ? `/${year}/${month}` : `/${year}`;
}
