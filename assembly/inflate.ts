/**
 * Inflates raw deflate data (RFC 1951), in AssemblyScript: `deno task assembly` makes
 * src/gzip/_inflate_module.ts of it.
 *
 * All memory is laid out here by hand, and nothing is ever allocated. The data comes
 * through a window of the memory, and what it becomes leaves through another one, which
 * also keeps the 32 KiB before it that matches may copy from.
 *
 * Two things make it fast. A table tells for the next 11 bits at once what they stand
 * for, be it two literals, or a literal and a length together with its extra bits. And
 * the entry for what comes next is looked up before a match is copied.
 */

// How entries of the table of literals and lengths are made up:
//   bits 0 to 5     how many bits they take
//   bits 6 and 7    how many literals there are, 0 to 2, or SPECIAL
//   bits 8 to 23    the literals
//   bits 24 to 31   the length of the match that follows them, or 0
// Those that are special have one of these bits, and then:
//   bits 12 to 15   LENGTH: bits of the code alone; SUB: how many bits choose an entry
//   bits 16 to 31   LENGTH: its base; SUB: where the entries begin
const SPECIAL: u32 = 0xc0;
const END: u32 = 1 << 8;
const SUB: u32 = 1 << 9;
const BAD: u32 = 1 << 10;
const LENGTH: u32 = 1 << 11;

// Those of the table of distances, of 64 bits:
//   bits 0 to 5     how many bits they take
//   bits 8 to 13    how many of them are the code's; the others are extra bits
//   bits 16 to 31   the base; SUB: where the entries begin
//   bits 32 to 63   a mask of the extra bits; SUB: of the bits that choose an entry
const DISTANCE_SUB: u32 = 1 << 6;
const DISTANCE_BAD: u32 = 1 << 7;

const LITERAL_BITS: u32 = 11;
const DISTANCE_BITS: u32 = 9;
const PRECODE_BITS: u32 = 7;
const LITERAL_MASK: u32 = (1 << LITERAL_BITS) - 1;
const DISTANCE_MASK: u32 = (1 << DISTANCE_BITS) - 1;

// Whose codes a table is made for.
const LITERALS: u32 = 0;
const DISTANCES: u32 = 1;
const PRECODE: u32 = 2;

// Where things lie. Tables have room for the most entries that codes of 15 bits can ask
// for behind their first ones: 294 with literals, 80 with distances.
const TABLE: usize = 4096;
const SINGLES: usize = TABLE + 4 * 3072;
const DISTANCE_TABLE: usize = SINGLES + 4 * 2048;
const PRECODE_TABLE: usize = DISTANCE_TABLE + 8 * 1024;
const CODE_LENGTHS: usize = PRECODE_TABLE + 4 * 128;
const COUNTS: usize = CODE_LENGTHS + 512;
const OFFSETS: usize = COUNTS + 64;
const SORTED: usize = OFFSETS + 64;
const SHORT: usize = SORTED + 1024;
const INPUT: usize = 65536;
const INPUT_SIZE: usize = 65536;
const OUTPUT: usize = INPUT + INPUT_SIZE + 64;
const HISTORY: usize = 32768;
const OUTPUT_END: usize = OUTPUT + HISTORY + 262144;
/** 16 tables of 256 entries, for the CRC-32. */
const CRC_TABLES: usize = OUTPUT_END + 64;
/** Which bytes of a window are used, a byte that is not 0 for each; and the window. */
const USED: usize = CRC_TABLES + 16384;
const WINDOW: usize = USED + HISTORY + 8; // the eight between them are always 0
/** Memory that somebody else may use, up to its end. */
export const scratchStart: usize = WINDOW + HISTORY;
/** Eight bytes of a window that are all used. */
const ALL_USED: u64 = 0x0101010101010101;
/** The most that one step writes: two literals and a match, copied by eights. */
const STEP: usize = 320;

const LENGTH_BASES = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83,
  99, 115, 131, 163, 195, 227, 258,
]);
const LENGTH_EXTRAS = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5,
  5, 0,
]);
const DISTANCE_BASES = memory.data<u16>([
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769,
  1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577,
]);
const PRECODE_ORDER = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

// What run() and the functions below it return; what is damaged is below 0.
const NEEDS_INPUT: i32 = 0;
const IS_FULL: i32 = 1;
const HAS_ENDED: i32 = 2;
const GOES_ON: i32 = 3;
const AT_BLOCK: i32 = 4;
const BAD_BLOCK_TYPE: i32 = -1;
const BAD_STORED_LENGTH: i32 = -2;
const TOO_MANY_CODES: i32 = -3;
const BAD_CODE_LENGTHS: i32 = -4;
const BAD_REPEAT: i32 = -5;
const NO_END: i32 = -6;
const BAD_LITERAL_CODES: i32 = -7;
const BAD_DISTANCE_CODES: i32 = -8;
const BAD_LITERAL: i32 = -9;
const BAD_DISTANCE: i32 = -10;
const TOO_FAR_BACK: i32 = -11;

/** Where the data is put. */
export const inputStart: usize = INPUT;
/** How much of it there is room for. */
export const inputSize: usize = INPUT_SIZE;
/** Where the data goes on that has not been read yet, and where it ends. */
export let input: usize = INPUT;
export let inputEnd: usize = INPUT;
/** What the last run() has made. */
export let outputFrom: usize = 0;
export let outputTo: usize = 0; // 0 before the first data
/** Whether run() also returns after each block. */
export let stopsAtBlocks: bool = false;
/** How many bits before `input` have not been used yet. */
export let bitsLeft: u32 = 0;

/** Where the window ends of which it is noted what is used, or 0. */
let noted: usize = 0;

/** Keeps the window, and notes from now on which bytes of it are copied from. */
export function noteUse(): void {
  memory.fill(USED, 0, HISTORY);
  memory.copy(WINDOW, outputTo - HISTORY, HISTORY);
  noted = outputTo;
}

/** Where packUse() has put things: how far ranges are apart and how long they are, and their bytes. */
export const packedLengths: usize = USED;
export let packedLengthsEnd: usize = USED;
export const packedBytes: usize = WINDOW;
export let packedBytesEnd: usize = WINDOW;
export let packedRanges: u32 = 0;

/** Packs what is used of the last so many bytes of the window: in their own place. */
export function packUse(length: u32): void {
  let lengths = USED;
  let bytes = WINDOW;
  let ranges: u32 = 0;
  const end = USED + HISTORY;
  let before = end - length;
  for (let at = before; at < end;) {
    // Most are not used.
    const used = load<u64>(at);
    if (used == 0) {
      at += 8;
      continue;
    }
    const from = at + (<usize>ctz(used) >> 3);
    let to = from;
    while (true) {
      const unused = load<u64>(to) ^ ALL_USED;
      to += unused == 0 ? 8 : <usize>ctz(unused) >> 3;
      if (unused == 0) continue;
      // Three that are not used are kept where others follow: a gap costs as much.
      const near = load<u32>(to);
      if (near == 0) break;
      to += <usize>ctz(near) >> 3;
    }
    for (let next = from; next < to; next++) {
      store<u8>(bytes++, load<u8>(next, WINDOW - USED));
    }
    lengths = putVarint(lengths, from - before);
    lengths = putVarint(lengths, to - from);
    ranges++;
    before = to;
    at = to;
  }
  packedLengthsEnd = lengths;
  packedBytesEnd = bytes;
  packedRanges = ranges;
}

function putVarint(to: usize, value: usize): usize {
  for (; value > 127; value >>= 7) store<u8>(to++, <u8>value | 128);
  store<u8>(to, <u8>value);
  return to + 1;
}

/** Whether something may still be noted: matches reach back so far. */
export function isNoting(): bool {
  return noted != 0 && outputTo < noted + HISTORY;
}

/** How far back matches may reach. */
let floor: usize = 0;
/** Bits that have been taken from the data: the lower ones of `bits`. */
let bits: u64 = 0;
let have: u32 = 0;
const AT_HEADER: u32 = 0;
const IN_STORED: u32 = 1;
const IN_CODES: u32 = 2;
let state: u32 = AT_HEADER;
let isLast: bool = false;
/** How much of a stored block is left. */
let stored: u32 = 0;
/** Whether the tables are those of RFC 1951's fixed codes. */
let isFixed: bool = false;
/** How many of the first bits are somebody else's. */
let skip: u32 = 0;

/**
 * Begins with new data: in its middle, at the bit `bitsBefore` of its first byte, where
 * the `history` bytes of content before it have been put in front of `outputTo`.
 */
export function begin(history: u32, bitsBefore: u32): void {
  reset();
  floor = outputTo - history;
  skip = bitsBefore;
}

/** Begins with new data. */
export function reset(): void {
  input = INPUT;
  inputEnd = INPUT;
  // What was made before stays in front of it: a row may go on in another member.
  if (outputTo == 0) outputTo = OUTPUT + HISTORY;
  floor = outputTo;
  bits = 0;
  have = 0;
  skip = 0;
  state = AT_HEADER;
  isLast = false;
  noted = 0;
}

/** Inflates until the data at hand or the room for it is used up, or the data has ended. */
export function run(): i32 {
  if (outputTo > OUTPUT_END - 65536) {
    const shift = outputTo - HISTORY - OUTPUT;
    memory.copy(OUTPUT, outputTo - HISTORY, HISTORY);
    outputTo -= shift;
    // A window that lies too far back is used by nothing.
    noted = noted > OUTPUT + shift ? noted - shift : 0;
    floor = floor < OUTPUT + shift ? OUTPUT : floor - shift;
  }
  outputFrom = outputTo;
  while (true) {
    if (state == AT_HEADER) {
      const status = header();
      if (status != GOES_ON) return status;
    }
    const status = state == IN_STORED ? copyStored() : decode();
    if (status != GOES_ON) return status;
    state = AT_HEADER;
    if (isLast) {
      input -= have >> 3; // whole bytes that are somebody else's
      return HAS_ENDED;
    }
    if (stopsAtBlocks) {
      bitsLeft = have;
      return AT_BLOCK;
    }
    if (outputTo > OUTPUT_END - STEP) return IS_FULL;
  }
}

/** Reads a block's header, all of it or nothing. */
function header(): i32 {
  fill();
  if (have < 3 + skip) return NEEDS_INPUT;
  take(skip);
  skip = 0;
  const type = (bits as u32) >> 1 & 3;
  if (type == 3) return BAD_BLOCK_TYPE;
  if (type == 0) return storedHeader();
  if (type == 1) {
    isLast = take(1) as bool;
    take(2);
    useFixedCodes();
    state = IN_CODES;
    return GOES_ON;
  }
  const oldBits = bits;
  const oldHave = have;
  const oldInput = input;
  const status = dynamicHeader();
  if (status == NEEDS_INPUT) {
    bits = oldBits;
    have = oldHave;
    input = oldInput;
  }
  return status;
}

function storedHeader(): i32 {
  const skip = (have - 3) & 7;
  if (have < 3 + skip + 32) return NEEDS_INPUT;
  isLast = take(1) as bool;
  take(2 + skip);
  const length = take(16);
  if (length != (take(16) ^ 0xffff)) return BAD_STORED_LENGTH;
  stored = length;
  state = IN_STORED;
  return GOES_ON;
}

function useFixedCodes(): void {
  if (isFixed) return;
  memory.fill(CODE_LENGTHS, 8, 144);
  memory.fill(CODE_LENGTHS + 144, 9, 112);
  memory.fill(CODE_LENGTHS + 256, 7, 24);
  memory.fill(CODE_LENGTHS + 280, 8, 8);
  build(LITERALS, CODE_LENGTHS, 288, TABLE, LITERAL_BITS);
  memory.fill(CODE_LENGTHS, 5, 32);
  build(DISTANCES, CODE_LENGTHS, 32, DISTANCE_TABLE, DISTANCE_BITS);
  isFixed = true;
}

function dynamicHeader(): i32 {
  if (have < 17) return NEEDS_INPUT;
  isLast = take(1) as bool;
  take(2);
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const lengths = take(4) + 4;
  if (literals > 286 || distances > 30) return TOO_MANY_CODES;
  memory.fill(CODE_LENGTHS, 0, 19);
  for (let i: u32 = 0; i < lengths; i++) {
    fill();
    if (have < 3) return NEEDS_INPUT;
    store<u8>(CODE_LENGTHS + load<u8>(PRECODE_ORDER + i), take(3) as u8);
  }
  const isBad = !build(PRECODE, CODE_LENGTHS, 19, PRECODE_TABLE, PRECODE_BITS);
  if (isBad) return BAD_CODE_LENGTHS;
  const count = literals + distances;
  for (let i: u32 = 0; i < count;) {
    fill();
    const e = load<u32>(
      PRECODE_TABLE + ((bits as u32 & ((1 << PRECODE_BITS) - 1)) << 2),
    );
    const symbol = e >> 16;
    const extra: u32 = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
    if (have < (e & 63) + extra) return NEEDS_INPUT;
    take(e & 63);
    if (symbol < 16) {
      store<u8>(CODE_LENGTHS + i++, symbol as u8);
      continue;
    }
    const times = take(extra) + (symbol == 18 ? 11 : 3);
    if (i + times > count || (symbol == 16 && i == 0)) return BAD_REPEAT;
    const value: u8 = symbol == 16 ? load<u8>(CODE_LENGTHS + i - 1) : 0;
    memory.fill(CODE_LENGTHS + i, value, times);
    i += times;
  }
  if (load<u8>(CODE_LENGTHS + 256) == 0) return NO_END;
  isFixed = false;
  if (!build(LITERALS, CODE_LENGTHS, literals, TABLE, LITERAL_BITS)) {
    return BAD_LITERAL_CODES;
  }
  const rest = CODE_LENGTHS + literals;
  if (!build(DISTANCES, rest, distances, DISTANCE_TABLE, DISTANCE_BITS)) {
    return BAD_DISTANCE_CODES;
  }
  state = IN_CODES;
  return GOES_ON;
}

function copyStored(): i32 {
  for (; stored > 0 && have > 0; stored--) {
    store<u8>(outputTo++, bits as u8);
    bits >>= 8;
    have -= 8;
  }
  const room = min<usize>(inputEnd - input, OUTPUT_END - outputTo);
  const length = min<usize>(stored, room);
  memory.copy(outputTo, input, length);
  outputTo += length;
  input += length;
  stored -= length as u32;
  if (stored == 0) return GOES_ON;
  return input == inputEnd ? NEEDS_INPUT : IS_FULL;
}

/** Takes whole bytes, as long as there are any, up to 63 bits. */
@inline
function fill(): void {
  while (have < 56 && input < inputEnd) {
    bits |= (load<u8>(input++) as u64) << have;
    have += 8;
  }
}

@inline
function take(count: u32): u32 {
  const value = bits as u32 & ((1 << count) - 1);
  bits >>= count;
  have -= count;
  return value;
}

/** The first entry for a symbol whose code has so many bits behind those of the table. */
@inline
function entryOf(kind: u32, symbol: u32, length: u32): u32 {
  if (kind == PRECODE) return symbol << 16 | length;
  if (kind == DISTANCES) {
    if (symbol > 29) return DISTANCE_BAD | length;
    const base: u32 = load<u16>(DISTANCE_BASES + (symbol << 1));
    const extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
    return base << 16 | length << 8 | (length + extra);
  }
  if (symbol < 256) return symbol << 8 | 1 << 6 | length;
  if (symbol == 256) return SPECIAL | END | length;
  if (symbol > 285) return SPECIAL | BAD | length;
  const base: u32 = load<u16>(LENGTH_BASES + ((symbol - 257) << 1));
  const extra: u32 = load<u8>(LENGTH_EXTRAS + symbol - 257);
  return base << 16 | length << 12 | SPECIAL | LENGTH | (length + extra);
}

@inline
function put(kind: u32, table: usize, index: u32, entry: u32, mask: u32): void {
  if (kind == DISTANCES) {
    store<u64>(table + (index << 3), (mask as u64) << 32 | entry);
  } else {
    store<u32>(table + (index << 2), entry);
  }
}

@inline
function maskOf(kind: u32, symbol: u32): u32 {
  if (kind != DISTANCES || symbol < 4) return 0;
  return (1 << ((symbol >> 1) - 1)) - 1;
}

/** A code's bits the other way round, as they stand in the data. */
@inline
function reversed(code: u32, length: u32): u32 {
  code = (code & 0x5555) << 1 | code >> 1 & 0x5555;
  code = (code & 0x3333) << 2 | code >> 2 & 0x3333;
  code = (code & 0x0f0f) << 4 | code >> 4 & 0x0f0f;
  code = (code << 8 | code >> 8) & 0xffff;
  return code >> (16 - length);
}

/** Makes a table from the lengths of codes; `false` where there can be no such codes. */
function build(
  kind: u32,
  lengths: usize,
  symbols: u32,
  table: usize,
  tableBits: u32,
): bool {
  memory.fill(COUNTS, 0, 64);
  for (let i: u32 = 0; i < symbols; i++) {
    const at = COUNTS + ((load<u8>(lengths + i) as u32) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let left: i32 = 1;
  let longest: u32 = 0;
  let sum: u32 = 0;
  for (let length: u32 = 1; length < 16; length++) {
    const count = load<u32>(COUNTS + (length << 2));
    store<u32>(OFFSETS + (length << 2), sum);
    sum += count;
    if (count > 0) longest = length;
    left = (left << 1) - count;
    if (left < 0) return false;
  }
  const size: u32 = 1 << tableBits;
  if (left > 0) {
    // As zlib has it: a single code of one bit may stand alone, or none at all.
    if (longest > 1 || kind == PRECODE) return false;
    const bad = kind == DISTANCES ? DISTANCE_BAD | 1 : SPECIAL | BAD | 1;
    for (let i: u32 = 0; i < size; i++) put(kind, table, i, bad, 0);
  }
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const length: u32 = load<u8>(lengths + symbol);
    if (length == 0) continue;
    const at = load<u32>(OFFSETS + (length << 2));
    store<u32>(OFFSETS + (length << 2), at + 1);
    store<u16>(SORTED + (at << 1), symbol as u16);
  }

  let shorts: u32 = 0;
  let next: u32 = size;
  let prefix: u32 = size;
  let sub: u32 = 0;
  let subBits: u32 = 0;
  let code: u32 = 0;
  let index: u32 = 0;
  for (let length: u32 = 1; length <= longest; length++, code <<= 1) {
    for (let count = load<u32>(COUNTS + (length << 2)); count > 0; count--) {
      const symbol: u32 = load<u16>(SORTED + (index++ << 1));
      const bits = reversed(code++, length);
      const mask = maskOf(kind, symbol);
      if (length > tableBits) {
        if ((bits & (size - 1)) != prefix) {
          prefix = bits & (size - 1);
          subBits = length - tableBits;
          for (let used = count; used < (1 as u32) << subBits;) {
            subBits++;
            used = (used << 1) + load<u32>(COUNTS + ((tableBits + subBits) << 2));
          }
          sub = next;
          next += 1 << subBits;
          const entry = kind == DISTANCES
            ? sub << 16 | DISTANCE_SUB | tableBits
            : sub << 16 | subBits << 12 | SPECIAL | SUB | tableBits;
          put(kind, table, prefix, entry, (1 << subBits) - 1);
        }
        const own = length - tableBits;
        const entry = entryOf(kind, symbol, own);
        for (let i = bits >> tableBits; i < (1 as u32) << subBits; i += 1 << own) {
          put(kind, table, sub + i, entry, mask);
        }
        continue;
      }
      const entry = entryOf(kind, symbol, length);
      const isLength = kind == LITERALS && symbol > 256 && symbol < 285;
      if (isLength && (entry & 63) <= tableBits) {
        putLengths(table, size, entry, bits, length);
        continue;
      }
      if (kind == LITERALS && symbol < 256) {
        store<u32>(SHORT + (shorts++ << 2), bits << 16 | length);
      }
      for (let i = bits; i < size; i += 1 << length) put(kind, table, i, entry, mask);
    }
  }
  if (kind == LITERALS) combine(table, size, tableBits, shorts);
  return true;
}

/** Entries of a length together with its extra bits. */
@inline
function putLengths(
  table: usize,
  size: u32,
  entry: u32,
  bits: u32,
  length: u32,
): void {
  const all = entry & 63;
  for (let extra: u32 = 0; extra < (1 as u32) << (all - length); extra++) {
    const value = (entry >> 16) + extra;
    const direct = value > 255 ? entry : value << 24 | all;
    for (let i = bits | extra << length; i < size; i += 1 << all) {
      store<u32>(table + (i << 2), direct);
    }
  }
}

/** Adds what follows a literal to its entries: one more, a length, or both. */
@inline
function combine(table: usize, size: u32, tableBits: u32, shorts: u32): void {
  memory.copy(SINGLES, table, size << 2);
  for (let short: u32 = 0; short < shorts; short++) {
    const first = load<u32>(SHORT + (short << 2));
    const bits = first >> 16;
    const length = first & 0xffff;
    const literal = load<u32>(SINGLES + (bits << 2)) & 0xff00;
    for (let rest: u32 = 0; rest < size >> length; rest++) {
      let entry = load<u32>(SINGLES + (rest << 2));
      let used = length + (entry & 63);
      if (used > tableBits || (entry & SPECIAL) == SPECIAL) continue;
      const at = table + ((bits | rest << length) << 2);
      if (entry >> 24 != 0) {
        store<u32>(at, entry & 0xff000000 | literal | 1 << 6 | used);
        continue;
      }
      const both = literal | (entry & 0xff00) << 8 | 2 << 6;
      entry = load<u32>(SINGLES + (rest >> (entry & 63) << 2));
      const isLength = (entry & SPECIAL) != SPECIAL && entry >> 24 != 0;
      if (isLength && used + (entry & 63) <= tableBits) {
        used += entry & 63;
        store<u32>(at, entry & 0xff000000 | both | used);
      } else {
        store<u32>(at, both | used);
      }
    }
  }
}

/** Notes that bytes are used from one in the window on, those of them that are in it. */
function note(from: usize, length: u32): void {
  // A few bytes: memory.fill() would take longer to call.
  let at = USED + HISTORY - (noted - from);
  const end = at + min<usize>(length, noted - from);
  while (at < end) store<u8>(at++, 1);
}

@inline
function copyMatch(target: usize, distance: u32, length: u32): void {
  let to = target;
  let from = target - distance;
  const end = target + length;
  if (distance >= 8) {
    do {
      store<u64>(to, load<u64>(from));
      store<u64>(to, load<u64>(from, 8), 8);
      to += 16;
      from += 16;
    } while (to < end);
  } else if (distance == 1) {
    const value = (load<u8>(from) as u64) * 0x0101010101010101;
    do {
      store<u64>(to, value);
      to += 8;
    } while (to < end);
  } else {
    do store<u8>(to++, load<u8>(from++)); while (to < end);
  }
}

@inline
function look(bits: u64): u32 {
  return load<u32>((bits as u32 & LITERAL_MASK) << 2, TABLE);
}

@inline
function lookFurther(entry: u32, bits: u64): u32 {
  const mask: u32 = (1 << (entry >> 12 & 15)) - 1;
  return load<u32>(((entry >> 16) + (bits as u32 & mask)) << 2, TABLE);
}

/** The length of an entry that is special, with its extra bits. */
@inline
function lengthOf(entry: u32, bits: u64): u32 {
  const mask: u32 = (1 << (entry & 31)) - 1;
  return (entry >> 16) + ((bits as u32 & mask) >> (entry >> 12 & 15));
}

@inline
function lookForDistance(bits: u64): u64 {
  return load<u64>((bits as u32 & DISTANCE_MASK) << 3, DISTANCE_TABLE);
}

@inline
function lookFurtherForDistance(entry: u64, bits: u64): u64 {
  const chosen = bits as u32 & (entry >> 32) as u32;
  return load<u64>(((entry as u32 >> 16) + chosen) << 3, DISTANCE_TABLE);
}

@inline
function distanceOf(entry: u64, bits: u64): u32 {
  return (entry as u32 >> 16) + ((bits >> (entry >> 8)) as u32 & (entry >> 32) as u32);
}

/** Decodes a block's symbols. */
function decode(): i32 {
  let status = NEEDS_INPUT;
  if (isNoting() && inputEnd - input >= 8) {
    status = decodeFast(true);
    // Nothing is left to be noted: on without it, which is faster.
    if (status == IS_FULL && outputTo <= OUTPUT_END - STEP) status = NEEDS_INPUT;
  }
  if (status == NEEDS_INPUT && inputEnd - input >= 8) status = decodeFast(false);
  return status == NEEDS_INPUT ? decodeSlowly() : status;
}

/**
 * Decodes as long as eight bytes of data are left. Above the lowest six bits of `have`,
 * and above so many of `bits`, there is anything in here.
 */
@inline
function decodeFast(notes: bool): i32 {
  let bits = bits_();
  let have = have_();
  let from = input;
  let to = outputTo;
  const lowest = floor;
  const fromEnd = inputEnd - 8;
  const windowEnd = noted;
  const toEnd = notes ? min(OUTPUT_END - STEP, windowEnd + HISTORY) : OUTPUT_END - STEP;
  let status: i32 = NEEDS_INPUT;

  bits |= load<u64>(from) << have;
  from += (have ^ 63) >> 3 & 7;
  have |= 56;
  let entry = look(bits);
  while (from <= fromEnd) {
    if (to > toEnd) {
      status = IS_FULL;
      break;
    }
    let length: u32;
    if ((entry & SPECIAL) != SPECIAL) {
      store<u16>(to, (entry >> 8) as u16);
      to += entry >> 6 & 3;
      bits >>= entry;
      have -= entry;
      length = entry >> 24;
      if (length == 0) {
        bits |= load<u64>(from) << have;
        from += (have ^ 63) >> 3 & 7;
        have |= 56;
        entry = look(bits);
        continue;
      }
    } else {
      if (entry & SUB) {
        bits >>= entry;
        have -= entry;
        entry = lookFurther(entry, bits);
        if ((entry & SPECIAL) != SPECIAL) {
          store<u8>(to++, (entry >> 8) as u8);
          bits >>= entry;
          have -= entry;
          bits |= load<u64>(from) << have;
          from += (have ^ 63) >> 3 & 7;
          have |= 56;
          entry = look(bits);
          continue;
        }
      }
      if (entry & END) {
        bits >>= entry;
        have -= entry;
        status = GOES_ON;
        break;
      }
      if (entry & BAD) return BAD_LITERAL;
      length = lengthOf(entry, bits);
      bits >>= entry;
      have -= entry;
    }
    let far = lookForDistance(bits);
    if (far as u32 & (DISTANCE_SUB | DISTANCE_BAD)) {
      if (far as u32 & DISTANCE_SUB) {
        bits >>= far;
        have -= far as u32;
        far = lookFurtherForDistance(far, bits);
      }
      if (far as u32 & DISTANCE_BAD) return BAD_DISTANCE;
    }
    const distance = distanceOf(far, bits);
    bits >>= far;
    have -= far as u32;
    if (distance > (to - lowest) as u32) return TOO_FAR_BACK;
    bits |= load<u64>(from) << have;
    from += (have ^ 63) >> 3 & 7;
    have |= 56;
    entry = look(bits);
    if (notes && to - distance < windowEnd) note(to - distance, length);
    copyMatch(to, distance, length);
    to += length;
  }
  have &= 63;
  keep(bits & (((1 as u64) << have) - 1), have, from, to);
  return status;
}

/** Decodes symbol by symbol, each of which is taken where all of it is there. */
@inline
function decodeSlowly(): i32 {
  while (true) {
    if (outputTo > OUTPUT_END - STEP) return IS_FULL;
    fill();
    let rest = bits;
    let left = have as i32;
    let entry = look(rest);
    if ((entry & (SPECIAL | SUB)) == (SPECIAL | SUB)) {
      rest >>= entry;
      left -= entry & 63;
      entry = lookFurther(entry, rest);
    }
    if (left < <i32>(entry & 63)) return NEEDS_INPUT;
    let literals: u32 = 0;
    let length: u32;
    if ((entry & SPECIAL) != SPECIAL) {
      store<u16>(outputTo, (entry >> 8) as u16);
      literals = entry >> 6 & 3;
      length = entry >> 24;
    } else {
      if (entry & BAD) return BAD_LITERAL;
      length = entry & END ? 0 : lengthOf(entry, rest);
    }
    rest >>= entry;
    left -= entry & 63;
    if (length == 0) {
      bits = rest;
      have = left;
      outputTo += literals;
      if ((entry & (SPECIAL | END)) == (SPECIAL | END)) return GOES_ON;
      continue;
    }
    let far = lookForDistance(rest);
    if (far as u32 & DISTANCE_SUB) {
      rest >>= far;
      left -= far as u32 & 63;
      far = lookFurtherForDistance(far, rest);
    }
    if (left < <i32>(far as u32 & 63)) return NEEDS_INPUT;
    if (far as u32 & DISTANCE_BAD) return BAD_DISTANCE;
    const distance = distanceOf(far, rest);
    bits = rest >> far;
    have = left - (far as u32 & 63);
    outputTo += literals;
    if (distance > (outputTo - floor) as u32) return TOO_FAR_BACK;
    if (outputTo - distance < noted) note(outputTo - distance, length);
    copyMatch(outputTo, distance, length);
    outputTo += length;
  }
}

@inline
function bits_(): u64 {
  return bits;
}

@inline
function have_(): u32 {
  return have;
}

@inline
function keep(newBits: u64, newHave: u32, from: usize, to: usize): void {
  bits = newBits;
  have = newHave;
  input = from;
  outputTo = to;
}

/** The CRC-32 of the bytes that the last run() has made, behind that of those before. */
export function crcOfOutput(before: u32): u32 {
  if (load<u32>(CRC_TABLES + 4) == 0) makeCrcTables();
  let crc = ~before;
  let at = outputFrom;
  const end = outputTo;
  for (; at + 16 <= end; at += 16) {
    const a = load<u32>(at) ^ crc;
    const b = load<u32>(at, 4);
    const c = load<u32>(at, 8);
    const d = load<u32>(at, 12);
    crc = slice(15, a) ^ slice(14, a >> 8) ^ slice(13, a >> 16) ^ slice(12, a >> 24) ^
      slice(11, b) ^ slice(10, b >> 8) ^ slice(9, b >> 16) ^ slice(8, b >> 24) ^
      slice(7, c) ^ slice(6, c >> 8) ^ slice(5, c >> 16) ^ slice(4, c >> 24) ^
      slice(3, d) ^ slice(2, d >> 8) ^ slice(1, d >> 16) ^ slice(0, d >> 24);
  }
  for (; at < end; at++) crc = slice(0, crc ^ load<u8>(at)) ^ crc >> 8;
  return ~crc;
}

@inline
function slice(table: usize, byte: u32): u32 {
  return load<u32>(CRC_TABLES + (table << 10) + ((byte & 0xff) << 2));
}

function makeCrcTables(): void {
  for (let i: u32 = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    store<u32>(CRC_TABLES + (i << 2), crc);
  }
  for (let i: u32 = 0; i < 256; i++) {
    for (let table: usize = 1; table < 16; table++) {
      const before = load<u32>(CRC_TABLES + ((table - 1) << 10) + (i << 2));
      store<u32>(CRC_TABLES + (table << 10) + (i << 2), slice(0, before) ^ before >> 8);
    }
  }
}
