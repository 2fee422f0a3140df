import {
  assertDateRange,
  assertInteger,
  assertIsoDate,
  assertOneOf,
  nextTurn,
  toEpochDays,
} from "../../../base/mod.ts";
import {
  DATASETS,
  type DataType,
  getDataset,
  getFileDay,
} from "../../../catalog/mod.ts";
import { json, RequestError } from "../answers.ts";
import type { DayChoice, DayChoices, DayRange } from "../day/day_types.ts";
import { factsOf } from "../day/day_facts.ts";
import { downloadDays, type DownloadFormat } from "../day/download_days.ts";
import { findTickers } from "../day/find_tickers.ts";
import { firstRows } from "../day/first_rows.ts";
import { planDays } from "../day/plan_days.ts";
import { readDays } from "../day/read_days.ts";
import { readPrices } from "../day/read_prices.ts";
import { TickerTables } from "../day/ticker_tables.ts";
import type { Route } from "../route.ts";
import type { UiContext } from "../ui_context.ts";

/** So many tickers are on a page of them. */
const MOST_TICKERS = 100;
/** So many rows are shown. */
const MOST_ROWS = 200;
/** So many days are on a chart, by the calendar. */
const MOST_DAYS = 750;

const FORMATS: Readonly<Record<DownloadFormat, string>> = {
  csv: "text/csv; charset=utf-8",
  arrow: "application/vnd.apache.arrow.stream",
  parquet: "application/vnd.apache.parquet",
};

/** The tickers of the days that were looked at, by server. */
const tables = new WeakMap<UiContext, TickerTables>();

function tablesOf(context: UiContext): TickerTables {
  const known = tables.get(context) ?? new TickerTables();
  tables.set(context, known);
  return known;
}

/** What the mirror had at one of its revisions, by server. */
const counted = new WeakMap<
  UiContext,
  { readonly revision: string; readonly choices: DayChoices }
>();

/** `GET /api/day/choices`: which datasets and days the mirror knows files of. */
const choices: Route = {
  method: "GET",
  path: "/api/day/choices",
  async handle(_, context) {
    const { reader } = context;
    const revision = reader.revision();
    const last = counted.get(context);
    if (last?.revision === revision) return json(last.choices);
    const datasets: DayChoice[] = [];
    for (const { id } of DATASETS) {
      const dates = reader.entries<string>({ dataType: id })
        .map(({ date }) => date);
      datasets.push({
        dataType: id,
        first: dates[0] ?? null,
        last: dates.at(-1) ?? null,
        days: new Set(dates).size,
      });
      await nextTurn(); // others are answered meanwhile
    }
    counted.set(context, { revision, choices: { datasets } });
    return json({ datasets });
  },
};

/**
 * `GET /api/day`: what is known of a day. With `rows=index`, of its rows what an index says:
 * quick enough for a day that is only pointed at.
 */
const facts: Route = {
  method: "GET",
  path: "/api/day",
  async handle({ query, signal }, context) {
    const { dataType, date } = readDay(query);
    return json(
      await factsOf(context, tablesOf(context), dataType, date, signal, {
        onlyIndex: query.get("rows") === "index",
      }),
    );
  },
};

/** `GET /api/day/tickers`: a page of a day's tickers, of those that a text finds. */
const tickers: Route = {
  method: "GET",
  path: "/api/day/tickers",
  async handle({ query, signal }, context) {
    const { dataType, date } = readDay(query);
    const order: string = query.get("order") ?? "name";
    assertOneOf(order, "order", ["name", "rows"]);
    const search = {
      text: (query.get("text") ?? "").slice(0, 200),
      order,
      offset: readCount(query, "offset", 0, Number.MAX_SAFE_INTEGER),
      limit: readCount(query, "limit", MOST_TICKERS, MOST_TICKERS),
    } as const;
    const asksService = query.get("service") === "true";
    const day = { dataType, date, asksService, signal };
    return json(await findTickers(context, tablesOf(context), day, search));
  },
};

/** `GET /api/day/rows`: the first rows of a day, or of a ticker. */
const rows: Route = {
  method: "GET",
  path: "/api/day/rows",
  async handle({ query, signal }, context) {
    const { dataType, date } = readDay(query);
    const tickers = query.getAll("ticker");
    const days = await planDays(context, {
      ...{ dataType, from: date, to: date, signal },
      asksService: query.get("service") === "true",
      isSearch: tickers.length > 0,
    });
    const lacking = days.find(({ access }) => access === "none");
    if (lacking !== undefined) {
      throw new RequestError(
        409,
        "days-lack",
        `Cannot read rows of ${date}: it is ${lacking.why}`,
      );
    }
    const left = new AbortController();
    try {
      const batches = readDays(context, {
        ...{ dataType, days },
        filter: tickers.length === 0 ? {} : { tickers },
        signal: AbortSignal.any([signal, left.signal]),
      });
      const limit = readCount(query, "limit", 50, MOST_ROWS);
      return json(await firstRows(batches, dataType, limit));
    } finally {
      left.abort(new DOMException("The rows are not wanted", "AbortError"));
    }
  },
};

/** `GET /api/day/prices`: the prices of a ticker over some days, for a chart. */
const prices: Route = {
  method: "GET",
  path: "/api/day/prices",
  async handle({ query, signal }, context) {
    const { dataType, from, to } = readRange(query);
    const [first, last] = toEpochDays(from, to);
    if (last - first >= MOST_DAYS) {
      throw new RangeError(
        `Cannot draw ${from} to ${to}: expected ${MOST_DAYS} days at most`,
      );
    }
    const [ticker] = query.getAll("ticker");
    if (ticker === undefined) {
      throw new RangeError("Cannot draw prices: expected a ticker");
    }
    return json(
      await readPrices(context, {
        ...{ dataType, ticker, from, to, signal },
        asksService: query.get("service") === "true",
      }),
    );
  },
};

/** `GET /api/day/range`: which of some days can be downloaded. */
const range: Route = {
  method: "GET",
  path: "/api/day/range",
  async handle({ query, signal }, context) {
    const { dataType, from, to } = readRange(query);
    const days = await planDays(context, {
      ...{ dataType, from, to, isSearch: false, signal },
      asksService: query.get("service") === "true",
    });
    const there = days.filter(({ access }) => access !== "none");
    const answer: DayRange = {
      dates: there.map(({ date }) => date),
      lacking: days.filter(({ access }) => access === "none")
        .map(({ date, why }) => ({ date, why })),
      bytes: there.reduce((sum, { size }) => sum + size, 0),
    };
    return json(answer);
  },
};

/**
 * `GET /api/day/download`: rows as a file. With `check`, only whether it can be had: a
 * browser shows nothing of an answer that it was to save, and that is an error.
 */
const download: Route = {
  method: "GET",
  path: "/api/day/download",
  async handle({ query, signal }, context) {
    const { dataType, from, to } = readRange(query);
    const format: string = query.get("format") ?? "csv";
    assertOneOf(format, "format", ["csv", "arrow", "parquet"]);
    const isCheck = query.get("check") === "true";
    const begun = await downloadDays(context, {
      ...{ dataType, from, to, format, signal },
      tickers: query.getAll("ticker"),
      isPartial: query.get("partial") === "true",
      asksService: query.get("service") === "true",
      isCheck,
    });
    if (isCheck) {
      await begun[Symbol.asyncDispose]();
      return json({ name: begun.name });
    }
    return new Response(ReadableStream.from(begun.pieces), {
      headers: {
        "content-type": FORMATS[format],
        "content-disposition": `attachment; filename="${begun.name}"`,
      },
    });
  },
};

/** What looks into a day. */
export const dayRoutes: readonly Route[] = [
  ...[choices, facts, tickers, rows, prices, range, download],
];

function readDataset(query: URLSearchParams): DataType {
  return getDataset<string>(query.get("dataType") ?? "").id;
}

function readDay(query: URLSearchParams): { dataType: DataType; date: string } {
  const date = query.get("date") ?? "";
  assertIsoDate(date);
  return { dataType: readDataset(query), date };
}

function readRange(
  query: URLSearchParams,
): { dataType: DataType; from: string; to: string } {
  const from = query.get("from") ?? "";
  const to = query.get("to") ?? "";
  assertDateRange(from, to);
  const dataType = readDataset(query);
  // What no calendar reaches is refused here: to find that out day by day takes seconds.
  for (const date of [from, to]) getFileDay<string>(dataType, date);
  return { dataType, from, to };
}

function readCount(
  query: URLSearchParams,
  name: string,
  initial: number,
  most: number,
): number {
  const text = query.get(name);
  if (text === null) return initial;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  assertInteger(value, name, 0);
  return Math.min(value, most);
}
