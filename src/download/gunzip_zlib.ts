import type * as zlib from "node:zlib";
import { IntegrityError } from "../store/mod.ts";
import {
  checkTrailer,
  GzipFault,
  headerLength,
  toFault,
  TRAILER,
} from "./gzip_member.ts";

/** The part of `node:zlib` that is used. */
export type Zlib = Pick<typeof zlib, "createInflateRaw" | "crc32">;

/** How much comes out at once, at most: larger pieces are no faster. */
const OUTPUT_SIZE = 256 * 1024;
/** The same where members are small, as those of bgzip. */
const SMALL_OUTPUT_SIZE = 64 * 1024;
/** After so many members, others have their turn. */
const MEMBERS_AT_ONCE = 64;

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
    let members = 0;
    let outputSize = OUTPUT_SIZE;
    do {
      await skipHeader(input, zlib);
      const { crc, size } = yield* inflate(input, zlib, outputSize);
      checkTrailer(await input.exactly(TRAILER), crc, size);
      outputSize = size < SMALL_OUTPUT_SIZE ? SMALL_OUTPUT_SIZE : OUTPUT_SIZE;
      if (++members % MEMBERS_AT_ONCE === 0) await nextTask();
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

  /** At least so many bytes, where there are as many; what was taken is given back. */
  async peek(count: number): Promise<Uint8Array> {
    let bytes = await this.take() ?? new Uint8Array();
    // The source may use its memory again.
    if (bytes.length < count) bytes = bytes.slice();
    while (bytes.length < count) {
      const more = await this.take();
      if (more === undefined) break;
      bytes = concat(bytes, more);
    }
    this.giveBack(bytes);
    return bytes;
  }

  async exactly(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw new GzipFault("ends early");
    this.giveBack(bytes.subarray(count));
    return bytes.subarray(0, count);
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

async function skipHeader(input: Input, { crc32 }: Zlib): Promise<void> {
  let bytes = await input.peek(1);
  while (true) {
    const length = headerLength(bytes, crc32);
    if (length !== undefined) {
      return input.giveBack(bytes.subarray(length));
    }
    const had = bytes.length;
    bytes = await input.peek(had + 1);
    if (bytes.length === had) throw new GzipFault("ends early");
  }
}

/** Inflates one member; returns the CRC-32 and the number of the bytes that came out. */
async function* inflate(
  input: Input,
  { createInflateRaw, crc32 }: Zlib,
  chunkSize: number,
): AsyncGenerator<Uint8Array, { crc: number; size: number }> {
  const inflater = createInflateRaw({ chunkSize });
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

function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
