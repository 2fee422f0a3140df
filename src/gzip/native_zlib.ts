/** What we use of `node:zlib`. */
export interface NativeZlib {
  /** The CRC-32 of bytes, behind that of the bytes before them. */
  crc32?(bytes: Uint8Array, before?: number): number;
  /** Deflates bytes at once. */
  deflateRawSync?(
    bytes: Uint8Array,
    options: {
      level: number;
      windowBits: number;
      memLevel: number;
      chunkSize: number;
    },
  ): Uint8Array<ArrayBuffer>;
}

/** Node's and Deno's global; a browser has none. */
const { process }: {
  process?: { getBuiltinModule?(id: string): NativeZlib | undefined };
} = globalThis as Record<string, unknown>;

/** The runtime's own zlib, where it has one. */
export const nativeZlib: NativeZlib | undefined = process?.getBuiltinModule?.(
  "node:zlib",
);
