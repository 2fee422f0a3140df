/**
 * Keeps the rows of some tickers, in AssemblyScript: `deno task assembly` makes
 * src/rows/_select_rows_module.ts of it.
 *
 * A row is a line, and its ticker is what stands before its first comma. What is decided
 * about a ticker is kept in a hash table; a row that begins as the one before it does,
 * which is the usual case, is not even looked up. Rows that are kept move to the front of
 * the input.
 */

/** Loaded from `MASKS + 32 - n` on, two vectors whose first n bytes are set. */
const MASKS: usize = 1024;
/** The table: of each entry 32 bits of the hash, and where the ticker lies. */
const TABLE: usize = 65536;
/** The most entries, a power of two. */
export const tableSize: u32 = 1 << 18;
/** The tickers: the length times two and the decision, then the bytes with zeros behind them. */
const TICKERS: usize = TABLE + 8 * 262144;
const TICKERS_END: usize = TICKERS + 6 * 1024 * 1024;
/** Where rows are put, and how many bytes there is room for; vectors are read beyond them. */
export const input: usize = TICKERS_END;
export const inputSize: usize = 1 << 20;

const COMMA: u8 = 44;
const LINE_FEED: u8 = 10;
const RETURN: u8 = 13;
/** As long as two vectors, with the comma. */
const LONGEST_PREFIX: usize = 32;

let mask: u32 = 0;
let entries: u32 = 0;
let tickersEnd: usize = TICKERS;
let isOpen: bool = false;

/** Where the next row begins. */
export let next: usize = 0;
/** Where the ticker lies that is not known yet. */
export let ticker: usize = 0;
export let tickerLength: usize = 0;
/** Behind the rows that are kept. */
export let kept: usize = 0;
/** How many rows have been kept since `begin`. */
export let rows: u32 = 0;

/**
 * Forgets all tickers. There are `size` entries, a power of two. A table that is open asks
 * for tickers which it does not know; one that is not drops their rows.
 */
export function reset(size: u32, open: bool): void {
  memory.fill(MASKS, 0xff, 32);
  memory.fill(MASKS + 32, 0, 32);
  memory.fill(TABLE, 0, 8 * size);
  mask = size - 1;
  entries = 0;
  tickersEnd = TICKERS;
  isOpen = open;
}

/** Begins with rows from a place of the input on. */
export function begin(at: usize): void {
  next = at;
  kept = input;
  rows = 0;
}

/** Keeps a decision about a ticker that lies in the input; returns whether there was room for it. */
export function decide(at: usize, length: usize, decision: u32): bool {
  const size = 4 + ((length + 7) & ~7);
  if (entries * 2 > mask || tickersEnd + size > TICKERS_END) return false;
  const hash = hashOf(at, length);
  let slot = <u32>hash & mask;
  while (load<u32>(TABLE + 8 * slot, 4) !== 0) slot = (slot + 1) & mask;
  store<u32>(TABLE + 8 * slot, <u32>(hash >> 32));
  store<u32>(TABLE + 8 * slot, <u32>tickersEnd, 4);
  store<u32>(tickersEnd, (<u32>length << 1) | decision);
  memory.fill(tickersEnd + 4, 0, size - 4);
  memory.copy(tickersEnd + 4, at, length);
  tickersEnd += size;
  entries++;
  return true;
}

/**
 * Keeps the rows up to `end`, which is behind a line feed. Returns whether it came so far:
 * else there is a ticker to decide about.
 */
export function run(end: usize): bool {
  let row = next;
  /** Where the rows begin that are kept and not moved yet, or 0. */
  let run: usize = 0;
  let count = rows;
  // How the row before began, its comma included, and what was decided about it.
  let isKnown = false;
  let length: usize = 0;
  let decision: u32 = 0;
  let low = i32x4.splat(0);
  let high = low;
  let lowMask = low;
  let highMask = low;
  let isDone = true;

  while (row < end) {
    const first = v128.load(row);
    const second = v128.load(row, 16);
    const other = v128.or(
      v128.and(v128.xor(first, low), lowMask),
      v128.and(v128.xor(second, high), highMask),
    );
    if (!isKnown || v128.any_true(other)) {
      length = lengthAt(row);
      const isAlone = load<u8>(row + length) === LINE_FEED;
      let size = length;
      if (isAlone && size > 0 && load<u8>(row + size - 1) === RETURN) size--;
      if (isAlone && size === 0) decision = 0;
      else {
        const found = find(row, size);
        if (found !== 0) decision = load<u32>(found) & 1;
        else if (!isOpen) decision = 0;
        else {
          ticker = row;
          tickerLength = size;
          isDone = false;
          break;
        }
      }
      const prefix = length + 1;
      isKnown = !isAlone && prefix <= LONGEST_PREFIX;
      if (isKnown) {
        low = first;
        high = second;
        lowMask = v128.load(MASKS + 32 - prefix);
        highMask = v128.load(MASKS + 48 - prefix);
      }
    }
    const after = lineEnd(row + length) + 1;
    if (decision !== 0) {
      count++;
      if (run === 0) run = row;
    } else if (run !== 0) {
      move(run, row);
      run = 0;
    }
    row = after;
  }
  if (run !== 0) move(run, row);
  rows = count;
  next = row;
  return isDone;
}

/** Moves rows to those that are kept. */
@inline
function move(from: usize, to: usize): void {
  if (kept !== from) memory.copy(kept, from, to - from);
  kept += to - from;
}

/** How many bytes stand before the first comma or line feed; there is one. */
@inline
function lengthAt(row: usize): usize {
  let at = row;
  while (true) {
    const bytes = v128.load(at);
    const found = i8x16.bitmask(
      v128.or(
        i8x16.eq(bytes, i8x16.splat(COMMA)),
        i8x16.eq(bytes, i8x16.splat(LINE_FEED)),
      ),
    );
    if (found !== 0) return at + ctz(found) - row;
    at += 16;
  }
}

/** Where the next line feed is; there is one. */
@inline
function lineEnd(from: usize): usize {
  let at = from;
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(LINE_FEED)));
    if (found !== 0) return at + ctz(found);
    at += 16;
  }
}

/** Eight bytes of a ticker, those behind its end as zeros. */
@inline
function word(at: usize, left: usize): u64 {
  const bytes = load<u64>(at);
  return left < 8 ? bytes & ((<u64>1 << (left << 3)) - 1) : bytes;
}

function hashOf(at: usize, length: usize): u64 {
  let hash: u64 = length;
  for (let done: usize = 0; done < length; done += 8) {
    hash = (hash ^ word(at + done, length - done)) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  return hash;
}

/** Where a ticker is kept, or 0. */
function find(at: usize, length: usize): usize {
  const hash = hashOf(at, length);
  let slot = <u32>hash & mask;
  while (true) {
    const place: usize = load<u32>(TABLE + 8 * slot, 4);
    if (place === 0) return 0;
    if (
      load<u32>(TABLE + 8 * slot) === <u32>(hash >> 32) &&
      isSame(place, at, length)
    ) return place;
    slot = (slot + 1) & mask;
  }
}

function isSame(place: usize, at: usize, length: usize): bool {
  if (load<u32>(place) >> 1 !== <u32>length) return false;
  for (let done: usize = 0; done < length; done += 8) {
    if (load<u64>(place + 4 + done) !== word(at + done, length - done)) {
      return false;
    }
  }
  return true;
}
