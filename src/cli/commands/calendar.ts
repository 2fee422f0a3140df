import { type Command, InvalidArgumentError, Option } from "commander";
import { NEW_YORK } from "../../base/mod.ts";
import {
  addDays,
  CALENDAR_IDS,
  type CalendarId,
  dayOfWeek,
  eachDay,
  type Holiday,
  MarketCalendar,
} from "../../calendar/mod.ts";
import { newYorkDate } from "../../catalog/mod.ts";
import { formatCount, MONTHS } from "../format.ts";
import { print, printJson, style, terminalWidth } from "../terminal.ts";

/** A month's picture is seven days of three columns each, with the mark of the last one. */
const MONTH_WIDTH = 21;

/** A year, or a month of it. */
interface Period {
  year: number;
  /** 1 to 12. */
  month: number | undefined;
}

/** Adds `flatbed calendar`. */
export function addCalendarCommand(program: Command): void {
  program.command("calendar")
    .summary("show a market's trading days, holidays and early closes")
    .description(
      "Show which days a market trades in a month or a year: trading days, holidays with their names, and early closes.",
    )
    .argument(
      "[period]",
      "a year or a month, such as 2024 or 2024-01 (default: this year)",
      parsePeriod,
    )
    .addOption(
      new Option("--calendar <id>", "which market").choices([...CALENDAR_IDS])
        .default("XNYS"),
    )
    .option("--days", "print only the trading days, one per line")
    .option("--json", "one line of JSON for each day")
    .addHelpText(
      "after",
      `
In the picture, a trading day is plain, an early close has a '-' behind it, a holiday
or other closure a '*', and days without trading are dimmed on a terminal with colors.

Examples:
  flatbed calendar 2024
  flatbed calendar 2024-01 --days
  flatbed calendar 2024 --calendar CMES --json`,
    )
    .action((
      period: Period | undefined,
      options: { calendar: CalendarId; days?: boolean; json?: boolean },
    ) => {
      const calendar = MarketCalendar.for(options.calendar);
      const shown = period ?? thisYear();
      if (options.json) printDays(calendar, shown);
      else if (options.days) print(tradingDays(calendar, shown).join("\n"));
      else printPicture(calendar, shown);
    });
}

function parsePeriod(value: string): Period {
  const match = /^(\d{4})(?:-(0[1-9]|1[0-2]))?$/.exec(value);
  if (match === null || match[1] === "0000") {
    throw new InvalidArgumentError(
      "Expected a year such as 2024 or a month such as 2024-01.",
    );
  }
  const [, year, month] = match;
  return {
    year: Number(year),
    month: month === undefined ? undefined : Number(month),
  };
}

function thisYear(): Period {
  const today = newYorkDate(new Date());
  return { year: Number(today.slice(0, 4)), month: undefined };
}

/** The first and last date of a month, or of a year. */
function boundsOf({ year, month }: Period): [string, string] {
  const text = String(year).padStart(4, "0");
  if (month === undefined) return [`${text}-01-01`, `${text}-12-31`];
  const first = `${text}-${String(month).padStart(2, "0")}-01`;
  // The day before the next month's first: 31 days later is always in that month.
  const next = addDays(first, 31).slice(0, 7);
  return [first, addDays(`${next}-01`, -1)];
}

function tradingDays(calendar: MarketCalendar, period: Period): string[] {
  return calendar.tradingDays(...boundsOf(period));
}

function holidaysOf(calendar: MarketCalendar, period: Period): Holiday[] {
  const [start, end] = boundsOf(period);
  return calendar.holidays(period.year)
    .filter(({ date }) => start <= date && date <= end);
}

function printDays(calendar: MarketCalendar, period: Period): void {
  const named = new Map(
    holidaysOf(calendar, period).map((holiday) => [holiday.date, holiday]),
  );
  for (const date of eachDay(...boundsOf(period))) {
    const holiday = named.get(date);
    const session = calendar.session(date);
    printJson({
      date,
      calendar: calendar.id,
      kind: holiday?.kind ?? (session === null ? "weekend" : "trading-day"),
      isTradingDay: calendar.isTradingDay(date),
      ...(holiday === undefined ? {} : { name: holiday.name }),
      ...(session === null ? {} : {
        open: session.open.toISOString(),
        close: session.close.toISOString(),
      }),
    });
  }
}

function printPicture(calendar: MarketCalendar, period: Period): void {
  const { year, month } = period;
  const days = tradingDays(calendar, period).length;
  const title = month === undefined
    ? `${year}`
    : `${MONTHS[month - 1]} ${year}`;
  print(
    `${style("bold", `${calendar.id} ${title}`)}: ${
      formatCount(days, "trading day")
    }\n`,
  );
  const months = month === undefined
    ? Array.from({ length: 12 }, (_, index) => index + 1)
    : [month];
  const pictures = months.map((month) => drawMonth(calendar, { year, month }));
  const gap = 3;
  const perRow = Math.max(
    1,
    Math.min(4, Math.floor((terminalWidth() + gap) / (MONTH_WIDTH + gap))),
  );
  for (let at = 0; at < pictures.length; at += perRow) {
    const row = pictures.slice(at, at + perRow);
    const height = Math.max(...row.map((lines) => lines.length));
    for (let line = 0; line < height; line++) {
      print(
        row.map((lines) => lines[line] ?? " ".repeat(MONTH_WIDTH))
          .join(" ".repeat(gap)).trimEnd(),
      );
    }
    print();
  }
  for (const { date, name, kind } of holidaysOf(calendar, period)) {
    const color = kind === "early-close" ? "yellow" : "red";
    const note = kind === "early-close" ? closeNote(calendar, date) : "";
    print(`${style(color, date)}  ${name}${note}`);
  }
}

function closeNote(calendar: MarketCalendar, date: string): string {
  const close = calendar.session(date)?.close;
  if (close === undefined) return "";
  const time = close.toLocaleTimeString("en-GB", {
    timeZone: NEW_YORK,
    hour: "2-digit",
    minute: "2-digit",
  });
  return `: closes at ${time} New York time`;
}

/** A month as lines of equal width: its name, the week's days, and up to six weeks. */
function drawMonth(
  calendar: MarketCalendar,
  period: Period & { month: number },
): string[] {
  const kinds = new Map(
    holidaysOf(calendar, period).map(({ date, kind }) => [date, kind]),
  );
  const [start, end] = boundsOf(period);
  const cells: string[] = [];
  for (const date of eachDay(start, end)) {
    const day = date.slice(8).replace(/^0/, " ");
    const kind = kinds.get(date);
    if (kind === "early-close") cells.push(style("yellow", `${day}-`));
    else if (kind !== undefined) cells.push(style("red", `${day}*`));
    else if (calendar.isTradingDay(date)) cells.push(`${day} `);
    else cells.push(style("dim", `${day} `));
  }
  // Weeks begin on Monday.
  const blanks: string[] = Array((dayOfWeek(start) + 6) % 7).fill("   ");
  const grid = [...blanks, ...cells];
  const lines = [
    style("bold", (MONTHS[period.month - 1] ?? "").padEnd(MONTH_WIDTH)),
    style("dim", "Mo Tu We Th Fr Sa Su "),
  ];
  for (let at = 0; at < grid.length; at += 7) {
    const week = grid.slice(at, at + 7);
    lines.push([...week, ...Array(7 - week.length).fill("   ")].join(""));
  }
  return lines;
}
