import { nativeCrc32 } from "./native_crc32.ts";

const POLYNOMIAL = 0xedb88320;
/** x has this order: as many bits further it is itself again. */
const ORDER = 2 ** 32 - 1;

let table: Uint32Array | undefined;

/**
 * The CRC-32 of bytes, behind that of the bytes before them.
 *
 * @param bytes The bytes.
 * @param before The CRC-32 of what stands before them. @default {0}
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  if (nativeCrc32 !== undefined) return nativeCrc32(bytes, before);
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    for (let bit = 0; bit < 8; bit++) {
      byte = byte >>> 1 ^ (byte & 1 ? POLYNOMIAL : 0);
    }
    return byte;
  });
  let crc = ~before;
  for (const byte of bytes) {
    crc = (table[(crc ^ byte) & 255] ?? 0) ^ crc >>> 8;
  }
  return ~crc >>> 0;
}

/**
 * Moves a CRC-32 past so many bytes; back where there are fewer than none. That of `a` and
 * `b` in a row is `shiftCrc32(crcOfA, lengthOfB) ^ crcOfB`.
 */
export function shiftCrc32(crc: number, bytes: number): number {
  if (crc === 0) return 0;
  let exponent = (bytes % ORDER * 8 % ORDER + ORDER) % ORDER >>> 0;
  for (let power = 0; exponent > 0; exponent >>>= 1, power++) {
    if (exponent & 1) crc = multiply(crc, powerOfX(power));
  }
  return crc >>> 0;
}

/** x to the 1, 2, 4, 8 … */
const powers: number[] = [0x40000000];

function powerOfX(power: number): number {
  while (powers.length <= power) {
    const last = powers[powers.length - 1] ?? 0;
    powers.push(multiply(last, last));
  }
  return powers[power] ?? 0;
}

/** The product of two polynomials modulo that of CRC-32; the highest bit is the 1. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let left = a | 0; left !== 0; left <<= 1) {
    if (left < 0) product ^= b;
    b = b >>> 1 ^ (POLYNOMIAL & -(b & 1));
  }
  return product >>> 0;
}
