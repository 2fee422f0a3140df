import { makeRandom } from "./random.ts";

/** What ticks there are, and their columns. */
const COLUMNS = {
  trades:
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp",
  quotes:
    "ticker,ask_exchange,ask_price,ask_size,bid_exchange,bid_price,bid_size,conditions,indicators,participant_timestamp,sequence_number,sip_timestamp,tape,trf_timestamp",
};

/** 2024-01-02 09:30 in New York, in seconds since 1970. */
const OPEN = 1_704_205_800;
/** A session, in nanoseconds. */
const SESSION = 6.5 * 3600 * 1e9;
const CONDITIONS = ["", "12", '"12,37"', '"14,41"', '"14,12,41"', "37"];
/** How many tickers there are. */
const TICKERS = 8000;
/** So many bytes are handed on at once. */
const PIECE = 4 * 1024 * 1024;
const LONGEST_ROW = 256;

/** The ticker that has a fiftieth of all rows. */
export const TRADED_TICKER = "SPY";
const SHARE = 0.02;

/**
 * A CSV of made-up trades or quotes, of about `size` bytes: times and prices that walk, and
 * numbers as ragged as a market's. Rows are sorted by ticker and time; in several runs, one
 * after the other, if so asked for.
 */
export function* marketTicks(
  kind: keyof typeof COLUMNS,
  size: number,
  seed: number,
  runs = 1,
): Generator<Uint8Array<ArrayBuffer>> {
  const random = makeRandom(seed);
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(PIECE + LONGEST_ROW);
  let used = encoder.encodeInto(`${COLUMNS[kind]}\n`, bytes).written;
  const shares = sharesOf(random);
  const toRow = kind === "trades" ? tradeOf : quoteOf;
  for (let run = 0; run < runs; run++) {
    for (const [ticker, share] of shares) {
      let left = share * size / runs;
      const step = SESSION * 130 / left;
      const tick: Tick = {
        ticker,
        time: 0,
        cents: Math.round(Math.exp(random() * 5) * 500),
        sequence: Math.floor(random() * 1000),
        tape: 1 + Math.floor(random() * 3),
      };
      while (left > 0) {
        const time = tick.time + Math.ceil(2 * step * random());
        tick.time = Math.min(time, SESSION);
        tick.cents += Math.round((random() - 0.5) * 6);
        tick.cents = Math.max(5, tick.cents);
        tick.sequence += 1 + Math.floor(random() * 40);
        const row = toRow(tick, random);
        const { written } = encoder.encodeInto(row, bytes.subarray(used));
        used += written;
        left -= written;
        if (used < PIECE) continue;
        yield bytes.subarray(0, used);
        bytes = new Uint8Array(PIECE + LONGEST_ROW);
        used = 0;
      }
    }
  }
  yield bytes.subarray(0, used);
}

interface Tick {
  ticker: string;
  /** In nanoseconds, from the session's beginning. */
  time: number;
  cents: number;
  sequence: number;
  tape: number;
}

function tradeOf(
  { ticker, time, cents, sequence, tape }: Tick,
  random: () => number,
): string {
  const condition = CONDITIONS[Math.floor(random() ** 2 * 6)];
  const count = random() < 0.5 ? 100 : Math.ceil(random() ** 3 * 900);
  const reported = time + Math.ceil(random() * 400_000);
  const isReported = random() < 0.3;
  const exchange = isReported ? 4 : 1 + Math.floor(random() * 20);
  const facility = isReported ? `202,${nanoseconds(reported - 20_000)}` : "0,0";
  return `${ticker},${condition},0,${exchange},${sequence * 3 % 100_000},${
    nanoseconds(time)
  },${cents / 100},${sequence},${
    nanoseconds(reported)
  },${count},${tape},${facility}\n`;
}

function quoteOf(
  { ticker, time, cents, sequence, tape }: Tick,
  random: () => number,
): string {
  const exchange = () => 1 + Math.floor(random() * 20);
  const shares = () => 100 * Math.ceil(random() ** 3 * 12);
  const ask = (cents + 1 + Math.floor(random() ** 3 * 4)) / 100;
  const condition = random() < 0.9 ? "1" : '"1,81"';
  return `${ticker},${exchange()},${ask},${shares()},${exchange()},${
    cents / 100
  },${shares()},${condition},${random() < 0.03 ? "604" : ""},${
    nanoseconds(time)
  },${sequence},${
    nanoseconds(time + Math.ceil(random() * 400_000))
  },${tape},0\n`;
}

/** Nanoseconds since 1970, of those since the session's beginning. */
function nanoseconds(time: number): string {
  const second = Math.floor(time / 1e9);
  return `${OPEN + second}${String(time - second * 1e9).padStart(9, "0")}`;
}

/** The tickers in their order, and which part of the rows each one has. */
function sharesOf(random: () => number): [ticker: string, share: number][] {
  const weights = new Map<string, number>();
  while (weights.size < TICKERS) {
    const length = 1 + Math.floor(random() ** 0.5 * 4);
    const letters = Array.from(
      { length },
      () => String.fromCharCode(65 + Math.floor(random() * 26)),
    );
    weights.set(letters.join(""), Math.exp(random() * 7));
  }
  weights.delete(TRADED_TICKER);
  const sum = [...weights.values()].reduce((a, b) => a + b);
  const shares = [...weights].map(([ticker, weight]): [string, number] => [
    ticker,
    weight / sum * (1 - SHARE),
  ]);
  shares.push([TRADED_TICKER, SHARE]);
  return shares.sort(([a], [b]) => a < b ? -1 : 1);
}
