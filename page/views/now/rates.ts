import type { ActivityInfo } from "../../../src/web/ui/api_types.ts";

/** How long the chart reaches back, in seconds. */
export const SECONDS = 180;

/** How fast bytes came in each of the last seconds, over all activities together. */
export interface Rates {
  /** The seconds, since 1970. */
  times: number[];
  /** Bytes a second. */
  rates: number[];
}

/**
 * Adds up what activities say of the last minutes. Their seconds do not begin at the same
 * moment: each is shared between the two that it touches.
 */
export function ratesOf(
  activities: readonly ActivityInfo[],
  end: number,
): Rates {
  const last = Math.floor(end / 1000) - 1; // the second under way is not over
  const first = last - SECONDS + 1;
  const rates = new Array<number>(SECONDS).fill(0);
  for (const { transfer, updated } of activities) {
    if (transfer === undefined) continue;
    const { recent, interval } = transfer;
    const until = Date.parse(updated) / 1000;
    recent.forEach((rate, at) => {
      const to = until - (recent.length - 1 - at) * interval;
      const from = to - interval;
      for (
        let second = Math.max(first, Math.floor(from));
        second < to && second <= last;
        second++
      ) {
        const share = Math.min(to, second + 1) - Math.max(from, second);
        rates[second - first] = (rates[second - first] ?? 0) + rate * share;
      }
    });
  }
  return {
    times: Array.from({ length: SECONDS }, (_, at) => first + at),
    rates: rates.map(Math.round),
  };
}
