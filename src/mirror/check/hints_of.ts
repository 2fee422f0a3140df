import type { Dataset } from "../../catalog/mod.ts";
import { MarketCalendar } from "../../calendar/mod.ts";
import type { DayHint, UnusualCountHint } from "./day_check.ts";
import type { DayFacts } from "./day_facts.ts";

const MINUTE = 60_000;
/** A market has trades until its last minutes. */
const QUIET_MINUTES = 10;
/** So many days before are compared with, and no fewer than so many. */
const MOST_COMPARED = 5;
const FEWEST_COMPARED = 3;
/** What is so many times more, or less, is far from usual. */
const FAR = 2;

/** What stands out on a day, going by the market's hours and the days before it. */
export function hintsOf(
  facts: DayFacts,
  before: readonly DayFacts[],
  dataset: Dataset,
): DayHint[] {
  if (facts.rows === 0) {
    // An empty file has no header row either.
    const hints = facts.columns.join() === ""
      ? []
      : otherColumns(facts, before);
    return [...hints, { code: "no-rows" }];
  }
  return [
    ...otherColumns(facts, before),
    ...timesOutside(facts, dataset),
    ...endsEarly(facts, dataset),
    ...unusual("unusual-rows", facts, before, ({ rows }) => rows),
    ...unusual("unusual-tickers", facts, before, ({ tickers }) => tickers),
  ];
}

function otherColumns(
  { columns }: DayFacts,
  before: readonly DayFacts[],
): DayHint[] {
  const last = before.at(-1);
  if (last === undefined || last.columns.join() === columns.join()) return [];
  return [{
    code: "other-columns",
    before: last.date,
    missing: last.columns.filter((name) => !columns.includes(name)),
    extra: columns.filter((name) => !last.columns.includes(name)),
  }];
}

function timesOutside(
  { date, times, tickersOutside: tickers }: DayFacts,
  { calendar }: Dataset,
): DayHint[] {
  if (times === undefined) return [];
  const { start, end } = MarketCalendar.for(calendar).bounds(date);
  const [first, last] = [new Date(times.least), new Date(times.greatest)];
  const isInside = first >= start && last <= end;
  return isInside ? [] : [{ code: "times-outside", first, last, tickers }];
}

function endsEarly(
  { date, lastOfDay }: DayFacts,
  { calendar, kind }: Dataset,
): DayHint[] {
  // The bars of days and sessions have the time of their beginning.
  const isOfTimes = kind !== "day_aggs" && kind !== "session_aggs";
  const session = MarketCalendar.for(calendar).session(date);
  if (!isOfTimes || session === null || lastOfDay === undefined) return [];
  const { close } = session;
  const isEarly = lastOfDay < close.getTime() - QUIET_MINUTES * MINUTE;
  const last = new Date(lastOfDay);
  return isEarly ? [{ code: "ends-early", last, close }] : [];
}

/** Compares a number with that of the days before whose session is as long. */
function unusual(
  code: UnusualCountHint["code"],
  facts: DayFacts,
  before: readonly DayFacts[],
  numberOf: (facts: DayFacts) => number | undefined,
): DayHint[] {
  const count = numberOf(facts);
  const others = before
    .filter(({ sessionLength }) => sessionLength === facts.sessionLength)
    .map(numberOf).filter((number) => number !== undefined)
    .slice(-MOST_COMPARED).sort((a, b) => a - b);
  const usual = others[Math.floor(others.length / 2)];
  if (
    count === undefined || usual === undefined ||
    others.length < FEWEST_COMPARED
  ) return [];
  const isFar = count * FAR < usual || count > usual * FAR;
  return isFar ? [{ code, count, usual }] : [];
}
