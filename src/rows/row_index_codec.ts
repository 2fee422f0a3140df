import {
  crc32,
  deflateRaw,
  GzipFault,
  inflateRaw,
  type PackedCheckpoint,
} from "../gzip/mod.ts";
import { ByteReader, MalformedError } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import { IndexError } from "../base/mod.ts";
import type {
  IndexedObject,
  RowIndex,
  RowSpan,
  TickerSummary,
  TimeBounds,
} from "./row_index.ts";

// The file: magic and version, the description, the tickers, the checkpoints' windows, and
// a CRC-32 of everything in front of it. The first two are deflated.
const MAGIC = new TextEncoder().encode("FLATBEDX");
/** To be raised also when the same content is to get another index: older ones are made again then. */
const VERSION = 1;
const CRC_SIZE = 4;
/** Deflate makes no more of a byte than this many. */
const MOST_OF_A_BYTE = 1032;

const MAX_INT = 2 ** 31 - 1;
const IS_SORTED = 1;
const HAS_TIMES = 2;

/**
 * The content of an index file.
 *
 * @param index The index.
 */
export async function encodeRowIndex(
  index: RowIndex,
): Promise<Uint8Array<ArrayBuffer>> {
  const to = new ByteWriter();
  to.raw(MAGIC);
  to.byte(VERSION);
  await writeDeflated(to, describe(index));
  await writeDeflated(to, writeTickers(index.tickers));
  for (const { window } of index.gzip.checkpoints) to.raw(window);
  to.word(crc32(to.bytes));
  return to.bytes.slice();
}

/**
 * Reads an index file.
 *
 * @param bytes Its content, which must stay as it is.
 * @param object The object that it must be of; what is not given may be anything.
 * @throws {IndexError} If it is damaged, or of something else.
 */
export function decodeRowIndex(
  bytes: Uint8Array<ArrayBuffer>,
  object: Partial<IndexedObject> = {},
): RowIndex {
  const name = object.key ?? "the file";
  const fail = (problem: string, cause?: unknown) =>
    new IndexError(`Cannot use the index of '${name}': ${problem}`, {
      key: object.key,
      cause,
    });
  if (!hasMagic(bytes)) throw fail("it is none: it does not begin as one does");
  if (!hasOwnCrc(bytes)) throw fail("it is damaged: CRC-32 mismatch");
  const end = bytes.length - CRC_SIZE;
  if (bytes[MAGIC.length] !== VERSION) {
    throw fail(
      `expected format version ${VERSION}, got ${bytes[MAGIC.length]}`,
    );
  }
  let index: RowIndex;
  try {
    index = decode(bytes.subarray(MAGIC.length + 1, end));
  } catch (cause) {
    throw isDamage(cause) ? fail("it is damaged", cause) : cause;
  }
  for (const field of ["key", "etag", "size"] as const) {
    const [expected, got] = [object[field], index.object[field]];
    if (expected !== undefined && expected !== got) {
      throw fail(
        field === "key"
          ? `it is of '${got}'`
          : `it is of another version: expected ${field} ${expected}, got ${got}`,
      );
    }
  }
  return index;
}

/** Whether bytes are an index in a format of another release: it is as good as none. */
export function isIndexOfOtherFormat(bytes: Uint8Array<ArrayBuffer>): boolean {
  return hasMagic(bytes) && bytes[MAGIC.length] !== VERSION && hasOwnCrc(bytes);
}

function hasMagic(bytes: Uint8Array): boolean {
  return bytes.length > MAGIC.length + CRC_SIZE &&
    MAGIC.every((byte, at) => bytes[at] === byte);
}

function hasOwnCrc(bytes: Uint8Array<ArrayBuffer>): boolean {
  const end = bytes.length - CRC_SIZE;
  return crc32(bytes.subarray(0, end)) === wordAt(bytes, end);
}

function isDamage(error: unknown): boolean {
  return error instanceof MalformedError || error instanceof GzipFault;
}

function wordAt(bytes: Uint8Array<ArrayBuffer>, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(
    0,
    true,
  );
}

/** Everything but the tickers and the windows. */
function describe(index: RowIndex): Uint8Array<ArrayBuffer> {
  const to = new ByteWriter();
  const { object, gzip, spans } = index;
  to.text(object.key);
  to.text(object.etag);
  to.integer(object.size);
  to.text(index.header);
  to.integer(index.headerEnd);
  to.text(index.timeColumn ?? "");
  to.integer(index.contentSize);
  to.integer(gzip.headerSize);
  to.integer(gzip.checkpoints.length);
  let [bit, content] = [0, 0];
  for (const point of gzip.checkpoints) {
    to.integer(point.bit - bit);
    to.integer(point.content - content);
    to.integer(point.window.length * 2 + Number(point.isMember));
    ({ bit, content } = point);
  }
  to.integer(spans.length);
  let at = index.headerEnd;
  let checkpoint = 0;
  let ticker = "";
  let time = 0n;
  for (const span of spans) {
    to.byte(
      (span.isSorted ? IS_SORTED : 0) | (span.times ? HAS_TIMES : 0),
    );
    to.integer(span.start - at);
    to.integer(span.end - span.start);
    to.integer(span.rows);
    to.word(span.crc32);
    to.integer(span.checkpoint - checkpoint);
    to.block(span.head);
    for (const text of [span.first, span.last]) {
      writeTicker(to, ticker, text);
      ticker = text;
    }
    if (!span.isSorted) {
      writeTicker(to, ticker, span.least);
      writeTicker(to, ticker, span.greatest);
    }
    if (span.times) {
      to.signed(span.times.least - time);
      to.signed(span.times.greatest - span.times.least);
      time = span.times.least;
    }
    at = span.end;
    checkpoint = span.checkpoint;
  }
  return to.bytes;
}

function decode(bytes: Uint8Array<ArrayBuffer>): RowIndex {
  const file = new ByteReader(bytes);
  const from = new ByteReader(inflate(file.block()));
  const tickers = file.block();
  const object = { key: from.text(), etag: from.text(), size: from.integer() };
  const header = from.text();
  const headerEnd = from.integer();
  const timeColumn = from.text() || undefined;
  const contentSize = from.integer();
  const headerSize = from.integer();
  const checkpoints: PackedCheckpoint[] = [];
  let [bit, content] = [0, 0];
  for (let left = from.count(); left > 0; left--) {
    const [bits, bytes] = [from.integer(), from.integer()];
    if (checkpoints.length > 0 && (bits === 0 || bytes === 0)) {
      throw new MalformedError("a checkpoint");
    }
    bit += bits;
    content += bytes;
    const rest = from.integer();
    const window = file.raw(Math.floor(rest / 2));
    const isMember = rest % 2 === 1;
    checkpoints.push({ bit, content, window, isMember });
  }
  const first = checkpoints[0];
  if (
    first?.bit !== 0 || first.content !== 0 || !first.isMember ||
    bit > object.size * 8 || content > contentSize || headerEnd > contentSize ||
    file.left > 0
  ) throw new MalformedError("the checkpoints");
  const spans = readSpans(from, headerEnd, contentSize, checkpoints);
  if (from.left > 0) throw new MalformedError("goes on");
  let list: readonly TickerSummary[] | undefined | null = null;
  return {
    object,
    header,
    headerEnd,
    timeColumn,
    rows: spans.reduce((sum, { rows }) => sum + rows, 0),
    contentSize,
    spans,
    gzip: { size: object.size, contentSize, headerSize, checkpoints },
    get tickers() {
      if (list === null) {
        try {
          list = readTickers(new ByteReader(inflate(tickers)));
        } catch (cause) {
          if (!isDamage(cause)) throw cause;
          throw new IndexError(
            `Cannot use the index of '${object.key}': it is damaged`,
            { key: object.key, cause },
          );
        }
      }
      return list;
    },
  };
}

function readSpans(
  from: ByteReader,
  headerEnd: number,
  contentSize: number,
  checkpoints: readonly PackedCheckpoint[],
): RowSpan[] {
  const spans: RowSpan[] = [];
  let at = headerEnd;
  let checkpoint = 0;
  let ticker = "";
  let time = 0n;
  for (let left = from.count(); left > 0; left--) {
    const flags = from.byte();
    const start = at + from.integer();
    const end = at = start + from.integer();
    const rows = from.integer();
    const crc32 = from.word();
    checkpoint += from.integer();
    const head = from.block();
    const first = readTicker(from, ticker);
    const last = ticker = readTicker(from, first);
    const isSorted = (flags & IS_SORTED) !== 0;
    const least = isSorted ? first : readTicker(from, last);
    const greatest = isSorted ? last : readTicker(from, last);
    let times: TimeBounds | undefined;
    if (flags & HAS_TIMES) {
      const least = time += from.signed();
      times = { least, greatest: least + from.signed() };
    }
    const from_ = checkpoints[checkpoint]?.content ?? Infinity;
    if (
      rows === 0 || end <= start || end > contentSize ||
      from_ > start + head.length ||
      head.length > 0 && from_ !== start + head.length
    ) throw new MalformedError("a span");
    spans.push({
      ...{
        number: spans.length,
        start,
        end,
        rows,
        first,
        last,
        least,
        greatest,
      },
      ...{ isSorted, crc32, times, checkpoint, head },
    });
  }
  return spans;
}

/** A ticker: how many characters it has in common with another one, and the others. */
function writeTicker(to: ByteWriter, before: string, ticker: string): void {
  let common = 0;
  const most = Math.min(before.length, ticker.length);
  while (
    common < most && before.charCodeAt(common) === ticker.charCodeAt(common)
  ) common++;
  // A character of two units stays in one piece.
  const last = common > 0 ? before.charCodeAt(common - 1) : 0;
  if (last >= 0xd800 && last < 0xdc00) common--;
  to.integer(common);
  to.text(ticker.slice(common));
}

function readTicker(from: ByteReader, before: string): string {
  const common = from.integer();
  if (common > before.length) throw new MalformedError("a ticker");
  return before.slice(0, common) + from.text();
}

/**
 * The tickers with their rows and times; nothing where they are not known. Times are
 * counted from the least one, in the greatest unit that all are multiples of.
 */
function writeTickers(
  tickers: readonly TickerSummary[] | undefined,
): Uint8Array<ArrayBuffer> {
  const to = new ByteWriter();
  if (tickers === undefined) return to.bytes;
  let begin = Infinity;
  for (const { least = Infinity } of tickers) begin = Math.min(begin, least);
  if (begin === Infinity) begin = 0;
  let unit = 0;
  for (const { least = begin, greatest = begin } of tickers) {
    if (unit === 1) break;
    // The unit comes last: it usually divides the other one.
    unit = divisor(least - begin, unit);
    unit = divisor(greatest - least, unit);
  }
  unit ||= 1;
  to.integer(tickers.length);
  to.signed(BigInt(begin));
  to.integer(unit);
  let before = "";
  for (const { ticker, rows, least, greatest } of tickers) {
    writeTicker(to, before, ticker);
    const hasTimes = least !== undefined && greatest !== undefined;
    to.integer(rows * 2 + Number(hasTimes));
    if (hasTimes) {
      to.integer((least - begin) / unit);
      to.integer((greatest - least) / unit);
    }
    before = ticker;
  }
  return to.bytes;
}

function readTickers(from: ByteReader): TickerSummary[] | undefined {
  if (from.left === 0) return undefined;
  const count = from.count();
  const begin = Number(from.signed());
  const unit = from.integer();
  const tickers: TickerSummary[] = [];
  let before = "";
  for (let left = count; left > 0; left--) {
    const ticker = before = readTicker(from, before);
    const rest = from.integer();
    const rows = Math.floor(rest / 2);
    if (rest % 2 === 0) {
      tickers.push({ ticker, rows, least: undefined, greatest: undefined });
      continue;
    }
    const least = begin + from.integer() * unit;
    const greatest = least + from.integer() * unit;
    tickers.push({ ticker, rows, least, greatest });
  }
  if (from.left > 0) throw new MalformedError("goes on");
  return tickers;
}

/** The greatest common divisor. */
function divisor(a: number, b: number): number {
  if (a <= MAX_INT && b <= MAX_INT) return smallDivisor(a | 0, b | 0);
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The same of integers of 31 bits, which is much faster. */
function smallDivisor(a: number, b: number): number {
  while (b !== 0) {
    const rest = a % b | 0;
    a = b;
    b = rest;
  }
  return a;
}

/** Writes a block of deflated data, and how long it is otherwise. */
async function writeDeflated(
  to: ByteWriter,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const block = new ByteWriter();
  block.integer(bytes.length);
  block.raw(await deflateRaw(bytes));
  to.block(block.bytes);
}

function inflate(block: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const from = new ByteReader(block);
  const size = from.integer();
  if (size > block.length * MOST_OF_A_BYTE) throw new MalformedError("a size");
  const bytes = inflateRaw(from.raw(from.left), size);
  if (bytes.length !== size) throw new MalformedError("a size");
  return bytes;
}
