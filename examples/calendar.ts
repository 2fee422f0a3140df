// deno-lint-ignore-file no-console -- examples show what they do
/** Asks the calendar: no network, and no permission needed. */
import { MarketCalendar } from "@flatbed/flatbed/calendar";

const nyse = MarketCalendar.for("XNYS");
console.log(
  nyse.tradingDays("2024-01-01", "2024-12-31").length,
  "trading days",
);
console.log("after Christmas Eve comes", nyse.nextTradingDay("2024-12-24"));
console.log("the session of July 3rd:", nyse.session("2024-07-03"));
for (const { date, name, kind } of nyse.holidays(2024)) {
  console.log(date, kind.padEnd(11), name);
}
