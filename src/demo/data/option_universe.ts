import { addDays, dayOfWeek, MarketCalendar } from "../../calendar/mod.ts";
import { PriceWalk } from "./price_walk.ts";
import { STOCKS } from "./ticker_table.ts";
import { inventNames, readTable, toTicker, type Universe } from "./universe.ts";

const DAY_MS = 86_400_000;

/**
 * The option contracts of a date, about `size` of them, as `O:SPY240119C00470000`:
 * by underlying, expiry, call before put, and strike, which is the order of their
 * names as well. All expire after the date, and their strikes lie around the
 * underlying's price.
 */
export function optionUniverse(size: number, date: string): Universe {
  const known = readTable(STOCKS);
  const prices = new Map(known);
  const names = inventNames(
    // The fund whose options trade most comes first.
    ["SPY", ...known.map(([name]) => name)],
    Math.min(4000, Math.max(1, Math.round(Math.sqrt(size) / 3))),
    [3, 4],
  ).sort();
  const each = size / names.length;
  const expiries = expiriesAfter(
    date,
    Math.min(20, Math.max(2, Math.round(Math.sqrt(each) / 2.2))),
  );
  const strikes = Math.max(1, Math.ceil(each / expiries.length / 2));
  const perExpiry = strikes * 2;
  const perName = perExpiry * expiries.length;
  const days = Date.parse(date) / DAY_MS;
  // Strikes stay for a month, so that a contract is there on the next day as well.
  const month = Date.parse(`${date.slice(0, 7)}-01`) / DAY_MS;

  function underlyingAt(place: number) {
    const name = names[place] ?? "SPY";
    const { seed, price } = toTicker(name, prices.get(name));
    const walk = new PriceWalk(seed);
    return {
      name,
      price: price * walk.at(days + 0.5),
      middle: price * walk.at(month),
    };
  }
  let lastPlace = 0;
  let underlying = underlyingAt(0);

  return {
    size: names.length * perName,
    leaders: [],
    at(index) {
      const namePlace = Math.floor(index / perName) % names.length;
      if (namePlace !== lastPlace) {
        underlying = underlyingAt(namePlace);
        lastPlace = namePlace;
      }
      const { name, price, middle } = underlying;
      const expiry =
        expiries[Math.floor(index / perExpiry) % expiries.length] ??
          date;
      const isCall = index % perExpiry < strikes;
      const place = index % strikes;
      const step = middle < 25 ? 0.5 : middle < 100 ? 1 : middle < 500 ? 5 : 10;
      const lowest = Math.max(
        1,
        Math.round(middle / step) - Math.floor(strikes / 2),
      );
      const strike = (lowest + place) * step;
      const contract = `O:${name}${expiry.slice(2).replaceAll("-", "")}${
        isCall ? "C" : "P"
      }${String(Math.round(strike * 1000)).padStart(8, "0")}`;
      return {
        ...toTicker(contract),
        price: optionPrice(
          price,
          strike,
          Date.parse(expiry) / DAY_MS - days,
          isCall,
        ),
      };
    },
  };
}

/** A price that is plausible: what exercising would bring, and something for the time left. */
function optionPrice(
  underlying: number,
  strike: number,
  daysLeft: number,
  isCall: boolean,
): number {
  const inner = Math.max(0, isCall ? underlying - strike : strike - underlying);
  const spread = underlying * 0.012 * Math.sqrt(daysLeft);
  const distance = (underlying - strike) / spread;
  return inner + 0.4 * spread * Math.exp(-distance * distance / 2) + 0.02;
}

/** The next four Fridays and then the third Fridays of months, or the day before where a Friday is closed. */
function expiriesAfter(date: string, count: number): string[] {
  const calendar = MarketCalendar.for("XNYS");
  const expiries: string[] = [];
  let friday = addDays(date, (12 - dayOfWeek(date)) % 7);
  for (let weeks = 0; expiries.length < count; weeks++) {
    const day = Number(friday.slice(8));
    if (weeks < 4 || (day >= 15 && day <= 21)) {
      const expiry = calendar.isTradingDay(friday)
        ? friday
        : addDays(friday, -1);
      if (expiry > date) expiries.push(expiry);
    }
    friday = addDays(friday, 7);
  }
  return expiries;
}
