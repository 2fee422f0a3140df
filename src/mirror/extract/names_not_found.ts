import { FlatbedError, nearest } from "../../base/mod.ts";
import {
  rootOf,
  type RowFilter,
  type RowIndex,
  RowSelector,
  tallyTickers,
  type UnseenNames,
} from "../../rows/mod.ts";
import { SMALLEST_INDEXED } from "../index/row_indexes.ts";
import type { DayFinder } from "./day_finder.ts";
import type { NotFoundName } from "./extract_event.ts";

/** So many names are compared with those of a day: it takes a while where there are many. */
const MOST_COMPARED = 3;

/** A day that was read. */
export interface ReadDay {
  readonly date: string;
  /** How many bytes were read for it. */
  readonly bytesRead: number;
}

/** What is said of tickers and underlyings without a row. */
export async function namesNotFound(
  { tickers, underlyings }: UnseenNames,
  days: readonly ReadDay[],
  finder: DayFinder,
): Promise<NotFoundName[]> {
  if (tickers.length === 0 && underlyings.length === 0) return [];
  const there = await namesOf(days, finder).catch((error) => {
    // The rows were had; a hint is not worth their loss.
    if (error instanceof FlatbedError) return [];
    throw error;
  });
  const roots = new Set(underlyings.length === 0 ? [] : there.map(rootOf));
  const found = (
    kind: NotFoundName["kind"],
    name: string,
    among: ReadonlySet<string>,
    isCompared: boolean,
  ): NotFoundName => {
    const isThere = among.has(name);
    const near = isThere || !isCompared ? [] : nearest(name, among);
    return { kind, name, isThere, near };
  };
  const all = new Set(there);
  return [
    ...tickers.map((name, at) =>
      found("ticker", name, all, at < MOST_COMPARED)
    ),
    ...underlyings.map((name, at) =>
      found("underlying", name, roots, at < MOST_COMPARED)
    ),
  ];
}

/** The tickers of the last day of which they are known, or of which it takes no time to read them. */
async function namesOf(
  days: readonly ReadDay[],
  finder: DayFinder,
): Promise<string[]> {
  for (const { date } of days.toReversed()) {
    if (!await finder.hasIndex(date)) continue;
    const index = await finder.index(date);
    if (!("reason" in index)) return tickersOf(index);
    break;
  }
  const small = days.findLast(({ bytesRead }) => bytesRead < SMALLEST_INDEXED);
  const everything: RowFilter = {};
  const opened = small &&
    await finder.open(small.date, new RowSelector(everything));
  if (opened === undefined || "reason" in opened) return [];
  const tickers = await tallyTickers(opened.rows());
  return tickers.map(({ ticker }) => ticker);
}

/** The tickers that an index tells of; not all, where there are too many for it. */
function tickersOf({ tickers, spans }: RowIndex): string[] {
  return tickers?.map(({ ticker }) => ticker) ??
    spans.flatMap(({ first, last, least, greatest }) => [
      ...[first, last, least, greatest],
    ]);
}
