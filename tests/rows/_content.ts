import { gzipSync } from "node:zlib";
import { constants, deflateRawSync } from "node:zlib";
import { bytesSource } from "../../src/base/mod.ts";
import {
  openIndexed,
  type RowIndex,
  RowIndexer,
  type RowIndexerOptions,
  type RowSpan,
} from "../../src/rows/mod.ts";
import { joined, randomNumbers } from "../support/data.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a made-up content is like. */
export interface ContentKind {
  /** About how many bytes. */
  size: number;
  seed: number;
  order: "sorted" | "runs" | "shuffled";
  columns: keyof typeof COLUMNS;
  lineEnd: "\n" | "\r\n";
  hasMark: boolean;
  hasLastLineEnd: boolean;
  /** How many rows of a hundred are odd: empty, with too few fields, of strange times. */
  oddities: number;
}

const COLUMNS = {
  minutes: "ticker,volume,open,close,high,low,window_start,transactions",
  trades:
    "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape,trf_id,trf_timestamp",
  quotes: "ticker,ask_price,ask_size,sip_timestamp",
  "tickers behind": "exchange,ticker,timestamp,conditions",
  "no times": "ticker,price",
} as const;

const TICKERS = [
  ...["A", "AA", "AAPL", "AMpB", "B", "BRK.A", "NA", "TRUE", "Z", "ZZZZ"],
  ...["O:SPY240610P00536000", "O:SPY240610P00537000", "O:SPYG240610P00536000"],
  ...["BZ:BF G6-H6-J6", "X:BTC-USD", "ABCDEFGHIJKLMNO", "ABCDEFGHIJKLMNOP"],
  ...["T".repeat(31), "T".repeat(32), "T".repeat(60), "é", "😀", "\uffee"],
];

const ODD_TIMES = [
  ...["", "0", "-68400000000000", "-6795364578871345152", "x", "1.", "-"],
  ...["1754843586948.6707", "1754843586948", "1754843586", "1754843586948123"],
  ...["9999999999999999999", "99999999999999999999", "171230665420870534x"],
  ...['"1712306654208705342"', "1712306654208705.42", "-171230665420870534"],
];

/** A content of rows, the same for the same kind. */
export function makeContent(kind: ContentKind): Bytes {
  const random = randomNumbers(kind.seed);
  const pick = <T>(values: readonly T[]): T =>
    values[Math.floor(random() * values.length)] as T;
  const names = COLUMNS[kind.columns].split(",");
  const rowsOfTicker = 1 + Math.floor(random() ** 4 * 2000);
  const rows: { ticker: string; text: string }[] = [];
  for (let size = 0; size < kind.size;) {
    const ticker = random() < 0.5
      ? pick(TICKERS)
      : `T${Math.floor(random() * 500)}`;
    let time = 1712306654208705342n + BigInt(Math.floor(random() * 1e13));
    for (let left = rowsOfTicker; left > 0 && size < kind.size; left--) {
      time += BigInt(Math.floor(random() * (random() < 0.2 ? 1e9 : 900)));
      const isOdd = random() * 100 < kind.oddities;
      const fields = names.map((name) => {
        if (name === "ticker") return ticker;
        if (name === "conditions") {
          return pick(["", "12", '"12,37"', '"14,37,41"', "[401]"]);
        }
        if (name.endsWith("timestamp") || name === "window_start") {
          return isOdd && random() < 0.5 ? pick(ODD_TIMES) : `${time}`;
        }
        return `${Math.floor(random() * 10 ** Math.floor(random() * 7))}`;
      });
      if (isOdd) {
        const what = Math.floor(random() * 5);
        if (what === 0) fields.pop();
        if (what === 1) fields.push(`${time}`);
        if (what === 2) fields.splice(1, 1, '"quo,ted"');
        if (what === 3) fields.push('"1,2"');
      }
      const isEmpty = isOdd && random() < 0.1;
      const text = isEmpty ? "" : fields.join(",");
      rows.push({ ticker: isEmpty ? "" : ticker, text });
      size += text.length + 1;
    }
  }
  if (kind.order === "sorted") sortRows(rows, 0, rows.length);
  if (kind.order === "runs") {
    const length = Math.ceil(rows.length / 3);
    for (let at = 0; at < rows.length; at += length) {
      sortRows(rows, at, at + length);
    }
  }
  if (kind.order === "shuffled") {
    for (let at = rows.length - 1; at > 0; at--) {
      const other = Math.floor(random() * (at + 1));
      [rows[at], rows[other]] = [rows[other]!, rows[at]!];
    }
  }
  const lines = [COLUMNS[kind.columns], ...rows.map(({ text }) => text)];
  return new TextEncoder().encode(
    (kind.hasMark ? "\ufeff" : "") + lines.join(kind.lineEnd) +
      (kind.hasLastLineEnd ? kind.lineEnd : ""),
  );
}

function sortRows(
  rows: { ticker: string; text: string }[],
  from: number,
  to: number,
): void {
  const part = rows.slice(from, to)
    .sort((a, b) => a.ticker < b.ticker ? -1 : a.ticker > b.ticker ? 1 : 0);
  rows.splice(from, part.length, ...part);
}

/** How a content is stored. */
export interface Packing {
  level: number;
  memLevel: number;
  strategy: number;
  /** After how many bytes the compressor is flushed; 0 for never. */
  flush: number;
  /** After how many bytes a member ends; 0 for one member. */
  member: number;
  hasEmptyMembers: boolean;
  padding: number;
}

/** One member, as `gzip -6` makes it. */
export const PLAIN: Packing = {
  level: 6,
  memLevel: 8,
  strategy: 0,
  flush: 0,
  member: 0,
  hasEmptyMembers: false,
  padding: 0,
};

/** A content as gzip data. */
export function pack(content: Bytes, packing: Packing): Bytes {
  const length = packing.member || Math.max(1, content.length);
  const members: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < content.length; at += length) {
    if (packing.hasEmptyMembers) members.push(gzipSync(new Uint8Array()));
    members.push(packMember(content.subarray(at, at + length), packing));
  }
  return joined(...members, new Uint8Array(packing.padding));
}

function packMember(content: Bytes, packing: Packing): Uint8Array {
  const { level, memLevel, strategy, flush } = packing;
  const how = { level, memLevel, strategy };
  if (flush === 0) return gzipSync(content, how);
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < content.length; at += flush) {
    const isLast = at + flush >= content.length;
    parts.push(deflateRawSync(content.subarray(at, at + flush), {
      ...how,
      finishFlush: isLast ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
    }));
  }
  return joined(
    Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3),
    ...parts,
    gzipSync(content).subarray(-8),
  );
}

/** Indexes gzip data that comes in pieces of so many bytes. */
export async function indexRows(
  stored: Bytes,
  options: RowIndexerOptions = {},
  length = 65_536,
): Promise<RowIndexer> {
  using indexer = new RowIndexer({ key: "a.csv.gz", etag: "e" }, options);
  for (let at = 0; at < stored.length; at += length) {
    await indexer.write(stored.subarray(at, at + length));
  }
  await indexer.end();
  return indexer;
}

/** The index of gzip data that can be indexed. */
export async function indexOf(
  stored: Bytes,
  options?: RowIndexerOptions,
): Promise<RowIndex> {
  const { index, obstacle, damage } = await indexRows(stored, options);
  if (index === undefined) throw damage ?? new Error(obstacle);
  return index;
}

/** The content of spans. */
export async function readSpans(
  stored: Bytes,
  index: RowIndex,
  spans: readonly RowSpan[] = index.spans,
): Promise<Bytes> {
  const file = openIndexed(bytesSource(stored), index);
  return joined(
    ...await Array.fromAsync(file.read(spans), (bytes) => bytes.slice()),
  );
}

/** The lines whose field before the first comma is a ticker, as awk has them. */
export function linesOf(content: Uint8Array, ticker: string): string[] {
  return new TextDecoder().decode(content).split("\n")
    .filter((line) => line.replace(/\r$/, "").split(",", 1)[0] === ticker);
}
