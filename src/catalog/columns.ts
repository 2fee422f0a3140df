import type { DataTypeName } from "./dataset.ts";
import { getDataset } from "./get_dataset.ts";

/**
 * What a column's values are, as they are written in the files:
 *
 * - `text`: never to be parsed as a number, a boolean or null;
 * - `integer`, `decimal`: numbers;
 * - `timestamp`: an integer, nanoseconds since 1970 in UTC, beyond the precision of a JavaScript number;
 * - `date`: `YYYY-MM-DD`;
 * - `codes`: integers, as in `12`, `"12,37"` or `[401]`, or empty.
 */
export type ColumnType =
  | "text"
  | "integer"
  | "decimal"
  | "timestamp"
  | "date"
  | "codes";

/** A column of a dataset's files. */
export interface Column {
  /** Its name in the header row. */
  readonly name: string;
  /** What its values are. */
  readonly type: ColumnType;
  /** Their unit, if it is known. */
  readonly unit?: string;
  /** Their time zone. */
  readonly zone?: "UTC";
  /** What else a reader of the files should know. */
  readonly note?: string;
}

type Facts = Omit<Column, "name">;

const PRICE: Facts = { type: "decimal", unit: "US dollars" };
const TIME: Facts = { type: "timestamp", unit: "ns since 1970", zone: "UTC" };
const CODE: Facts = { type: "integer", unit: "code" };
const FRACTIONS = "fractional since 2026-02-23, integers before";

/**
 * The columns as most files have them.
 *
 * Source: the flat-file pages of Massive's (formerly Polygon.io's) documentation, the
 * header rows and rows that it and its users publish, and its public issue tracker.
 */
const COLUMNS: Readonly<Record<string, Facts>> = {
  ticker: { type: "text", note: "case-sensitive; NA and TRUE are tickers" },
  volume: { type: "decimal", note: FRACTIONS },
  open: PRICE,
  close: PRICE,
  high: PRICE,
  low: PRICE,
  price: PRICE,
  ask_price: PRICE,
  bid_price: PRICE,
  size: { type: "decimal", note: FRACTIONS },
  ask_size: { type: "decimal" },
  bid_size: { type: "decimal" },
  settlement_price: { type: "decimal" },
  report_sequence: { type: "integer" },
  dollar_volume: { type: "decimal", unit: "US dollars" },
  transactions: { type: "integer", unit: "trades" },
  window_start: { ...TIME, note: "when the bar begins" },
  sip_timestamp: { ...TIME, note: "when the SIP received it" },
  participant_timestamp: { ...TIME, note: "when the exchange generated it" },
  trf_timestamp: {
    ...TIME,
    note: "when the trade reporting facility received it; 0 if none did",
  },
  timestamp: TIME,
  ask_timestamp: TIME,
  bid_timestamp: TIME,
  session_end_date: { type: "date", note: "the exchange's trading date" },
  conditions: { type: "codes" },
  indicators: { type: "codes" },
  correction: CODE,
  exchange: CODE,
  ask_exchange: CODE,
  bid_exchange: CODE,
  tape: CODE,
  trf_id: CODE,
  id: { type: "text", note: "the exchange's id of the trade" },
  sequence_number: { type: "integer" },
};

const CONTRACTS = { unit: "contracts" };
/** Futures' documentation shows times so, other than all others. */
const FUTURES_TIME = {
  note:
    "the documentation shows fractional milliseconds, such as 1754843586948.6707: check the first row",
};
const FUTURES_PRICE = {
  unit: "as the exchange quotes",
  note: "may be negative",
};

/** What is different in a market, by the first word of the data types. */
const BY_MARKET: Readonly<
  Record<string, Readonly<Record<string, Partial<Facts>>>>
> = {
  stocks: {
    volume: { unit: "shares" },
    size: { unit: "shares" },
    ask_size: { unit: "shares", note: "round lots before 2025-11-03" },
    bid_size: { unit: "shares", note: "round lots before 2025-11-03" },
  },
  options: {
    ticker: {
      note:
        "O:, the root and 15 characters: the expiry as YYMMDD, C or P, and the strike in thousandths of a dollar as 8 digits",
    },
    volume: CONTRACTS,
    size: CONTRACTS,
    ask_size: CONTRACTS,
    bid_size: CONTRACTS,
  },
  futures: {
    ticker: {
      note: "such as ESU6; spreads contain spaces, such as BZ:BF G6-H6-J6",
    },
    volume: CONTRACTS,
    size: CONTRACTS,
    ask_size: CONTRACTS,
    bid_size: CONTRACTS,
    open: FUTURES_PRICE,
    high: FUTURES_PRICE,
    low: FUTURES_PRICE,
    close: FUTURES_PRICE,
    price: FUTURES_PRICE,
    ask_price: FUTURES_PRICE,
    bid_price: FUTURES_PRICE,
    timestamp: FUTURES_TIME,
    ask_timestamp: FUTURES_TIME,
    bid_timestamp: FUTURES_TIME,
  },
  indices: {
    ticker: { note: "I: and the index, such as I:SPX" },
    open: { unit: "points" },
    close: { unit: "points" },
    high: { unit: "points" },
    low: { unit: "points" },
  },
  forex: {
    ticker: { note: "C: and the pair with a hyphen, such as C:EUR-USD" },
    volume: { note: undefined },
    open: { unit: "second currency" },
    close: { unit: "second currency" },
    high: { unit: "second currency" },
    low: { unit: "second currency" },
    transactions: { unit: undefined },
  },
  crypto: {
    ticker: { note: "X: and the pair with a hyphen, such as X:BTC-USD" },
    volume: { unit: "first currency", note: "fractional, such as 0.00000001" },
    open: { unit: "second currency" },
    close: { unit: "second currency" },
    high: { unit: "second currency" },
    low: { unit: "second currency" },
  },
};

/** When bars of days begin, by the first word of the data types. */
const DAY_BEGINS: Readonly<Record<string, string>> = {
  stocks: "00:00 in New York",
  options: "00:00 in New York",
  indices: "01:00 in New York",
  forex: "00:00 UTC",
  crypto: "00:00 UTC",
  futures: "in the evening before",
};

/**
 * What the values of a column are, by its name: a column means the same in all files. One
 * that is not known is text.
 *
 * @param name The column's name in the header row.
 * @returns The type.
 *
 * @example
 * ```ts
 * import { getColumnType } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(getColumnType("sip_timestamp"), "timestamp");
 * ```
 */
export function getColumnType(name: string): ColumnType {
  return Object.hasOwn(COLUMNS, name) ? COLUMNS[name]?.type ?? "text" : "text";
}

/**
 * The columns of a data type's files in their order, with what their values are. The
 * order and the set of columns have changed over the years: read them by name, from the
 * header row, which is the truth.
 *
 * @param dataType The dataset's id.
 * @returns The columns, or `null` where no source shows them.
 * @throws {TypeError} If `dataType` is not a string.
 * @throws {RangeError} If there is no such dataset.
 *
 * @example
 * ```ts
 * import { getColumns } from "@flatbed/flatbed/catalog";
 * import { assertEquals } from "@std/assert";
 *
 * const times = getColumns("stocks_trades")
 *   ?.filter(({ type }) => type === "timestamp").map(({ name }) => name);
 * assertEquals(times, [
 *   "participant_timestamp",
 *   "sip_timestamp",
 *   "trf_timestamp",
 * ]);
 * ```
 */
export function getColumns<Name extends string>(
  dataType: DataTypeName<Name>,
): readonly Column[] | null {
  const { id, kind, columns } = getDataset(dataType);
  const [market = ""] = id.split("_");
  return columns?.map((name): Column => {
    const { type, unit, zone, note }: Facts = {
      type: "text",
      ...COLUMNS[name],
      ...BY_MARKET[market]?.[name],
    };
    const isDay = name === "window_start" &&
      (kind === "day_aggs" || kind === "session_aggs");
    const said = isDay ? `when the bar begins: ${DAY_BEGINS[market]}` : note;
    return {
      name,
      type,
      ...(unit !== undefined && { unit }),
      ...(zone !== undefined && { zone }),
      ...(said !== undefined && { note: said }),
    };
  }) ?? null;
}
