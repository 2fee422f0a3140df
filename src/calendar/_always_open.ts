import type { MarketRules } from "./_market_rules.ts";

/** A market that never closes, cut into UTC days. */
export const ALWAYS_OPEN: MarketRules = {
  timeZone: "UTC",
  firstDate: "0001-01-01",
  lastDate: "9999-12-31",
  weekdays: [0, 1, 2, 3, 4, 5, 6],
  open: { time: "00:00", zone: "UTC" },
  close: { time: "00:00", zone: "UTC", days: 1 },
  yearly: [],
  once: [],
};
