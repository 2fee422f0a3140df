import type { PricePoints } from "./day_types.ts";

/**
 * How long the time of one point may be, in milliseconds. Each is a multiple of the one
 * before it, so that wider ones are made of narrower ones without loss.
 */
const WIDTHS: readonly number[] = [
  ...[1, 10, 100, 1000, 5000, 10_000, 30_000, 60_000],
  ...[300_000, 900_000, 1_800_000, 3_600_000, 14_400_000, 86_400_000],
];

/** Prices of some time: the first, the highest, the lowest and the last. */
interface Bucket {
  readonly time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  /** When the first and the last price were. */
  opened: number;
  closed: number;
}

/** Prices of one moment, or of a bar. */
export interface Price {
  /** When, in milliseconds since 1970. */
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/** What {@linkcode PriceBuckets} has collected. */
export interface CollectedPrices {
  /** The points of each line, one day after the other. */
  readonly lines: readonly PricePoints[];
  /** How many points each day has, by line. */
  readonly counts: readonly (readonly number[])[];
  /** The time of one point in milliseconds; 0 where each price has one. */
  readonly width: number;
}

/**
 * Collects any number of prices in bounded memory. While there are few, each has a point of
 * its own. Then each point stands for some time of a day, with the first, highest, lowest and
 * last price in it: nothing between is lost of the range, and nothing is made up.
 */
export class PriceBuckets {
  readonly #most: number;
  /** When each day begins. */
  readonly #begins: number[] = [];
  /** By line and day: all prices, or the buckets by their number. */
  readonly #lines: { prices: Price[]; buckets: Map<number, Bucket> }[][];
  #points = 0;
  /** Which of {@linkcode WIDTHS}; -1 while each price has a point. */
  #width = -1;

  /** Of so many lines, with so many points at most, all lines together. */
  constructor(lines: number, most: number) {
    this.#most = most;
    this.#lines = Array.from({ length: lines }, () => []);
  }

  /** Begins a day; what is added next is of it. */
  beginDay(begin: number): void {
    this.#begins.push(begin);
    for (const line of this.#lines) {
      line.push({ prices: [], buckets: new Map() });
    }
  }

  /** Adds prices to a line, in any order of time. */
  add(line: number, price: Price): void {
    const day = this.#lines[line]?.at(-1);
    if (day === undefined) return;
    if (this.#width === -1) {
      day.prices.push(price);
      this.#points++;
    } else this.#put(day.buckets, this.#begins.at(-1) ?? 0, price);
    while (this.#points > this.#most && this.#width < WIDTHS.length - 1) {
      this.#widen();
    }
  }

  /** What there is now, in the order of time. */
  collect(): CollectedPrices {
    const counts: number[][] = [];
    const lines = this.#lines.map((days) => {
      const points: Price[] = [];
      counts.push(days.map(({ prices, buckets }) => {
        const all: Price[] = this.#width === -1
          ? prices
          : [...buckets.values()];
        points.push(...all.toSorted((a, b) => a.time - b.time));
        return all.length;
      }));
      return {
        time: points.map(({ time }) => time),
        open: points.map(({ open }) => open),
        high: points.map(({ high }) => high),
        low: points.map(({ low }) => low),
        close: points.map(({ close }) => close),
      };
    });
    return { lines, counts, width: WIDTHS[this.#width] ?? 0 };
  }

  #widen(): void {
    this.#width++;
    this.#points = 0;
    for (const days of this.#lines) {
      days.forEach((day, at) => {
        const { prices, buckets } = day;
        day.prices = [];
        day.buckets = new Map();
        const begin = this.#begins[at] ?? 0;
        for (const price of prices) this.#put(day.buckets, begin, price);
        for (const bucket of buckets.values()) {
          this.#merge(day.buckets, begin, bucket);
        }
      });
    }
  }

  #put(buckets: Map<number, Bucket>, begin: number, price: Price): void {
    const { time } = price;
    this.#merge(buckets, begin, { ...price, opened: time, closed: time });
  }

  #merge(buckets: Map<number, Bucket>, begin: number, bucket: Bucket): void {
    const width = WIDTHS[this.#width] ?? 1;
    const number = Math.floor((bucket.time - begin) / width);
    const there = buckets.get(number);
    if (there === undefined) {
      buckets.set(number, { ...bucket, time: begin + number * width });
      this.#points++;
      return;
    }
    if (bucket.opened < there.opened) {
      there.opened = bucket.opened;
      there.open = bucket.open;
    }
    if (bucket.closed >= there.closed) {
      there.closed = bucket.closed;
      there.close = bucket.close;
    }
    if (bucket.high > there.high) there.high = bucket.high;
    if (bucket.low < there.low) there.low = bucket.low;
  }
}
