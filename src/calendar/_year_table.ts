import { dayInYear } from "./_day_of_year.ts";
import { epochDayOf, formatEpochDay, weekdayOf } from "../base/mod.ts";
import type { MarketRules, YearlyRule } from "./_market_rules.ts";
import type { Holiday } from "./holiday.ts";

/** What is out of the ordinary in one year of a market. */
export interface YearTable {
  /** Epoch days on which the market is closed, weekends aside. */
  closed: Set<number>;
  /** Local times of late opens, by epoch day. */
  opens: Map<number, string>;
  /** Local times of early closes, by epoch day. */
  closes: Map<number, string>;
  /** Every closure and early close, by date. */
  holidays: Holiday[];
}

/** Works out a year of a market from its rules. */
export function yearTable(rules: MarketRules, year: number): YearTable {
  const table: YearTable = {
    closed: new Set(),
    opens: new Map(),
    closes: new Map(),
    holidays: [],
  };
  for (const rule of rules.yearly) {
    const found = observe(rule, year);
    if (found === null) continue;
    const date = formatEpochDay(found.day);
    if (rule.close === undefined) {
      table.closed.add(found.day);
      table.holidays.push({ date, name: found.name, kind: "holiday" });
    } else {
      table.closes.set(found.day, rule.close);
      table.holidays.push({ date, name: found.name, kind: "early-close" });
    }
  }
  const prefix = `${String(year).padStart(4, "0")}-`;
  for (const { date, name, open, close } of rules.once) {
    if (!date.startsWith(prefix)) continue;
    const day = epochDayOf(
      year,
      Number(date.slice(5, 7)),
      Number(date.slice(8)),
    );
    if (open !== undefined) table.opens.set(day, open);
    if (close !== undefined) {
      table.closes.set(day, close);
      table.holidays.push({ date, name, kind: "early-close" });
    } else if (open === undefined) {
      table.closed.add(day);
      table.holidays.push({ date, name, kind: "special-closure" });
    }
  }
  table.holidays.sort((a, b) => a.date < b.date ? -1 : 1);
  return table;
}

function observe(
  rule: YearlyRule,
  year: number,
): { day: number; name: string } | null {
  const { fromYear = -Infinity, toYear = Infinity, notIn = [], name } = rule;
  if (year < fromYear || year > toYear || notIn.includes(year)) return null;
  const day = dayInYear(rule.on, year);
  const weekday = weekdayOf(day);
  if (weekday === 0 || weekday === 6) {
    const move = weekday === 6 ? rule.ifSaturday : rule.ifSunday;
    return move === undefined
      ? null
      : { day: day + move, name: `${name} (observed)` };
  }
  if (rule.onlyOn !== undefined && !rule.onlyOn.includes(weekday)) return null;
  return { day, name };
}
