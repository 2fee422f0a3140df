import { hashText } from "./random.ts";

/**
 * How the rows of trades, quotes and values are ordered: by ticker and time; in two to
 * eight runs of which each is, as option quotes really are; or not at all.
 */
export type RowOrder = "sorted" | "runs" | "shuffled";

/** The names of the orders. */
export const ROW_ORDERS: readonly RowOrder[] = ["sorted", "runs", "shuffled"];

const MOST_RUNS = 8;
/** A prime: steps of this length meet every slot once before one comes again. */
const STRIDE = 1_618_033;

/** Which slot stands at a place of a file: each slot at one place, or nearly. */
export function slotOrder(
  order: RowOrder,
  name: string,
  slots: number,
): (place: number) => number {
  switch (order) {
    case "sorted":
      return (place) => place;
    case "runs": {
      const runs = 2 + hashText(`${name}#runs`) % (MOST_RUNS - 1);
      const length = Math.ceil(slots / runs);
      return (place) => {
        const run = Math.floor(place / length);
        return Math.min(slots - 1, (place - run * length) * runs + run);
      };
    }
    case "shuffled":
      return (place) => place * STRIDE % slots;
  }
}
