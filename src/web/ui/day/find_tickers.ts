import { formatBytes } from "../../../base/mod.ts";
import { type DataType, S3Catalog } from "../../../catalog/mod.ts";
import {
  type RowFilter,
  type RowIndex,
  spansOf,
  tallyTickers,
  type TickerRange,
} from "../../../rows/mod.ts";
import type { DayTickers } from "./day_types.ts";
import { type DayContext, planDays } from "./plan_days.ts";
import { readDays } from "./read_days.ts";
import { type TickerSearch, TickerTable } from "./ticker_table.ts";
import type { TickerTables } from "./ticker_tables.ts";

/** So much content is read for a search where the index does not list the tickers. */
const MOST_CONTENT = 64 * 1024 * 1024;

const catalog = new S3Catalog("flatfiles", { layout: "live" });

/** The day whose tickers are searched. */
export interface SearchedDay {
  readonly dataType: DataType;
  readonly date: string;
  /** Whether the service may be asked for parts of a day that was released. */
  readonly asksService: boolean;
  readonly signal: AbortSignal;
}

/**
 * A page of a day's tickers. Where its index has too many to list them, the rows of those that
 * begin with the text are read, if these are not many.
 *
 * @throws {FlatbedError} If the index or the file cannot be read.
 */
export async function findTickers(
  context: DayContext,
  tables: TickerTables,
  { dataType, date, asksService, signal }: SearchedDay,
  search: TickerSearch,
): Promise<DayTickers> {
  const { offset, text } = search;
  const nothing = { tickers: [], found: 0, total: null, offset, near: [] };
  const table = await tables.of(context, dataType, date);
  switch (table) {
    case "no-rows":
      return {
        ...nothing,
        problem: "The mirror has neither the file nor its index.",
      };
    case "no-index":
      return {
        ...nothing,
        problem:
          `The file is large and has no index, so its tickers are not known: 'flatbed index ${dataType} --date ${date}' makes it.`,
      };
    case "too-many":
      break;
    default: {
      const found = table.search(search);
      const near = found.found === 0 ? table.near(text) : [];
      return { ...found, total: table.length, offset, near, problem: "" };
    }
  }
  const index = await context.reader.rowIndex(catalog.getKey(dataType, date));
  const prefixes = prefixesOf(text, index);
  const advice =
    "This day has too many tickers for its index to list them: type how they begin.";
  if (index === undefined || prefixes.length === 0) {
    return { ...nothing, problem: advice };
  }
  const ranges = prefixes.map((prefix): TickerRange => ({
    prefix,
    isExact: false,
  }));
  const content = spansOf(index, ranges)
    .reduce((sum, { start, end }) => sum + end - start, 0);
  if (content > MOST_CONTENT) {
    return {
      ...nothing,
      problem: `${advice} For those that begin so, ${
        formatBytes(content)
      } would be read: type more of it.`,
    };
  }
  const days = await planDays(context, {
    ...{ dataType, from: date, to: date, isSearch: true },
    ...{ asksService, signal },
  });
  const lacking = days.find(({ why }) => why !== "")?.why;
  if (lacking !== undefined) {
    return { ...nothing, problem: `${advice} The rows are ${lacking}.` };
  }
  const filter: RowFilter = { patterns: prefixes.map((each) => `${each}*`) };
  const rows = readDays(context, { dataType, days, filter, signal });
  const found = new TickerTable(await tallyTickers(rows));
  return {
    ...found.search({ ...search, text: "" }),
    total: null,
    offset,
    near: [],
    problem: "",
  };
}

/** How the names of what is typed may begin: as it is, in capitals, and behind the market's letter. */
function prefixesOf(text: string, index: RowIndex | undefined): string[] {
  const typed = text.trim().replaceAll(/[*?]/g, "");
  const letter = /^[A-Z]:/.exec(index?.spans[0]?.first ?? "")?.[0] ?? "";
  if (typed === "" || typed.toUpperCase() === letter) return [];
  const prefixes = [typed, typed.toUpperCase()];
  const named = prefixes.filter((each) => each.startsWith(letter));
  const all = [...named, ...prefixes.map((each) => `${letter}${each}`)];
  return [...new Set(all)];
}
