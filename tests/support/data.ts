import { gzipSync } from "node:zlib";
/** Seeded random numbers from 0 to below 1 (mulberry32): a failure can be run again. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that do not compress, the same for the same seed. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(seed);
  const words = new Uint32Array(Math.ceil(length / 4));
  for (let at = 0; at < words.length; at++) words[at] = random() * 2 ** 32;
  return new Uint8Array(words.buffer, 0, length).slice();
}

/** Lines of text that compress about as well as market data. */
export function csv(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(seed);
  let text = "ticker,volume,open\n";
  while (text.length < length) {
    text += `T${Math.floor(random() * 500)},${Math.floor(random() * 1e6)},${
      (random() * 100).toFixed(2)
    }\n`;
  }
  return new TextEncoder().encode(text.slice(0, length));
}

/** One gzip member. */
export async function gzip(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** One gzip member that holds the bytes as they are: what is noise takes long to compress. */
export function gzipStored(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(gzipSync(bytes, { level: 0 }));
}

/** Several pieces of bytes in one. */
export function joined(
  ...pieces: readonly Uint8Array[]
): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(
    pieces.reduce((length, piece) => length + piece.length, 0),
  );
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Everything that a stream or another sequence of pieces holds. */
export async function collect(
  source: AsyncIterable<Uint8Array>,
): Promise<Uint8Array<ArrayBuffer>> {
  return joined(...await Array.fromAsync(source));
}

/** A short line that tells whether large pieces of bytes are the same. */
export function sizeAndSum(bytes: Uint8Array): string {
  let sum = 0;
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) >>> 0;
  return `${bytes.length} bytes, sum ${sum}`;
}
