import { assert, assertEquals } from "@std/assert";
import { eachDay, MarketCalendar } from "../../src/calendar/mod.ts";
import cmes from "./testdata/cmes_2017_2035.json" with { type: "json" };
import xnys from "./testdata/xnys_1990_2035.json" with { type: "json" };

type ByYear = Readonly<Record<string, string | undefined>>;

/** A table as published: `MM-DD` or `MM-DD@HH:MM`, by year. */
interface Published {
  project: string;
  closed: ByYear;
  earlyCloses: ByYear;
  lateOpens: ByYear;
}

/** The entries of a part of a table, by date, with the time where there is one. */
function entries(years: ByYear): Map<string, string> {
  const found = new Map<string, string>();
  for (const [year, list] of Object.entries(years)) {
    for (const entry of list?.split(" ") ?? []) {
      const [day, time = ""] = entry.split("@");
      found.set(`${year}-${day}`, time);
    }
  }
  return found;
}

/** Every difference, day by day: `date ours/theirs`. */
function differences(
  calendar: MarketCalendar,
  published: Published,
  range: { firstDate: string; lastDate: string },
  regular: { open: string; close: string },
): string[] {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: calendar.timeZone,
    hour: "2-digit",
    minute: "2-digit",
  });
  const closed = entries(published.closed);
  const closes = entries(published.earlyCloses);
  const opens = entries(published.lateOpens);
  const found: string[] = [];
  for (const date of eachDay(range.firstDate, range.lastDate)) {
    const weekend = [0, 6].includes(new Date(date).getUTCDay());
    const theirs = weekend || closed.has(date)
      ? "closed"
      : `${opens.get(date) ?? regular.open}-${
        closes.get(date) ?? regular.close
      }`;
    const session = calendar.session(date);
    const ours = session === null
      ? "closed"
      : `${format.format(session.open)}-${format.format(session.close)}`;
    assertEquals(calendar.isTradingDay(date), ours !== "closed", date);
    if (ours !== theirs) found.push(`${date} ${ours}/${theirs}`);
  }
  return found;
}

function table(tables: Published[], project: string): Published {
  const found = tables.find((published) => published.project === project);
  assert(found !== undefined, project);
  return found;
}

Deno.test("MarketCalendar of XNYS agrees with exchange_calendars on every day of 1990 to 2035", () => {
  // That project leaves out days cut short without notice and late opens,
  // which the exchange's own history and pandas_market_calendars list.
  assertEquals(
    differences(
      MarketCalendar.for("XNYS"),
      table(xnys.tables, "exchange_calendars"),
      xnys,
      { open: "09:30", close: "16:00" },
    ),
    [
      "1990-12-27 09:31-16:00/09:30-16:00",
      "1991-01-17 09:31-16:00/09:30-16:00",
      "1991-02-25 09:31-16:00/09:30-16:00",
      "1994-02-11 09:30-14:30/09:30-16:00",
      "1995-12-18 10:30-16:00/09:30-16:00",
      "1996-01-08 11:00-14:00/09:30-16:00",
      "1997-10-27 09:30-15:30/09:30-16:00",
      "2001-09-17 09:33-16:00/09:30-16:00",
      "2001-10-08 09:31-16:00/09:30-16:00",
      "2002-09-11 12:00-16:00/09:30-16:00",
      "2003-03-20 09:32-16:00/09:30-16:00",
      "2004-06-07 09:32-16:00/09:30-16:00",
      "2005-06-01 09:30-15:56/09:30-16:00",
      "2006-12-27 09:32-16:00/09:30-16:00",
    ],
  );
});

Deno.test("MarketCalendar of XNYS agrees with pandas_market_calendars on every day of 1990 to 2035", () => {
  // That project calls the one difference disputed; the exchange announced it
  // on 1999-06-03: its board approved closing at 13:00.
  assertEquals(
    differences(
      MarketCalendar.for("XNYS"),
      table(xnys.tables, "pandas_market_calendars"),
      xnys,
      { open: "09:30", close: "16:00" },
    ),
    ["1999-12-31 09:30-13:00/09:30-16:00"],
  );
});

Deno.test("MarketCalendar of CMES differs from exchange_calendars only where it means to", () => {
  const published = table(cmes.tables, "exchange_calendars");
  const found = differences(MarketCalendar.for("CMES"), published, cmes, {
    open: "17:00",
    // Theirs ends at the next session's beginning; the last hour has no trading.
    close: "16:00",
  });
  const unexplained = found.filter((difference) => {
    const [date = "", hours = ""] = difference.split(" ");
    const [ours = "", theirs = ""] = hours.split("/");
    const day = date.slice(5);
    // Globex traded on days of mourning, and on the mornings of these Fridays.
    if (["2018-12-05", "2025-01-09"].includes(date)) {
      return hours !== "17:00-16:00/closed";
    }
    if (["2021-04-02", "2023-04-07", "2026-04-03"].includes(date)) {
      return hours !== "17:00-08:15/closed";
    }
    // Theirs leaves out Juneteenth and the third of July, and rounds 12:15.
    if (/^06-(18|19|20)$/.test(day) && date > "2022") {
      return hours !== "17:00-12:00/17:00-16:00";
    }
    if (day === "07-03" && theirs === "17:00-16:00") {
      return ours !== "17:00-12:15";
    }
    if (day === "12-24" || day.startsWith("11-")) {
      return hours !== "17:00-12:15/17:00-12:00";
    }
    return true;
  });
  assertEquals(unexplained, []);
  // 19 days after Thanksgiving, 14 of Juneteenth, 12 of July 3, 10 of Christmas Eve, 5 named above.
  assertEquals(found.length, 60);
});
