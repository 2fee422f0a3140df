import { IntegrityError } from "../store/mod.ts";
import {
  checkTrailer,
  type Crc32,
  GzipFault,
  headerLength,
  TRAILER,
} from "./gzip_member.ts";
import { Inflater } from "./inflater.ts";

/** After so many bytes, or members, others have their turn. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;
const MEMBERS_AT_ONCE = 64;

/**
 * `gunzip()` with the project's own inflater, and the CRC-32 of `node:zlib`. Each piece
 * is good until the next one is asked for.
 *
 * @throws {IntegrityError} If the data is damaged, ends early, or goes on with something else.
 */
export async function* gunzipOwn(
  crc32: Crc32,
  source: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const input = new Input(source);
  try {
    let members = 0;
    do {
      await skipHeader(input, crc32);
      const { crc, size } = yield* inflate(input, crc32);
      checkTrailer(await input.exactly(TRAILER), crc, size);
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

async function skipHeader(input: Input, crc32: Crc32): Promise<void> {
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
  crc32: Crc32,
): AsyncGenerator<Uint8Array, { crc: number; size: number }> {
  using inflater = Inflater.take();
  let [crc, size, sinceOthers] = [0, 0, 0];
  while (true) {
    const data = await input.take();
    if (data === undefined) throw new GzipFault("ends early");
    for (let at = 0; at < data.length;) {
      at += inflater.write(data.subarray(at));
      for (
        let out = inflater.read();
        out.length > 0;
        out = inflater.read()
      ) {
        crc = crc32(out, crc);
        size += out.length;
        yield out;
        sinceOthers += out.length;
        if (sinceOthers < BYTES_AT_ONCE) continue;
        await nextTask();
        sinceOthers = 0;
      }
      if (!inflater.hasEnded) continue;
      input.giveBack(data.subarray(at - inflater.unread));
      return { crc, size };
    }
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
