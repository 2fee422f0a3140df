import { MarketCalendar } from "../../../calendar/mod.ts";
import {
  type DataType,
  getDataset,
  NO_ROWS_REASONS,
} from "../../../catalog/mod.ts";
import { Instant, type RowBatch, splitFields } from "../../../rows/mod.ts";
import type { DayPrices, PriceDay, PriceKind } from "./day_types.ts";
import { type DayContext, planDays, type PlannedDay } from "./plan_days.ts";
import { PriceBuckets } from "./price_buckets.ts";
import { readDays } from "./read_days.ts";

/** So many points are sent. */
const MOST_POINTS = 3000;

/** A price line of a ticker. */
export interface PriceOptions {
  readonly dataType: DataType;
  readonly ticker: string;
  readonly from: string;
  readonly to: string;
  /** Whether the service may be asked for days that were released. */
  readonly asksService: boolean;
  readonly signal: AbortSignal;
}

/** What can be shown, by the columns of a header row, the first that it has. */
const KINDS: readonly [kind: PriceKind, columns: readonly string[]][] = [
  ["bars", ["open", "high", "low", "close"]],
  ["trades", ["price"]],
  ["quotes", ["bid_price", "ask_price"]],
  ["values", ["value"]],
];
/** The columns that tell when, the first that a file has. */
const TIMES = [
  "window_start",
  "sip_timestamp",
  "timestamp",
  "participant_timestamp",
];

/**
 * The prices of a ticker over some days, as few points: see {@linkcode PriceBuckets}. Days
 * that cannot be read are named, and nothing is drawn over them.
 *
 * @throws {FlatbedError} If a file cannot be read to its end.
 */
export async function readPrices(
  context: DayContext,
  { dataType, ticker, from, to, asksService, signal }: PriceOptions,
): Promise<DayPrices> {
  const calendar = MarketCalendar.for(getDataset(dataType).calendar);
  const planned = await planDays(context, {
    ...{ dataType, from, to, isSearch: true, asksService, signal },
  });
  const collector = new PriceCollector(planned, calendar);
  const rows = readDays(context, {
    dataType,
    days: planned,
    filter: { tickers: [ticker] },
    signal,
    onEvent(event) {
      if (event.code === "no-rows") {
        collector.lack(event.date, NO_ROWS_REASONS[event.reason]);
      }
    },
  });
  for await (const batch of rows) collector.add(batch);
  return collector.finish();
}

/** A day of which prices are collected. */
interface CollectedDay {
  readonly date: string;
  readonly begin: number;
  rows: number;
  lacking: string;
}

/** Collects the prices of rows. */
class PriceCollector {
  readonly #zone: string;
  readonly #days: CollectedDay[];
  #buckets = new PriceBuckets(1, MOST_POINTS);
  #kind: PriceKind | undefined;
  #columns: readonly string[] = [];
  /** How many days were begun. */
  #begun = 0;
  #rows = 0;
  #without = 0;
  #problem = "";

  constructor(planned: readonly PlannedDay[], calendar: MarketCalendar) {
    this.#zone = calendar.timeZone;
    this.#days = planned.map(({ date, why }) => ({
      date,
      begin: calendar.bounds(date).start.getTime(),
      rows: 0,
      lacking: why,
    }));
  }

  lack(date: string, why: string): void {
    const day = this.#days.find((day) => day.date === date);
    if (day !== undefined) day.lacking = why;
  }

  add({ name, header: { names }, bytes, rows }: RowBatch): void {
    if (this.#kind === undefined) this.#begin(names);
    const day = this.#enter(/(\d{4}-\d{2}-\d{2})\.csv/.exec(name)?.[1] ?? "");
    if (this.#problem !== "" || day === undefined) return;
    this.#rows += rows;
    day.rows += rows;
    const time = names.indexOf(
      TIMES.find((each) => names.includes(each)) ?? "",
    );
    const columns = this.#columns.map((each) => names.indexOf(each));
    const bounds = new Int32Array(2 * names.length);
    const instant = new Instant();
    const decoder = new TextDecoder();
    const numberAt = (column = -1) => {
      const text = decoder.decode(
        bytes.subarray(bounds[2 * column], bounds[2 * column + 1]),
      );
      return text === "" ? NaN : Number(text);
    };
    for (let at = 0; at < bytes.length;) {
      at = splitFields(bytes, at, bounds);
      const [start = 0, end = 0] = [bounds[2 * time], bounds[2 * time + 1]];
      if (!instant.read(bytes, start, end)) {
        this.#without++;
        continue;
      }
      const moment = instant.seconds * 1000 + Math.floor(instant.nanos / 1e6);
      if (!this.#addRow(moment, columns.map(numberAt))) this.#without++;
    }
  }

  /** Adds the prices of a row; returns whether it has any. */
  #addRow(time: number, prices: readonly number[]): boolean {
    const [first = NaN, high = first, low = first, close = first] = prices;
    if (this.#kind === "bars") {
      const bar = { time, open: first, high, low, close };
      if (!prices.every(Number.isFinite)) return false;
      this.#buckets.add(0, bar);
      return true;
    }
    let hasAny = false;
    prices.forEach((price, line) => {
      // A side without a quote has the price 0.
      const isPrice = Number.isFinite(price) &&
        (this.#kind !== "quotes" || price !== 0);
      if (!isPrice) return;
      hasAny = true;
      this.#buckets.add(line, {
        ...{ time, open: price, high: price, low: price, close: price },
      });
    });
    return hasAny;
  }

  #begin(names: readonly string[]): void {
    const [kind, columns] =
      KINDS.find(([, columns]) =>
        columns.every((each) => names.includes(each))
      ) ?? [];
    const hasTime = TIMES.some((each) => names.includes(each));
    if (kind === undefined || columns === undefined || !hasTime) {
      this.#problem = `There is no line to draw: the columns are ${
        names.join(", ")
      }.`;
    }
    this.#kind = kind ?? "values";
    this.#columns = columns ?? [];
    if (kind === "quotes") this.#buckets = new PriceBuckets(2, MOST_POINTS);
  }

  /** Begins the days up to one. */
  #enter(date: string): CollectedDay | undefined {
    const at = this.#days.findIndex((day) => day.date === date);
    while (this.#begun <= at) this.#beginDay();
    return this.#days[at];
  }

  #beginDay(): void {
    this.#buckets.beginDay(this.#days[this.#begun++]?.begin ?? 0);
  }

  finish(): DayPrices {
    while (this.#begun < this.#days.length) this.#beginDay();
    const { lines, counts, width } = this.#buckets.collect();
    const [points, asks = null] = lines;
    const days = this.#days.map((day, at): PriceDay => ({
      ...day,
      points: counts[0]?.[at] ?? 0,
    }));
    const none = { time: [], open: [], high: [], low: [], close: [] };
    return {
      kind: this.#kind ?? "values",
      columns: this.#columns,
      zone: this.#zone,
      days,
      points: points ?? none,
      asks,
      askCounts: counts[1] ?? [],
      rows: this.#rows,
      without: this.#without,
      width,
      problem: this.#problem,
    };
  }
}
