import { nativeZlib } from "./native_zlib.ts";

/** Continues a CRC-32 with more bytes. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/**
 * The runtime's own CRC-32, if it has one. It uses instructions that WebAssembly lacks:
 * inflating market data takes 3/4 of the time that it takes with the CRC-32 of
 * assembly/inflate.ts, which is for browsers.
 */
export const nativeCrc32: Crc32 | undefined = nativeZlib?.crc32;
