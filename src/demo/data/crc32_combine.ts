const POLYNOMIAL = 0xedb88320;

/**
 * The CRC-32 of two pieces one behind the other, from the CRC-32 of each and the
 * second one's length: the first is moved past the second as zlib's
 * `crc32_combine` does it, with one squared matrix for each bit of the length.
 */
export function combineCrc32(
  first: number,
  second: number,
  secondLength: number,
): number {
  if (first === 0) return second; // nothing to move
  let odd = Uint32Array.from(
    { length: 32 },
    (_, bit) => bit === 0 ? POLYNOMIAL : 1 << (bit - 1),
  ); // one zero bit
  let even = square(odd);
  odd = square(even); // four zero bits
  for (
    let length = secondLength;
    length > 0;
    length = Math.floor(length / 2)
  ) {
    even = square(odd); // first a zero byte, then twice as many each time
    if (length % 2 === 1) first = multiply(even, first);
    odd = even;
  }
  return (first ^ second) >>> 0;
}

function multiply(matrix: Uint32Array, vector: number): number {
  let sum = 0;
  for (let i = 0; vector !== 0; i++, vector >>>= 1) {
    if (vector & 1) sum ^= matrix[i] ?? 0;
  }
  return sum >>> 0;
}

function square(matrix: Uint32Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.from(matrix, (column) => multiply(matrix, column));
}
