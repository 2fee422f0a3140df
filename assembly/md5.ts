/**
 * MD5 (RFC 1321) of four messages side by side, in AssemblyScript: `deno task assembly`
 * makes src/store/_md5_module.ts of it.
 *
 * A step of MD5 waits for the one before it, so that one message leaves most of a
 * processor idle. Each vector has a word of each of the four.
 */

/** Where the states lie: word `w` of lane `l` at `16 * w + 4 * l`. */
export const state: usize = 1024;
/** Where the words of one block lie, those of all lanes side by side. */
const WORDS: usize = 1280;
/** Where the first lane's blocks are put, and how far the others' are from there. */
export const input: usize = 65536;
export const stride: usize = 512 * 64 + 64;

/** Hashes so many blocks of 64 bytes of all lanes, at most 512. */
export function run(blocks: u32): void {
  let a = v128.load(state);
  let b = v128.load(state, 16);
  let c = v128.load(state, 32);
  let d = v128.load(state, 48);
  for (let at = input; blocks > 0; blocks--, at += 64) {
    for (let quarter: usize = 0; quarter < 64; quarter += 16) transpose(at, quarter);
    const beforeA = a;
    const beforeB = b;
    const beforeC = c;
    const beforeD = d;

    a = step(a, b, choose(b, c, d), 0, 7, 0xd76aa478);
    d = step(d, a, choose(a, b, c), 1, 12, 0xe8c7b756);
    c = step(c, d, choose(d, a, b), 2, 17, 0x242070db);
    b = step(b, c, choose(c, d, a), 3, 22, 0xc1bdceee);
    a = step(a, b, choose(b, c, d), 4, 7, 0xf57c0faf);
    d = step(d, a, choose(a, b, c), 5, 12, 0x4787c62a);
    c = step(c, d, choose(d, a, b), 6, 17, 0xa8304613);
    b = step(b, c, choose(c, d, a), 7, 22, 0xfd469501);
    a = step(a, b, choose(b, c, d), 8, 7, 0x698098d8);
    d = step(d, a, choose(a, b, c), 9, 12, 0x8b44f7af);
    c = step(c, d, choose(d, a, b), 10, 17, 0xffff5bb1);
    b = step(b, c, choose(c, d, a), 11, 22, 0x895cd7be);
    a = step(a, b, choose(b, c, d), 12, 7, 0x6b901122);
    d = step(d, a, choose(a, b, c), 13, 12, 0xfd987193);
    c = step(c, d, choose(d, a, b), 14, 17, 0xa679438e);
    b = step(b, c, choose(c, d, a), 15, 22, 0x49b40821);

    a = step(a, b, choose(d, b, c), 1, 5, 0xf61e2562);
    d = step(d, a, choose(c, a, b), 6, 9, 0xc040b340);
    c = step(c, d, choose(b, d, a), 11, 14, 0x265e5a51);
    b = step(b, c, choose(a, c, d), 0, 20, 0xe9b6c7aa);
    a = step(a, b, choose(d, b, c), 5, 5, 0xd62f105d);
    d = step(d, a, choose(c, a, b), 10, 9, 0x02441453);
    c = step(c, d, choose(b, d, a), 15, 14, 0xd8a1e681);
    b = step(b, c, choose(a, c, d), 4, 20, 0xe7d3fbc8);
    a = step(a, b, choose(d, b, c), 9, 5, 0x21e1cde6);
    d = step(d, a, choose(c, a, b), 14, 9, 0xc33707d6);
    c = step(c, d, choose(b, d, a), 3, 14, 0xf4d50d87);
    b = step(b, c, choose(a, c, d), 8, 20, 0x455a14ed);
    a = step(a, b, choose(d, b, c), 13, 5, 0xa9e3e905);
    d = step(d, a, choose(c, a, b), 2, 9, 0xfcefa3f8);
    c = step(c, d, choose(b, d, a), 7, 14, 0x676f02d9);
    b = step(b, c, choose(a, c, d), 12, 20, 0x8d2a4c8a);

    a = step(a, b, parity(b, c, d), 5, 4, 0xfffa3942);
    d = step(d, a, parity(a, b, c), 8, 11, 0x8771f681);
    c = step(c, d, parity(d, a, b), 11, 16, 0x6d9d6122);
    b = step(b, c, parity(c, d, a), 14, 23, 0xfde5380c);
    a = step(a, b, parity(b, c, d), 1, 4, 0xa4beea44);
    d = step(d, a, parity(a, b, c), 4, 11, 0x4bdecfa9);
    c = step(c, d, parity(d, a, b), 7, 16, 0xf6bb4b60);
    b = step(b, c, parity(c, d, a), 10, 23, 0xbebfbc70);
    a = step(a, b, parity(b, c, d), 13, 4, 0x289b7ec6);
    d = step(d, a, parity(a, b, c), 0, 11, 0xeaa127fa);
    c = step(c, d, parity(d, a, b), 3, 16, 0xd4ef3085);
    b = step(b, c, parity(c, d, a), 6, 23, 0x04881d05);
    a = step(a, b, parity(b, c, d), 9, 4, 0xd9d4d039);
    d = step(d, a, parity(a, b, c), 12, 11, 0xe6db99e5);
    c = step(c, d, parity(d, a, b), 15, 16, 0x1fa27cf8);
    b = step(b, c, parity(c, d, a), 2, 23, 0xc4ac5665);

    a = step(a, b, either(b, c, d), 0, 6, 0xf4292244);
    d = step(d, a, either(a, b, c), 7, 10, 0x432aff97);
    c = step(c, d, either(d, a, b), 14, 15, 0xab9423a7);
    b = step(b, c, either(c, d, a), 5, 21, 0xfc93a039);
    a = step(a, b, either(b, c, d), 12, 6, 0x655b59c3);
    d = step(d, a, either(a, b, c), 3, 10, 0x8f0ccc92);
    c = step(c, d, either(d, a, b), 10, 15, 0xffeff47d);
    b = step(b, c, either(c, d, a), 1, 21, 0x85845dd1);
    a = step(a, b, either(b, c, d), 8, 6, 0x6fa87e4f);
    d = step(d, a, either(a, b, c), 15, 10, 0xfe2ce6e0);
    c = step(c, d, either(d, a, b), 6, 15, 0xa3014314);
    b = step(b, c, either(c, d, a), 13, 21, 0x4e0811a1);
    a = step(a, b, either(b, c, d), 4, 6, 0xf7537e82);
    d = step(d, a, either(a, b, c), 11, 10, 0xbd3af235);
    c = step(c, d, either(d, a, b), 2, 15, 0x2ad7d2bb);
    b = step(b, c, either(c, d, a), 9, 21, 0xeb86d391);

    a = i32x4.add(a, beforeA);
    b = i32x4.add(b, beforeB);
    c = i32x4.add(c, beforeC);
    d = i32x4.add(d, beforeD);
  }
  v128.store(state, a);
  v128.store(state, b, 16);
  v128.store(state, c, 32);
  v128.store(state, d, 48);
}

/** Lays four words of each lane side by side. */
@inline
function transpose(at: usize, quarter: usize): void {
  const a = v128.load(at + quarter);
  const b = v128.load(at + quarter + stride);
  const c = v128.load(at + quarter + 2 * stride);
  const d = v128.load(at + quarter + 3 * stride);
  const low = v128.shuffle<u32>(a, b, 0, 4, 1, 5);
  const high = v128.shuffle<u32>(a, b, 2, 6, 3, 7);
  const otherLow = v128.shuffle<u32>(c, d, 0, 4, 1, 5);
  const otherHigh = v128.shuffle<u32>(c, d, 2, 6, 3, 7);
  const to = WORDS + quarter * 4;
  v128.store(to, v128.shuffle<u64>(low, otherLow, 0, 2));
  v128.store(to, v128.shuffle<u64>(low, otherLow, 1, 3), 16);
  v128.store(to, v128.shuffle<u64>(high, otherHigh, 0, 2), 32);
  v128.store(to, v128.shuffle<u64>(high, otherHigh, 1, 3), 48);
}

/** The bits of `yes` where those of `by` are set, else those of `no`. */
@inline
function choose(by: v128, yes: v128, no: v128): v128 {
  return v128.bitselect(yes, no, by);
}

@inline
function parity(b: v128, c: v128, d: v128): v128 {
  return v128.xor(v128.xor(b, c), d);
}

@inline
function either(b: v128, c: v128, d: v128): v128 {
  return v128.xor(c, v128.or(b, v128.not(d)));
}

/** b + ((a + mixed + word + constant) <<< shift) */
@inline
function step(a: v128, b: v128, mixed: v128, word: usize, shift: i32, constant: u32): v128 {
  const sum = i32x4.add(
    i32x4.add(i32x4.add(a, i32x4.splat(constant)), v128.load(WORDS + word * 16)),
    mixed,
  );
  return i32x4.add(b, v128.or(i32x4.shl(sum, shift), i32x4.shr_u(sum, 32 - shift)));
}
