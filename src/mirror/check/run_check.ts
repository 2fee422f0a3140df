import {
  assertBoolean,
  assertDateRange,
  assertIsoDate,
  assertOptions,
  assertSignal,
  linkSignals,
  type OptionNames,
} from "../../base/mod.ts";
import { addDays } from "../../calendar/mod.ts";
import { getDataset } from "../../catalog/mod.ts";
import { RowSelector } from "../../rows/mod.ts";
import { DayFinder, type LackingDay } from "../extract/day_finder.ts";
import type { ExtractDay } from "../extract/extract_event.ts";
import type { MirrorContext } from "../mirror_context.ts";
import type { CheckOptions, DayCheck } from "./day_check.ts";
import { type DayFacts, factsOf } from "./day_facts.ts";
import { hintsOf } from "./hints_of.ts";

/** Days so long before the first one are compared with it, where they have an index. */
const DAYS_BEFORE = 21;
/** So many days before a day are remembered. */
const MOST_REMEMBERED = 20;

const NAMES: OptionNames<CheckOptions> = {
  dataType: true,
  from: true,
  to: true,
  keepIndexes: true,
  signal: true,
};

/** Checks the options of `Mirror.check`. */
export function checkCheckOptions(options: CheckOptions): void {
  assertOptions(options, NAMES);
  const { dataType, from, to, keepIndexes, signal } = options;
  getDataset(dataType);
  assertIsoDate(from, "from");
  assertIsoDate(to, "to");
  assertDateRange(from, to);
  if (keepIndexes !== undefined) assertBoolean(keepIndexes, "keepIndexes");
  assertSignal(signal);
}

/** What stands out on each day, by the days' indexes. */
export async function* runCheck(
  context: MirrorContext,
  options: CheckOptions,
  closing: AbortSignal,
): AsyncGenerator<DayCheck> {
  const { from, to, keepIndexes = context.isWriter } = options;
  const dataset = getDataset(options.dataType);
  using link = linkSignals(options.signal, closing);
  const finder = new DayFinder(context, {
    dataType: dataset.id,
    isOffline: true,
    keepsIndexes: keepIndexes,
    selector: new RowSelector({}),
    signal: link.signal,
  });
  const before: DayFacts[] = [];
  for (const date of await finder.dates(addDays(from, -DAYS_BEFORE), to)) {
    if (date < from && !await finder.hasIndex(date)) continue;
    const index = await finder.index(date);
    const day = finder.day(date);
    if ("reason" in index) {
      if (date >= from) yield { ...day, ...notKnown(index) };
      continue;
    }
    const facts = factsOf(index, date, dataset);
    if (date >= from) {
      const { rows, tickers, times } = facts;
      yield {
        ...day,
        rows,
        tickers,
        first: times && new Date(times.least),
        last: times && new Date(times.greatest),
        hints: hintsOf(facts, before, dataset),
      };
    }
    if (facts.rows > 0) before.push(facts); // others say nothing of what is usual
    if (before.length > MOST_REMEMBERED) before.shift();
  }
}

function notKnown(lacking: LackingDay): Omit<DayCheck, keyof ExtractDay> {
  return {
    rows: undefined,
    tickers: undefined,
    first: undefined,
    last: undefined,
    hints: [{ code: "not-known", ...lacking }],
  };
}
