import type * as zlib from "node:zlib";
import { IntegrityError } from "../store/mod.ts";

/** The part of `node:zlib` that is used. */
export type Zlib = Pick<typeof zlib, "createInflateRaw" | "crc32">;

/** How much comes out at once, at most: larger pieces are no faster. */
const OUTPUT_SIZE = 256 * 1024;

/** The bits of a header's flags, by RFC 1952. */
const HAS_CHECKSUM = 0b00010;
const HAS_EXTRA = 0b00100;
const HAS_NAME = 0b01000;
const HAS_COMMENT = 0b10000;
const RESERVED = 0b11100000;

/**
 * `gunzip()` over zlib. Headers and trailers are read here: zlib's own gunzip drops
 * members that follow zeros, and Deno's stumbles where a header is cut in two.
 *
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 */
export async function* gunzipZlib(
  zlib: Zlib,
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const input = new Input(source);
  try {
    do {
      await readHeader(input, zlib);
      const { crc, size } = yield* inflate(input, zlib);
      if (await input.uint32() !== crc) {
        throw new GzipFault("is damaged: its checksum is another one");
      }
      if (await input.uint32() !== size % 2 ** 32) {
        throw new GzipFault("is damaged: its length is another one");
      }
    } while (!await input.isPadding());
  } catch (error) {
    if (!(error instanceof GzipFault)) throw error;
    throw new IntegrityError(
      `Cannot decompress '${name}': its gzip data ${error.message}`,
      { key: name, cause: error.cause },
    );
  } finally {
    await input.close();
  }
}

/** What is wrong with the data. */
class GzipFault extends Error {}

/** Bytes to be taken one after the other, or as they come. */
class Input {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  /** As many bytes as are at hand, at least one, or `undefined` at the end. */
  async take(): Promise<Uint8Array | undefined> {
    while (this.#chunk.length === 0) {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      this.#chunk = value;
    }
    const chunk = this.#chunk;
    this.#chunk = chunk.subarray(chunk.length);
    return chunk;
  }

  /** Gives back the end of what was taken last. */
  giveBack(rest: Uint8Array): void {
    this.#chunk = rest;
  }

  async byte(): Promise<number> {
    const chunk = await this.take();
    if (chunk === undefined) throw new GzipFault("ends early");
    this.giveBack(chunk.subarray(1));
    return chunk[0] ?? 0;
  }

  async uint32(): Promise<number> {
    let value = 0;
    for (let factor = 1; factor < 2 ** 32; factor *= 256) {
      value += await this.byte() * factor;
    }
    return value;
  }

  /** Whether nothing but zeros, or nothing at all, is left. */
  async isPadding(): Promise<boolean> {
    let isFirst = true;
    for (
      let chunk = await this.take();
      chunk !== undefined;
      chunk = await this.take()
    ) {
      if (isFirst && chunk[0] !== 0) {
        this.giveBack(chunk);
        return false;
      }
      isFirst = false;
      if (chunk.some((byte) => byte !== 0)) {
        throw new GzipFault("is followed by something else");
      }
    }
    return true;
  }
}

async function readHeader(input: Input, { crc32 }: Zlib): Promise<void> {
  let checksum = 0;
  const byte = async () => {
    const byte = await input.byte();
    checksum = crc32(Uint8Array.of(byte), checksum);
    return byte;
  };
  const text = async () => {
    while (await byte() !== 0);
  };
  if (await byte() !== 0x1f || await byte() !== 0x8b) {
    throw new GzipFault("is followed by something else");
  }
  if (await byte() !== 8) {
    throw new GzipFault("is damaged: its method is unknown");
  }
  const flags = await byte();
  if (flags & RESERVED) {
    throw new GzipFault("is damaged: its header has unknown flags");
  }
  for (let i = 0; i < 6; i++) await byte(); // time, level, system
  if (flags & HAS_EXTRA) {
    const length = await byte() + await byte() * 256;
    for (let i = 0; i < length; i++) await byte();
  }
  if (flags & HAS_NAME) await text();
  if (flags & HAS_COMMENT) await text();
  if (flags & HAS_CHECKSUM) {
    const expected = checksum & 0xffff;
    if (await input.byte() + await input.byte() * 256 !== expected) {
      throw new GzipFault("is damaged: its header's checksum is another one");
    }
  }
}

/** Inflates one member; returns the CRC-32 and the number of the bytes that came out. */
async function* inflate(
  input: Input,
  { createInflateRaw, crc32 }: Zlib,
): AsyncGenerator<Uint8Array, { crc: number; size: number }> {
  const inflater = createInflateRaw({ chunkSize: OUTPUT_SIZE });
  let [crc, size, fed] = [0, 0, 0];
  let failure: Error | undefined;
  let wake = () => {};
  inflater.on("error", (error) => failure = error);
  for (const event of ["readable", "end", "error"]) {
    inflater.on(event, () => wake());
  }
  try {
    while (true) {
      const data = await input.take();
      let isTaken = false;
      const taken = () => {
        isTaken = true;
        wake();
      };
      if (data === undefined) inflater.end(taken);
      else inflater.write(data, taken);
      fed += data?.length ?? 0;
      while (true) {
        const out: Uint8Array | null = inflater.read();
        if (out !== null) {
          crc = crc32(out, crc);
          size += out.length;
          yield new Uint8Array(out.buffer, out.byteOffset, out.length);
        } else if (failure !== undefined) {
          throw toFault(failure);
        } else if (inflater.readableEnded) {
          const rest = fed - inflater.bytesWritten;
          input.giveBack(
            data?.subarray(data.length - rest) ?? new Uint8Array(),
          );
          return { crc, size };
        } else if (
          isTaken && data !== undefined && inflater.bytesWritten === fed
        ) {
          break; // otherwise the member ends within the data
        } else {
          await new Promise<void>((resolve) => wake = resolve);
        }
      }
    }
  } finally {
    inflater.destroy();
  }
}

function toFault(cause: Error): GzipFault {
  return new GzipFault(
    "code" in cause && cause.code === "Z_BUF_ERROR"
      ? "ends early"
      : `is damaged: ${cause.message}`,
    { cause },
  );
}
