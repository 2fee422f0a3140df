import type { ByteWriter } from "./byte_writer.ts";
import type { Row } from "./row.ts";

const FIRST_ID = 52_983_525_035_312;

/** The exchange number of the trade reporting facilities. */
const TRF_EXCHANGE = 4;

type ColumnWriter = (to: ByteWriter, row: Row) => void;

function writeTime(to: ByteWriter, row: Row, lag: number): void {
  if (row.nonsense !== "") return to.text(row.nonsense);
  let seconds = row.seconds;
  let nanos = row.nanos - lag;
  if (nanos < 0) {
    seconds--;
    nanos += 1_000_000_000;
  }
  to.integer(seconds, 10);
  to.integer(nanos, 9);
}

const writePrice: ColumnWriter = (to, row) =>
  to.decimal(row.close, row.decimals);
const writeVolume: ColumnWriter = (to, row) =>
  to.decimal(row.volume, row.volumeDecimals, row.hasZeros);
const writeInstant: ColumnWriter = (to, row) => writeTime(to, row, 0);
const writeEarlier: ColumnWriter = (to, row) => writeTime(to, row, row.lag);

/** How each column is written. */
export const COLUMN_WRITERS: Readonly<Record<string, ColumnWriter>> = {
  ticker: (to, row) => to.text(row.ticker),
  volume: writeVolume,
  size: writeVolume,
  open: (to, row) => to.decimal(row.open, row.decimals),
  close: writePrice,
  price: writePrice,
  value: writePrice,
  high: (to, row) => to.decimal(row.high, row.decimals),
  low: (to, row) => to.decimal(row.low, row.decimals),
  dollar_volume: (to, row) =>
    to.decimal(
      Math.round(row.close * row.volume / 10 ** (row.decimals - 2)),
      2,
    ),
  transactions: (to, row) => to.integer(row.transactions),
  window_start: writeInstant,
  timestamp: writeInstant,
  sip_timestamp: writeInstant,
  participant_timestamp: writeEarlier,
  ask_timestamp: writeInstant,
  bid_timestamp: (to, row) =>
    row.bidSize === 0 ? undefined : writeTime(to, row, row.lag),
  conditions: (to, row) => to.text(row.conditions),
  indicators: () => {},
  correction: (to) => to.integer(0),
  id: (to, row) => to.integer(FIRST_ID + row.place),
  sequence_number: (to, row) => to.integer(row.sequence),
  exchange: (to, row) => to.integer(row.exchange),
  tape: (to, row) => to.integer(row.tape),
  trf_id: (to, row) => to.integer(row.exchange === TRF_EXCHANGE ? 202 : 0),
  trf_timestamp: (to, row) =>
    row.exchange === TRF_EXCHANGE && row.volume > 0
      ? writeTime(to, row, row.lag >> 1)
      : to.integer(0),
  ask_exchange: (to, row) => to.integer(row.otherExchange),
  bid_exchange: (to, row) => to.integer(row.exchange),
  ask_price: (to, row) => to.decimal(row.ask, row.decimals),
  ask_size: (to, row) => to.integer(row.askSize),
  bid_price: (to, row) =>
    row.bidSize === 0 ? undefined : to.decimal(row.bid, row.decimals),
  bid_size: (to, row) =>
    row.bidSize === 0 ? undefined : to.integer(row.bidSize),
  session_end_date: (to, row) => to.text(row.sessionEndDate),
};

/** The columns that the demo makes up where no source shows a dataset's. */
export const INVENTED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  indices_values: ["ticker", "value", "timestamp"],
  forex_quotes: [
    "ticker",
    "ask_exchange",
    "ask_price",
    "bid_exchange",
    "bid_price",
    "participant_timestamp",
  ],
  crypto_trades: [
    "ticker",
    "conditions",
    "correction",
    "exchange",
    "id",
    "participant_timestamp",
    "price",
    "size",
  ],
};
