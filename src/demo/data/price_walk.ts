import { hashPair, toUnit } from "./random.ts";

/** The lengths of the waves that a walk is made of, in days. */
const WAVES = Float64Array.from(
  [2048, 512, 128, 32, 8, 2, 1 / 2, 1 / 8, 1 / 32, 1 / 128, 1 / 512],
);
/** How high each wave is. */
const HEIGHTS = WAVES.map((days) => 0.014 * Math.sqrt(days));

/**
 * A factor around 1 that walks with time as prices do. It can be asked for any
 * instant, in any order: a sum of smooth noise, each wave a quarter as long and
 * half as high as the one before.
 */
export class PriceWalk {
  #seed: number;
  readonly #volatility: number;
  /** Where each wave was asked for last, and its heights at both ends. */
  readonly #lefts = new Float64Array(WAVES.length).fill(-1);
  readonly #starts = new Float64Array(WAVES.length);
  readonly #ends = new Float64Array(WAVES.length);

  /** Makes a walk; `volatility` is 1 for a usual share. */
  constructor(seed: number, volatility = 1) {
    this.#seed = seed;
    this.#volatility = volatility;
  }

  /** Turns into the walk of another seed: cheaper than a new one. */
  restart(seed: number): void {
    this.#seed = seed;
    this.#lefts.fill(-1);
  }

  /** The factor at an instant, in days since 1970. */
  at(day: number): number {
    let sum = 0;
    for (let i = 0; i < WAVES.length; i++) {
      const place = day / (WAVES[i] ?? 1);
      const left = Math.floor(place);
      if (left !== this.#lefts[i]) {
        this.#lefts[i] = left;
        this.#starts[i] = toUnit(hashPair(this.#seed + i, left));
        this.#ends[i] = toUnit(hashPair(this.#seed + i, left + 1));
      }
      const x = place - left;
      const start = this.#starts[i] ?? 0;
      const end = this.#ends[i] ?? 0;
      sum += (HEIGHTS[i] ?? 0) *
        (start + (end - start) * x * x * (3 - 2 * x) - 0.5);
    }
    return Math.exp(sum * this.#volatility);
  }
}
