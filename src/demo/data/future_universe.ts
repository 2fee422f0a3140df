import { FUTURES } from "./ticker_table.ts";
import {
  readTable,
  type Ticker,
  toTicker,
  type Universe,
  universeOf,
} from "./universe.ts";

const MONTH_CODES = "FGHJKMNQUVXZ";

/** The contracts of one root reach this many months ahead: a year's digit must not come twice. */
const MONTHS_AHEAD = 60;

/**
 * The futures of an exchange on a date: outright contracts as `ESH4`, calendar
 * spreads as `ESH4-ESM4` and butterflies as `BZ:BF G6-H6-J6`, the near months
 * first.
 */
export function futureUniverse(
  exchange: string,
  size: number,
  date: string,
): Universe {
  const roots = readTable(FUTURES[exchange] ?? "ES:4780");
  const firstMonth = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
  const contract = (ahead: number) => {
    const month = firstMonth + ahead;
    return `${MONTH_CODES.charAt(month % 12)}${Math.floor(month / 12) % 10}`;
  };

  function candidates(limit: number): Ticker[] {
    const found: Ticker[] = [];
    for (let ahead = 0; ahead < MONTHS_AHEAD && found.length < limit; ahead++) {
      for (const [root, price] of roots) {
        found.push(toTicker(root + contract(ahead), price * (1 + ahead / 500)));
      }
      // Spreads of nearer months, each with its far leg here.
      for (let apart = 1; apart <= 6 && apart <= ahead; apart++) {
        const near = contract(ahead - apart);
        for (const [root, price] of roots) {
          found.push(
            toTicker(
              `${root}${near}-${root}${contract(ahead)}`,
              price * apart / 500,
            ),
          );
          if (apart !== 2) continue;
          const legs = [near, contract(ahead - 1), contract(ahead)].join("-");
          found.push(toTicker(`${root}:BF ${legs}`, price / 400));
        }
      }
    }
    return found;
  }
  // A blank stands before the hyphen of a spread.
  return universeOf(candidates, size, " ");
}
