import type { Dataset } from "../../catalog/mod.ts";
import { MarketCalendar } from "../../calendar/mod.ts";
import { columnsOf, type RowIndex } from "../../rows/mod.ts";

/** Times in milliseconds since 1970, both included. */
export interface TimeRange {
  least: number;
  greatest: number;
}

/** What an index says of a day. */
export interface DayFacts {
  readonly date: string;
  readonly columns: readonly string[];
  readonly rows: number;
  /** How many tickers there are; `undefined` where there are too many to keep. */
  readonly tickers: number | undefined;
  /** All times there are. */
  readonly times: TimeRange | undefined;
  /** The last time within the file's day. */
  readonly lastOfDay: number | undefined;
  /** How many tickers have times outside the file's day. */
  readonly tickersOutside: number | undefined;
  /** How long the market trades, in milliseconds; 0 where it does not. */
  readonly sessionLength: number;
}

/** Nanoseconds of a millisecond. */
const MS = 1_000_000n;

/** Takes from an index what is looked at. */
export function factsOf(
  index: RowIndex,
  date: string,
  { calendar }: Dataset,
): DayFacts {
  const market = MarketCalendar.for(calendar);
  const session = market.session(date);
  const bounds = market.bounds(date);
  const [start, end] = [bounds.start.getTime(), bounds.end.getTime()];
  const isOfDay = (time: number) => time >= start && time <= end;
  const { tickers, rows } = index;
  const ranges = tickers === undefined ? spanTimes(index) : tickers.flatMap(
    ({ least, greatest }) =>
      least === undefined || greatest === undefined
        ? []
        : [{ least, greatest }],
  );
  const outside = ranges.filter(({ least, greatest }) =>
    !isOfDay(least) || !isOfDay(greatest)
  );
  return {
    date,
    columns: columnsOf(index.header),
    rows,
    tickers: tickers?.length,
    times: join(ranges),
    lastOfDay: join(ranges.filter(({ greatest }) => isOfDay(greatest)))
      ?.greatest,
    tickersOutside: tickers && outside.length,
    sessionLength: session === null
      ? 0
      : session.close.getTime() - session.open.getTime(),
  };
}

function spanTimes({ spans }: RowIndex): TimeRange[] {
  return spans.flatMap(({ times }) =>
    times === undefined ? [] : [{
      least: floor(times.least),
      greatest: -floor(-times.greatest),
    }]
  );
}

/** Nanoseconds as whole milliseconds, not later. */
function floor(time: bigint): number {
  return Number((time - (time % MS + MS) % MS) / MS);
}

/** The bounds of all in one. */
function join(ranges: readonly TimeRange[]): TimeRange | undefined {
  if (ranges.length === 0) return undefined;
  const all = { least: Infinity, greatest: -Infinity };
  for (const { least, greatest } of ranges) {
    all.least = Math.min(all.least, least);
    all.greatest = Math.max(all.greatest, greatest);
  }
  return all;
}
