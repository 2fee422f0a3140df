/**
 * Scans rows for an index, in AssemblyScript: `deno task assembly` makes
 * src/rows/_scan_rows_module.ts of it.
 *
 * It works on what the inflater has made, in the inflater's own memory: nothing is copied.
 * A row is a line that is not empty, its ticker what stands before its first comma. Rows of
 * the same ticker that follow each other are a run; of each, a record is kept.
 *
 * All memory is laid out by hand, behind what the inflater uses.
 */

const COMMA: u8 = 44;
const LINE_FEED: u8 = 10;
const RETURN: u8 = 13;
const QUOTE: u8 = 34;
const MINUS: u8 = 45;
const POINT: u8 = 46;

/** The longest ticker. */
const LONGEST: usize = 255;
/** A length, and a ticker. */
const KEY: usize = 264;
/** As long as two vectors, with the comma. */
const LONGEST_PREFIX: usize = 32;
/** Rows, length, least and greatest time in milliseconds, then the ticker with anything behind it. */
const RECORD: usize = 24;
/** So many bytes are looked through at once. */
const CHUNK: usize = 8192;

/** Greater than each number of 16 digits. */
const NO_LEAST: u64 = u64.MAX_VALUE;

// What scan() returns.
const DONE: i32 = 0;
const RECORDS_FULL: i32 = 1;
const LONG_TICKER: i32 = -1;

/** Loaded from `masks + 32 - n` on, two vectors whose first n bytes are set. */
let masks: usize = 0;
/** The ticker of the run, and the least and greatest one of the span. */
let current: usize = 0;
export let least: usize = 0;
export let greatest: usize = 0;
/** The first ticker of the span. */
export let first: usize = 0;
/** The comma before a time, and its first three digits. */
let expectation: usize = 0;
/** Where the line feeds of a chunk are. */
let lineFeeds: usize = 0;
let lineFeedsTo: usize = 0;
/** Vectors of one byte each: loading them is faster than what a constant is compiled to. */
let vectors: usize = 0;
/** Up to where line feeds have been looked for. */
let seen: usize = 0;
/** The records. */
export let records: usize = 0;
export let recordsTo: usize = 0;
let recordsEnd: usize = 0;

/** Which column has the times, from 1 on, and how many there are; 0 where none has. */
let timeColumn: u32 = 0;
let columns: u32 = 0;
/** Whether records are kept. */
export let keepsRecords: bool = true;

/** Where the row begins that has not ended yet. */
export let row: usize = 0;
/** How many rows the span has, without those of the run. */
export let spanRows: u32 = 0;
export let isSorted: bool = true;
/** The least and greatest time of the span's runs that have ended. */
export let spanLeast: i64 = i64.MAX_VALUE;
export let spanGreatest: i64 = i64.MIN_VALUE;

/** The run: its rows, and the least and greatest time of them. */
let runRows: u32 = 0;
let runLeast: i64 = i64.MAX_VALUE;
let runGreatest: i64 = i64.MIN_VALUE;
/** The least and greatest of those of its times that begin as expected, as digits without that. */
let runLowest: u64 = NO_LEAST;
let runHighest: u64 = 0;
/** How long its ticker is with the comma; 0 where rows cannot be compared with it. */
let prefix: usize = 0;

/** What parseTime() has found. */
let parsed: i64 = 0;

/**
 * Begins with new content at `at`. From `base` up to `end`, memory is free. Of so many
 * columns, that of the index `times` has times, or none has where it is 0.
 */
export function begin(base: usize, end: usize, count: u32, times: u32, at: usize): void {
  columns = count;
  row = at;
  seen = at;
  masks = base;
  memory.fill(masks, 0xff, 32);
  memory.fill(masks + 32, 0, 32);
  expectation = masks + 64;
  memory.fill(expectation, 48, 4);
  store<u8>(expectation, COMMA);
  current = expectation + 16;
  least = current + KEY;
  greatest = least + KEY;
  first = greatest + KEY;
  lineFeeds = first + KEY;
  vectors = lineFeeds + 4 * (CHUNK + 64) + 8;
  memory.fill(vectors, LINE_FEED, 16);
  memory.fill(vectors + 16, COMMA, 16);
  memory.fill(vectors + 32, QUOTE, 16);
  memory.fill(vectors + 48, 48, 16);
  memory.fill(vectors + 64, 9, 16);
  records = vectors + 80;
  recordsTo = records;
  recordsEnd = end - RECORD - KEY;
  timeColumn = times;
  keepsRecords = true;
  // Content that was damaged leaves a run behind.
  runRows = 0;
  runLowest = NO_LEAST;
  runHighest = 0;
  runLeast = i64.MAX_VALUE;
  runGreatest = i64.MIN_VALUE;
  prefix = 0;
  beginSpan();
}

/** Begins with a new span at the row that has not ended yet; {@linkcode endRun} comes before. */
export function beginSpan(): void {
  spanRows = 0;
  isSorted = true;
  spanLeast = i64.MAX_VALUE;
  spanGreatest = i64.MIN_VALUE;
  recordsTo = records;
}

/** Ends the run; there is room for its record. */
export function endRun(): void {
  if (runRows == 0) return;
  noteTimes();
  if (keepsRecords) {
    const length: usize = load<u32>(current);
    store<u32>(recordsTo, runRows);
    store<u32>(recordsTo, <u32>length, 4);
    const hasTimes = runLeast <= runGreatest;
    store<f64>(recordsTo, hasTimes ? <f64>milliseconds(runLeast) : NaN, 8);
    store<f64>(recordsTo, hasTimes ? <f64>-milliseconds(-runGreatest) : NaN, 16);
    copyEights(recordsTo + RECORD, current + 4, length);
    recordsTo += (RECORD + length + 7) & ~7;
  }
  spanRows += runRows;
  if (runLeast < spanLeast) spanLeast = runLeast;
  if (runGreatest > spanGreatest) spanGreatest = runGreatest;
  runRows = 0;
  prefix = 0;
  runLeast = i64.MAX_VALUE;
  runGreatest = i64.MIN_VALUE;
}

/** Nanoseconds as whole milliseconds, not later. */
@inline
function milliseconds(time: i64): i64 {
  const rest = time % 1000000;
  return (time - rest) / 1000000 - <i64>(rest < 0);
}

/** The ticker of the last row. */
export function last(): usize {
  return current;
}

/** What is in front of the content has moved: so many bytes nearer to the memory's beginning. */
export function moved(by: usize): void {
  row -= by;
  seen -= by;
}

// Each scans the rows that end before `end`. Bytes from `end` on are anything; those up to
// 64 behind it may be read. They are several since only what is used is compiled well.

/** Where no column has times. */
export function scanUntimed(end: usize): i32 {
  return scan(end, false, 0);
}

/** Where the last column has the times. */
export function scanTimesAtEnd(end: usize): i32 {
  return scan(end, true, 0);
}

/** Where one column stands behind the times. */
export function scanTimesBeforeOne(end: usize): i32 {
  return scan(end, true, 1);
}

/** Where the times stand anywhere. */
export function scanTimes(end: usize): i32 {
  return scan(end, true, 3);
}

@inline
function scan(end: usize, hasTimes: bool, windows: i32): i32 {
  while (seen < end) {
    findLineFeeds(end);
    const status = scanLines(hasTimes, windows);
    if (status != DONE) {
      seen = row;
      return status;
    }
  }
  return DONE;
}

/** Finds the line feeds of a chunk. */
@inline
function findLineFeeds(end: usize): void {
  let p = seen;
  const to = min(end, p + CHUNK);
  let out = lineFeeds;
  const byte = v128.load(vectors);
  for (; p < to; p += 64) {
    let found = bitsOf(p, byte);
    const count = <usize>popcnt(found);
    // Two are written in any case: a branch for each would often be guessed wrongly.
    store<u32>(out, <u32>(p + <usize>ctz(found)));
    found &= found - 1;
    store<u32>(out, <u32>(p + <usize>ctz(found)), 4);
    if (count > 2) {
      for (let next = out + 8; next < out + (count << 2); next += 4) {
        found &= found - 1;
        store<u32>(next, <u32>(p + <usize>ctz(found)));
      }
    }
    out += count << 2;
  }
  // Not those behind the end.
  while (out > lineFeeds && <usize>load<u32>(out - 4) >= to) out -= 4;
  seen = to;
  lineFeedsTo = out;
}

/**
 * Goes through the lines of a chunk. Times are looked for in so many vectors before the
 * line's end.
 */
@inline
function scanLines(hasTimes: bool, windows: i32): i32 {
  let at = row;
  // Those of the run, in registers.
  let rows = runRows;
  let length = prefix;
  let low = v128.load(current, 4);
  let high = v128.load(current, 20);
  let lowMask = v128.load(masks + 32 - length);
  let highMask = v128.load(masks + 48 - length);
  // Everything is different where there is nothing to compare with.
  let different = i32x4.splat(length == 0 ? -1 : 0);
  let status = DONE;
  const behind = columns - 1 - timeColumn;
  const to = lineFeedsTo;
  const commas = v128.load(vectors, 16);
  const quote = v128.load(vectors, 32);
  const zeros = v128.load(vectors, 48);
  const nines = v128.load(vectors, 64);
  // Times without their first three digits, each digit as four bits.
  let lowest = runLowest;
  let highest = runHighest;
  let expected = load<u32>(expectation);

  for (let next = lineFeeds; next < to; next += 4) {
    const lineFeed: usize = load<u32>(next);
    // Does it begin as the row before it?
    let other = v128.or(different, v128.and(v128.xor(v128.load(at), low), lowMask));
    if (length > 16) {
      other = v128.or(other, v128.and(v128.xor(v128.load(at, 16), high), highMask));
    }
    let time: usize = 0;
    let digits = i8x16.splat(0);
    let wrong = i8x16.splat(0);
    if (hasTimes) {
      // Usually a time has 19 digits, few bytes stand behind it, and it begins as others do.
      let timeEnd = lineFeed;
      let hasEnd = true;
      let quotes = i8x16.splat(0);
      if (windows == 0) {
        if (load<u8>(lineFeed - 1) == RETURN) timeEnd--;
      } else {
        const window = v128.load(lineFeed - 16);
        quotes = i8x16.eq(window, quote);
        if (windows == 1) {
          const found = bitsOf16(window, commas) << 16;
          timeEnd = lineFeed - 1 - <usize>clz(found);
          hasEnd = found != 0;
        } else {
          const before = v128.load(lineFeed - 32);
          const first = v128.load(lineFeed - 48);
          quotes = v128.or(quotes, i8x16.eq(before, quote));
          quotes = v128.or(quotes, i8x16.eq(first, quote));
          let found = <u64>bitsOf16(window, commas) << 48 |
            <u64>bitsOf16(before, commas) << 32 | <u64>bitsOf16(first, commas) << 16;
          found = withoutHighest(found, behind - 1);
          timeEnd = lineFeed - 1 - <usize>clz(found);
          hasEnd = found != 0;
        }
      }
      time = hasEnd ? timeEnd - 19 : at;
      // A comma and the first three digits as expected, and digits to the end.
      if (load<u32>(time - 1) != expected) time = at;
      digits = i8x16.sub(v128.load(time, 3), zeros);
      wrong = v128.or(quotes, i8x16.sub_sat_u(digits, nines));
    }
    // Usually nothing is different or wrong: one branch decides.
    if ((!hasTimes || time > at) && !v128.any_true(v128.or(other, wrong))) {
      if (hasTimes) {
        const value = toNumber(digits);
        lowest = min(lowest, value);
        highest = max(highest, value);
      }
      rows++;
      at = lineFeed + 1;
      continue;
    }
    if (v128.any_true(other)) {
      const tickerLength = lengthAt(at, lineFeed);
      const isAlone = at + tickerLength == lineFeed ||
        (load<u8>(at + tickerLength) == RETURN && at + tickerLength + 1 == lineFeed);
      if (tickerLength == 0 && isAlone) {
        at = lineFeed + 1; // an empty line
        continue;
      }
      if (tickerLength > LONGEST) {
        status = LONG_TICKER;
        break;
      }
      if (rows == 0 || compare(at, tickerLength, current) != 0) {
        runRows = rows;
        runLowest = lowest;
        runHighest = highest;
        endRun();
        lowest = NO_LEAST;
        highest = 0;
        rows = 0;
        if (recordsTo > recordsEnd) {
          status = RECORDS_FULL;
          break;
        }
        beginRun(at, tickerLength);
      }
      length = isAlone || tickerLength + 1 > LONGEST_PREFIX ? 0 : tickerLength + 1;
      different = i32x4.splat(length == 0 ? -1 : 0);
      low = v128.load(current, 4);
      high = v128.load(current, 20);
      lowMask = v128.load(masks + 32 - length);
      highMask = v128.load(masks + 48 - length);
    }
    rows++;
    if (hasTimes) {
      if (time > at && !v128.any_true(wrong)) {
        const value = toNumber(digits);
        lowest = min(lowest, value);
        highest = max(highest, value);
      } else if (!noteTime(at, lineFeed)) {
        runLowest = lowest;
        runHighest = highest;
        noteTimes();
        lowest = NO_LEAST;
        highest = 0;
        expectTime();
        expected = load<u32>(expectation);
      }
    }
    at = lineFeed + 1;
  }
  runLowest = lowest;
  runHighest = highest;
  row = at;
  runRows = rows;
  prefix = rows == 0 ? 0 : length;
  return status;
}

/** Without so many of the highest bits that are set. */
@inline
function withoutHighest(bits: u64, count: u32): u64 {
  let left = count;
  for (; left > 3; left--) bits = withoutOne(bits);
  if (left & 2) bits = withoutOne(withoutOne(bits));
  if (left & 1) bits = withoutOne(bits);
  return bits;
}

@inline
function withoutOne(bits: u64): u64 {
  return bits & (0x7fffffffffffffff >> clz(bits));
}

/** A bit for each of 16 bytes that is the one. */
@inline
function bitsOf16(bytes: v128, byte: v128): u32 {
  return <u32>i8x16.bitmask(i8x16.eq(bytes, byte));
}

/** A bit for each of 64 bytes that is the one. */
@inline
function bitsOf(at: usize, byte: v128): u64 {
  const low = bitsOf16(v128.load(at), byte) | bitsOf16(v128.load(at, 16), byte) << 16;
  const high = bitsOf16(v128.load(at, 32), byte) | bitsOf16(v128.load(at, 48), byte) << 16;
  return <u64>low | <u64>high << 32;
}

/** How long the ticker is: what stands before the first comma, or the line's end. */
@inline
function lengthAt(at: usize, lineFeed: usize): usize {
  let to = at;
  while (to < lineFeed && load<u8>(to) != COMMA) to++;
  if (to == lineFeed && to > at && load<u8>(to - 1) == RETURN) to--;
  return to - at;
}

function beginRun(at: usize, length: usize): void {
  if (spanRows == 0) {
    keep(first, at, length);
    keep(least, at, length);
    keep(greatest, at, length);
  } else if (isSorted && compare(at, length, current) < 0) isSorted = false;
  // Where it is sorted, it is not less than any before it.
  if (spanRows > 0) {
    if (!isSorted && compare(at, length, least) < 0) keep(least, at, length);
    if (compare(at, length, greatest) > 0) keep(greatest, at, length);
  }
  keep(current, at, length);
}

@inline
function keep(key: usize, at: usize, length: usize): void {
  store<u32>(key, <u32>length);
  copyEights(key + 4, at, length);
  store<u8>(key + 4 + length, COMMA);
}

/** Copies bytes, and up to seven more: there is room for them. */
@inline
function copyEights(to: usize, from: usize, length: usize): void {
  for (let i: usize = 0; i < length; i += 8) store<u64>(to + i, load<u64>(from + i));
}

/** Compares a ticker with one that is kept, in the order of bytes. */
function compare(at: usize, length: usize, key: usize): i32 {
  const otherLength: usize = load<u32>(key);
  const common = min(length, otherLength);
  for (let i: usize = 0; i < common; i++) {
    const difference = <i32>load<u8>(at + i) - <i32>load<u8>(key + 4 + i);
    if (difference != 0) return difference;
  }
  return <i32>length - <i32>otherLength;
}

/** 16 digits, each as four bits, the first ones the highest: to be compared. */
@inline
function toNumber(digits: v128): u64 {
  const both = v128.or(i16x8.shl(digits, 4), i16x8.shr_u(digits, 8));
  return <u64>i64x2.extract_lane(
    i8x16.shuffle(both, both, 14, 12, 10, 8, 6, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    0,
  );
}

/** The time that such a number stands for: neighbours become one number, again and again. */
function toTime(number: u64): i64 {
  let time: i64 = 0;
  for (let digit: usize = 1; digit < 4; digit++) {
    time = time * 10 + load<u8>(expectation + digit) - 48;
  }
  number = (number & 0x0f0f0f0f0f0f0f0f) + 10 * (number >> 4 & 0x0f0f0f0f0f0f0f0f);
  number = (number & 0x00ff00ff00ff00ff) + 100 * (number >> 8 & 0x00ff00ff00ff00ff);
  number = (number & 0x0000ffff0000ffff) + 10000 * (number >> 16 & 0x0000ffff0000ffff);
  number = (number & 0xffffffff) + 100000000 * (number >> 32);
  return time * 10000000000000000 + <i64>number;
}

/** Adds the times that begin as expected to the run's others. */
function noteTimes(): void {
  if (runLowest == NO_LEAST) return;
  runLeast = min(runLeast, toTime(runLowest));
  runGreatest = max(runGreatest, toTime(runHighest));
  runLowest = NO_LEAST;
  runHighest = 0;
}

/** Expects times to begin as the last one that was read. */
function expectTime(): void {
  let digits = parsed / 10000000000000000;
  store<u8>(expectation, COMMA);
  for (let digit: usize = 3; digit > 0; digit--, digits /= 10) {
    store<u8>(expectation + digit, <u8>(digits % 10 + 48));
  }
}

/**
 * Adds the time of a row to the run's. A row has one that has as many fields as columns.
 * Returns `false` where such times are to be expected from now on.
 */
function noteTime(at: usize, lineFeed: usize): bool {
  const end = load<u8>(lineFeed - 1) == RETURN ? lineFeed - 1 : lineFeed;
  let isQuoted = false;
  let fields: u32 = 1;
  let time: usize = 0;
  let timeEnd: usize = end;
  for (let i = at; i < end; i++) {
    const byte = load<u8>(i);
    if (byte == QUOTE) isQuoted = !isQuoted;
    if (byte != COMMA || isQuoted) continue;
    if (fields == timeColumn) time = i + 1;
    if (fields == timeColumn + 1) timeEnd = i;
    fields++;
  }
  if (fields != columns || !parseTime(time, timeEnd)) return true;
  runLeast = min(runLeast, parsed);
  runGreatest = max(runGreatest, parsed);
  // Of those that begin so, the time is not greater than a number can be.
  return parsed < 1000000000000000000 || parsed >= 9000000000000000000 ||
    time + 19 != timeEnd || parsed / 10000000000000000 == expectedDigits();
}

function expectedDigits(): i64 {
  return (<i64>load<u8>(expectation, 1) - 48) * 100 +
    (<i64>load<u8>(expectation, 2) - 48) * 10 + <i64>load<u8>(expectation, 3) - 48;
}

/**
 * Reads a time: seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by
 * their 10, 13, 16 or 19 digits, with a fraction or none. Any other integer is nonsense, and
 * taken for nanoseconds.
 */
function parseTime(from: usize, end: usize): bool {
  let at = from;
  const isNegative = at < end && load<u8>(at) == MINUS;
  if (isNegative) at++;
  let value: u64 = 0;
  let digits: u32 = 0;
  for (; at < end && load<u8>(at) != POINT; at++) {
    const digit: u32 = <u32>load<u8>(at) - 48;
    if (digit > 9 || ++digits > 19) return false;
    value = value * 10 + digit;
  }
  if (digits == 0) return false;
  let places: u32 = !isNegative && digits >= 10 && (digits - 10) % 3 == 0 ? 19 - digits : 0;
  for (at++; at < end; at++) {
    const digit: u32 = <u32>load<u8>(at) - 48;
    if (digit > 9) return false;
    if (places == 0) continue;
    value = value * 10 + digit;
    places--;
  }
  for (; places > 0; places--) value *= 10;
  if (value > <u64>i64.MAX_VALUE) value = <u64>i64.MAX_VALUE;
  parsed = isNegative ? -<i64>value : <i64>value;
  return true;
}
