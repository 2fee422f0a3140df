import { makeRandom } from "./random.ts";

const HEADER = "ticker,volume,open,close,high,low,window_start,transactions\n";
const MINUTES = 390;
/** The first minute of a session, 2024-01-02 09:30 in New York, in nanoseconds. */
const OPEN = 1_704_205_800_000_000_000n;
const MINUTE = 60_000_000_000n;

/**
 * A CSV of minute bars, at least `size` bytes and at most a row more. The data is made
 * up: prices that walk, and numbers as ragged as a market's, so that gzip makes of it
 * about what it makes of the real files.
 */
export function marketRows(
  size: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const random = makeRandom(seed);
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(size + 200);
  let used = encoder.encodeInto(HEADER, bytes).written;
  while (used < size) {
    const ticker = randomTicker(random);
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
