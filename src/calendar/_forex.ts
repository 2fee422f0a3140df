import { NEW_YORK } from "../base/mod.ts";
import type { MarketRules } from "./_market_rules.ts";

/** The foreign exchange market, cut into the UTC days of its files. */
export const FOREX: MarketRules = {
  timeZone: "UTC",
  firstDate: "1990-01-01",
  lastDate: "2100-12-31",
  weekdays: [0, 1, 2, 3, 4, 5],
  open: { time: "00:00", zone: "UTC" },
  close: { time: "00:00", zone: "UTC", days: 1 },
  weekdayHours: {
    0: { open: { time: "17:00", zone: NEW_YORK } },
    5: { close: { time: "17:00", zone: NEW_YORK } },
  },
  yearly: [],
  once: [],
};
