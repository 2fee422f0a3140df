import { makeRandom } from "./random.ts";

const HEADER = "ticker,volume,open,close,high,low,window_start,transactions\n";
const LONGEST_ROW = 200;
const MINUTES = 390;
/** The first minute of a session, 2024-01-02 09:30 in New York, in nanoseconds. */
const OPEN = 1_704_205_800_000_000_000n;
const MINUTE = 60_000_000_000n;

/** Options of {@linkcode marketRows}. */
export interface MarketRowsOptions {
  /** Whether rows are sorted by ticker: then all seeds have the same tickers, of five letters. */
  isSorted?: boolean;
}

/**
 * A CSV of minute bars, at least `size` bytes and at most a row more. The data is made
 * up: prices that walk, and numbers as ragged as a market's, so that gzip makes of it
 * about what it makes of the real files.
 */
export function marketRows(
  size: number,
  seed: number,
  { isSorted = false }: MarketRowsOptions = {},
): Uint8Array<ArrayBuffer> {
  const random = makeRandom(seed);
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(size + LONGEST_ROW);
  let used = encoder.encodeInto(HEADER, bytes).written;
  let tickers = 0;
  while (used < size) {
    const ticker = isSorted ? sortedTicker(tickers++) : randomTicker(random);
    const liquidity = Math.exp(3 + random() * 7);
    let cents = Math.round(Math.exp(random() * 5) * 500);
    for (let minute = 0; minute < MINUTES && used < size; minute++) {
      // Few shares trade in every minute of a session.
      if (random() > 0.35 + liquidity / 22_000) continue;
      const step = () => Math.round((random() - 0.5) * cents * 0.008);
      const open = cents;
      const close = Math.max(1, open + step());
      const high = Math.max(open, close) + Math.abs(step());
      const low = Math.max(1, Math.min(open, close) - Math.abs(step()));
      cents = close;
      const volume = Math.ceil(liquidity * random() * 20);
      const transactions = Math.ceil(volume * random() / 60);
      const start = OPEN + BigInt(minute) * MINUTE;
      const row = `${ticker},${volume},${open / 100},${close / 100},${
        high / 100
      },${low / 100},${start},${transactions}\n`;
      used += encoder.encodeInto(row, bytes.subarray(used)).written;
    }
  }
  return bytes.subarray(0, used);
}

function randomTicker(random: () => number): string {
  const length = 1 + Math.floor(random() * 4);
  return Array.from(
    { length },
    () => String.fromCharCode(65 + Math.floor(random() * 26)),
  ).join("");
}

/** One of ten thousand tickers of five letters, in their order. */
function sortedTicker(place: number): string {
  let number = Math.min(place * 1188, 26 ** 5 - 1);
  let ticker = "";
  for (let length = 0; length < 5; length++) {
    ticker = String.fromCharCode(65 + number % 26) + ticker;
    number = Math.floor(number / 26);
  }
  return ticker;
}
