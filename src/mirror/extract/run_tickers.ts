import { DamagedAtSourceError } from "../../base/mod.ts";
import type { DataType } from "../../catalog/mod.ts";
import {
  IndexError,
  RowSelector,
  tallyTickers,
  type TickerSummary,
} from "../../rows/mod.ts";
import type { MirrorContext } from "../mirror_context.ts";
import { DayFinder, type LackingDay } from "./day_finder.ts";
import type { TickersOptions } from "./tickers_options.ts";

/** The tickers of a day, by its index. */
export async function runTickers(
  context: MirrorContext,
  dataType: DataType,
  date: string,
  { patterns, keepIndexes = context.isWriter, signal }:
    & TickersOptions
    & { signal: AbortSignal },
): Promise<TickerSummary[]> {
  const selector = new RowSelector(patterns === undefined ? {} : { patterns });
  const finder = new DayFinder(context, {
    dataType,
    isOffline: true,
    keepsIndexes: keepIndexes,
    selector,
    signal,
  });
  await finder.dates(date, date);
  const index = await finder.index(date);
  if ("reason" in index) throw notKnown(finder, date, index);
  const { tickers } = index;
  if (tickers !== undefined) {
    return tickers.filter(({ ticker }) => selector.isOfTicker(ticker));
  }
  // There are too many for an index: the rows are read.
  const found = await finder.open(date);
  if (found === undefined || "reason" in found) {
    throw notKnown(finder, date, found);
  }
  return await tallyTickers(found.rows());
}

function notKnown(
  finder: DayFinder,
  date: string,
  lacking: LackingDay | undefined,
): Error {
  const { key } = finder.day(date);
  if (lacking?.reason === "damaged-at-source") {
    return new DamagedAtSourceError(
      `Cannot list the tickers of '${key}': it is damaged at source`,
      { key },
    );
  }
  const why = lacking?.error?.message ??
    "the mirror has neither its file nor an index that knows them";
  return new IndexError(`Cannot list the tickers of '${key}': ${why}`, {
    key,
    cause: lacking?.error,
  });
}
